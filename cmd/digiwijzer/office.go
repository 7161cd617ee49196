package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/report"
	"digiwijzer/bot/share"
	"digiwijzer/bot/telegram"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// office makes what coordinators get in Telegram, when it is sent.
type office struct{ *service }

// editorDays is how far the page for editors looks ahead.
const editorDays = 90

// words puts texts into words in the language of a request.
type words func(id string, pairs ...any) string

// Text gives the words of a page.
func (o office) Text(ctx context.Context, r telegram.Request) (string, error) {
	c := o.content.Current()
	say := func(id string, pairs ...any) string { return c.Texts.Text(r.Lang, "coordinator."+id, pairs...) }
	var lines []string
	var err error
	switch r.Page {
	case telegram.PageWeek, telegram.PageDigest:
		lines, err = o.week(ctx, c, r, say)
	case telegram.PageQuarter:
		lines, err = o.quarter(ctx, c, r, say)
	case telegram.PagePartners:
		lines, err = o.partners(ctx, c, say)
	case telegram.PagePartner:
		lines = o.partner(c, r, say)
	case telegram.PageEditor:
		lines = o.editor(c, say)
	}
	return strings.Join(lines, "\n"), err
}

// report gathers the figures of a week or a quarter as coordinators see them.
func (o office) report(ctx context.Context, c *content.Edition, r telegram.Request) (report.Report, error) {
	now, region := o.clock.Now(), c.Catalogue.Region().Figures()
	made := report.Report{Words: reportWords(c, r.Lang)}
	f, err := openFigures(ctx, o.program)
	if err != nil {
		return made, err
	}
	defer f.Close()
	period := figures.Period{From: r.About, To: r.About}
	if r.Page == telegram.PageQuarter {
		q, err := figures.ParseQuarter(r.About)
		if err != nil {
			return made, badInput{err}
		}
		period = q.Weeks()
		quarterly, err := f.quarterly(ctx, q, figures.Internal, figures.Standard(), region, now)
		var open figures.Open
		switch {
		case errors.As(err, &open):
			made.Pending = &open
		case err != nil:
			return made, err
		default:
			made.Quarter = &quarterly
		}
	}
	if _, err := figures.Weeks(period.From, period.To); err != nil {
		return made, badInput{err}
	}
	if made.Weekly, err = f.weekly(ctx, period, reported(c), region.YearTarget); err == nil {
		made.Weekly.Running = running(period, now)
	}
	return made, err
}

// isBadInput tells whether an error is about what was asked for.
func isBadInput(err error) bool {
	var bad badInput
	return errors.As(err, &bad)
}

// week tells of one week.
func (o office) week(ctx context.Context, c *content.Edition, r telegram.Request, say words) ([]string, error) {
	made, err := o.report(ctx, c, r)
	if isBadInput(err) {
		return []string{say("bad_week")}, nil
	}
	if err != nil {
		return nil, err
	}
	w := made.Weekly
	var lines []string
	if r.Page == telegram.PageDigest {
		lines = append(lines, say("digest"), "")
	}
	lines = append(lines, say("week", "Week", r.About))
	lines = append(lines, warning(made)...)
	lines = append(lines, countLines(w.Report.Totals, &w.Before, say)...)
	lines = append(lines, perID(c, r, w.Report.Totals, say)...)
	lines = append(lines, target(w.Progress, say)...)
	if w.Report.Waiting != nil && *w.Report.Waiting > 0 {
		lines = append(lines, say("waiting", "N", *w.Report.Waiting))
	}
	if n := w.Report.Unreadable; n > 0 {
		lines = append(lines, say("unreadable", "N", n))
	}
	return append(lines, say("own")), nil
}

// warning is the line that says why figures may be wrong, where there is something to say.
func warning(made report.Report) []string {
	if line := made.Warning(); line != "" {
		return []string{line}
	}
	return nil
}

// countLines are the counts, beside those of the period before where it is given.
func countLines(w figures.Weekly, before *figures.Weekly, say words) (lines []string) {
	if w.Started+w.Completed+w.Repeat == 0 {
		lines = append(lines, say("quiet"))
	}
	for _, line := range []struct {
		id string
		of func(figures.Weekly) int
	}{
		{"started", func(w figures.Weekly) int { return w.Started }},
		{"completed", func(w figures.Weekly) int { return w.Completed }},
		{"target", func(w figures.Weekly) int { return w.Target }},
		{"gap", func(w figures.Weekly) int { return w.Gap }},
		{"repeat", func(w figures.Weekly) int { return w.Repeat }},
	} {
		if before == nil {
			lines = append(lines, say("count", "What", say(line.id), "N", line.of(w)))
			continue
		}
		lines = append(lines, say("line", "What", say(line.id), "N", line.of(w), "Before", line.of(*before)))
	}
	return lines
}

// perID lists referrals and where people stopped, the most first.
func perID(c *content.Edition, r telegram.Request, w figures.Weekly, say words) (lines []string) {
	name := func(id string) string {
		if i, ok := c.Catalogue.Initiative(id); ok {
			return i.Name
		}
		return id
	}
	topic := func(id string) string {
		if c.Texts.Has(r.Lang, "topic."+id) {
			return c.Texts.Text(r.Lang, "topic."+id)
		}
		return id
	}
	lines = append(lines, "")
	if referred := ranked(w.Referrals, name, say); len(referred) > 0 {
		lines = append(append(lines, say("referrals")), referred...)
	} else {
		lines = append(lines, say("no_referrals"))
	}
	if stopped := ranked(w.Stopped, topic, say); len(stopped) > 0 {
		lines = append(append(lines, "", say("stopped")), stopped...)
	}
	return append(lines, "")
}

// ranked gives a line for every id that was counted, the most counted first.
func ranked(counts map[string]int, name func(string) string, say words) (lines []string) {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(counts)), func(id string) bool { return counts[id] == 0 })
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	for _, id := range ids {
		lines = append(lines, "• "+say("count", "What", name(id), "N", counts[id]))
	}
	return lines
}

// target tells how the year's target stands.
func target(p figures.Progress, say words) []string {
	lines := []string{say("year", "Year", strconv.Itoa(p.Year), "N", p.Reached, "Of", p.Goal)}
	switch {
	case p.Reached >= p.Goal:
		lines = append(lines, say("reached"))
	case p.WeeksLeft > 0:
		lines = append(lines, say("pace", "N", decimal(p.Needed)))
	}
	return lines
}

// decimal writes a number with a comma.
func decimal(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', -1, 64), ".", ",", 1)
}

// quarter tells of a quarter: the exact counts of its weeks, and the main figures of its
// tables once they may be made.
func (o office) quarter(ctx context.Context, c *content.Edition, r telegram.Request, say words) ([]string, error) {
	made, err := o.report(ctx, c, r)
	if isBadInput(err) {
		return []string{say("bad_quarter")}, nil
	}
	if err != nil {
		return nil, err
	}
	weeks := made.Weekly.Report.Period
	lines := []string{say("quarter", "Quarter", r.About, "From", weeks.From, "To", weeks.To)}
	lines = append(lines, warning(made)...)
	lines = append(lines, countLines(made.Weekly.Report.Totals, nil, say)...)
	lines = append(lines, perID(c, r, made.Weekly.Report.Totals, say)...)
	if made.Pending != nil {
		lines = append(lines, made.Words.Text("report.pending", "Quarter", string(made.Pending.Quarter), "Day", string(made.Pending.Settles)))
	} else {
		for _, figure := range made.Document().Figures {
			lines = append(lines, "• "+say("figure", "What", figure.Label, "N", figure.Value, "Note", figure.Note))
		}
	}
	return append(lines, say("own")), nil
}

// partners lists who hands out the link, and how much each link is used.
func (o office) partners(ctx context.Context, c *content.Edition, say words) ([]string, error) {
	f, err := openFigures(ctx, o.program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := listPartners(ctx, c, f, o.program)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return []string{say("no_partners")}, nil
	}
	lines := []string{say("partners")}
	for _, l := range list {
		id := "partner_line"
		if l.Last == "" {
			id = "partner_idle"
		}
		line := "• " + say(id, "Code", l.Code, "Name", orDash(l.Name), "N", l.Quarter, "Trend", l.trend(), "Last", l.Last)
		if standing := l.status(); standing != "" {
			line += " · " + say("partner_is."+standing, "N", quietWeeks)
		}
		lines = append(lines, line)
	}
	started, without, err := o.withoutPartner(ctx, f)
	return append(lines, "• "+say("no_partner_line", "N", without, "Of", started), "", say("partner_how")), err
}

// withoutPartner counts who began this quarter, and how many of those without a partner
// that is known.
func (o office) withoutPartner(ctx context.Context, f statsReader) (started, without int, err error) {
	now := o.clock.Now()
	quarter, err := figures.ParseQuarter(referral.QuarterOf(now))
	if err != nil {
		return 0, 0, err
	}
	report, err := f.report(ctx, figures.Period{From: quarter.Weeks().From, To: referral.WeekOf(now)}, nil)
	started = report.Totals.Started
	without = started
	for _, n := range report.Totals.Partners {
		without -= n
	}
	return started, without, err
}

// order is the kit of a partner.
func (o office) order(c *content.Edition, r telegram.Request) share.Order {
	order := share.Order{Lang: r.Lang, Made: o.clock.Now(),
		Place: share.Place{PublicURL: o.config.PublicURL}}
	if o.telegram != nil {
		order.Place.Bot = o.telegram.Username()
	}
	for _, p := range c.ActivePartners() {
		if p.Code == r.About {
			order.Partner = p
		}
	}
	return order
}

func (o office) partner(c *content.Edition, r telegram.Request, say words) []string {
	order := o.order(c, r)
	links, err := share.LinksOf(c.Texts, order)
	if err != nil {
		return []string{say("kit_fails", "Name", order.Partner.Name, "Why", err.Error())}
	}
	return []string{say("kit", "Name", order.Partner.Name, "Link", links.Main)}
}

// editor tells what somebody must look at now, and what comes in the next months.
func (o office) editor(c *content.Edition, say words) []string {
	today := referral.DayOf(o.clock.Now())
	var now, soon []string
	for _, i := range c.Catalogue.Initiatives() {
		checks, later := i.NeedsCheck(today), i.NeedsCheck(today.AddDays(editorDays))
		later = slices.DeleteFunc(later, func(check referral.Check) bool { return slices.Contains(checks, check) })
		line := func(checks []referral.Check) string {
			var what []string
			for _, check := range checks {
				what = append(what, say("needs."+string(check)))
			}
			return "• " + say("editor_line", "Name", i.Name, "Checks", strings.Join(what, ", "))
		}
		if len(checks) > 0 {
			now = append(now, line(checks))
		}
		if len(later) > 0 {
			soon = append(soon, line(later))
		}
	}
	var lines []string
	if len(now) > 0 {
		lines = append(append(lines, say("editor")), now...)
	}
	if len(soon) > 0 {
		lines = append(append(lines, "", say("editor_soon", "N", strconv.Itoa(editorDays))), soon...)
	}
	if len(lines) == 0 {
		return []string{say("editor_done", "N", strconv.Itoa(editorDays))}
	}
	return lines
}

// File gives a file of a page.
func (o office) File(ctx context.Context, r telegram.Request, n int) (f telegram.File, ok bool, err error) {
	c := o.content.Current()
	if r.Page != telegram.PagePartner {
		return o.figureFile(ctx, c, r, n)
	}
	order := o.order(c, r)
	files, err := share.Kit(c.Texts, order)
	if err != nil { // the words above told why
		return f, false, nil
	}
	data, err := zipped(files)
	return telegram.File{Name: fmt.Sprintf("digiwijzer-%s.zip", r.About), Data: data}, err == nil, err
}

func zipped(files []share.File) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.Name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

// figureFiles are the forms that come with a page of figures, in order.
var figureFiles = map[telegram.Page][]report.Format{
	telegram.PageWeek:    {report.PNG, report.XLSX},
	telegram.PageDigest:  {report.PNG, report.XLSX},
	telegram.PageQuarter: {report.XLSX},
}

// figureFile gives the figures of a page as a file.
func (o office) figureFile(ctx context.Context, c *content.Edition, r telegram.Request, n int) (f telegram.File, ok bool, err error) {
	formats := figureFiles[r.Page]
	if n >= len(formats) {
		return f, false, nil
	}
	made, err := o.report(ctx, c, r)
	if isBadInput(err) { // the words before told why
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	var b bytes.Buffer
	err = made.Write(&b, formats[n])
	return telegram.File{
		Name:  fmt.Sprintf("digiwijzer-%s.%s", r.About, formats[n]),
		Image: formats[n] == report.PNG, Data: b.Bytes(),
	}, err == nil, err
}
