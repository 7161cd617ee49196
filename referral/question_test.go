package referral

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAsk checks that the question to put follows from the wish, then the obstacle if that
// is something to ask there, then what is missing, and that no question is put twice in one advice.
func TestAsk(t *testing.T) {
	c := embeddedCatalogue(t)
	tests := []struct{ in, asks string }{
		{"vulnerable retail micro GM0355 ok engaged papier obstacle=geld", "mkb-werkplaats-utrecht=papier kvk=geld"},
		{"vulnerable retail micro GM0355 ok engaged papier administration=a customer_data=a", "mkb-werkplaats-utrecht=papier kvk=customers"},
		{"vulnerable retail micro GM0355 ok engaged twijfel obstacle=tijd online_presence=a", "mkb-werkplaats-utrecht=tijd kvk=online"},
		{"vulnerable retail micro GM0355 ok engaged twijfel obstacle=geld online_presence=a", "mkb-werkplaats-utrecht=online kvk=geld"},
		{"none retail micro GM0355 ok engaged twijfel ai_use=a", "kvk=begin"},
		{"vulnerable retail micro GM0402 weak engaged geen", "kvk=security"},
		{"leading retail micro GM0355 ok later nieuw", "ai-hub-midden=ai rom-utrecht=growth edih-netwerk=innovation kvk=nieuw"},
	}
	for _, tt := range tests {
		a := c.Advise(testCase(tt.in))
		var got []string
		for _, s := range slices.Concat(a.Steps, a.Closing) {
			if s.Ask != "" {
				got = append(got, s.Initiative.ID+"="+strings.TrimPrefix(s.Ask, "ask."))
			}
		}
		assert.Equal(t, tt.asks, strings.Join(got, " "), tt.in)
	}
}

func TestSince(t *testing.T) {
	i := Initiative{LastSign: "2026"}
	assert.Equal(t, "2026", i.Since(testDay))
	i.VerifiedOn = "2026-11-01"
	assert.Equal(t, "2026-11-01", i.Since(testDay), "a verification says more")
	assert.Equal(t, "2026", i.Since("2026-10-31"), "not before it took place")
}
