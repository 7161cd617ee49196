package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows/audit"
	"digiwijzer/referral"
)

// startBody is the first page of the desk.
type startBody struct {
	Draft  draftLine
	Others []other
	Kinds  []kindLine
	Stale  int
	Ends   int
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

// start shows the first page: the search box, the editor's own draft, and what needs attention.
func (d *Desk) start(r *request) {
	body := startBody{}
	all := r.work.entries(r.published.Files, &d.parsed)
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
	for _, name := range kindNames() {
		body.Kinds = append(body.Kinds, d.kindLine(r, name, count[name]))
	}
	if !r.draft.Empty() {
		body.Draft = draftLine{Changed: true, Count: len(d.differences(r.published, r.work)), Since: d.clock(r.draft.Touched)}
	}
	body.Others = d.others(r)
	if r.err == nil {
		d.show(r, http.StatusOK, "start", r.words.T("desk.title"), body)
	}
}

func (d *Desk) kindLine(r *request, name string, count int) kindLine {
	return kindLine{Name: name, Text: r.words.T("desk.kind." + name), Why: r.words.T("desk.kind." + name + ".why"), Count: count, Href: Path + "/zoek?soort=" + name}
}

// fileName describes the content of a file.
func (w *workspace) fileName(file string) string {
	if strings.HasPrefix(file, "locales/") {
		return w.T("desk.kind.teksten")
	}
	for _, k := range kinds {
		for _, r := range w.records(k) {
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

// findBody is a list of search results or of one kind.
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

// mostOfGroup is how many entries of a kind a list shows if it contains several kinds.
const mostOfGroup = 12

// find shows search results, or everything of a kind or in a state.
func (d *Desk) find(r *request) {
	q := r.URL.Query()
	body := findBody{Query: wordings.Shorten(wordings.Clean(q.Get("q")), 200), Kind: q.Get("soort"), State: q.Get("staat")}
	all := r.work.entries(r.published.Files, &d.parsed)
	if body.Query != "" {
		all = search(all, body.Query)
	}
	known := slices.Contains(kindNames(), body.Kind)
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
	for _, name := range kindNames() {
		body.Kinds = append(body.Kinds, option{name, r.words.T("desk.kind." + name), name == body.Kind})
	}
	for _, s := range states {
		body.States = append(body.States, option{s, r.words.T("desk.state." + s), s == body.State})
	}
}

// kindNames returns the names of all lists, in the order in which they are offered.
func kindNames() (all []string) {
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return append(all, textKinds...)
}

func (d *Desk) group(r *request, body *findBody, all []entry) {
	for _, name := range kindNames() {
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
			g.Href = Path + "/zoek?" + "soort=" + name + "&q=" + url.QueryEscape(body.Query) + "&staat=" + body.State
		}
		if len(g.Entries) > 0 {
			body.Found = append(body.Found, g)
		}
	}
}

// upkeepBody is what needs a review.
type upkeepBody struct {
	Stale    []upkeepLine
	Ends     []entry
	Upcoming []audit.Event
	Links    []linkLine
	Checked  bool
	CanCheck bool
	Busy     bool // the check is still running
}

type upkeepLine struct {
	entry
	Why       []string
	Addresses []string
}

type linkLine struct{ Address, State, Name, Href string }

// upkeep shows what needs a review, now and in the coming days.
func (d *Desk) upkeep(r *request) { d.showUpkeep(r, nil) }

func (d *Desk) showUpkeep(r *request, links []linkLine) {
	body := upkeepBody{Links: links, Checked: links != nil, CanCheck: d.options.Links != nil}
	for _, e := range r.work.entries(r.published.Files, &d.parsed) {
		switch {
		case e.Is(stateStale):
			body.Stale = append(body.Stale, d.upkeepLine(r, e))
		case e.Is(stateEnds):
			body.Ends = append(body.Ends, e)
		}
	}
	found, err := d.options.Service.Findings(r.Context(), r.draft, r.words.Lang)
	if err != nil {
		r.err = err
		return
	}
	body.Upcoming, body.Busy = found.Upcoming, !found.Complete
	d.show(r, http.StatusOK, "upkeep", r.words.T("desk.upkeep.title"), body)
}

func (d *Desk) upkeepLine(r *request, e entry) upkeepLine {
	line := upkeepLine{entry: e}
	rec, ok := r.work.record(kindOf(e.Kind), e.ID)
	if !ok {
		return line
	}
	if i, is := rec.value.Addr().Interface().(*referral.Initiative); is {
		for _, c := range i.NeedsCheck(r.work.today) {
			if id := "desk.check." + string(c); r.words.Texts.Has(wordings.Dutch, id) {
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

// checkLinks checks whether the addresses shown to people still work.
func (d *Desk) checkLinks(r *request) {
	if d.options.Links == nil {
		d.missing(r)
		return
	}
	by := map[string]record{}
	var addresses []string
	for _, rec := range r.work.records(kindOf("hulp")) {
		i, _ := rec.value.Addr().Interface().(*referral.Initiative)
		for _, c := range i.Contact {
			if c.Type == "web" && i.Kind != referral.KindRetired && !slices.Contains(addresses, c.Value) {
				addresses = append(addresses, c.Value)
				by[c.Value] = rec
			}
		}
	}
	lines := []linkLine{}
	for _, result := range d.options.Links(r.Context(), addresses, nil) {
		if result.Bad() {
			rec := by[result.URL]
			lines = append(lines, linkLine{result.URL, r.words.T("desk.links." + string(result.State)), rec.text("name"), pathTo("hulp", rec.id)})
		}
	}
	d.showUpkeep(r, lines)
}

// verify records that the editor reviewed an initiative and that it is right.
func (d *Desk) verify(r *request) {
	rec, ok := r.work.record(kindOf("hulp"), r.PathValue("id"))
	if !ok {
		d.missing(r)
		return
	}
	after := values.Copy(rec.value)
	after.FieldByName("VerifiedOn").SetString(string(d.today()))
	after.FieldByName("VerifiedBy").SetString(wordings.Shorten(r.me.Name, 80))
	r.err = d.change(r, func(own map[string][]byte) error {
		return writeRecord(own, rec, after)
	})
	if r.err == nil {
		r.to(pathTo("hulp", rec.id), "nagekeken")
	}
}
