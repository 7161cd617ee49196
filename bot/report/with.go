package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"digiwijzer/store/figures"
)

// Other is what another initiative delivered: counts by table and row, in the form that
// CSV writes.
type Other struct {
	Name   string
	counts map[[2]string]Cell // by table and row, of column "n"
}

// What is read of another initiative is bounded, so that no sum of it can wrap round.
const (
	mostLines      = 100_000
	mostBusinesses = 1_000_000_000 // in one line
)

// ReadOther reads the figures of another initiative: a file in the CSV form of this
// report, of which the columns table, row, column, value and unit count. Its tables of one
// dimension are shown beside ours. The error names the line.
func ReadOther(r io.Reader, name string) (Other, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	first, err := in.Read()
	if err != nil {
		return Other{}, fmt.Errorf("the first line: %w", err)
	}
	place, err := columnsOf(first)
	if err != nil {
		return Other{}, err
	}
	other := Other{Name: name, counts: map[[2]string]Cell{}}
	for line := 2; line <= mostLines; line++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return other, nil
		}
		if err != nil {
			return Other{}, err
		}
		if err := other.take(fields, place); err != nil {
			return Other{}, fmt.Errorf("line %d: %w", line, err)
		}
	}
	return Other{}, fmt.Errorf("more than %d lines", mostLines)
}

// columnsOf finds the columns that are read.
func columnsOf(first []string) (map[string]int, error) {
	place := map[string]int{}
	for i, name := range first {
		place[name] = i
	}
	for _, name := range header[:5] {
		if _, ok := place[name]; !ok {
			return nil, fmt.Errorf("the first line lacks the column %q; see docs/codebook.md", name)
		}
	}
	return place, nil
}

func (o Other) take(fields []string, place map[string]int) error {
	of := func(name string) string {
		if i := place[name]; i < len(fields) {
			return fields[i]
		}
		return ""
	}
	if of("column") != "n" {
		return nil
	}
	key := [2]string{of("table"), of("row")}
	if of("unit") == "hidden" {
		o.counts[key] = Cell{Kind: Hidden}
		return nil
	}
	n, err := strconv.Atoi(of("value"))
	if err != nil || n < 0 || n > mostBusinesses {
		return fmt.Errorf("%q is not a number of businesses", clean(of("value")))
	}
	o.counts[key] = Cell{N: n}
	return nil
}

// cell is what the other counted for the same values; blank when it did not.
func (o Other) cell(table string, g figures.Group) Cell {
	sum := Cell{}
	for _, value := range g {
		c, known := o.counts[[2]string{table, value}]
		if !known {
			return Cell{Kind: Blank}
		}
		if c.Kind == Hidden {
			return c
		}
		sum.N += c.N
	}
	return sum
}
