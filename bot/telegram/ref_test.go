package telegram

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot"
)

func TestMessagesAreOrderedByNumber(t *testing.T) {
	for _, tt := range []struct {
		a, b bot.MessageRef
		want bool
	}{
		{"10", "9", true}, {"9", "10", false}, {"10", "10", false},
		{"1", "", true}, {"", "1", false}, {"", "", false}, {"$event", "1", false},
	} {
		assert.Equal(t, tt.want, (&Channel{}).Newer(tt.a, tt.b), "%q after %q", tt.a, tt.b)
	}
}
