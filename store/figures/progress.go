package figures

import (
	"math"
	"strconv"
	"time"
)

// Progress is where the year target stands.
type Progress struct {
	Year      int     `json:"year"`
	Goal      int     `json:"goal"`
	Reached   int     `json:"reached"`    // businesses of the target group that did the check this year
	WeeksLeft int     `json:"weeks_left"` // after the last week of the report
	Needed    float64 `json:"needed"`     // a week from now on, to reach the goal; rounded up to tenths
	Expected  int     `json:"expected"`   // reached by now at an even pace
}

// NewProgress reckons the progress up to and with a week of an ISO year.
func NewProgress(week string, goal, reached int) (Progress, error) {
	monday, err := Monday(week)
	if err != nil {
		return Progress{}, err
	}
	year, number := monday.AddDate(0, 0, 3).ISOWeek()
	weeks := weeksOf(year)
	p := Progress{Year: year, Goal: goal, Reached: reached, WeeksLeft: weeks - number,
		Expected: int(math.Round(float64(goal*number) / float64(weeks)))}
	if missing := goal - reached; missing > 0 && p.WeeksLeft > 0 {
		p.Needed = math.Ceil(float64(missing)/float64(p.WeeksLeft)*10) / 10
	}
	return p, nil
}

// weeksOf is the number of ISO weeks of a year, 52 or 53.
func weeksOf(year int) int {
	_, weeks := time.Date(year, time.December, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return weeks
}

// YearBefore is the same period a year earlier. A week 53 that year lacks becomes its
// week 52.
func (p Period) YearBefore() Period {
	return Period{From: yearBefore(p.From), To: yearBefore(p.To)}
}

func yearBefore(week string) string {
	year, _ := strconv.Atoi(week[:4]) // the period was read before
	number, _ := strconv.Atoi(week[6:])
	number = min(number, weeksOf(year-1))
	return strconv.Itoa(year-1) + "-W" + string([]byte{'0' + byte(number/10), '0' + byte(number%10)})
}

// Previous is the period of as many weeks right before this one.
func (p Period) Previous() Period {
	weeks, err := Weeks(p.From, p.To)
	if err != nil { // the period was read before
		return p
	}
	monday, _ := Monday(p.From)
	return Period{From: label(monday.AddDate(0, 0, -7*len(weeks))), To: label(monday.AddDate(0, 0, -7))}
}
