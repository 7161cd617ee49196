package report

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// Overview is the summary for a coordinator: how it is going, and what to do now.
type Overview struct {
	Answer   string // one sentence
	Goal     *Goal  // nil: there is no target
	Done     string // below the start of its bar
	Target   string // below its end
	Tiles    []Tile
	Weeks    []WeekBar // the oldest first
	Partners []Rank    // by how many started through them
	Silent   []Rank    // partners through whom nobody started recently
	Warning  string    // why the figures may be wrong; mostly empty
}

// Tile is a key figure with its direction compared with the period before: 1 up, -1 down, 0 equal or
// not comparable.
type Tile struct {
	Figure
	Direction int
}

// WeekBar is a week in the chart.
type WeekBar struct {
	Week               string // ISO week
	Day, Name          string // "31 aug", and the whole week in words
	Started, Completed int
	Running            bool // not over yet
}

// Rank is a name with its number.
type Rank struct {
	Name string
	N    int
}

// silentWeeks is how many weeks without anyone make a partner silent.
const silentWeeks = 4

// Overview summarises the weeks of a report at disclosure.Internal.
func (r Rendering) Overview() Overview {
	text, use := r.Words.Text, *r.Use
	o := Overview{Warning: r.Warning(), Goal: r.toldGoal(use.Target)}
	for _, week := range use.Weeks {
		o.Weeks = append(o.Weeks, r.weekBar(week, use.Running))
	}
	if g := o.Goal; g.Goal > 0 {
		id := "dashboard.answer"
		if use.Target.Reached != nil && use.Target.Estimated {
			id = "dashboard.answer_estimated"
		}
		o.Answer = text(id, "N", r.number(g.N), "Goal", r.number(g.Goal)) + " " + text("dashboard.pace."+g.pace())
		o.Done = text("dashboard.done", "N", r.number(g.N), "Left", r.number(max(0, g.Goal-g.N)), "Weeks", strconv.Itoa(use.Target.WeeksLeft))
		o.Target = text("dashboard.target", "Goal", r.number(g.Goal))
	}
	o.Tiles = r.overviewTiles(use)
	o.Partners = r.ranks(use.Totals.Partners)
	o.Silent = r.silent(use)
	return o
}

// pace reports in words whether the target is reached, or how it compares with an even pace.
func (g Goal) pace() string {
	near := max(1, g.Goal/50)
	switch behind := g.Expected - g.N; {
	case g.N >= g.Goal:
		return "reached"
	case behind > near:
		return "behind"
	case behind < -near:
		return "ahead"
	}
	return "even"
}

func (r Rendering) overviewTiles(use figures.Use) (tiles []Tile) {
	text, now, before, n := r.Words.Text, use.Totals, use.Before, strconv.Itoa(len(use.Weeks))
	compared := func(label string, now, before int) Tile {
		tile := Tile{Figure: Figure{Label: label, Value: r.number(now), Note: text("dashboard.tile.last", "Weeks", n)}, Direction: cmp.Compare(now, before)}
		switch {
		case before == 0:
			tile.Direction = 0
		case now == before:
			tile.Note = text("dashboard.tile.same", "Weeks", n)
		case now > before:
			tile.Note = text("dashboard.tile.more", "N", r.number(now-before), "Weeks", n)
		default:
			tile.Note = text("dashboard.tile.fewer", "N", r.number(before-now), "Weeks", n)
		}
		return tile
	}
	tiles = append(tiles, compared(text("dashboard.tile.completed"), now.Completed, before.Completed),
		compared(text("dashboard.tile.started"), now.Started, before.Started))
	if now.Started > 0 {
		tiles = append(tiles, Tile{Figure: Figure{Label: text("dashboard.tile.finished"), Value: percent(min(now.Completed, now.Started), now.Started),
			Note: text("dashboard.tile.finished_note", "N", r.number(now.Completed), "Of", r.number(now.Started))}})
	}
	if needed := use.Target.Needed; needed != nil && *needed > 0 {
		tiles = append(tiles, Tile{Figure: Figure{Label: text("dashboard.tile.needed"), Value: r.decimal(*needed),
			Note: text("dashboard.tile.needed_note", "Weeks", strconv.Itoa(use.Target.WeeksLeft))}})
	}
	return tiles
}

func (r Rendering) weekBar(week figures.WeekOfUse, running string) WeekBar {
	bar := WeekBar{Week: week.Week, Day: week.Week, Name: week.Week, Started: week.Started, Completed: week.Completed, Running: week.Week == running}
	if monday, err := referral.Monday(week.Week); err == nil {
		bar.Day = r.shortDay(monday)
		bar.Name = r.Words.Text("dashboard.span", "From", bar.Day, "To", r.shortDay(monday.AddDate(0, 0, 6)))
	}
	return bar
}

// shortDay returns a day such as "31 aug".
func (r Rendering) shortDay(t time.Time) string {
	return strconv.Itoa(t.Day()) + " " + r.Words.Text("dashboard.month."+strconv.Itoa(int(t.Month())))
}

// ranks returns the partners with at least one start, the highest number first.
func (r Rendering) ranks(partners map[string]int) (all []Rank) {
	for code, n := range partners {
		if n > 0 {
			all = append(all, Rank{clean(r.Words.Partner(code)), n})
		}
	}
	slices.SortFunc(all, func(a, b Rank) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return all
}

// silent returns the partners through whom people started in the period but not in its last
// silentWeeks, with the number of weeks since.
func (r Rendering) silent(t figures.Use) (all []Rank) {
	for code, n := range t.Totals.Partners {
		quiet := 0
		for _, week := range slices.Backward(t.Weeks) {
			if week.Partners[code] > 0 {
				break
			}
			quiet++
		}
		if n > 0 && quiet >= silentWeeks {
			all = append(all, Rank{clean(r.Words.Partner(code)), quiet})
		}
	}
	slices.SortFunc(all, func(a, b Rank) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return all
}
