package web

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFewCardsAreKept: any number of partners takes a bounded amount of memory, and what is kept is not drawn again.
func TestFewCardsAreKept(t *testing.T) {
	var c cards
	drawn := 0
	get := func(partner string) {
		_, err := c.get(contentOf{}, cardKey{"nl", partner}, func() ([]byte, error) { drawn++; return []byte(partner), nil })
		require.NoError(t, err)
		assert.LessOrEqual(t, len(c.drawn), maxCards)
	}
	for i := range maxCards {
		get(strconv.Itoa(i))
	}
	for i := range maxCards {
		get(strconv.Itoa(i))
	}
	assert.Equal(t, maxCards, drawn, "each once")
	for i := range 2 * maxCards {
		get(strconv.Itoa(i))
	}
}
