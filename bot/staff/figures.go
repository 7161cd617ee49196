package staff

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/report"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Figures returns the figures of the page Week, Weeks, Digest, Quarter, Year or Recent as its level
// may see them, ready to be written in any format. For a period that does not exist the error
// is ErrNoPeriod.
func (p *Pages) Figures(ctx context.Context, r Request) (report.Rendering, error) {
	period, err := p.period(r)
	if err != nil {
		return report.Rendering{}, fmt.Errorf("%w: %w", ErrNoPeriod, err)
	}
	return p.Report(ctx, period, r.level(), r.Lang)
}

// quartersBefore is how many quarters a report of a span looks back, the last one included.
const quartersBefore = 8

// Report returns the figures of a valid period as a level may see them, ready to be written in any format.
// If the period is a span, it includes the quarters before it and the offers of the initiatives.
func (p *Pages) Report(ctx context.Context, period figures.Period, l disclosure.Level, lang string) (made report.Rendering, err error) {
	c, today := p.options.Content(), referral.DayOf(p.options.Clock.Now())
	made.Words = Words(c, lang)
	if made.Made, err = time.Parse(time.DateOnly, string(today)); err != nil {
		return made, err
	}
	if made.Report, err = p.options.Figures.Report(ctx, period, l); err != nil {
		return made, err
	}
	made.Invented = p.options.Invented
	if made.Since, err = p.options.Figures.FirstWeek(ctx); err != nil {
		return made, err
	}
	if period.Span == "" {
		return made, nil
	}
	made.Offer = &report.Offer{Catalogue: c.Catalogue, Today: today}
	if p.options.WhiteSpots != nil {
		made.Offer.Spots = p.options.WhiteSpots(c, today)
	}
	if made.History, err = p.options.Figures.History(ctx, period.Span, told(l), quartersBefore); err != nil {
		return made, err
	}
	if year, err := strconv.Atoi(string(period.Span)); err == nil && l != disclosure.External {
		made.Forms, err = p.yearForms(ctx, year) // initiatives send them to the working group
		return made, err
	}
	return made, nil
}

func (p *Pages) period(r Request) (figures.Period, error) {
	switch r.Page {
	case Quarter:
		q, err := figures.ParseQuarter(r.About)
		if err != nil {
			return figures.Period{}, err
		}
		return q.Period(), nil
	case Weeks:
		from, to, _ := strings.Cut(r.About, RangeSeparator)
		return figures.ParseWeeks(from, to)
	case Year:
		year, err := figures.ParseYear(r.About)
		if err != nil {
			return figures.Period{}, err
		}
		return year.Period(), nil
	case Recent:
		now := p.options.Clock.Now()
		return figures.ParseWeeks(referral.WeekBefore(now, RecentWeeks-1), referral.WeekOf(now))
	}
	return figures.ParseWeek(r.About)
}

// Words returns the texts and names of a report.
func Words(c *content.Edition, lang string) report.Words {
	return report.Words{
		Lang:       lang,
		Text:       func(id string, pairs ...any) string { return c.Texts.Text(lang, id, pairs...) },
		Has:        func(id string) bool { return c.Texts.Has(lang, id) },
		Initiative: func(id string) string { return initiativeName(c, id) },
		Partner:    c.PartnerName,
		Place:      func(code string) string { return placeName(c, code) },
		Values:     func(d disclosure.Dimension) []string { return values(c, d) },
	}
}

// told returns the level of released figures that accompany figures of a level.
func told(l disclosure.Level) disclosure.Level {
	if l == disclosure.Accountable {
		return disclosure.Internal
	}
	return l
}

func placeName(c *content.Edition, code string) string {
	for _, m := range c.Catalogue.Region().AllMunicipalities() {
		if m.Code == code {
			return m.Name
		}
	}
	return code
}

// values returns the possible values of a dimension of the figures, in the order of the questions.
func values(c *content.Edition, d disclosure.Dimension) (all []string) {
	switch d {
	case disclosure.BySector:
		for _, sector := range c.Catalogue.Region().Sectors() {
			all = append(all, sector.ID)
		}
		return all
	case disclosure.ByInitiative, disclosure.ByTaken:
		for _, i := range c.Catalogue.Initiatives() {
			all = append(all, i.ID)
		}
		return append(all, "anders", "niets")
	case disclosure.ByHindrance:
		d = disclosure.ByObstacle
	case disclosure.BySize, disclosure.ByVerdict:
		return nil // coarser than the options of the question
	}
	if c.Questions == nil {
		return nil
	}
	if q, ok := c.Questions.Query(string(d)); ok {
		for _, option := range q.Options {
			all = append(all, option.Value)
		}
	}
	return all
}

func initiativeName(c *content.Edition, id string) string {
	if i, ok := c.Catalogue.Initiative(id); ok {
		return i.Name
	}
	return id
}

// week makes the page of one week.
func (p *Pages) week(ctx context.Context, c *content.Edition, r Request) (Page, error) {
	made, err := p.Figures(ctx, r)
	if errors.Is(err, ErrNoPeriod) {
		return sentence(say("bad_week")), nil
	}
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	if page.Files, err = p.figureFiles(ctx, made, r); err != nil {
		return Page{}, err
	}
	if r.Page == Digest {
		page.Parts = append(page.Parts, Part{say("digest")})
	}
	head := Part{say("week", "Week", r.About)}
	if made.Level == disclosure.Accountable {
		head = append(head, say("keep"))
	}
	head = append(head, floodWarning(made)...)
	if t := made.Trend; t != nil {
		page.Parts = append(page.Parts, append(head, exactLines(t.Totals, t.Before)...))
		page.Parts = append(page.Parts, rankedParts(c, r.Lang, t.Totals)...)
		page.end(targetLines(r.Lang, t.Progress), t.Waiting, t.Unreadable)
		return page, nil
	}
	u := made.Use
	page.Parts = append(page.Parts, append(head, basicLines(u.Totals, &u.Before)...))
	page.end(toldTargetLines(r.Lang, u.Target), u.Waiting, u.Unreadable)
	return page, nil
}

// end adds the last part of a page with weeks.
func (p *Page) end(end Part, waiting *int, unreadable int) {
	if waiting != nil && *waiting > 0 {
		end = append(end, say("waiting", "N", *waiting))
	}
	if unreadable > 0 {
		end = append(end, say("unreadable", "N", unreadable))
	}
	p.Parts = append(p.Parts, append(end, say("own")))
}

// span makes the page of a quarter or a year: the exact counts of its weeks without attributes, and the
// released figures once it is closed.
func (p *Pages) span(ctx context.Context, r Request) (Page, error) {
	r.Level = disclosure.Internal
	made, err := p.Figures(ctx, r)
	if errors.Is(err, ErrNoPeriod) {
		return sentence(say("bad_" + string(r.Page))), nil
	}
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	if page.Files, err = p.figureFiles(ctx, made, r); err != nil {
		return Page{}, err
	}
	weeks := made.Use.Period
	id := "quarter"
	if r.Page == Year {
		id = "whole_year"
	}
	head := Part{say(id, "Period", r.About, "From", weeks.From, "To", weeks.To)}
	head = append(head, floodWarning(made)...)
	page.Parts = append(page.Parts, append(head, basicLines(made.Use.Totals, nil)...))
	var end Part
	if open := made.Pending; open != nil {
		end = Part{{Text: flows.Say("report.pending", "Period", string(open.Span), "Day", string(open.Settles))}}
	} else {
		for _, figure := range made.Document().Told() {
			end = append(end, item("figure", "What", figure.Label, "N", figure.Value, "Note", figure.Note))
		}
		end = append(end, flows.Block{Text: flows.Say("report.rounded")})
	}
	page.Parts = append(page.Parts, append(end, say("own")))
	return page, nil
}

// figureFiles returns the files of a page of figures, at level Internal.
func (p *Pages) figureFiles(ctx context.Context, made report.Rendering, r Request) (files []File, err error) {
	if made.Level != disclosure.Internal {
		r.Level = disclosure.Internal
		if made, err = p.Figures(ctx, r); err != nil {
			return nil, err
		}
	}
	for _, format := range fileFormats[r.Page] {
		files = append(files, File{
			Name:  fmt.Sprintf("digiwijzer-%s.%s", r.About, format),
			Image: format == report.PNG,
			Make: func() ([]byte, error) {
				var b bytes.Buffer
				err := made.Write(&b, format)
				return b.Bytes(), err
			},
		})
	}
	return files, nil
}

// floodWarning returns a line about flooded weeks, or none.
func floodWarning(made report.Rendering) Part {
	if warning := made.Warning(); warning != "" {
		return Part{{Text: flows.Name(warning)}}
	}
	return nil
}

// exactLines returns all counts of a week, compared with those of the week before.
func exactLines(now, before figures.Counts) Part {
	lines := basicLines(now.Basic, &before.Basic)
	last := len(lines) - 1 // repeats
	if now.Uncounted > 0 {
		last-- // they come after
	}
	more := Part{
		say("line", "What", phrase("target"), "N", now.Target, "Before", before.Target),
		say("line", "What", phrase("gap"), "N", now.Gap, "Before", before.Gap),
	}
	return slices.Insert(lines, last, more...)
}

// basicLines returns the counts without attributes, compared with those of the period before
// if given.
func basicLines(counts figures.Basic, before *figures.Basic) (lines Part) {
	if counts.Started+counts.Completed+counts.Repeat == 0 {
		lines = append(lines, say("quiet"))
	}
	for _, line := range []struct {
		id string
		of func(figures.Basic) int
	}{
		{"started", func(c figures.Basic) int { return c.Started }},
		{"completed", func(c figures.Basic) int { return c.Completed }},
		{"repeat", func(c figures.Basic) int { return c.Repeat }},
	} {
		if before == nil {
			lines = append(lines, say("count", "What", phrase(line.id), "N", line.of(counts)))
			continue
		}
		lines = append(lines, say("line", "What", phrase(line.id), "N", line.of(counts), "Before", line.of(*before)))
	}
	if counts.Uncounted > 0 {
		lines = append(lines, say("count", "What", phrase("uncounted"), "N", counts.Uncounted))
	}
	return lines
}

// rankedParts lists the referrals and the questions at which people stopped.
func rankedParts(c *content.Edition, lang string, counts figures.Counts) []Part {
	topic := func(id string) string {
		if c.Texts.Has(lang, "topic."+id) {
			return c.Texts.Text(lang, "topic."+id)
		}
		return id
	}
	parts := []Part{{say("no_referrals")}}
	if referred := ranked(counts.Referrals, func(id string) string { return initiativeName(c, id) }); len(referred) > 0 {
		parts[0] = append(Part{say("referrals")}, referred...)
	}
	if stopped := ranked(counts.Stopped, topic); len(stopped) > 0 {
		parts = append(parts, append(Part{say("stopped")}, stopped...))
	}
	return parts
}

// ranked returns a list item for every id that was counted, the highest count first.
func ranked(counts map[string]int, name func(string) string) (items Part) {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(counts)), func(id string) bool { return counts[id] == 0 })
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	for _, id := range ids {
		items = append(items, item("count", "What", name(id), "N", counts[id]))
	}
	return items
}

// targetLines returns the progress towards the year target.
func targetLines(lang string, p figures.Progress) Part {
	lines := Part{say("year", "Year", strconv.Itoa(p.Year), "N", p.Reached, "Of", p.Goal)}
	switch {
	case p.Reached >= p.Goal:
		lines = append(lines, say("reached"))
	case p.WeeksLeft > 0:
		lines = append(lines, say("pace", "N", decimal(lang, p.Needed)))
	}
	return lines
}

// toldTargetLines returns the progress towards the year target, from figures that may be published.
func toldTargetLines(lang string, t figures.YearTarget) Part {
	if t.Reached == nil {
		return Part{say("year_completed", "Year", strconv.Itoa(t.Year), "N", t.Completed, "Of", t.Goal)}
	}
	id := "year"
	if t.Estimated {
		id = "year_estimated"
	}
	lines := Part{say(id, "Year", strconv.Itoa(t.Year), "N", *t.Reached, "Of", t.Goal)}
	switch {
	case *t.Reached >= t.Goal:
		lines = append(lines, say("reached"))
	case t.WeeksLeft > 0:
		lines = append(lines, say("pace", "N", decimal(lang, *t.Needed)))
	}
	return lines
}

// decimal formats a number in a language.
func decimal(lang string, f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if lang == "nl" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
