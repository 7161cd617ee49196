package figures

import (
	"fmt"
	"slices"

	"digiwijzer/referral"
)

// Crossing names a table by its dimensions; B is empty in a table of one dimension.
type Crossing struct{ A, B Dimension }

// Standard is the fixed set of tables of a quarterly report, the same every quarter.
func Standard() []Crossing {
	return []Crossing{
		{ByQuadrant, ""}, {BySector, ByQuadrant}, {ByRegion, ByQuadrant}, {BySize, ByQuadrant},
		{ByReadiness, ""}, {ByImpact, ""}, {ByRegion, ByReadiness}, {ByDII, ""}, {BySelfImage, ByReadiness},
		{ByCyber, ""}, {ByPhase, ""},
		{ByObstacle, ""}, {ByObstacle, ByQuadrant}, {ByHelp, ""}, {ByInitiative, ByHelp},
		{ByInitiative, ""}, {ByInitiative, ByVerdict}, {ByVerdict, ""},
		{BySector, ""}, {ByRegion, ""}, {BySize, ""}, {ByPartner, ""}, {ByChannel, ""}, {ByChannel, ByVerdict}, {ByLang, ""},
		{ByTaken, ""}, {ByHelped, ""}, {ByHindrance, ""}, {ByTaken, ByHelped},
	}
}

// Release makes the tables of a closed quarter that may be shown at a level.
func Release(c *Cube, l Level, crossings []Crossing) []Table {
	tables := make([]Table, len(crossings))
	for i, x := range crossings {
		if x.B == "" {
			tables[i] = Line(c, x.A, l)
		} else {
			tables[i] = Cross(c, x.A, x.B, l)
		}
	}
	return tables
}

// Quarterly is the report of a closed quarter. Everything in it comes from its tables,
// so that it tells nothing they do not.
type Quarterly struct {
	Quarter  Quarter `json:"quarter"`
	Level    Level   `json:"level"`
	Weeks    Period  `json:"weeks"`
	Outcomes int     `json:"outcomes"` // firms in the tables; 0 where they are too few to tell
	Facts    Facts   `json:"facts"`
	Tables   []Table `json:"tables"`
}

// Facts are the figures that are read first. Each is nil where it cannot be told.
type Facts struct {
	Vulnerable *Share `json:"vulnerable"`         // high impact, low readiness
	OrNear     *Share `json:"vulnerable_or_near"` // those, and those just outside it
	Reach      *Share `json:"reach"`              // readiness below 50 in the province, of the firms that lag behind
	Basis      *Share `json:"basis"`              // basis level of the Digital Intensity Index, certain or probable
	Satisfied  *Share `json:"satisfied"`          // 4 or 5 out of 5, of those who said so
	NoPartner  *Share `json:"no_partner"`         // came without a known partner
	StepTaken  *Share `json:"step_taken"`         // of those who answered the follow-up
	ReachGoal  int    `json:"reach_goal"`         // firms that lag behind in the province
	BasisGoal  int    `json:"basis_goal"`         // percentage the national ambition asks
	Previous   *Facts `json:"previous,omitempty"` // the same of the quarter before, where it is known
}

// BasisAmbition is the share of the small and medium-sized firms with a basis level of
// digital intensity that the Netherlands wants, in percent
// (https://www.nederlanddigitaal.nl).
const BasisAmbition = 95

// Share is a part of a whole.
type Share struct {
	N  int `json:"n"`
	Of int `json:"of"`
}

// Percent is the share in whole percents, known from ten firms on.
func (s Share) Percent() (percent int, known bool) {
	if s.Of < shareLeast {
		return 0, false
	}
	return (s.N*100 + s.Of/2) / s.Of, true
}

// MarshalJSON adds the percentage where it is known.
func (s Share) MarshalJSON() ([]byte, error) {
	if percent, known := s.Percent(); known {
		return fmt.Appendf(nil, `{"n":%d,"of":%d,"percent":%d}`, s.N, s.Of, percent), nil
	}
	return fmt.Appendf(nil, `{"n":%d,"of":%d,"percent":null}`, s.N, s.Of), nil
}

// NewQuarterly makes the report out of its tables.
func NewQuarterly(q Quarter, l Level, tables []Table, region referral.Figures) Quarterly {
	r := Quarterly{Quarter: q, Level: l, Weeks: q.Weeks(), Tables: tables}
	quadrant := r.Table(ByQuadrant, "")
	r.Outcomes = quadrant.Total
	r.Facts = Facts{
		Vulnerable: quadrant.share([]string{"vulnerable"}, nil),
		OrNear:     quadrant.share([]string{"vulnerable", "near"}, nil),
		Reach:      r.reach(region.Laggards),
		Basis:      r.Table(ByDII, "").share([]string{"ja", "waarschijnlijk wel"}, nil),
		Satisfied:  r.Table(ByVerdict, "").share([]string{"good"}, []string{""}),
		NoPartner:  r.Table(ByPartner, "").share([]string{""}, nil),
		ReachGoal:  region.Laggards, BasisGoal: BasisAmbition,
	}
	if none := r.Table(ByTaken, "").share([]string{"niets"}, nil); none != nil {
		r.Facts.StepTaken = &Share{N: none.Of - none.N, Of: none.Of}
	}
	return r
}

// Table is the table of two dimensions, or of one when b is empty; without rows when
// the report has none.
func (r Quarterly) Table(a, b Dimension) Table {
	for _, t := range r.Tables {
		if t.Rows == a && t.Columns == b {
			return t
		}
	}
	return Table{Rows: a, Columns: b, Withheld: NotAnswered}
}

// share is how many firms of a table of one dimension have one of the values, of all but
// those with a value left out. It is nil where the groups do not tell.
func (t Table) share(values, without []string) *Share {
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

func overlap(g Group, values []string) (n int) {
	for _, v := range g {
		if slices.Contains(values, v) {
			n++
		}
	}
	return n
}

// reach is how many firms in the province score below 50, against the number that lags
// behind; Gooi en Vechtstreek is not in that number.
func (r Quarterly) reach(laggards int) *Share {
	t := r.Table(ByRegion, ByReadiness)
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

// Open is the error for a quarter whose figures can still change.
type Open struct {
	Quarter Quarter       `json:"quarter"`
	Settles referral.Date `json:"settles"` // the day they no longer can
}

func (o Open) Error() string {
	return fmt.Sprintf("the figures of %s can still change; they are made from %s on", o.Quarter, o.Settles)
}
