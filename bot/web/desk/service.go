package desk

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/linkcheck"
	"digiwijzer/flows/content/publishing"
)

// LinkChecker checks whether web addresses work.
type LinkChecker func(ctx context.Context, addresses []string, done func(linkcheck.Result)) []linkcheck.Result

// editor returns what a person may do with content.
func editor(p staff.Person) publishing.Editor {
	return publishing.Editor{ID: p.ID, Draft: p.May(staff.Draft), Publish: p.May(staff.Publish)}
}

// change changes the files of the user's draft.
func (d *Desk) change(r *request, do func(own map[string][]byte) error) error {
	_, err := d.options.Service.Change(r.Context(), editor(r.me), func(own map[string][]byte) error {
		if err := do(own); err != nil {
			return err
		}
		for name, data := range own { // content equal to that of the program is no change
			base := wordings.Overlay(own).Base(name)
			if bytes.Equal(data, base) || path.Dir(name) == "locales" && base != nil && wordings.Within(data, base) {
				delete(own, name)
			}
		}
		return nil
	})
	return err
}

// other is the draft of another person.
type other struct {
	ID, Name string
	Touched  time.Time
	Records  []string // changed records
	Waiting  bool     // for a second person
	files    []string
}

// others returns the drafts of others, with what they change.
func (d *Desk) others(r *request) (all []other) {
	list, err := d.options.Service.Others(r.Context(), editor(r.me))
	if err != nil {
		r.err = err
		return nil
	}
	for _, o := range list {
		one := other{ID: o.Owner, Name: d.options.Name(r.Context(), o.Owner), Touched: o.Touched, Waiting: o.Submitted != "", files: o.Files}
		for _, file := range o.Files {
			one.Records = append(one.Records, r.work.fileName(file))
		}
		slices.Sort(one.Records)
		one.Records = slices.Compact(one.Records)
		all = append(all, one)
	}
	return all
}

// finding is one finding of the check, in the form that the desk needs.
type finding struct {
	File, ID, Lang string
	Path           edit.Path // in its file, if known
	What, Do       string
	Minor          bool
}

func findingsOf(found publishing.Findings) (all []finding) {
	for minor, list := range map[bool][]publishing.Finding{false: found.Faults, true: found.Notices} {
		for _, f := range list {
			if f.Lang == "" && strings.HasPrefix(f.File, "locales/") {
				f.Lang = wordings.LanguageOf(f.File)
			}
			all = append(all, finding{File: f.File, ID: f.ID, Lang: f.Lang, Path: f.Path, What: sentence(f.What), Do: f.Do, Minor: minor})
		}
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return strings.Compare(map[bool]string{false: "a", true: "b"}[a.Minor]+a.File+a.ID, map[bool]string{false: "a", true: "b"}[b.Minor]+b.File+b.ID)
	})
	return all
}

// sentence completes a sentence that ends with an example.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// fieldIn returns the form name of the field that a path leads to: "options" for question[size].options[1]; empty:
// none.
func (k *kind) fieldIn(p edit.Path) string {
	for _, step := range p {
		if !step.Element && step.Name != k.table && step.Name != k.key {
			return step.Name
		}
	}
	return ""
}

// effects is what publishing a draft changes for people.
type effects struct {
	publishing.Effects
	AskedAnewTotal, AskedFirstTotal int
	UntranslatedIDs                 []string
}

func effectsOf(e publishing.Effects) *effects {
	out := &effects{Effects: e}
	for n := range maps.Values(e.AskedAnew) {
		out.AskedAnewTotal += n
	}
	for n := range maps.Values(e.AskedFirst) {
		out.AskedFirstTotal += n
	}
	for _, u := range e.Untranslated {
		if !slices.Contains(out.UntranslatedIDs, u.ID) {
			out.UntranslatedIDs = append(out.UntranslatedIDs, u.ID)
		}
	}
	return out
}

// errGone is the error of changing a record that was removed after it was read.
var errGone = errors.New("the record was removed")

// refused returns why the service refused something, in words; empty for any other error.
func (d *Desk) refused(r *request, err error) string {
	if refusal, ok := publishing.AsRefusal(err); ok {
		return refusal.Text(r.words.Texts, r.words.Lang)
	}
	if errors.Is(err, errGone) {
		return r.words.T("desk.done.gone")
	}
	var shape *edit.SyntaxError
	if errors.As(err, &shape) || errors.Is(err, edit.ErrMissing) || errors.Is(err, edit.ErrShape) {
		return r.words.T("desk.done.unreadable")
	}
	return ""
}

// current returns the files of the edition in use.
func (d *Desk) current() wordings.Overlay { return d.options.Current().Files().Map() }

// load returns the content that a draft would become.
func load(draft publishing.Draft) (*content.Edition, error) { return content.LoadFiles(draft.Files()) }
