package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Foreign is the figures of another initiative: counts by table and row.
type Foreign struct {
	Name   string
	counts map[[2]string]Cell // by table and row, from column "n"
}

// The limits on what is read of another initiative keep its sums from overflowing.
const (
	mostLines      = 100_000
	mostBusinesses = 1_000_000_000 // in one line
)

// ReadForeign reads the figures of another initiative from the CSV format of this report, of
// which it uses the columns table, row, column, value and unit. Tables of one dimension are
// shown next to ours. Errors name the line.
func ReadForeign(r io.Reader, name string) (Foreign, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	first, err := in.Read()
	if err != nil {
		return Foreign{}, fmt.Errorf("the first line: %w", err)
	}
	place, err := columnsOf(first)
	if err != nil {
		return Foreign{}, err
	}
	foreign := Foreign{Name: name, counts: map[[2]string]Cell{}}
	for line := 2; line <= mostLines; line++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return foreign, nil
		}
		if err != nil {
			return Foreign{}, err
		}
		if err := foreign.add(fields, place); err != nil {
			return Foreign{}, fmt.Errorf("line %d: %w", line, err)
		}
	}
	return Foreign{}, fmt.Errorf("more than %d lines", mostLines)
}

// columnsOf returns the index of each column that is read.
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

// add adds one line.
func (f Foreign) add(fields []string, place map[string]int) error {
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
	if unit := of("unit"); unit == untoldUnit || unit == belowUnit || unit == "hidden" {
		f.counts[key] = Cell{Kind: Untold}
		return nil
	}
	n, err := strconv.Atoi(of("value"))
	if err != nil || n < 0 || n > mostBusinesses {
		return fmt.Errorf("%q is not a number of businesses", clean(of("value")))
	}
	f.counts[key] = Cell{N: n}
	return nil
}

// cell returns what the other initiative counted for a value, or for all its members together;
// blank if it did not.
func (f Foreign) cell(table, value string, members []string) Cell {
	if c, known := f.counts[[2]string{table, value}]; known {
		return c
	}
	sum := Cell{}
	for _, value := range members {
		c, known := f.counts[[2]string{table, value}]
		if !known {
			return Cell{Kind: Blank}
		}
		if c.Kind == Untold {
			return c
		}
		sum.N += c.N
	}
	return sum
}
