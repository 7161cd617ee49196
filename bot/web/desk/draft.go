package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/referral"
)

// draftBody is the page of a draft.
type draftBody struct {
	Differences []difference
	Conflicts   []conflict
	Notes       []note
	Minor       []note
	Effects     *effects
	Busy        bool // the check or the comparison is still running
	Stage       string
	Since       string
	Hash        string
	Ready       bool // it can be published
	Own         bool // four eyes: another person must publish
	Submitted   bool
	Note        string
	Author      string
	Of          string // the query of the draft of a colleague
	AuthorName  string
	Mine        bool
	Problem     string
}

// conflict is a value that the draft changed and for which others published another value.
type conflict struct{ Key, Where, Mine, Theirs string }

// draft shows what a draft changes, the result of the check, and the form to publish it. With the parameter van
// it is the draft of a colleague, which waits for a second person.
func (d *Desk) draft(r *request) { d.showDraft(r, http.StatusOK, "") }

func (d *Desk) showDraft(r *request, status int, problem string) {
	body := draftBody{Mine: true, Author: r.me.ID, Problem: problem}
	if by := r.FormValue("van"); by != "" && by != r.me.ID && r.me.May(staff.Publish) {
		body.Mine, body.Author, body.AuthorName, body.Of = false, by, d.options.Name(r.Context(), by), "?van="+url.QueryEscape(by)
		if r.draft, r.err = d.options.Service.DraftOf(r.Context(), by); r.err != nil {
			return
		}
		r.work = d.workspace(wordings.Overlay(r.draft.Files().Map()), r.words)
	}
	body.Hash, body.Note, body.Submitted = r.draft.Hash(), r.draft.Note, r.draft.Submitted != ""
	body.Differences = d.differences(r.published, r.work)
	for _, c := range r.draft.Conflicts {
		body.Conflicts = append(body.Conflicts, conflict{c.Key(), r.work.fileName(c.File) + ": " + c.Path.String(), plainText(c.Mine), plainText(c.Theirs)})
	}
	if !r.draft.Empty() {
		body.Since = d.clock(r.draft.Touched)
		if r.err = d.checkDraft(r, &body); r.err != nil {
			return
		}
	}
	body.Own = d.options.FourEyes && body.Mine
	body.Ready = !r.draft.Empty() && !body.Busy && len(body.Notes)+len(body.Conflicts) == 0 && !d.options.Folder && !body.Own && r.me.May(staff.Publish)
	d.show(r, status, "draft", r.words.T("desk.draft.title"), body)
}

// plainText returns a value of a file as displayed.
func plainText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	if value == nil {
		return ""
	}
	return edit.Format(value)
}

func (d *Desk) checkDraft(r *request, body *draftBody) error {
	found, err := d.options.Service.Findings(r.Context(), r.draft, r.words.Lang)
	if err != nil {
		return err
	}
	for _, f := range findingsOf(found) {
		if n := d.noteOf(r.work, f); f.Minor {
			body.Minor = append(body.Minor, n)
		} else {
			body.Notes = append(body.Notes, n)
		}
	}
	if body.Busy, body.Stage = !found.Complete, found.Stage; body.Busy || found.Content == "" {
		return nil
	}
	e, err := d.options.Service.Effects(r.Context(), r.draft)
	if err != nil {
		return err
	}
	if body.Effects = effectsOf(e); !e.Complete {
		body.Busy, body.Effects = true, nil
	}
	return nil
}

// submit offers the draft to a colleague who publishes.
func (d *Desk) submit(r *request) {
	if _, err := d.options.Service.Submit(r.Context(), editor(r.me), wordings.Clean(r.PostForm.Get("note"))); err != nil {
		d.problem(r, err)
		return
	}
	r.to(Path+"/concept", "doorgegeven")
}

// problem shows the draft with the reason why something was refused.
func (d *Desk) problem(r *request, err error) {
	if why := d.refused(r, err); why != "" {
		d.showDraft(r, http.StatusConflict, why)
		return
	}
	r.err = err
}

// publish publishes a draft with a note. live is why it is not in use yet: then it will be soon, and the history
// page shows that.
func (d *Desk) publish(r *request) {
	author := r.PostForm.Get("van")
	if author == "" {
		author = r.me.ID
	}
	_, live, err := d.options.Service.Publish(r.Context(), editor(r.me), author, r.PostForm.Get("hash"), wordings.Clean(r.PostForm.Get("note")))
	if err != nil {
		d.problem(r, err)
		return
	}
	r.to(Path+"/geschiedenis", map[bool]string{true: "gepubliceerd", false: "straks"}[live == nil])
}

// discard deletes the draft.
func (d *Desk) discard(r *request) {
	if r.err = d.options.Service.Discard(r.Context(), editor(r.me)); r.err == nil {
		r.to(Path, "weggegooid")
	}
}

// choose resolves a conflict.
func (d *Desk) choose(r *request) {
	side := edit.Theirs
	if r.PostForm.Get("van") == "mij" {
		side = edit.Mine
	}
	_, r.err = d.options.Service.Resolve(r.Context(), editor(r.me), map[string]edit.Side{r.PostForm.Get("wat"): side})
	if r.err == nil {
		r.to(Path+"/concept", "gekozen")
	}
}

// pastEdition is one that was published.
type pastEdition struct {
	ID       int64
	At       string
	By, Note string
	Current  bool
}

// mostPast is how many editions the history shows.
const mostPast = 100

// moment returns a day and a time in words.
func (d *Desk) moment(r *request, t time.Time) string {
	return r.words.T("signin.moment", "Day", r.work.day(t.In(referral.Netherlands).Format(time.DateOnly)), "Time", d.clock(t))
}

func (d *Desk) past(r *request, e publishing.Edition, latest int64) pastEdition {
	return pastEdition{ID: e.ID, At: d.moment(r, e.At), By: d.options.Name(r.Context(), e.By), Note: e.Note, Current: e.ID == latest}
}

// history lists what was published.
func (d *Desk) history(r *request) {
	list, err := d.options.Service.History(r.Context(), 0, mostPast)
	if err != nil {
		r.err = err
		return
	}
	var all []pastEdition
	for _, e := range list {
		all = append(all, d.past(r, e, list[0].ID))
	}
	d.show(r, http.StatusOK, "history", r.words.T("desk.history.title"), all)
}

// editionBody is one edition.
type editionBody struct {
	pastEdition
	Differences []difference
}

// edition shows what an edition changed.
func (d *Desk) edition(r *request) {
	id, err := strconv.ParseInt(r.PathValue("edition"), 10, 64)
	if err != nil || id < 1 {
		d.missing(r)
		return
	}
	v, err := d.options.Service.Version(r.Context(), id)
	if err != nil {
		r.err = err
		return
	}
	latest, err := d.options.Service.History(r.Context(), 0, 1)
	if err != nil || len(latest) == 0 {
		r.err = err
		return
	}
	was, is := d.workspace(wordings.Overlay(v.Previous.Map()), r.words), d.workspace(wordings.Overlay(v.Files.Map()), r.words)
	d.show(r, http.StatusOK, "edition", v.Note, editionBody{d.past(r, v.Edition, latest[0].ID), d.differences(was, is)})
}

// rollBack publishes the edition before the one in use again. It applies only to the one in use, so that an
// outdated page cannot undo a later edition of somebody else.
func (d *Desk) rollBack(r *request) {
	id, err := strconv.ParseInt(r.PathValue("edition"), 10, 64)
	if err != nil {
		d.missing(r)
		return
	}
	latest, err := d.options.Service.History(r.Context(), 0, 1)
	if err != nil {
		r.err = err
		return
	}
	if len(latest) == 0 || latest[0].ID != id {
		r.to(Path+"/geschiedenis", "later")
		return
	}
	note := r.words.T("desk.history.note", "Note", wordings.Shorten(latest[0].Note, 200))
	if _, _, r.err = d.options.Service.Rollback(r.Context(), editor(r.me), id-1, note); r.err == nil {
		r.to(Path+"/geschiedenis", "teruggezet")
	}
}
