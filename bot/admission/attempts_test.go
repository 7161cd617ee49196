package admission

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestManyGuessersShareOneLimit: sources beyond the bound share one limit, and those that stopped are
// evicted.
func TestManyGuessersShareOneLimit(t *testing.T) {
	g, now := NewAttempts(), time.Unix(1_800_000_000, 0)
	for i := range maxGuessers {
		assert.True(t, g.allow(strconv.Itoa(i), now))
	}
	for i := range guessesAtOnce {
		assert.True(t, g.allow("x"+strconv.Itoa(i), now))
	}
	assert.False(t, g.allow("y", now), "beyond the bound all share one")
	assert.True(t, g.allow("1", now), "known ones have their own")
	assert.LessOrEqual(t, len(g.of), maxGuessers+1)
	assert.True(t, g.allow("y", now.Add(time.Minute)))
	assert.LessOrEqual(t, len(g.of), 2)
}
