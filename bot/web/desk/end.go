package desk

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/referral"
)

// endBody is the form to end an initiative.
type endBody struct {
	ID, Name string
	Action   string
	Today    string
	Last     string
	Instead  []option
	About    []field // what people who ask for it are told, per language
	Rules    []ruleEffect
	Others   []entry // initiatives that refer to it
	Faults   map[string]string
	Order    []string
}

// ruleEffect is the effect of ending an initiative on a rule.
type ruleEffect struct {
	ID, Name string
	Gone     bool // it proposed nothing else and does nothing else
}

// endForm shows the form, and what will be done.
func (d *Desk) endForm(r *request) { d.showEnd(r, http.StatusOK, r.URL.Query(), nil) }

func (d *Desk) showEnd(r *request, status int, typed url.Values, faults map[string]string) {
	rec, ok := r.work.record(kindOf("hulp"), r.PathValue("id"))
	if !ok {
		d.missing(r)
		return
	}
	body := endBody{ID: rec.id, Name: rec.text("name"), Action: pathTo("hulp", rec.id) + "/beeindigen", Today: string(r.work.today),
		Last: typed.Get("last"), Faults: map[string]string{}}
	if body.Last == "" {
		body.Last = body.Today
	}
	for field, id := range faults {
		body.Faults[field] = r.words.T(id)
		body.Order = append(body.Order, field)
	}
	slices.Sort(body.Order)
	for _, other := range r.work.records(kindOf("hulp")) {
		i, _ := other.value.Addr().Interface().(*referral.Initiative)
		if other.id != rec.id && i.Kind != referral.KindRetired {
			body.Instead = append(body.Instead, option{other.id, i.Name, other.id == typed.Get("instead") || typed.Get("instead") == "" && other.id == "kvk"})
		}
		if other.id != rec.id && (i.Via == rec.id || slices.Contains(i.Instead, rec.id)) {
			body.Others = append(body.Others, r.work.entry(other))
		}
	}
	for _, lang := range r.work.texts.Languages {
		text := typed.Get("about." + lang)
		if text == "" {
			text = r.words.Texts.Text(lang, "desk.end.about", "Name", body.Name)
		}
		body.About = append(body.About, field{Name: "about." + lang, Lang: lang, As: asArea, Values: []string{text}, Label: r.words.Texts.Text(lang, "language.name")})
	}
	for _, rule := range r.work.records(kindOf("regels")) {
		if without, changed := withoutInitiative(rule, rec.id); changed {
			body.Rules = append(body.Rules, ruleEffect{rule.id, r.work.summary(rule), idle(without)})
		}
	}
	title := r.words.T("desk.end.title", "Name", body.Name)
	if len(faults) > 0 {
		title = r.words.T("web.error.title", "Title", title)
	}
	d.show(r, status, "end", title, body)
}

// withoutInitiative returns a rule that no longer proposes an initiative, nor gives it
// another rank.
func withoutInitiative(rule record, id string) (without referral.Rule, changed bool) {
	without = values.Copy(rule.value).Interface().(referral.Rule) //nolint:forcetypeassert // the type of the kind
	before := len(without.Propose) + len(without.Rerank)
	without.Propose = slices.DeleteFunc(without.Propose, func(p referral.Proposal) bool { return p.Initiative == id })
	without.Rerank = slices.DeleteFunc(without.Rerank, func(p referral.Rerank) bool { return p.Initiative == id })
	return without, len(without.Propose)+len(without.Rerank) < before
}

// idle reports whether a rule has no effect.
func idle(r referral.Rule) bool {
	return len(r.Propose)+len(r.Exclude)+len(r.Rerank)+len(r.Lead) == 0 && r.Card == "" && !r.Silent && !r.Gap && !r.Sizable && !r.Outside
}

// end ends an initiative: today or earlier with all consequences, later by setting its last day.
func (d *Desk) end(r *request) {
	rec, ok := r.work.record(kindOf("hulp"), r.PathValue("id"))
	if !ok {
		d.missing(r)
		return
	}
	faults := map[string]string{}
	last := r.PostForm.Get("last")
	if _, err := time.Parse(time.DateOnly, last); err != nil {
		faults["last"] = "desk.fault.date"
	}
	instead, known := r.work.record(kindOf("hulp"), r.PostForm.Get("instead"))
	if !known || instead.id == rec.id {
		faults["instead"] = "desk.fault.instead"
	}
	about := map[string]string{}
	for _, lang := range r.work.texts.Languages {
		if about[lang] = wordings.Clean(r.PostForm.Get("about." + lang)); about[lang] == "" {
			faults["about."+lang] = "desk.fault.needed"
		}
	}
	if len(faults) > 0 {
		d.showEnd(r, http.StatusUnprocessableEntity, r.PostForm, faults)
		return
	}
	r.err = d.change(r, func(own map[string][]byte) error {
		after := values.Copy(rec.value)
		if last > string(r.work.today) { // it runs until then; nothing else changes
			after.FieldByName("ValidTo").SetString(last)
			return writeRecord(own, rec, after)
		}
		return d.endNow(r.work, own, rec, after, instead.id, last, about)
	})
	if r.err == nil {
		r.to(Path+"/concept", "beeindigd")
	}
}

func (d *Desk) endNow(w *workspace, own map[string][]byte, rec record, after reflect.Value, instead, last string, about map[string]string) error {
	after.FieldByName("Kind").SetString(string(referral.KindRetired))
	after.FieldByName("Status").SetString(string(referral.StatusEnded))
	after.FieldByName("ValidTo").SetString(last)
	after.FieldByName("Instead").Set(reflect.ValueOf([]string{instead}))
	after.FieldByName("Via").SetString("")
	if err := writeRecord(own, rec, after); err != nil {
		return err
	}
	var texts []wordings.Change
	for lang, text := range about {
		id := "initiative." + rec.id + ".about"
		texts = append(texts, wordings.Change{Lang: lang, Form: "other", ID: id, File: w.texts.FileFor(lang, id), Text: text})
	}
	if err := wordings.Write(own, wordings.Overlay(own).Base, texts); err != nil {
		return err
	}
	if err := endInRules(w, own, rec.id); err != nil {
		return err
	}
	return endInOthers(w, own, rec.id, instead)
}

// endInRules removes an initiative from the rules. A rule without an effect is removed, and so are the texts that
// only the editor's files have for it.
func endInRules(w *workspace, own map[string][]byte, id string) error {
	gone := map[string]bool{}
	for _, rule := range w.records(kindOf("regels")) {
		if without, changed := withoutInitiative(rule, id); changed && idle(without) {
			gone[rule.id] = true
		}
	}
	for _, rule := range w.records(kindOf("regels")) {
		if gone[rule.id] {
			if err := removeRecord(own, rule); err != nil {
				return err
			}
			for _, text := range textsOf(w.texts, rule) {
				if err := wordings.Remove(own, w.texts, text); err != nil {
					return err
				}
			}
			continue
		}
		without, changed := withoutInitiative(rule, id)
		lead := slices.DeleteFunc(slices.Clone(without.Lead), func(id string) bool { return gone[id] })
		keep := slices.DeleteFunc(slices.Clone(without.Keep), func(id string) bool { return gone[id] })
		if !changed && len(lead) == len(without.Lead) && len(keep) == len(without.Keep) {
			continue
		}
		without.Lead, without.Keep = lead, keep
		if err := writeRecord(own, rule, reflect.ValueOf(without)); err != nil {
			return err
		}
	}
	return nil
}

// endInOthers makes initiatives that pointed to the ended one point to its replacement.
func endInOthers(w *workspace, own map[string][]byte, id, instead string) error {
	for _, other := range w.records(kindOf("hulp")) {
		i, _ := other.value.Addr().Interface().(*referral.Initiative)
		if other.id == id || i.Via != id && !slices.Contains(i.Instead, id) {
			continue
		}
		after := values.Copy(other.value)
		if i.Via == id {
			after.FieldByName("Via").SetString("")
		}
		var list []string
		for _, to := range i.Instead {
			if to == id {
				to = instead
			}
			if to != other.id && !slices.Contains(list, to) {
				list = append(list, to)
			}
		}
		after.FieldByName("Instead").Set(reflect.ValueOf(list))
		if err := writeRecord(own, other, after); err != nil {
			return err
		}
	}
	return nil
}

// writeRecord changes a record in an overlay, in which others may have been added or removed since it was read.
func writeRecord(own map[string][]byte, rec record, after reflect.Value) error {
	all := rec.kind.records(wordings.Overlay(own))
	i := slices.IndexFunc(all, func(r record) bool { return r.id == rec.id })
	if i < 0 {
		return errGone
	}
	rec.file, rec.index = all[i].file, all[i].index
	data, err := rec.write(wordings.Overlay(own).Read(rec.file), after)
	if err == nil {
		own[rec.file] = data
	}
	return err
}
