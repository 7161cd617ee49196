package flows

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

// TestWalkingOnIsWalkingAnew: a walk that goes on after each answer is at every
// question the same as one from the start.
func TestWalkingOnIsWalkingAnew(t *testing.T) {
	q, err := Load(Embedded())
	require.NoError(t, err)
	offered := func(query *Query, value string) bool { return query.OptionsFrom != "" || query.has(value) }
	skipped := 0
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 1))
		answers := map[string]string{}
		r := q.walk(answers, offered)
		for r.next != nil {
			value := referral.Outside
			if n := len(r.next.Options); n > 0 {
				value = r.next.Options[dice.IntN(n)].Value
			}
			answers[r.next.ID] = value
			if q.hidden(r.next, value, &r) {
				delete(answers, r.next.ID)
				continue
			}
			q.walkOn(&r, answers, offered)
			require.Equal(t, q.walk(answers, offered), r, "seed %d", seed)
		}
		skipped += len(q.Questions) - len(r.asked)
	}
	require.Greater(t, skipped, 300, "no question was skipped but those of part 0")
}
