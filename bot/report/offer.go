package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Offer is what the initiatives offer on a day, next to what was counted. It comes from the
// catalogue, the rules and the region only, so it contains nothing about those who did the check.
type Offer struct {
	Catalogue *referral.Catalogue
	Today     referral.Date
	Spots     []referral.WhiteSpot // the kinds of business that find no initiative
}

// initiatives adds a sheet that describes each initiative, with how many were referred to it.
func (r Rendering) initiatives(d *Document) {
	text := r.Words.Text
	t := Table{ID: "initiatives", Title: text("report.initiatives.title"), Bars: -1, Wide: true}
	for _, id := range []string{"kind", "target_group", "form", "provider", "area", "verified"} {
		t.Columns = append(t.Columns, Column{id, text("report.initiatives." + id)})
	}
	told := r.Told != nil && len(r.Told.Table(disclosure.ByInitiative, "").RowValues) > 0
	if told {
		t.Columns = append(t.Columns, Column{"n", text("report.steps.referred")}, Column{"wish", text("report.initiatives.wish")})
	}
	for _, i := range r.Offer.Catalogue.Initiatives() {
		if i.Kind == referral.KindRetired || !i.Live(r.Offer.Today) {
			continue
		}
		row := Row{ID: i.ID, Title: clean(i.Name)}
		for _, words := range []string{text("report.kind." + string(i.Kind)), r.targetGroup(i), r.form(i), r.provider(i), r.area(i), r.verified(i)} {
			row.Cells = append(row.Cells, Cell{Kind: Plain, Text: words})
		}
		if told {
			row.Cells = append(row.Cells, r.shown(r.Told.Table(disclosure.ByInitiative, "").Figure(i.ID)), Cell{Kind: Plain, Text: r.topWish(i.ID)})
		}
		t.Rows = append(t.Rows, row)
	}
	t.Notes = append(t.Notes, text("report.initiatives.note"))
	d.Sections = append(d.Sections, Section{Title: text("report.chapter.catalogue"), Page: true, Text: []string{text("report.lead.catalogue")}, Tables: []Table{t}})
}

// targetGroup describes the target group of an initiative: sizes, sectors and places in the figure.
func (r Rendering) targetGroup(i *referral.Initiative) string {
	var parts []string
	add := func(names []string) {
		if len(names) > 0 {
			parts = append(parts, strings.Join(names, ", "))
		}
	}
	var sizes, sectors, quadrants []string
	for _, size := range i.Eligibility.Sizes {
		sizes = append(sizes, r.Words.Text("report.size."+string(size)))
	}
	for _, sector := range i.Eligibility.Sectors {
		sectors = append(sectors, r.Words.value(disclosure.BySector, sector))
	}
	for _, quadrant := range i.Fit.Quadrants {
		quadrants = append(quadrants, r.Words.value(disclosure.ByQuadrant, string(quadrant)))
	}
	add(sizes)
	add(sectors)
	add(quadrants)
	if len(parts) == 0 {
		return r.Words.Text("report.initiatives.everybody")
	}
	return strings.Join(parts, "; ")
}

// form returns how an initiative helps, in its own short words.
func (r Rendering) form(i *referral.Initiative) string {
	if id := "initiative." + i.ID + ".pitch"; r.Words.Has(id) {
		return r.Words.Text(id)
	}
	return r.Words.Text("report.initiatives.unknown")
}

func (r Rendering) provider(i *referral.Initiative) string {
	return cmp.Or(clean(i.Provider), r.Words.Text("report.initiatives.unknown"))
}

// area returns where an initiative is active.
func (r Rendering) area(i *referral.Initiative) string {
	if i.Area.Scope != "list" {
		return r.Words.Text("report.initiatives.national")
	}
	var names []string
	for _, code := range i.Area.Include {
		names = append(names, r.placeName(code))
	}
	return strings.Join(names, ", ")
}

// placeName returns the name of a region or a municipality.
func (r Rendering) placeName(code string) string {
	if id := "report.value.region." + code; r.Words.Has(id) {
		return r.Words.Text(id)
	}
	if r.Words.Place != nil {
		return clean(r.Words.Place(code))
	}
	return clean(code)
}

func (r Rendering) verified(i *referral.Initiative) string {
	switch {
	case i.Standing:
		return r.Words.Text("report.initiatives.standing")
	case i.VerifiedOn == "":
		return r.Words.Text("report.initiatives.never")
	}
	return r.day(string(i.VerifiedOn))
}

// topWish returns the wish that most of those referred to an initiative have, if it is released.
func (r Rendering) topWish(initiative string) string {
	t := r.Told.Table(disclosure.ByInitiative, disclosure.ByHelp)
	figure := func(wish string) disclosure.Figure { return t.Cell(initiative, wish) }
	names := r.most(disclosure.ByHelp, t.ColumnValues, figure)
	if len(names) > mostAlike {
		return r.Words.Text("report.initiatives.no_wish")
	}
	return strings.Join(names, ", ")
}

// mostAlike is how many values may be about equal at the top; with more, none is named.
const mostAlike = 3

// aboutEqual is the difference up to which released figures are about equal.
const aboutEqual = 3

// most returns the names of the values with the highest released figure: more than one if they are
// about equal, in the order of the questions; none if nothing is released or all are zero.
func (r Rendering) most(d disclosure.Dimension, values []string, figure func(string) disclosure.Figure) (names []string) {
	best := 0
	for _, value := range values {
		n, _ := figure(value).N()
		best = max(best, n)
	}
	for _, value := range r.Words.inOrder(d, named(values)) {
		if n, told := figure(value).N(); told && best > 0 && n >= best-aboutEqual && n > 0 {
			names = append(names, r.Words.value(d, value))
		}
	}
	return names
}

// inOrder sorts values in the order of the questions.
func (w Words) inOrder(d disclosure.Dimension, values []string) []string {
	order := w.values(d)
	values = slices.Clone(values)
	slices.SortStableFunc(values, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return values
}

// band is a column of the white spots: a region and a size band.
type band struct{ region, size string }

var bands = []band{
	{referral.RegionUtrecht, referral.BandZzp}, {referral.RegionUtrecht, referral.BandFew}, {referral.RegionUtrecht, referral.BandMany},
	{referral.RegionGooi, referral.BandZzp}, {referral.RegionGooi, referral.BandMkb},
}

// whiteSpots adds a sheet with the kinds of business that find no initiative.
func (r Rendering) whiteSpots(d *Document) {
	text := r.Words.Text
	section := Section{Title: text("report.chapter.white_spots"), Page: true, Text: []string{text("report.lead.white_spots")}}
	for _, quadrant := range []referral.Quadrant{referral.Vulnerable, referral.Unhurried, referral.Leading} {
		if t := r.spotTable(quadrant, referral.NoOffer, "none"); len(t.Rows) > 0 {
			section.Tables = append(section.Tables, t)
		}
	}
	if len(section.Tables) == 0 {
		section.Text = append(section.Text, text("report.spots.nothing"))
	}
	if t := r.spotTable(referral.Vulnerable, referral.UncheckedOffer, "unchecked"); len(t.Rows) > 0 {
		section.Tables = append(section.Tables, t)
	}
	if t := r.demand(); len(t.Rows) > 0 {
		section.Tables = append(section.Tables, t)
	}
	d.Sections = append(d.Sections, section)
}

// spotTable returns the table of the white spots of a quadrant. Wishes and sectors with the same
// numbers share a row.
func (r Rendering) spotTable(quadrant referral.Quadrant, offer referral.Offer, id string) Table {
	text := r.Words.Text
	title := text("quadrant." + string(quadrant) + ".title")
	t := Table{ID: "white_spots." + string(quadrant) + "." + id, Title: text("report.spots."+id, "Quadrant", title), Bars: -1}
	for _, b := range bands {
		t.Columns = append(t.Columns, Column{b.region + "," + b.size, r.Words.value(disclosure.ByRegion, b.region) + ", " + strings.ToLower(r.Words.value(disclosure.BySize, b.size))})
	}
	lines, estimated, partly := r.spotLines(quadrant, offer)
	for _, g := range r.grouped(lines) {
		row := Row{ID: strings.Join(g.sectors, "+") + "/" + strings.Join(g.wishes, "+"), Title: r.groupTitle(g)}
		for _, b := range bands {
			row.Cells = append(row.Cells, Cell{N: g.firms[b]})
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return t
	}
	t.Notes = append(t.Notes, text("report.spots.note"))
	for _, region := range slices.Sorted(maps.Keys(partly)) {
		t.Notes = append(t.Notes, text("report.spots.partly", "Region", r.Words.value(disclosure.ByRegion, region), "Places", strings.Join(slices.Sorted(maps.Keys(partly[region])), ", ")))
	}
	if estimated {
		t.Notes = append(t.Notes, text("report.spots.estimate"))
	}
	return t
}

// spotLines collects the white spots of a quadrant by sector and wish. partly has, per region, the names of the
// municipalities that only a part of them is about.
func (r Rendering) spotLines(quadrant referral.Quadrant, offer referral.Offer) (lines map[[2]string]map[band]int, estimated bool, partly map[string]map[string]bool) {
	lines, partly = map[[2]string]map[band]int{}, map[string]map[string]bool{}
	for _, s := range r.Offer.Spots {
		if s.Quadrant != quadrant || s.Offer != offer {
			continue
		}
		key := [2]string{s.Sector, s.Wish}
		if lines[key] == nil {
			lines[key] = map[band]int{}
		}
		lines[key][band{s.Region, referral.Band(s.Region, s.Size)}] = s.Firms
		estimated = estimated || s.Estimate
		for _, code := range s.Municipalities {
			if partly[s.Region] == nil {
				partly[s.Region] = map[string]bool{}
			}
			partly[s.Region][r.placeName(code)] = true
		}
	}
	return lines, estimated, partly
}

// spotGroup is sectors and wishes without an initiative in the same bands.
type spotGroup struct {
	sectors, wishes []string
	firms           map[band]int // of all its sectors
}

// grouped joins the wishes of a sector with the same bands, and then the sectors with the same wishes
// and bands. Groups with more firms come first.
func (r Rendering) grouped(lines map[[2]string]map[band]int) (groups []spotGroup) {
	type pattern struct{ wishes, bands string }
	bySector := map[string]map[string][]string{} // sector, bands, wishes
	for _, sector := range r.Words.values(disclosure.BySector) {
		for _, wish := range r.Words.values(disclosure.ByHelp) {
			firms := lines[[2]string{sector, wish}]
			if firms == nil {
				continue
			}
			if bySector[sector] == nil {
				bySector[sector] = map[string][]string{}
			}
			key := bandKey(firms)
			bySector[sector][key] = append(bySector[sector][key], wish)
		}
	}
	at := map[pattern]int{}
	for _, sector := range r.Words.values(disclosure.BySector) {
		for _, key := range slices.Sorted(maps.Keys(bySector[sector])) {
			wishes := bySector[sector][key]
			p := pattern{strings.Join(wishes, "+"), key}
			i, known := at[p]
			if !known {
				i = len(groups)
				at[p] = i
				groups = append(groups, spotGroup{wishes: wishes, firms: map[band]int{}})
			}
			groups[i].sectors = append(groups[i].sectors, sector)
			for b, n := range lines[[2]string{sector, wishes[0]}] {
				groups[i].firms[b] += n
			}
		}
	}
	total := func(g spotGroup) (n int) {
		for _, firms := range g.firms {
			n += firms
		}
		return n
	}
	slices.SortStableFunc(groups, func(a, b spotGroup) int { return cmp.Compare(total(b), total(a)) })
	return groups
}

func bandKey(firms map[band]int) (key string) {
	for _, b := range bands {
		if _, ok := firms[b]; ok {
			key += b.region + b.size + " "
		}
	}
	return key
}

// groupTitle returns a title with the wishes and sectors of a group.
func (r Rendering) groupTitle(g spotGroup) string {
	return r.someOf(disclosure.ByHelp, g.wishes, "geen") + " – " + r.someOf(disclosure.BySector, g.sectors, disclosure.Lagging)
}

// someOf lists the names of values of a dimension, or "all but" the others if that is shorter.
func (r Rendering) someOf(d disclosure.Dimension, values []string, never string) string {
	var others []string
	for _, value := range r.Words.values(d) {
		if value != "" && value != never && !slices.Contains(values, value) {
			others = append(others, value)
		}
	}
	switch {
	case len(others) == 0:
		return r.Words.Text("report.spots.every_" + string(d))
	case len(others) < len(values):
		return r.Words.Text("report.spots.but_"+string(d), "Names", r.names(d, others))
	}
	return r.names(d, values)
}

func (r Rendering) names(d disclosure.Dimension, values []string) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = r.Words.value(d, value)
	}
	return strings.Join(names, ", ")
}

// demand returns what those who did the check wished, as far as released, next to how many
// initiatives of the catalogue are live.
func (r Rendering) demand() Table {
	text := r.Words.Text
	t := Table{ID: "demand", Title: text("report.spots.demand"), Bars: 0, Columns: []Column{{"n", text("report.spots.asked")}}}
	if r.Told == nil {
		return Table{}
	}
	line, near := r.Told.Table(disclosure.ByHelp, ""), r.Told.Table(disclosure.ByHelp, disclosure.ByQuadrant)
	if len(near.RowValues) > 0 {
		t.Columns = append(t.Columns, Column{"near", text("report.spots.asked_near")})
	}
	t.Columns = append(t.Columns, Column{"without", text("report.spots.without")})
	for _, wish := range r.Words.inOrder(disclosure.ByHelp, line.RowValues) {
		if wish == "" || wish == "geen" {
			continue
		}
		row := Row{ID: wish, Title: r.Words.value(disclosure.ByHelp, wish), Cells: []Cell{r.shown(line.Figure(wish))}}
		if len(near.RowValues) > 0 {
			row.Cells = append(row.Cells, r.shown(near.Cell(wish, disclosure.VulnerableOrNear)))
		}
		t.Rows = append(t.Rows, Row{ID: row.ID, Title: row.Title, Cells: append(row.Cells, Cell{N: r.firmsWithout(wish)})})
	}
	t.Notes = append(t.Notes, text("report.spots.demand_note"))
	return t
}

// firmsWithout returns how many vulnerable firms find no initiative for a wish.
func (r Rendering) firmsWithout(wish string) (n int) {
	seen := map[[3]string]bool{}
	for _, s := range r.Offer.Spots {
		key := [3]string{s.Sector, s.Region, referral.Band(s.Region, s.Size)}
		if s.Quadrant == referral.Vulnerable && s.Offer == referral.NoOffer && s.Wish == wish && !seen[key] {
			seen[key] = true
			n += s.Firms
		}
	}
	return n
}
