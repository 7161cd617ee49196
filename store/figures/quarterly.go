package figures

import (
	"fmt"
	"slices"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Quarterly is the report of a closed quarter. Everything in it is derived from its released
// tables, so it discloses nothing that they do not.
type Quarterly struct {
	Quarter  Quarter            `json:"quarter"`
	Level    disclosure.Level   `json:"level"`
	Weeks    Period             `json:"weeks"`
	Outcomes int                `json:"outcomes"` // businesses in the tables; 0 when too few to publish
	Facts    Facts              `json:"facts"`
	Tables   []disclosure.Table `json:"tables"`
}

// Facts are the key figures. Each is nil where the tables do not give it.
type Facts struct {
	Vulnerable *Share `json:"vulnerable"`         // high impact, low readiness
	OrNear     *Share `json:"vulnerable_or_near"` // those, and those just outside the quadrant
	Reach      *Share `json:"reach"`              // readiness below 50 in the province, of the businesses that lag behind
	Basis      *Share `json:"basis"`              // basic level of the Digital Intensity Index, certain or probable
	Satisfied  *Share `json:"satisfied"`          // 4 or 5 out of 5, of those who answered
	NoPartner  *Share `json:"no_partner"`         // without a known partner
	StepTaken  *Share `json:"step_taken"`         // of those who answered the follow-up
	ReachGoal  int    `json:"reach_goal"`         // businesses that lag behind in the province
	BasisGoal  int    `json:"basis_goal"`         // percentage of the national ambition
	Previous   *Facts `json:"previous,omitempty"` // of the quarter before, where known
}

// BasisAmbition is the national goal for the share of small and medium-sized businesses with
// a basic level of digital intensity, in percent (https://www.nederlanddigitaal.nl).
const BasisAmbition = 95

// Share is a part of a whole.
type Share struct {
	N  int `json:"n"`
	Of int `json:"of"`
}

// shareThreshold is the smallest whole of which a percentage is given.
const shareThreshold = 10

// Percent returns the share in whole percents; known is false for a whole below ten.
func (s Share) Percent() (percent int, known bool) {
	if s.Of < shareThreshold {
		return 0, false
	}
	return (s.N*100 + s.Of/2) / s.Of, true
}

// MarshalJSON adds the percentage, null where unknown.
func (s Share) MarshalJSON() ([]byte, error) {
	if percent, known := s.Percent(); known {
		return fmt.Appendf(nil, `{"n":%d,"of":%d,"percent":%d}`, s.N, s.Of, percent), nil
	}
	return fmt.Appendf(nil, `{"n":%d,"of":%d,"percent":null}`, s.N, s.Of), nil
}

// NewQuarterly derives the report from its released tables.
func NewQuarterly(q Quarter, l disclosure.Level, tables []disclosure.Table, region referral.Figures) Quarterly {
	r := Quarterly{Quarter: q, Level: l, Weeks: q.Period(), Tables: tables}
	quadrant := r.Table(disclosure.ByQuadrant, "")
	r.Outcomes = quadrant.Total
	r.Facts = Facts{
		Vulnerable: share(quadrant, []string{"vulnerable"}, nil),
		OrNear:     share(quadrant, []string{"vulnerable", "near"}, nil),
		Reach:      r.reach(region.Laggards),
		Basis:      share(r.Table(disclosure.ByDII, ""), []string{"ja", "waarschijnlijk wel"}, nil),
		Satisfied:  share(r.Table(disclosure.ByVerdict, ""), []string{"good"}, []string{""}),
		NoPartner:  share(r.Table(disclosure.ByPartner, ""), []string{""}, nil),
		ReachGoal:  region.Laggards, BasisGoal: BasisAmbition,
	}
	if none := share(r.Table(disclosure.ByTaken, ""), []string{"niets"}, nil); none != nil {
		r.Facts.StepTaken = &Share{N: none.Of - none.N, Of: none.Of}
	}
	return r
}

// Table returns the table of two dimensions, or of one when b is empty. A table that is not
// in the report has no rows.
func (r Quarterly) Table(a, b disclosure.Dimension) disclosure.Table {
	for _, t := range r.Tables {
		if t.Rows == a && t.Columns == b {
			return t
		}
	}
	return disclosure.Table{Rows: a, Columns: b, Withheld: disclosure.NotAnswered}
}

// share returns how many businesses of a table of one dimension have one of the values, of
// all but those with a value in without. It is nil where a pooled group mixes them.
func share(t disclosure.Table, values, without []string) *Share {
	if len(t.RowGroups) == 0 {
		return nil
	}
	s := Share{}
	for i, g := range t.RowGroups {
		switch in, out := overlap(g, values), overlap(g, without); {
		case out == len(g):
		case out > 0 || (in > 0 && in < len(g)):
			return nil
		default:
			if in > 0 {
				s.N += t.Cells[i][0].N
			}
			s.Of += t.Cells[i][0].N
		}
	}
	return &s
}

// overlap returns how many of the values are in the group.
func overlap(g disclosure.Group, values []string) (n int) {
	for _, v := range g {
		if slices.Contains(values, v) {
			n++
		}
	}
	return n
}

// reach returns how many businesses in the province score below 50, of the number that lags
// behind; that number does not include Gooi en Vechtstreek.
func (r Quarterly) reach(laggards int) *Share {
	t := r.Table(disclosure.ByRegion, disclosure.ByReadiness)
	low := []string{"0-29", "30-49"}
	for i, row := range t.RowGroups {
		if len(row) != 1 || row[0] != referral.RegionUtrecht {
			continue
		}
		s := Share{Of: laggards}
		for j, column := range t.ColumnGroups {
			in, cell := overlap(column, low), t.Cells[i][j]
			if in == 0 {
				continue
			}
			if cell.Hidden || in < len(column) {
				return nil
			}
			s.N += cell.N
		}
		return &s
	}
	return nil
}

// NotClosedError is the error for a quarter whose figures can still change.
type NotClosedError struct {
	Quarter Quarter       `json:"quarter"`
	Settles referral.Date `json:"settles"` // the day from which they no longer can
}

func (e NotClosedError) Error() string {
	return fmt.Sprintf("the figures of %s can still change; they are made from %s on", e.Quarter, e.Settles)
}
