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

	"digiwijzer/bot/report"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Figures returns the figures of the page Week, Weeks, Digest, Quarter or Recent, ready to be
// written in any format. For a week or quarter that does not exist the error is ErrNoPeriod.
func (p *Pages) Figures(ctx context.Context, r Request) (report.Rendering, error) {
	c := p.options.Content()
	made := report.Rendering{Words: Words(c, r.Lang), Invented: p.options.Invented}
	period, err := p.period(r)
	if err != nil {
		return made, fmt.Errorf("%w: %w", ErrNoPeriod, err)
	}
	made.Report, err = p.options.Figures.Report(ctx, period, disclosure.Internal)
	return made, err
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
		from, to, _ := strings.Cut(r.About, To)
		return figures.ParseWeeks(from, to)
	case Recent:
		now := p.options.Clock.Now()
		return figures.ParseWeeks(referral.WeekOf(now.AddDate(0, 0, -7*(RecentWeeks-1))), referral.WeekOf(now))
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
	}
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
	page := Page{Files: figureFiles(made, r)}
	if r.Page == Digest {
		page.Parts = append(page.Parts, Part{say("digest")})
	}
	head := Part{say("week", "Week", r.About)}
	head = append(head, floodWarning(made)...)
	head = append(head, countLines(made.Totals, &made.Before)...)
	page.Parts = append(page.Parts, head)
	page.Parts = append(page.Parts, rankedParts(c, r.Lang, made.Totals)...)
	end := targetLines(made.Progress)
	if made.Waiting != nil && *made.Waiting > 0 {
		end = append(end, say("waiting", "N", *made.Waiting))
	}
	if n := made.Unreadable; n > 0 {
		end = append(end, say("unreadable", "N", n))
	}
	page.Parts = append(page.Parts, append(end, say("own")))
	return page, nil
}

// quarter makes the page of a quarter: the exact counts of its weeks, and the key figures of
// its tables once it is closed.
func (p *Pages) quarter(ctx context.Context, c *content.Edition, r Request) (Page, error) {
	made, err := p.Figures(ctx, r)
	if errors.Is(err, ErrNoPeriod) {
		return sentence(say("bad_quarter")), nil
	}
	if err != nil {
		return Page{}, err
	}
	page := Page{Files: figureFiles(made, r)}
	weeks := made.Weekly.Period
	head := Part{say("quarter", "Quarter", r.About, "From", weeks.From, "To", weeks.To)}
	head = append(head, floodWarning(made)...)
	page.Parts = append(page.Parts, append(head, countLines(made.Totals, nil)...))
	page.Parts = append(page.Parts, rankedParts(c, r.Lang, made.Totals)...)
	var end Part
	if made.Pending != nil {
		end = Part{{Text: flows.Say("report.pending", "Quarter", string(made.Pending.Quarter), "Day", string(made.Pending.Settles))}}
	} else {
		for _, figure := range made.Document().Figures {
			end = append(end, item("figure", "What", figure.Label, "N", figure.Value, "Note", figure.Note))
		}
	}
	page.Parts = append(page.Parts, append(end, say("own")))
	return page, nil
}

// figureFiles returns the files of a page of figures.
func figureFiles(made report.Rendering, r Request) (files []File) {
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
	return files
}

// floodWarning returns a line about flooded weeks, or none.
func floodWarning(made report.Rendering) Part {
	if warning := made.Warning(); warning != "" {
		return Part{{Text: flows.Name(warning)}}
	}
	return nil
}

// countLines returns the counts, compared with those of the period before if given.
func countLines(counts figures.Counts, before *figures.Counts) (lines Part) {
	if counts.Started+counts.Completed+counts.Repeat == 0 {
		lines = append(lines, say("quiet"))
	}
	for _, line := range []struct {
		id string
		of func(figures.Counts) int
	}{
		{"started", func(c figures.Counts) int { return c.Started }},
		{"completed", func(c figures.Counts) int { return c.Completed }},
		{"target", func(c figures.Counts) int { return c.Target }},
		{"gap", func(c figures.Counts) int { return c.Gap }},
		{"repeat", func(c figures.Counts) int { return c.Repeat }},
	} {
		if before == nil {
			lines = append(lines, say("count", "What", phrase(line.id), "N", line.of(counts)))
			continue
		}
		lines = append(lines, say("line", "What", phrase(line.id), "N", line.of(counts), "Before", line.of(*before)))
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
func targetLines(p figures.Progress) Part {
	lines := Part{say("year", "Year", strconv.Itoa(p.Year), "N", p.Reached, "Of", p.Goal)}
	switch {
	case p.Reached >= p.Goal:
		lines = append(lines, say("reached"))
	case p.WeeksLeft > 0:
		lines = append(lines, say("pace", "N", decimal(p.Needed)))
	}
	return lines
}

// decimal formats a number with a decimal comma.
func decimal(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', -1, 64), ".", ",", 1)
}
