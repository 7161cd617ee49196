package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/referral"
)

// startBody is the first page of the desk.
type startBody struct {
	Draft    draftLine
	Others   []Other
	Waiting  []Other
	Kinds    []kindLine
	Stale    int
	Ends     int
	Upcoming []Upcoming
}

type draftLine struct {
	Changed bool
	Count   int
	Since   string
}

type kindLine struct {
	Name, Text, Why string
	Count           int
	Href            string
}

// start shows the first page: the search box, the own draft, and what is waiting.
func (d *Desk) start(r *request) {
	body := startBody{}
	all := r.world.entries(r.now.files, &d.parsed)
	count := map[string]int{}
	for _, e := range all {
		count[e.Kind]++
		switch {
		case e.Is(stateStale):
			body.Stale++
		case e.Is(stateEnds):
			body.Ends++
		}
	}
	for _, k := range kinds {
		body.Kinds = append(body.Kinds, d.kindLine(r, k.name, count[k.name]))
	}
	body.Kinds = append(body.Kinds, d.kindLine(r, "teksten", count["teksten"]))
	if r.draft.Changed() {
		body.Draft = draftLine{Changed: true, Count: len(d.differences(r.now, r.world)), Since: clock(r.draft.Saved)}
	}
	body.Others = d.others(r)
	if r.err == nil && d.Service.FourEyes() && r.me.May("publish") {
		body.Waiting, r.err = d.Service.Waiting(r.Context(), r.me)
	}
	if r.err == nil {
		d.show(r, http.StatusOK, "start", r.words.T("desk.title"), body)
	}
}

func (d *Desk) kindLine(r *request, name string, count int) kindLine {
	return kindLine{Name: name, Text: r.words.T("desk.kind." + name), Why: r.words.T("desk.kind." + name + ".why"), Count: count, Href: Path + "/zoek?soort=" + name}
}

// others returns the drafts of others, with what they change.
func (d *Desk) others(r *request) []Other {
	others, err := d.Service.Others(r.Context(), r.me)
	if err != nil {
		r.err = err
		return nil
	}
	for i := range others {
		for _, file := range others[i].Files {
			others[i].Records = append(others[i].Records, r.world.fileName(file))
		}
		slices.Sort(others[i].Records)
		others[i].Records = slices.Compact(others[i].Records)
	}
	return others
}

// fileName says what a file holds.
func (w *world) fileName(file string) string {
	if strings.HasPrefix(file, "locales/") {
		return w.T("desk.kind.teksten")
	}
	for _, k := range kinds {
		for _, r := range k.records(w.files) {
			if r.file != file {
				continue
			}
			if k.own {
				return w.set.name(r)
			}
			return w.T("desk.kind." + k.name)
		}
	}
	return file
}

// findBody is a list, of what was searched for or of one kind.
type findBody struct {
	Query, Kind, State string
	Searched           bool
	Kinds, States      []option
	Found              []group
	Total              int
	New                bool // something of this kind can be added
}

type group struct {
	Kind, Text string
	Entries    []entry
	More       int // that are not shown
	Href       string
}

// mostOfGroup is how many entries of a kind a list shows where several kinds are in it.
const mostOfGroup = 12

// find shows what was searched for, or everything of a kind or in a state.
func (d *Desk) find(r *request) {
	q := r.URL.Query()
	body := findBody{Query: shorten(clean(q.Get("q")), 200), Kind: q.Get("soort"), State: q.Get("staat")}
	all := r.world.entries(r.now.files, &d.parsed)
	if body.Query != "" {
		all = search(all, body.Query)
	}
	known := kindOf(body.Kind) != nil || body.Kind == "teksten"
	if !known {
		body.Kind = ""
	}
	if !slices.Contains(states, body.State) {
		body.State = ""
	}
	all = slices.DeleteFunc(all, func(e entry) bool {
		return body.Kind != "" && e.Kind != body.Kind || body.State != "" && !e.Is(body.State)
	})
	body.Searched = body.Query != "" || body.Kind != "" || body.State != ""
	if !body.Searched {
		all = nil
	}
	body.Total = len(all)
	body.New = known && body.Kind != "" && slices.Contains(creatable, body.Kind)
	d.listKinds(r, &body)
	d.group(r, &body, all)
	title := r.words.T("desk.find.title")
	if body.Kind != "" {
		title = r.words.T("desk.kind." + body.Kind)
	}
	d.show(r, http.StatusOK, "find", title, body)
}

func (d *Desk) listKinds(r *request, body *findBody) {
	for _, name := range append(kindNames(), "teksten") {
		body.Kinds = append(body.Kinds, option{name, r.words.T("desk.kind." + name), name == body.Kind})
	}
	for _, s := range states {
		body.States = append(body.States, option{s, r.words.T("desk.state." + s), s == body.State})
	}
}

func kindNames() (all []string) {
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return all
}

func (d *Desk) group(r *request, body *findBody, all []entry) {
	for _, name := range append(kindNames(), "teksten") {
		g := group{Kind: name, Text: r.words.T("desk.kind." + name)}
		for _, e := range all {
			if e.Kind == name {
				g.Entries = append(g.Entries, e)
			}
		}
		most := 400
		if body.Kind == "" {
			most = mostOfGroup
		}
		if n := len(g.Entries) - most; n > 0 {
			g.More, g.Entries = n, g.Entries[:most]
			g.Href = Path + "/zoek?" + "soort=" + name + "&q=" + queryEscape(body.Query) + "&staat=" + body.State
		}
		if len(g.Entries) > 0 {
			body.Found = append(body.Found, g)
		}
	}
}

// draftBody is the page of the own draft.
type draftBody struct {
	Differences []difference
	Conflicts   []Conflict
	Notes       []note
	Minor       []note
	Upcoming    []Upcoming
	Effects     *Effects
	Since       string
	Ready       bool // it can be published
	Own         bool // four eyes: somebody else must publish
	Author      string
	AuthorName  string
	Mine        bool
	Problem     string
}

// draft shows what the draft changes, what the check says, and the form to publish it. With
// the parameter van it is that of a colleague, who waits for a second pair of eyes.
func (d *Desk) draft(r *request) { d.showDraft(r, http.StatusOK, "") }

func (d *Desk) showDraft(r *request, status int, problem string) {
	body := draftBody{Mine: true, Author: r.me.ID, Problem: problem}
	owner := r.me
	if by := r.FormValue("van"); by != "" && by != r.me.ID {
		waiting, err := d.Service.Waiting(r.Context(), r.me)
		if err != nil {
			r.err = err
			return
		}
		for _, o := range waiting {
			if o.ID == by {
				owner.ID, owner.Name = o.ID, o.Name
				body.Mine, body.Author, body.AuthorName = false, o.ID, o.Name
			}
		}
		if body.Mine {
			d.missing(r)
			return
		}
		if r.draft, r.err = d.Service.Draft(r.Context(), owner); r.err != nil {
			return
		}
		r.world = d.world(overlay(r.draft.Files), names(r.draft.Files), r.words)
	}
	body.Differences = d.differences(r.now, r.world)
	body.Conflicts = r.draft.Conflicts
	if r.draft.Changed() {
		body.Since = clock(r.draft.Saved)
		if r.err = d.checkDraft(r, owner.ID, &body); r.err != nil {
			return
		}
	}
	body.Own = d.Service.FourEyes() && body.Mine
	body.Ready = r.draft.Changed() && len(body.Notes) == 0 && len(body.Conflicts) == 0 && !d.Service.Locked() && !body.Own && r.me.May("publish")
	d.show(r, status, "draft", r.words.T("desk.draft.title"), body)
}

func (d *Desk) checkDraft(r *request, owner string, body *draftBody) error {
	who := r.me
	who.ID = owner
	report, err := d.Service.Check(r.Context(), who, r.words.Lang, false)
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		n := d.noteOf(r.world, f)
		if f.Minor {
			body.Minor = append(body.Minor, n)
		} else {
			body.Notes = append(body.Notes, n)
		}
	}
	if len(body.Notes) > 0 {
		return nil
	}
	effects, err := d.Service.Effects(r.Context(), who)
	body.Effects = &effects
	return err
}

// publish publishes a draft with a note.
func (d *Desk) publish(r *request) {
	note := shorten(clean(r.PostForm.Get("note")), 300)
	if note == "" {
		d.showDraft(r, http.StatusUnprocessableEntity, "desk.publish.no_note")
		return
	}
	author := r.PostForm.Get("van")
	if author == "" {
		author = r.me.ID
	}
	err := d.Service.Publish(r.Context(), r.me, author, note)
	if id := problemOf(err); id != "" {
		d.showDraft(r, http.StatusConflict, id)
		return
	}
	if r.err = err; err == nil {
		r.to(Path+"/geschiedenis", "gepubliceerd")
	}
}

// discard throws the draft away.
func (d *Desk) discard(r *request) {
	if r.err = d.Service.Discard(r.Context(), r.me); r.err == nil {
		r.to(Path, "weggegooid")
	}
}

// choose settles a conflict.
func (d *Desk) choose(r *request) {
	if r.err = d.Service.Choose(r.Context(), r.me, r.PostForm.Get("wat"), r.PostForm.Get("van") == "mij"); r.err == nil {
		r.to(Path+"/concept", "gekozen")
	}
}

// history lists what was published.
func (d *Desk) history(r *request) {
	list, err := d.Service.History(r.Context())
	if err != nil {
		r.err = err
		return
	}
	d.show(r, http.StatusOK, "history", r.words.T("desk.history.title"), list)
}

// editionBody is one edition.
type editionBody struct {
	Edition
	Differences []difference
}

// edition shows what an edition changed.
func (d *Desk) edition(r *request) {
	e, after, before, err := d.Service.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		d.missing(r)
		return
	}
	was, is := d.world(overlay(before), nil, r.words), d.world(overlay(after), nil, r.words)
	d.show(r, http.StatusOK, "edition", r.words.T("desk.edition.title", "Day", day(e.At)), editionBody{e, d.differences(was, is)})
}

// rollBack publishes again what was there before an edition.
func (d *Desk) rollBack(r *request) {
	err := d.Service.RollBack(r.Context(), r.me, r.PathValue("edition"), r.words.T("desk.history.note"))
	if id := problemOf(err); id != "" {
		r.to(Path+"/geschiedenis", strings.TrimPrefix(id, "desk.done."))
		return
	}
	if r.err = err; err == nil {
		r.to(Path+"/geschiedenis", "teruggezet")
	}
}

// upkeepBody is what must be looked at.
type upkeepBody struct {
	Stale    []upkeepLine
	Ends     []entry
	Upcoming []Upcoming
	Links    []linkLine
	Checked  bool
	CanCheck bool
}

type upkeepLine struct {
	entry
	Why       []string
	Addresses []string
}

type linkLine struct{ Address, State, Name, Href string }

// upkeep shows what must be looked at, now and in the coming days.
func (d *Desk) upkeep(r *request) { d.showUpkeep(r, nil) }

func (d *Desk) showUpkeep(r *request, links []linkLine) {
	body := upkeepBody{Links: links, Checked: links != nil, CanCheck: d.Links != nil}
	for _, e := range r.world.entries(r.now.files, &d.parsed) {
		switch {
		case e.Is(stateStale):
			body.Stale = append(body.Stale, d.upkeepLine(r, e))
		case e.Is(stateEnds):
			body.Ends = append(body.Ends, e)
		}
	}
	report, err := d.Service.Check(r.Context(), r.me, r.words.Lang, true)
	if err != nil {
		r.err = err
		return
	}
	body.Upcoming = report.Upcoming
	d.show(r, http.StatusOK, "upkeep", r.words.T("desk.upkeep.title"), body)
}

func (d *Desk) upkeepLine(r *request, e entry) upkeepLine {
	line := upkeepLine{entry: e}
	rec, ok := r.world.record(kindOf(e.Kind), e.ID)
	if !ok {
		return line
	}
	if i, is := rec.value.Addr().Interface().(*referral.Initiative); is {
		for _, c := range i.NeedsCheck(r.world.today) {
			if id := "desk.check." + string(c); r.words.Texts.Has(dutch, id) {
				line.Why = append(line.Why, r.words.T(id))
			}
		}
		for _, c := range i.Contact {
			if c.Type == "web" {
				line.Addresses = append(line.Addresses, c.Value)
			}
		}
	}
	return line
}

// checkLinks finds out whether the addresses that people are shown still work.
func (d *Desk) checkLinks(r *request) {
	if d.Links == nil {
		d.missing(r)
		return
	}
	by := map[string]record{}
	var addresses []string
	for _, rec := range kindOf("hulp").records(r.world.files) {
		i, _ := rec.value.Addr().Interface().(*referral.Initiative)
		for _, c := range i.Contact {
			if c.Type == "web" && i.Kind != referral.KindRetired && !slices.Contains(addresses, c.Value) {
				addresses = append(addresses, c.Value)
				by[c.Value] = rec
			}
		}
	}
	wrong := d.Links(r.Context(), addresses)
	lines := []linkLine{}
	for _, a := range addresses {
		if state := wrong[a]; state != "" {
			lines = append(lines, linkLine{a, state, by[a].text("name"), pathTo("hulp", by[a].id)})
		}
	}
	d.showUpkeep(r, lines)
}

// verify notes that the editor looked at an initiative and that it is right.
func (d *Desk) verify(r *request) {
	rec, ok := r.world.record(kindOf("hulp"), r.PathValue("id"))
	if !ok {
		d.missing(r)
		return
	}
	after := deepCopy(rec.value)
	after.FieldByName("VerifiedOn").SetString(string(d.today()))
	after.FieldByName("VerifiedBy").SetString(shorten(r.me.Name, 80))
	r.err = d.Service.Change(r.Context(), r.me, func(own map[string][]byte) error {
		data, err := rec.write(overlay(own).Read(rec.file), after)
		own[rec.file] = data
		return err
	})
	if r.err == nil {
		r.to(pathTo("hulp", rec.id), "nagekeken")
	}
}

// number reads a whole number from a form.
func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}
