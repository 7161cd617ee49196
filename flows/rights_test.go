package flows_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// TestRightsInEveryState: wherever a conversation is, one tap shows what is kept and what
// is done with it, stops it, and two erase everything.
func TestRightsInEveryState(t *testing.T) {
	t.Parallel()
	e := engine(t)
	states := map[string]bool{}
	for seed := range uint64(*journeys / 2) {
		r := rand.New(rand.NewPCG(seed, 5))
		s, screen := flows.Session{}, []flows.Reply(nil)
		for range 60 {
			turn := e.Step(s, anyInput(r, screen))
			s, screen = turn.Session, turn.Replies
			if turn.Facts.Ended {
				s = flows.Session{}
			}
			current := e.Pending(s)
			page, _, _ := strings.Cut(s.Page, ":")
			states[string(s.Phase)+"/"+current+"/"+page+"/"+s.Open] = true
			do := func(action string) flows.Turn {
				return e.Step(s, flows.Input{Kind: flows.Action, Action: action, Today: today, Lang: "nl", Channel: "telegram", Can: everything})
			}
			says := func(turn flows.Turn, id string) {
				t.Helper()
				require.Contains(t, textsOf(turn), id, "seed %d, in %+v", seed, s)
			}
			says(do(flows.DoMyData), "chat.my_data_title")
			says(do(flows.DoPrivacy), "chat.privacy_title")
			says(do(flows.DoStop), "chat.stopped")
			require.True(t, do(flows.DoStop).Facts.Ended)
			asked := do(flows.DoErase)
			require.False(t, asked.Facts.Erase, "it asks once")
			require.Contains(t, buttonsOf(asked), flows.DoErased)
			erased := do(flows.DoErased)
			says(erased, "chat.erased")
			require.True(t, erased.Facts.Erase && erased.Facts.Ended)
			require.Empty(t, erased.Session.Answers)
		}
	}
	t.Logf("%d states", len(states))
	require.Greater(t, len(states), 40)
}

// TestErasedLater: where what is erased stays in files for a while, the page about privacy says so,
// and nowhere else.
func TestErasedLater(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, later := range []bool{false, true} {
		turn := e.Step(flows.Session{}, flows.Input{Kind: flows.Action, Action: flows.DoPrivacy, Today: today, Lang: "nl", Channel: "telegram", Can: everything, ErasedLater: later})
		require.Equal(t, later, slices.Contains(textsOf(turn), "chat.privacy_database"))
	}
}

func textsOf(turn flows.Turn) (ids []string) {
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			ids = append(ids, b.Text.ID)
		}
	}
	return ids
}

func buttonsOf(turn flows.Turn) (actions []string) {
	for _, r := range turn.Replies {
		for _, row := range r.Keys {
			for _, b := range row {
				actions = append(actions, b.Action)
			}
		}
	}
	return actions
}
