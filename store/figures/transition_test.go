package figures

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTransitionsAreToldFromTen, each figure a multiple of three that is off by two at most.
func TestTransitionsAreToldFromTen(t *testing.T) {
	var all []Transition
	for n := range 9 {
		all = append(all, Transition{Key: int64(n) * 977, Then: "vulnerable", Now: "leading", Up: 2})
	}
	assert.Nil(t, tellTransitions(all))
	all = append(all, Transition{Key: 5, Then: "leading", Now: "leading", Up: 1, Down: 1})
	told := tellTransitions(all)
	for _, figure := range []struct{ told, exact int }{{told.N, 10}, {told.Moved, 9}, {told.Forward, 9}} {
		assert.Zero(t, figure.told%3)
		assert.InDelta(t, figure.exact, figure.told, 2)
	}
}
