package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/referral"
)

// beside returns the findings on one field, as shown at that field.
func (p *got) beside(field string) string {
	for n := range p.root.Descendants() {
		if at, ok := attribute(n, "data-found"); ok && at == field {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return ""
}

// actions returns the addresses that a page has a form for.
func (p *got) actions() (all []string) {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && attr(n, "method") == "post" {
			all = append(all, attr(n, "action"))
		}
	}
	return all
}

// Findings are shown at the field concerned: of a text, of a value, and of a value in a list or a section. They
// disappear when the field is correct.
func TestFindingsBesideTheField(t *testing.T) {
	t.Parallel()
	h := newHarness(t, unchecked) // these faults are found when the draft is loaded
	b := h.as(t, anna)
	cases := []struct {
		form        string
		wrong       url.Values
		at          []string
		alsoWithout string // a field of the form that nothing is the matter with
	}{
		{"/hulp/rom-utrecht", url.Values{"contact.0.value": {"geen adres"}, "area.scope": {"nergens"}}, []string{"contact", "area"}, "name"},
		{"/regels/R20", url.Values{"propose.0.initiative": {"bestaat-niet"}}, []string{"propose"}, "exclude"},
	}
	for _, one := range cases {
		assert.Empty(t, b.get(Path+one.form).beside(one.at[0]), one.form)
		b.send(Path+one.form, one.wrong)
	}
	require.Contains(t, b.untilChecked(Path+"/concept").main(), "eerst goed zijn")
	for _, one := range cases {
		page := b.untilChecked(Path + one.form)
		for _, at := range one.at {
			assert.NotEmpty(t, page.beside(at), "%s %s: %s", one.form, at, page.main())
		}
		assert.Empty(t, page.beside(one.alsoWithout), one.form)
		b.send(Path+one.form+"/herstel", nil)
	}
	assert.NotContains(t, b.untilChecked(Path+"/concept").main(), "eerst goed zijn")
	const form, name = "/acties/google_profile_claim", "t:en:other:action.google_profile_claim.title"
	b.get(Path + form)
	b.send(Path+form, url.Values{name: {"{{.Plaats} {{"}})
	assert.NotEmpty(t, b.untilChecked(Path+form).beside(name), "of a text, in its language")
}

// about is the field of a text. A text changes no advice, so that its effects are known at once.
const about = "t:nl:other:initiative.kvk.about"

// If a folder on the server holds the content, everything works except publishing, and every page shows that.
func TestFolderTakesPrecedence(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *Options, p *publishingOptions) {
		unchecked(o, p)
		o.Folder, p.Folder = true, true
	})
	b := h.as(t, anna)
	const form, why = Path + "/hulp/kvk", "komt uit een map op de server"
	for _, path := range []string{"", "/hulp/kvk", "/geschiedenis"} {
		assert.Contains(t, b.get(Path+path).main(), why, path)
	}
	b.get(form)
	b.send(form, url.Values{about: {"KVK Utrecht helpt je."}})
	draft := b.untilChecked(Path + "/concept")
	assert.Contains(t, draft.main(), "KVK Utrecht", "it is saved")
	assert.Contains(t, draft.main(), "De controle vond geen fouten", "it is checked")
	assert.NotContains(t, draft.actions(), Path+"/publiceren")
	refused := b.do(http.MethodPost, Path+"/publiceren", url.Values{"note": {"toch"}})
	assert.Equal(t, http.StatusConflict, refused.status)
	assert.Contains(t, refused.main(), "map")
	assert.NotContains(t, h.as(t, staff.Person{}).get("/initiatief/kvk").text, "KVK Utrecht")
}

// With a second pair of eyes, who drafted cannot publish, and a colleague can.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *Options, p *publishingOptions) {
		unchecked(o, p)
		o.FourEyes, p.FourEyes = true, true
	})
	one, two := h.as(t, anna), h.as(t, cees)
	const form, publish, pass = Path + "/hulp/kvk", Path + "/publiceren", Path + "/concept/doorgeven"
	one.get(form)
	one.send(form, url.Values{about: {"KVK Utrecht helpt je."}})
	own := one.untilChecked(Path + "/concept")
	assert.NotContains(t, own.actions(), publish)
	assert.NotContains(t, two.get(Path).main(), "wacht", "nothing was passed on yet")
	refused := one.do(http.MethodPost, publish, url.Values{"note": {"zelf"}})
	assert.Equal(t, http.StatusConflict, refused.status)

	one.get(Path + "/concept")
	one.send(pass, url.Values{"note": {"Andere naam"}})
	assert.Contains(t, one.page.main(), "Je concept is doorgegeven")
	require.Contains(t, two.get(Path).text, "/concept?van="+anna.ID)
	seen := two.untilChecked(Path + "/concept?van=" + anna.ID)
	require.Contains(t, seen.main(), "KVK Utrecht")
	require.Contains(t, seen.main(), "Anna Vos")
	published := two.send(publish, nil)
	require.Equal(t, Path+"/geschiedenis?gedaan=gepubliceerd", published.path, published.main())
	assert.Contains(t, published.main(), "Andere naam", "the note is that of who drafted")
	assert.Contains(t, h.as(t, staff.Person{}).get("/initiatief/kvk").text, "KVK Utrecht")
	assert.Contains(t, one.get(Path).main(), "Je hebt niets gewijzigd")
}

// The answers in a condition are selected, not typed: those of the question that it names, or of all questions that it
// names. Before a question is chosen, the form explains how to get them.
func TestAnswersInConditionsAreChoices(t *testing.T) {
	t.Parallel()
	set := embeddedChoices(t)
	shown := func(kind, id, name string) field {
		k := kindOf(kind)
		for _, r := range k.records(wordings.Overlay{}) {
			if r.id != id {
				continue
			}
			for _, f := range leaves(form{kind: k, set: set}.fields(r.value)) {
				if f.Name == name {
					return *f
				}
			}
		}
		t.Fatal(kind, id, name)
		return field{}
	}
	valuesOf := func(f field) (all, on []string) {
		for _, o := range f.Options {
			all = append(all, o.Value)
			if o.On {
				on = append(on, o.Value)
			}
		}
		return all, on
	}
	sizes := []string{"1", "2", "10", "50", "250"}
	for _, one := range []struct {
		field   field
		all, on []string
	}{
		{shown("vragen", "obstacle", "options.4.hide_if.0.is"), sizes, []string{"1"}},
		{shown("vragen", "staffing", "ask_if.0.not"), sizes, []string{"1"}},
		{shown("vragen", "outage", "ask_if.1.is"), []string{"a", "b", "c", referral.DontKnow}, []string{"a"}},
		{shown("cijfers", "web_sales_trade", "no"), []string{"a", "b", "c", "d", "e", referral.DontKnow}, []string{"a", "b", "c", "d"}},
	} {
		all, on := valuesOf(one.field)
		assert.Equal(t, asChoices, one.field.As, one.field.Name)
		assert.ElementsMatch(t, one.all, all, one.field.Name)
		assert.Equal(t, one.on, on, one.field.Name)
	}
	open := shown("vragen", "staffing", "ask_if.1.is")
	assert.Equal(t, asLines, open.As)
	assert.NotEmpty(t, open.Hint)
}
