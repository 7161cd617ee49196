package figures

import (
	"context"

	"digiwijzer/store/figures/disclosure"
)

// Transition is how far one business came since an earlier check.
type Transition struct {
	Key       int64  // by which it is rounded: see engine.RecordKey
	Then, Now string // quadrants
	Up, Down  int    // topics
}

// leastTransitions is the smallest number of transitions of a half-year that is released.
const leastTransitions = 10

// Transitions is what is released of the transitions of a closed half-year: counts of businesses,
// each rounded as every released figure is, and crossed with nothing.
type Transitions struct {
	N       int `json:"n"`       // all of them
	Moved   int `json:"moved"`   // are in another quadrant
	Forward int `json:"forward"` // went up on more topics than they went down on
}

// transitions returns what is released of the transitions of a span; nil below ten.
func (s *Service) transitions(ctx context.Context, of Span) (*Transitions, error) {
	var all []Transition
	for _, q := range of.Quarters() {
		more, err := s.source.Transitions(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return tellTransitions(all), nil
}

func tellTransitions(all []Transition) *Transitions {
	if len(all) < leastTransitions {
		return nil
	}
	count := func(counts func(Transition) bool) int {
		n, sum := 0, int64(0)
		for _, t := range all {
			if counts(t) {
				n, sum = n+1, sum+t.Key
			}
		}
		return disclosure.Told(n, sum)
	}
	return &Transitions{
		N:       count(func(Transition) bool { return true }),
		Moved:   count(func(t Transition) bool { return t.Then != t.Now }),
		Forward: count(func(t Transition) bool { return t.Up > t.Down }),
	}
}
