package figures

import (
	"math"

	"digiwijzer/referral"
)

// Progress is how far the year target has been reached.
type Progress struct {
	Year      int     `json:"year"`
	Goal      int     `json:"goal"`
	Reached   int     `json:"reached"`    // businesses of the target group that did the check this year
	WeeksLeft int     `json:"weeks_left"` // after the last week of the report
	Needed    float64 `json:"needed"`     // per week from now on to reach the goal, rounded up to tenths
	Expected  int     `json:"expected"`   // at an even pace
}

// NewProgress computes the progress at the end of an ISO week.
func NewProgress(week string, goal, reached int) (Progress, error) {
	monday, err := referral.Monday(week)
	if err != nil {
		return Progress{}, err
	}
	year, number := monday.ISOWeek()
	weeks := referral.WeeksIn(year)
	p := Progress{Year: year, Goal: goal, Reached: reached, WeeksLeft: weeks - number,
		Expected: int(math.Round(float64(goal*number) / float64(weeks)))}
	if missing := goal - reached; missing > 0 && p.WeeksLeft > 0 {
		p.Needed = math.Ceil(float64(missing)/float64(p.WeeksLeft)*10) / 10
	}
	return p, nil
}
