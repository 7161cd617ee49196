package desk

import (
	"net/url"
	"slices"
	"strings"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/bot/web/frame"
	"digiwijzer/referral"
)

// workspace is the content as one editor's pages read it: files, texts and records, with their draft over those published.
type workspace struct {
	wordings.Files
	frame.Words
	texts wordings.All
	set   choices
	today referral.Date
	read  map[string][]record // cache by kind: a page needs the same ones often
}

// workspace reads the content that an editor works on.
func (d *Desk) workspace(from wordings.Files, words frame.Words) *workspace {
	w := &workspace{Files: from, Words: words, texts: wordings.Read(from, &d.parsed), today: d.today(), read: map[string][]record{}}
	w.set = newChoices(from, func(id string) bool { return w.texts.Has(wordings.Dutch, id) || words.Texts.Has(wordings.Dutch, id) }, w.say, w.texts.Languages)
	return w
}

// say returns a text from the draft, in the language of the editor; texts of the desk itself come from the site.
func (w *workspace) say(id string, pairs ...any) string {
	if one := w.texts.ByID[id]; one != nil && len(pairs) == 0 && !strings.HasPrefix(id, "desk.") {
		for _, lang := range []string{w.Lang, wordings.Dutch} {
			if text := one.Text(lang); text != "" {
				return text
			}
		}
	}
	return w.T(id, pairs...)
}

// record returns a record by kind and id.
func (w *workspace) record(k *kind, id string) (record, bool) {
	for _, r := range w.records(k) {
		if r.id == id {
			return r, true
		}
	}
	return record{}, false
}

// records returns the records of a kind. They must not be changed.
func (w *workspace) records(k *kind) []record {
	all, ok := w.read[k.name]
	if !ok {
		all = k.records(w.Files)
		w.read[k.name] = all
	}
	return all
}

// The states of a record that lists show.
const (
	stateDraft = "concept" // changed in the own draft
	stateStale = "oud"     // needs a review
	stateEnds  = "eindigt" // ends within 90 days
	stateOver  = "gestopt"
)

var states = []string{stateDraft, stateStale, stateEnds, stateOver}

// ahead is how many days the desk looks ahead.
const ahead = 90

// entry is a record or a text in a list.
type entry struct {
	Kind, ID, Name string
	About          string // an additional line
	States         []string
	Href           string
	searchText     string // folded, to search in
}

// Is reports whether an entry has a state.
func (e entry) Is(state string) bool { return slices.Contains(e.States, state) }

// entries returns every record of the kinds, and every text that belongs to none.
func (w *workspace) entries(live wordings.Files, cache *wordings.Cache) (all []entry) {
	ids := map[string]map[string]bool{}
	for _, k := range kinds {
		ids[k.name] = map[string]bool{}
		before := recordsByID(k.records(live))
		for _, r := range w.records(k) {
			ids[k.name][r.bare()] = true
			e := w.entry(r)
			if !r.equals(before[r.id]) {
				e.States = append(e.States, stateDraft)
			}
			all = append(all, e)
		}
	}
	return w.addTexts(all, ids, wordings.Read(live, cache))
}

// addTexts adds the texts that belong to no record, and to records the content of their texts.
func (w *workspace) addTexts(all []entry, ids map[string]map[string]bool, live wordings.All) []entry {
	at := map[string]int{}
	for i, e := range all {
		at[e.Kind+" "+strings.SplitN(e.ID, "~", 2)[0]] = i
	}
	for _, id := range wordings.SortedIDs(w.texts) {
		one := w.texts.ByID[id]
		var text strings.Builder
		text.WriteString(id)
		changed := false
		for _, lang := range w.texts.Languages {
			text.WriteString(" " + one.Text(lang))
			changed = changed || one.Text(lang) != live.ByID[id].Text(lang)
		}
		if i, ok := w.owner(id, ids, at); ok {
			all[i].searchText += " " + referral.Fold(text.String())
			if changed && !all[i].Is(stateDraft) {
				all[i].States = append(all[i].States, stateDraft)
			}
			continue
		}
		e := entry{Kind: textKind(one), ID: id, Name: wordings.Shorten(w.say(id), 90), About: id, Href: pathTo("teksten", id), searchText: referral.Fold(text.String())}
		if changed {
			e.States = append(e.States, stateDraft)
		}
		all = append(all, e)
	}
	return all
}

// The kinds of texts that belong to no record; texts for staff come last.
var textKinds = []string{"teksten", "beheer"}

func textKind(w *wordings.Wording) string {
	if w.ForStaff() {
		return "beheer"
	}
	return "teksten"
}

// owner returns the entry of the record that a text belongs to.
func (w *workspace) owner(text string, ids map[string]map[string]bool, at map[string]int) (int, bool) {
	for _, k := range kinds {
		if id := k.owns(text); id != "" && ids[k.name][id] {
			i, ok := at[k.name+" "+id]
			return i, ok
		}
	}
	return 0, false
}

// entry returns a record as displayed in lists.
func (w *workspace) entry(r record) entry {
	e := entry{Kind: r.kind.name, ID: r.id, Name: wordings.Shorten(w.set.name(r), 90), Href: pathTo(r.kind.name, r.id)}
	var folded []string
	for _, key := range []string{"id", "code", "name", "provider", "title", "notes", "source"} {
		folded = append(folded, r.text(key))
	}
	for _, key := range []string{"Aliases", "Places", "Maybe"} {
		if v := r.value.FieldByName(key); v.IsValid() {
			folded = append(folded, values.List(v)...)
		}
	}
	e.searchText = referral.Fold(strings.Join(append(folded, e.Name), " "))
	switch r.kind.name {
	case "hulp":
		w.initiative(&e, r)
	case "regels":
		e.Name, e.About = r.id, w.summary(r)
	case "vragen":
		e.About = w.say("question." + r.id + ".text")
	case "gemeenten", "partners":
		e.About = r.text("code")
	}
	if end := r.text("valid_to"); end != "" {
		e.ending(referral.Date(end), w.today)
	}
	if look := r.text("look_again"); look != "" && referral.Date(look) < w.today {
		e.States = append(e.States, stateStale)
	}
	return e
}

func (e *entry) ending(last, today referral.Date) {
	switch {
	case last < today:
		e.States = append(e.States, stateOver)
	case last <= today.AddDays(ahead):
		e.States = append(e.States, stateEnds)
	}
}

// initiative adds what a list shows of an initiative.
func (w *workspace) initiative(e *entry, r record) {
	i, _ := r.value.Addr().Interface().(*referral.Initiative)
	e.About = w.T("desk.value.status." + string(i.Status))
	if i.Kind == referral.KindRetired {
		e.States = append(e.States, stateOver)
		return
	}
	if len(i.NeedsCheck(w.today)) > 0 {
		e.States = append(e.States, stateStale)
	}
}

// summary describes in one line for whom a rule is and what it proposes.
func (w *workspace) summary(r record) string {
	rule, _ := r.value.Addr().Interface().(*referral.Rule)
	var names []string
	for _, p := range rule.Propose {
		name := p.Initiative
		for _, o := range w.set.sets["initiative"] {
			if o.Value == name {
				name = o.Text
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return w.T("desk.rule.no_help")
	}
	return w.T("desk.rule.proposes", "Names", wordings.Shorten(strings.Join(names, ", "), 140))
}

// search returns the entries that contain every word of a query, best first: those with the words in their name.
func search(all []entry, question string) (found []entry) {
	words := strings.Fields(referral.Fold(question))
	if len(words) == 0 {
		return nil
	}
	var byName, byText []entry
	for _, e := range all {
		if slices.ContainsFunc(words, func(w string) bool {
			return !strings.Contains(e.searchText, w) && !strings.Contains(referral.Fold(e.ID), w)
		}) {
			continue
		}
		if name := referral.Fold(e.Name + " " + e.ID); !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			byName = append(byName, e)
		} else {
			byText = append(byText, e)
		}
	}
	return append(byName, byText...)
}

// pathTo returns the address of a form.
func pathTo(kind, id string) string { return Path + "/" + kind + "/" + url.PathEscape(id) }
