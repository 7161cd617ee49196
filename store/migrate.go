package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/postgres"
	"digiwijzer/store/sqlite"
)

// ErrNotEmpty reports that the database to migrate to already has data.
var ErrNotEmpty = postgres.ErrNotEmpty

// Migrate copies the data in the folder dir, which no process may serve (ErrInUse), to an empty
// database (ErrNotEmpty), and calls progress with the number of rows of each table. Then it
// verifies that every table has as many rows and that all figures are identical. The folder is
// not changed.
func Migrate(ctx context.Context, dir string, key *Key, to Place, progress func(table string, rows int64)) (err error) {
	from, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := claimKey(ctx, from, newEnvelope(key)); err != nil {
		return inFolder(dir, err)
	}
	c := to.config()
	c.Migrate = true
	into, err := postgres.Open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	if err := into.Load(ctx, from, progress); err != nil {
		return err
	}
	return requireSame(ctx, from, into, key)
}

// requireSame returns an error unless two engines have identical figures, byte for byte.
func requireSame(ctx context.Context, from, into engine.Rows, key *Key) error {
	before, err := everyFigure(ctx, from, key)
	if err != nil {
		return err
	}
	after, err := everyFigure(ctx, into, key)
	if err != nil {
		return err
	}
	if !slices.Equal(before.names, after.names) {
		return errors.New("the years differ after the copy; do not use the database")
	}
	for i, name := range before.names {
		if before.texts[i] != after.texts[i] {
			return fmt.Errorf("the figures differ after the copy: %s; do not use the database", name)
		}
	}
	return nil
}

// comparison is everything that reports are made from, as text.
type comparison struct{ names, texts []string }

func (c *comparison) add(name string, value any, err error) error {
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	c.names, c.texts = append(c.names, name), append(c.texts, string(text))
	return err
}

// everyFigure reads all figures, by name.
func everyFigure(ctx context.Context, rows engine.Rows, key *Key) (c comparison, err error) {
	f := &Figures{rows: rows, envelope: newEnvelope(key)}
	weeks, err := f.Snapshot(ctx, figures.Period{From: "0000-W01", To: "9999-W53"})
	if err := c.add("weeks", weeks, err); err != nil {
		return c, err
	}
	partners, err := partnersIn(ctx, rows)
	if err := c.add("partners", partners, err); err != nil {
		return c, err
	}
	return c, rows.ViewStats(ctx, func(stats engine.Stats) error {
		counts, err := stats.Counts("0000-W01", "9999-W53")
		if err := c.add("counts", counts, err); err != nil {
			return err
		}
		events, err := stats.Events("")
		if err := c.add("events", events, err); err != nil {
			return err
		}
		for _, year := range yearsOf(counts) {
			if err := c.addYear(stats, year); err != nil {
				return err
			}
		}
		return nil
	})
}

// yearsOf returns the years in which something was counted, and those in between.
func yearsOf(counts []engine.Count) (years []int) {
	if len(counts) == 0 {
		return nil
	}
	first, _ := strconv.Atoi(counts[0].Week[:4]) // they are sorted
	last, _ := strconv.Atoi(counts[len(counts)-1].Week[:4])
	for year := first; year <= last; year++ {
		years = append(years, year)
	}
	return years
}

// addYear adds what is kept per year and quarter.
func (c *comparison) addYear(stats engine.Stats, year int) error {
	name := strconv.Itoa(year)
	forms, err := stats.YearForms(year)
	if err := c.add("forms of "+name, forms, err); err != nil {
		return err
	}
	for _, half := range []string{"", "H1", "H2"} {
		releases, err := stats.Releases(name + half)
		if err := c.add("ledger of "+name+half, releases, err); err != nil {
			return err
		}
	}
	for n := range 4 {
		quarter := fmt.Sprintf("%sQ%d", name, n+1)
		tally, err := stats.Tally(quarter)
		slices.SortFunc(tally, func(a, b engine.Tally) int {
			return cmp.Or(strings.Compare(a.A, b.A), strings.Compare(a.B, b.B), strings.Compare(a.ValueA, b.ValueA), strings.Compare(a.ValueB, b.ValueB))
		})
		if err := c.add("tally of "+quarter, tally, err); err != nil {
			return err
		}
		moves, err := stats.Transitions(quarter)
		if err := c.add("transitions of "+quarter, moves, err); err != nil {
			return err
		}
		releases, err := stats.Releases(quarter)
		if err := c.add("ledger of "+quarter, releases, err); err != nil {
			return err
		}
	}
	return nil
}
