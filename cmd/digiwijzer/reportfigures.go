package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"digiwijzer/bot/report"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/monitor"
)

// figures reads the counts; without any data it knows of none.
type figures struct{ *store.Figures }

// openFigures opens the data for reading. Where there is no key, the report says that
// it does not know what waits.
func openFigures(ctx context.Context, p *program) (figures, error) {
	key, err := store.LoadKey(p.config.keyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return figures{}, err
	}
	f, err := store.OpenFigures(ctx, p.config.data, key)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(p.stderr, p.say("cli.no_figures", "Dir", p.config.data))
		return figures{}, nil
	}
	return figures{f}, err
}

func (f figures) Close() {
	if f.Figures != nil {
		f.Figures.Close() //nolint:errcheck // only read
	}
}

func (f figures) report(ctx context.Context, period monitor.Period, initiatives []string) (monitor.Report, error) {
	if f.Figures == nil {
		return monitor.NewReport(period, initiatives, monitor.Figures{Hidden: true})
	}
	return f.Weekly(ctx, period, initiatives)
}

// weekly gathers what the weekly part shows.
func (f figures) weekly(ctx context.Context, period monitor.Period, initiatives []string, goal int) (*report.Weekly, error) {
	r, err := f.report(ctx, period, initiatives)
	if err != nil {
		return nil, err
	}
	w := &report.Weekly{Report: r}
	for _, other := range []struct {
		period monitor.Period
		to     *monitor.Weekly
	}{{period.Previous(), &w.Before}, {period.YearBefore(), &w.LastYear}} {
		r, err := f.report(ctx, other.period, initiatives)
		if err != nil {
			return nil, err
		}
		*other.to = r.Totals
	}
	year, err := f.report(ctx, monitor.Period{From: period.To[:4] + "-W01", To: period.To}, initiatives)
	if err != nil {
		return nil, err
	}
	w.Progress, err = monitor.NewProgress(period.To, goal, year.Totals.Target)
	return w, err
}

// quarterly releases the tables of a closed quarter.
func (f figures) quarterly(ctx context.Context, q monitor.Quarter, l monitor.Level, crossings []monitor.Crossing,
	region referral.Figures, now time.Time) (monitor.Quarterly, error) {
	if f.Figures != nil {
		return f.Quarterly(ctx, q, l, crossings, region, now)
	}
	if !q.Closed(now, nil) {
		return monitor.Quarterly{}, monitor.Open{Quarter: q, Settles: q.Settles()}
	}
	return monitor.NewQuarterly(q, l, monitor.Release(monitor.NewCube(), l, crossings), region), nil
}

// reported lists the initiatives that appear even when nobody was referred to them.
func reported(c *content) (ids []string) {
	for _, i := range c.catalogue.Initiatives() {
		if i.Kind != referral.KindRetired {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// reportWords gives the report its texts and names.
func reportWords(c *content, lang string) report.Words {
	return report.Words{
		Lang: lang,
		Text: func(id string, pairs ...any) string { return c.texts.Text(lang, id, pairs...) },
		Has:  func(id string) bool { return c.texts.Has(lang, id) },
		Initiative: func(id string) string {
			if i, ok := c.catalogue.Initiative(id); ok {
				return i.Name
			}
			return id
		},
		Partner: c.partnerName,
	}
}
