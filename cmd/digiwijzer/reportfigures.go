package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"digiwijzer/bot/report"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

// figures reads the counts; without any data it knows of none.
type statsReader struct{ *store.Figures }

// openFigures opens the data for reading. Where there is no key, the report says that
// it does not know what waits.
func openFigures(ctx context.Context, p *program) (statsReader, error) {
	key, err := store.LoadKey(p.config.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return statsReader{}, err
	}
	f, err := store.OpenFigures(ctx, p.config.Data, key)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(p.stderr, p.say("cli.no_figures", "Dir", p.config.Data))
		return statsReader{}, nil
	}
	return statsReader{f}, err
}

func (f statsReader) Close() {
	if f.Figures != nil {
		f.Figures.Close() //nolint:errcheck // only read
	}
}

func (f statsReader) report(ctx context.Context, period figures.Period, initiatives []string) (figures.Report, error) {
	if f.Figures == nil {
		return figures.NewReport(period, initiatives, figures.Figures{Hidden: true})
	}
	return f.Weekly(ctx, period, initiatives)
}

// weekly gathers what the weekly part shows.
func (f statsReader) weekly(ctx context.Context, period figures.Period, initiatives []string, goal int) (*report.Weekly, error) {
	r, err := f.report(ctx, period, initiatives)
	if err != nil {
		return nil, err
	}
	w := &report.Weekly{Report: r}
	for _, other := range []struct {
		period figures.Period
		to     *figures.Weekly
	}{{period.Previous(), &w.Before}, {period.YearBefore(), &w.LastYear}} {
		r, err := f.report(ctx, other.period, initiatives)
		if err != nil {
			return nil, err
		}
		*other.to = r.Totals
	}
	year, err := f.report(ctx, figures.Period{From: period.To[:4] + "-W01", To: period.To}, initiatives)
	if err != nil {
		return nil, err
	}
	w.Progress, err = figures.NewProgress(period.To, goal, year.Totals.Target)
	return w, err
}

// quarterly releases the tables of a closed quarter.
func (f statsReader) quarterly(ctx context.Context, q figures.Quarter, l figures.Level, crossings []figures.Crossing,
	region referral.Figures, now time.Time) (figures.Quarterly, error) {
	if f.Figures != nil {
		return f.Quarterly(ctx, q, l, crossings, region, now)
	}
	if !q.Closed(now, nil) {
		return figures.Quarterly{}, figures.Open{Quarter: q, Settles: q.Settles()}
	}
	return figures.NewQuarterly(q, l, figures.Release(figures.NewCube(), l, crossings), region), nil
}

// reported lists the initiatives that appear even when nobody was referred to them.
func reported(c *content.Edition) (ids []string) {
	for _, i := range c.Catalogue.Initiatives() {
		if i.Kind != referral.KindRetired {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// reportWords gives the report its texts and names.
func reportWords(c *content.Edition, lang string) report.Words {
	return report.Words{
		Lang: lang,
		Text: func(id string, pairs ...any) string { return c.Texts.Text(lang, id, pairs...) },
		Has:  func(id string) bool { return c.Texts.Has(lang, id) },
		Initiative: func(id string) string {
			if i, ok := c.Catalogue.Initiative(id); ok {
				return i.Name
			}
			return id
		},
		Partner: c.PartnerName,
	}
}
