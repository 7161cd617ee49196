package browsertest

import (
	"context"
	"fmt"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe-core checks WCAG 2.2, levels A and AA, and its own best practices. Contrast is by far its slowest rule, and is
// checked separately. Only faults are described: a description of all that is right takes longer than finding out.
const (
	allButContrast = `{resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: {"color-contrast": {enabled: false}}}`
	onlyContrast   = `{resultTypes: ["violations"], runOnly: {type: "rule", values: ["color-contrast"]}}`
	runAxe         = `axe.run(%s, %s)
	.then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | ")))`
)

// structure describes what a page is built of: its elements in order, with the attributes that matter to a screen reader
// or keyboard, and whether there are words. What repeats counts once, and words do not count: two questions with as many
// hints are alike, and so is a page in two languages.
const structure = `(() => {
	const exact = ["id", "role", "type", "for", "tabindex", "scope", "rel", "target", "aria-labelledby", "aria-describedby", "aria-hidden", "aria-live"];
	const own = e => e.localName + [...e.attributes].map(a => exact.includes(a.name) ? a.name + "=" + a.value : a.name + (a.value.trim() ? "" : "=")).sort().join(",");
	const of = e => own(e) + ([...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) ? "t" : "")
		+ "(" + [...e.children].map(of).filter((s, i, all) => s !== all[i - 1]).join("") + ")";
	return of(document.documentElement);
})()`

// looks lists the visible words and fields of a page by what determines their contrast: the tags, classes, colours and type
// from the root down. The page keeps the first two elements of each look: a long form repeats one look a thousand times.
const looks = `(() => {
	const seen = window.looks = new Map();
	const hash = (text, h) => { for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619); return h >>> 0; };
	const shows = e => e.matches("input, select, textarea") || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
	const walk = (e, above) => {
		const c = getComputedStyle(e);
		const own = [above, e.localName, ...[...e.classList].sort(), c.color, c.backgroundColor, c.backgroundImage, c.opacity, c.fontSize, c.fontWeight, e.matches(":disabled")].join();
		const look = hash(own, 2166136261) + "." + hash(own, 84696351);
		if (shows(e) && e.checkVisibility()) seen.set(look, [...seen.get(look) || [], e].slice(0, 2));
		for (const child of e.children) walk(child, look);
	};
	walk(document.body, "");
	return [...seen.keys()];
})()`

// ofLooks is what axe-core is asked to check: the elements of some looks, of which a part within another is left out.
const ofLooks = `(() => {
	const all = new Set(%q.split(" ").flatMap(look => looks.get(look)));
	return {include: [...all].filter(e => !all.has(e.parentElement))};
})()`

// Axe checks pages with axe-core, in several tabs at once, and remembers what it checked.
type Axe struct {
	Script string // axe-core

	mu    sync.Mutex
	built map[string]bool
	seen  map[string]bool
}

// known reports whether a page of this structure was seen before.
func (a *Axe) known(built string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.built[built]
	if a.built == nil {
		a.built = map[string]bool{}
	}
	a.built[built] = true
	return known
}

// unseen returns those of the looks that were not seen before.
func (a *Axe) unseen(looks []string) (list string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen == nil {
		a.seen = map[string]bool{}
	}
	for _, look := range looks {
		if !a.seen[look] {
			a.seen[look] = true
			list += " " + look
		}
	}
	return list
}

// Structure returns the faults of the page in a tab, those of contrast excepted, unless one of the same structure was
// checked before.
func (a *Axe) Structure(ctx context.Context) (faults []string, checked bool, err error) {
	built, err := chromedp.Run(ctx, chromedp.Evaluate[string](structure))
	if err != nil || a.known(built) {
		return nil, false, err
	}
	faults, err = a.run(ctx, "document", allButContrast)
	return faults, true, err
}

// Contrast returns the faults of contrast in both colour schemes, of the elements that look as none did before. It calls
// shown with the page in each scheme.
func (a *Axe) Contrast(ctx context.Context, shown func(scheme string)) (faults []string, err error) {
	all, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](looks))
	if err != nil {
		return nil, err
	}
	list := a.unseen(all)
	if list == "" {
		return nil, nil
	}
	elements := fmt.Sprintf(ofLooks, list[1:])
	for _, scheme := range []string{"dark", "light"} { // light is how looks are compared
		if err := Prefer(ctx, scheme); err != nil {
			return nil, err
		}
		found, err := a.run(ctx, elements, onlyContrast)
		if err != nil {
			return nil, err
		}
		for _, fault := range found {
			faults = append(faults, scheme+": "+fault)
		}
		shown(scheme)
	}
	return faults, nil
}

func (a *Axe) run(ctx context.Context, elements, rules string) ([]string, error) {
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!window.axe"))
	if err == nil && !there {
		_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](a.Script+"; true"))
	}
	if err != nil {
		return nil, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(runAxe, elements, rules), chromedp.EvalAwaitPromise))
}

// Prefer sets the preferred colour scheme of a tab, light or dark. Motion is reduced, so that no colour is measured
// half-way a transition.
func Prefer(ctx context.Context, scheme string) error {
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	return err
}
