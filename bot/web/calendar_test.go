package web

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestCalendarTextHasNoControls: whatever an editor writes stays text of its line.
func TestCalendarTextHasNoControls(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Hoi\r\nATTENDEE:x", `Hoi\nATTENDEE:x`},
		{"Hoi\rATTENDEE:x\nY\u2028Z\u0085", `Hoi\nATTENDEE:x\nY\nZ\n`},
		{"a\x00b\x1b[1mc\td\u007fe", "ab[1mcde"},
		{`a;b,c\d`, `a\;b\,c\\d`},
	} {
		assert.Equal(t, c.want, calendarText(c.text))
	}
}
