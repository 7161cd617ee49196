package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
	"digiwijzer/referral"
)

// overview serves the first page: current figures, what to do now, and links to everything else.
func (d *dashboard) overview(w http.ResponseWriter, r *http.Request) {
	if !d.loggedIn(r) {
		d.form(w, r, http.StatusOK, "")
		return
	}
	sh := d.page(r)
	team := d.opts.Dashboard.Staff
	made, err := team.Figures(r.Context(), period{}.request(sh.lang))
	if err != nil {
		d.busy(w, r, err)
		return
	}
	quarters, err := team.ClosedQuarters(r.Context(), quartersShown)
	if err != nil {
		d.busy(w, r, err)
		return
	}
	editor, err := team.Page(r.Context(), staff.Request{Page: staff.Editor, Lang: sh.lang})
	if err != nil {
		d.busy(w, r, err)
		return
	}
	yearForms, err := team.Page(r.Context(), staff.Request{Page: staff.Forms, Lang: sh.lang})
	if err != nil {
		d.busy(w, r, err)
		return
	}
	body := newOverview(sh, made.Overview(), quarters, d.paragraphs(editor, sh.lang))
	body.Demo = d.opts.Dashboard.Demo
	body.YearForms = d.paragraphs(yearForms, sh.lang)
	body.Sections = d.sections(r, sh)
	if d.maySeeExact(r) {
		body.Exact = sh.figuresAt(period{Exact: true})
	}
	body.Today = sh.date(d.opts.Clock.Now())
	quarter := period{Quarter: referral.QuarterOf(d.opts.Clock.Now())} // shows for whom there is no help, and nothing else
	if len(quarters) > 0 {
		quarter.Quarter = quarters[0]
	}
	latest, err := team.Figures(r.Context(), quarter.request(sh.lang))
	if err != nil {
		d.busy(w, r, err)
		return
	}
	body.addQuarter(latest.Document(), sh.figuresAt(quarter))
	sh.Title, sh.Body = sh.T("dashboard.title"), body
	d.render(w, http.StatusOK, "overview", sh)
}

// overview is the data of the first page.
type overview struct {
	report.Overview
	Today    string
	Share    int           // of the goal, in per cent, at most 100
	Even     int           // of the goal at an even pace, in per cent
	Chart    template.HTML // of the weeks
	Links    []weekLink    // of the weeks, the newest first
	All      string        // address of the figures of all these weeks
	Forms    []way
	Quarters []way
	Latest   string    // name of the latest quarter
	Ranks    []ranking // of the latest quarter
	Spots    *spots    // nil: the figures have none
	Editor   []paragraph
	// YearForms lists the initiatives that sent the form of last year; empty: not shown.
	YearForms []paragraph
	ToCheck   int  // initiatives that an editor must check now
	Demo      bool // no login
	Sections  []frame.Link
	Exact     string // address of the exact figures of these weeks; empty: not for this visitor
}

// sections returns the links to other pages; none without an account.
func (d *dashboard) sections(r *http.Request, sh *pageData) (all []frame.Link) {
	p, ok := d.person(r)
	if !ok || d.opts.Dashboard.Sections == nil {
		return nil
	}
	all = d.opts.Dashboard.Sections(p, frame.Words{Texts: sh.texts, Lang: sh.lang, Query: sh.LangQuery()})
	for i := range all {
		all[i].Current = all[i].Href == r.URL.Path+sh.LangQuery()
	}
	return all
}

// way is a link whose text is unique on the page.
type way struct{ Text, Href string }

type weekLink struct {
	report.WeekBar
	Href string
}

// ranking is a table of the quarter as bars.
type ranking struct {
	Title string
	Rows  []rankRow
	More  int // rows that are not shown
}

type rankRow struct {
	report.Rank
	Share int // of the highest, in per cent
}

// forms are the download formats, the most used first.
var forms = []report.Format{report.XLSX, report.PDF, report.CSVNL, report.CSV, report.JSON, report.PNG}

func newOverview(sh *pageData, made report.Overview, quarters []string, editor []paragraph) overview {
	o := overview{Overview: made, All: sh.figuresAt(period{}), Forms: sh.forms(period{}), Editor: editor}
	if made.Goal != nil && made.Goal.Goal > 0 {
		o.Share = min(100, made.Goal.N*100/made.Goal.Goal)
		o.Even = min(100, made.Goal.Expected*100/made.Goal.Goal)
	}
	o.Chart = sh.weekChart(made.Weeks)
	for _, week := range slices.Backward(made.Weeks) {
		o.Links = append(o.Links, weekLink{week, sh.figuresAt(period{Week: week.Week})})
	}
	for _, q := range quarters {
		o.Quarters = append(o.Quarters, way{sh.T("dashboard.quarter", "Number", q[len(q)-1:], "Year", q[:4]), sh.figuresAt(period{Quarter: q})})
	}
	for i, q := range quarters { // the newest first: a year after its last quarter
		if i == len(quarters)-1 || quarters[i+1][:4] != q[:4] {
			o.Quarters = append(o.Quarters, way{sh.T("dashboard.year", "Year", q[:4]), sh.figuresAt(period{Year: q[:4]})})
		}
	}
	if len(o.Quarters) > 0 {
		o.Latest = o.Quarters[0].Text
	}
	if at := slices.IndexFunc(editor, func(p paragraph) bool { return len(p.List) > 0 }); at >= 0 {
		o.ToCheck = len(editor[at].List)
	}
	return o
}

// shownOfQuarter are the tables of a quarter that the overview shows as bars, by the name of
// their dimension, and rowsShown how many rows of each.
var shownOfQuarter = []string{"help_wanted", "sector"}

const rowsShown = 6

// addQuarter adds the tables about who did the check, what they want, and for whom there is no help.
func (o *overview) addQuarter(d report.Document, address string) {
	o.addSpots(d, address)
	for _, id := range shownOfQuarter {
		for _, section := range d.Sections {
			if at := slices.IndexFunc(section.Tables, func(t report.Table) bool { return t.ID == id }); at >= 0 {
				o.addRanking(section.Tables[at])
				break
			}
		}
	}
}

// spots is the chapter of the report about businesses that find no help.
type spots struct {
	report.Section
	Where []report.Table // for which businesses; the tables of the section are the demand
	Notes []string       // about these
	All   string         // address of the whole report
}

// addSpots adds the chapter about businesses that find no help: the same tables as in the
// report, whose address is all.
func (o *overview) addSpots(d report.Document, all string) {
	for _, section := range d.Sections {
		chapter := spots{Section: section, All: all}
		chapter.Tables = nil
		for _, t := range section.Tables {
			switch {
			case t.ID == "demand":
				chapter.Tables = append(chapter.Tables, t)
			case strings.HasPrefix(t.ID, "white_spots."):
				chapter.Where = append(chapter.Where, t)
				for _, note := range t.Notes {
					if !slices.Contains(chapter.Notes, note) {
						chapter.Notes = append(chapter.Notes, note)
					}
				}
			}
		}
		if len(chapter.Tables)+len(chapter.Where) > 0 {
			o.Spots = &chapter
		}
	}
}

func (o *overview) addRanking(t report.Table) {
	r := ranking{Title: t.Title}
	for _, row := range t.NonZeroRows() {
		if len(row.Cells) > 0 && !row.Total && row.Cells[0].Kind == report.Number && row.Cells[0].N > 0 {
			r.Rows = append(r.Rows, rankRow{Rank: report.Rank{Name: row.Title, N: row.Cells[0].N}})
		}
	}
	slices.SortStableFunc(r.Rows, func(a, b rankRow) int { return b.N - a.N })
	r.More = max(0, len(r.Rows)-rowsShown)
	r.Rows = r.Rows[:min(len(r.Rows), rowsShown)]
	for i := range r.Rows {
		r.Rows[i].Share = r.Rows[i].N * 100 / r.Rows[0].N
	}
	if len(r.Rows) > 0 {
		o.Ranks = append(o.Ranks, r)
	}
}

// PartnerRows returns the partners as bars.
func (o overview) PartnerRows() (rows []rankRow) {
	for _, p := range o.Partners[:min(len(o.Partners), rowsShown)] {
		rows = append(rows, rankRow{p, p.N * 100 / o.Partners[0].N})
	}
	return rows
}

// PartnersMore is how many partners are not shown.
func (o overview) PartnersMore() int { return max(0, len(o.Partners)-rowsShown) }

// weekChart draws the weeks: how many began, as an outline, and how many completed the check, filled. Its widths are
// percentages, so that its text keeps its size on every screen.
func (l localizer) weekChart(weeks []report.WeekBar) template.HTML {
	const height, foot, top = 220.0, 250, 10
	most := 5
	for _, week := range weeks {
		most = max(most, week.Started, week.Completed)
	}
	step := niceStep(most)
	most = (most + step - 1) / step * step
	at := func(n int) float64 { return height + top - height*float64(n)/float64(most) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg height="%d" role="img" aria-label="%s"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="c-act" width="3" height="6"/></pattern></defs>`,
		foot+10, template.HTMLEscapeString(l.T("dashboard.per_week")))
	for n := 0; n <= most; n += step {
		fmt.Fprintf(&b, `<text class="tick" x="0" y="%.0f">%d</text><rect class="grid" x="4%%" y="%.0f" width="96%%" height="%d"/>`, at(n)+4, n, at(n), map[bool]int{true: 2, false: 1}[n == 0])
	}
	pitch := 95.0 / float64(max(1, len(weeks)))
	for i, week := range weeks {
		x, width := 5+pitch*float64(i), pitch*0.74
		began, did := at(week.Started), at(week.Completed)
		state := ""
		if week.Running {
			state = " running"
		}
		fmt.Fprintf(&b, `<rect class="began%s" x="%.2f%%" y="%.1f" width="%.2f%%" height="%.1f"/><rect class="did%s" x="%.2f%%" y="%.1f" width="%.2f%%" height="%.1f"><title>%s</title></rect>`,
			state, x, began, width, height+top-began, state, x, did, width, height+top-did,
			template.HTMLEscapeString(l.T("dashboard.bar", "Week", week.Name, "Started", week.Started, "Completed", week.Completed)))
		odd := ""
		if (len(weeks)-1-i)%2 == 1 {
			odd = " odd"
		}
		fmt.Fprintf(&b, `<text class="day%s" x="%.2f%%" y="%d">%s</text>`, odd, x+width/2, foot, template.HTMLEscapeString(week.Day))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers, and texts that were escaped
}

// niceStep returns the distance of the lines of a chart: three to six of them.
func niceStep(most int) int {
	for step := 1; ; step *= 10 {
		for _, f := range []int{1, 2, 5} {
			if most <= 5*f*step {
				return f * step
			}
		}
	}
}
