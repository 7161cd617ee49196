package flows_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

const today referral.Date = "2026-11-21"

var actions = []string{flows.DoBack, flows.DoContinue, flows.DoAnswers, flows.DoRestart, flows.DoStop, flows.DoHelp,
	flows.DoPrivacy, flows.DoMyData, flows.DoErase, flows.DoErased, flows.DoLanguage, flows.DoPlaces, flows.DoPickSelf,
	flows.DoAlarm, flows.DoIncident, flows.DoWhy, flows.DoMore, flows.DoMenu, flows.DoAbout, flows.DoFollowUp,
	flows.DoNoFollow, flows.DoStepTaken, flows.DoStepResult, flows.DoChange, flows.DoCode, flows.DoOpenCode, "no-such-action", ""}

var typed = []string{"", "ja", "nee", "zijst", "Bussum", "Weesp", "3", "999", "-1", "a", "gehackt", "SPOT035", "stop", "terug",
	"082A-R5MW-VBVP-P6N1-E00A-CHA5", "0400 0000 0000 0000 0003 jq7g", "082A-R5MW-VBVP-P6N1-E00A-CHA4", "082A-R5MW-VBVP-P6N1-E00A-CHA",
	"weet ik niet", "\x00\xff", "<b>&amp;", "opnieuw", "horeca en verblijf", "10000000000000000000000000"}

// anyInput is anything a person or a forger could do, more often a button on the
// screen than not.
func anyInput(r *rand.Rand, screen []flows.Reply) flows.Input {
	in := flows.Input{Today: today, Channel: "telegram", Can: everything, Lang: []string{"nl", "en-GB", "uk", ""}[r.IntN(4)]}
	var buttons []flows.Button
	for _, reply := range screen {
		for _, row := range reply.Keys {
			buttons = append(buttons, row...)
		}
	}
	switch n := r.IntN(20); {
	case n < 13 && len(buttons) > 0:
		pressed := audit.Press(buttons[r.IntN(len(buttons))])
		pressed.Today, pressed.Channel, pressed.Can, pressed.Lang = in.Today, in.Channel, in.Can, in.Lang
		return pressed
	case n < 15:
		in.Kind, in.Action = flows.Action, actions[r.IntN(len(actions))]
		in.Question, in.Option = "size", []string{"nl", "en", "spot035", "kvk", "xx", ""}[r.IntN(6)]
	case n < 17:
		in.Kind, in.Text = flows.Text, typed[r.IntN(len(typed))]
	case n < 18:
		in.Kind = flows.Answer
		in.Question = []string{"size", "sector", "municipality", "satisfaction", "help_wanted", "nothing", ""}[r.IntN(7)]
		in.Option = []string{"1", "2", "x", "GM1696", "buiten", "meer", "5", ""}[r.IntN(8)]
		in.Rev = r.IntN(30) - 2
	case n < 19:
		in.Kind = []flows.Kind{flows.Show, flows.Unrecognized, flows.Remind, "", "never"}[r.IntN(5)]
	default:
		in.Kind, in.Link = flows.Start, flows.Link{Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"}
	}
	return in
}

var journeys = flag.Int("journeys", 120, "random conversations of a test")

// TestStepIsTotalAndPure: whatever happens to a conversation, it replies in both languages, changes none of its inputs, gives
// the same result for the same input, and survives encoding and decoding.
func TestStepIsTotalAndPure(t *testing.T) {
	t.Parallel()
	e, words := engine(t), texts(t)
	reached := map[flows.Phase]int{}
	for seed := range uint64(*journeys) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, screen := flows.Session{}, []flows.Reply(nil)
		for range 80 {
			in := anyInput(r, screen)
			before := copySession(t, s)
			turn := e.Step(s, in)
			require.Equal(t, before, copySession(t, s), "seed %d: Step changed the session it was given (%+v)", seed, in)
			require.True(t, reflect.DeepEqual(turn, e.Step(s, in)), "seed %d: Step gave another turn the second time (%+v)", seed, in)
			require.NotEmpty(t, turn.Replies, "seed %d: silence after %+v in %+v", seed, in, s)
			for _, reply := range turn.Replies {
				requireWords(t, words, reply, "seed %d: %+v", seed, in)
			}
			reached[turn.Session.Phase]++
			s, screen = copySession(t, turn.Session), turn.Replies
			if turn.Facts.Ended {
				s = flows.Session{}
			}
		}
	}
	for _, phase := range []flows.Phase{flows.PhaseNew, flows.PhaseAsking, flows.PhaseAdvised, flows.PhaseIncident, flows.PhaseStopped} {
		require.NotZero(t, reached[phase], "no run reached %s", phase)
	}
}

func copySession(t *testing.T, s flows.Session) (copied flows.Session) {
	t.Helper()
	stored, err := json.Marshal(s)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(stored, &copied))
	return copied
}

func requireWords(t *testing.T, words *locales.Texts, reply flows.Reply, format string, args ...any) {
	t.Helper()
	require.NotEmpty(t, reply.Blocks, append([]any{format}, args...)...)
	phrases := []flows.Phrase{}
	for _, block := range reply.Blocks {
		phrases = append(phrases, block.Text)
	}
	for _, row := range reply.Keys {
		require.NotEmpty(t, row)
		for _, b := range row {
			phrases = append(phrases, b.Label)
		}
	}
	for _, lang := range []string{"nl", "en"} {
		for _, p := range phrases {
			text, err := words.Render(lang, p)
			require.NoError(t, err, append([]any{format}, args...)...)
			require.NotEmpty(t, text)
		}
	}
}

// finish answers a conversation by buttons that choose picks, until no question is left. It returns the last turn
// and the number of presses.
func finish(t testing.TB, e *flows.Engine, s flows.Session, choose func(question string, options []flows.Button) flows.Button) (flows.Turn, int) {
	t.Helper()
	turn := e.Step(s, flows.Input{Kind: flows.Start, Today: today, Channel: "telegram", Can: everything})
	taps := 0
	for turn.Session.Phase == flows.PhaseAsking {
		require.Less(t, taps, 60, "the conversation does not end")
		reply := turn.Replies[len(turn.Replies)-1]
		var options []flows.Button
		for _, row := range reply.Keys {
			for _, b := range row {
				if b.Action == "" && b.URL == "" {
					options = append(options, b)
				}
			}
		}
		require.NotEmpty(t, options, "a question without options")
		in := audit.Press(choose(options[0].Question, options))
		in.Today, in.Channel, in.Can = today, "telegram", everything
		turn = e.Step(turn.Session, in)
		taps++
	}
	return turn, taps
}

// TestEveryConversationEnds: any choice of options leads to a result, in about twenty
// taps, with an outcome to count.
func TestEveryConversationEnds(t *testing.T) {
	t.Parallel()
	e := engine(t)
	var all []int
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		turn, taps := finish(t, e, flows.Session{}, func(_ string, options []flows.Button) flows.Button {
			return options[r.IntN(len(options))]
		})
		require.Equal(t, flows.PhaseAdvised, turn.Session.Phase)
		require.NotNil(t, turn.Facts.Outcome)
		require.Equal(t, flows.Picture, turn.Replies[len(turn.Replies)-2].Slot)
		require.Equal(t, flows.Advice, turn.Replies[len(turn.Replies)-1].Slot)
		all = append(all, taps)
	}
	slices.Sort(all)
	require.LessOrEqual(t, all[len(all)-1], 24, "taps at most")
	require.LessOrEqual(t, all[len(all)/2], 23, "taps median, one of them how they came here")
}

// TestDoublePressesDoNothing: in every state of a whole conversation, the same button
// again and a button of an earlier question change no answer, phase or count.
func TestDoublePressesDoNothing(t *testing.T) {
	t.Parallel()
	e := engine(t)
	turn := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
	r := rand.New(rand.NewPCG(7, 7))
	var old []flows.Input
	for turn.Session.Phase == flows.PhaseAsking {
		keys := turn.Replies[len(turn.Replies)-1].Keys
		in := audit.Press(keys[r.IntN(2)][0])
		in.Today = today
		old = append(old, in)
		turn = e.Step(turn.Session, in)
		for _, again := range old {
			repeated := e.Step(turn.Session, again)
			require.Equal(t, turn.Session, repeated.Session)
			require.Equal(t, flows.Facts{}, repeated.Facts)
			require.Equal(t, flows.Notice, repeated.Replies[0].Blocks[0].Style, "a friendly word comes first")
		}
	}
}

// TestOutdatedKeyboardChangesNothing: a question that is asked again has a new keyboard;
// the old one, which may still be on the screen, changes no answer.
func TestOutdatedKeyboardChangesNothing(t *testing.T) {
	t.Parallel()
	e := engine(t)
	turn := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
	press := func(row int) flows.Input {
		in := audit.Press(turn.Replies[len(turn.Replies)-1].Keys[row][0])
		in.Today = today
		return in
	}
	first, other := press(0), press(1)
	require.NotEqual(t, first.Option, other.Option)
	answered := e.Step(turn.Session, first)
	again := e.Step(answered.Session, flows.Input{Kind: flows.Action, Action: flows.DoBack, Today: today})
	require.Equal(t, first.Question, again.Session.Open)
	require.Equal(t, again.Session, e.Step(again.Session, other).Session)
	other.Rev = again.Session.Rev
	require.Equal(t, other.Option, e.Step(again.Session, other).Session.Answers[other.Question], "its new keyboard does")
}

// TestPagesWorkInEveryState: help, privacy, my data, erase and stop answer wherever
// one is, before the first question too, and only stop and erase end anything.
func TestPagesWorkInEveryState(t *testing.T) {
	t.Parallel()
	e := engine(t)
	states := []flows.Session{{}}
	s := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today}).Session
	states = append(states, s)
	done, _ := finish(t, e, flows.Session{}, func(_ string, options []flows.Button) flows.Button { return options[0] })
	states = append(states, done.Session,
		e.Step(done.Session, flows.Input{Kind: flows.Answer, Question: "satisfaction", Option: "4", Today: today}).Session,
		e.Step(s, flows.Input{Kind: flows.Action, Action: flows.DoIncident, Today: today}).Session)
	for _, state := range states {
		for _, action := range []string{flows.DoHelp, flows.DoPrivacy, flows.DoMyData, flows.DoAnswers, flows.DoMenu, flows.DoErase, flows.DoAlarm} {
			turn := e.Step(state, flows.Input{Kind: flows.Action, Action: action, Today: today})
			require.Equal(t, flows.Aside, turn.Replies[0].Slot, "%s in %s", action, state.Phase)
			require.False(t, turn.Facts.Ended && state.Phase != "" || turn.Facts.Erase, "%s in %s", action, state.Phase) // before the first question there is nothing to keep
			require.Equal(t, state.Answers, turn.Session.Answers)
			require.Nil(t, turn.Facts.Outcome)
		}
		stopped := e.Step(state, flows.Input{Kind: flows.Action, Action: flows.DoStop, Today: today})
		require.True(t, stopped.Facts.Ended)
		require.Empty(t, stopped.Session.Answers)
		erased := e.Step(state, flows.Input{Kind: flows.Action, Action: flows.DoErased, Today: today})
		require.True(t, erased.Facts.Erase)
		require.Empty(t, erased.Session.Answers)
		require.Empty(t, erased.Session.Partner)
	}
}

// TestLinkTakesOnlyWhatIsConfigured: anything else in a start parameter is unknown.
func TestLinkTakesOnlyWhatIsConfigured(t *testing.T) {
	e := engine(t)
	for parameter, want := range map[string]flows.Link{
		"kvk-utrecht":              {Partner: "kvk-utrecht"},
		"kvk-utrecht_GM0355":       {Partner: "kvk-utrecht", Municipality: "GM0355"},
		"kvk-utrecht_GM0355_en":    {Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"},
		"GM0402_en":                {Municipality: "GM0402", Lang: "en"},
		"KVK-Utrecht_gm0355_EN":    {Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"},
		"en_GM0355_kvk-utrecht_nl": {Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"},
		"kvk-utrecht_nobody_fr":    {Partner: "kvk-utrecht"},
		"bakker-jansen":            {},
		"kvk-utrecht'; drop table": {Partner: "kvk-utrecht"},
		"kvk-utrecht_<b>":          {Partner: "kvk-utrecht"},
		"<b>":                      {},
		"GM9999":                   {},
		"":                         {},
	} {
		require.Equal(t, want, e.ParseLink(parameter), parameter)
	}
	require.Empty(t, e.ParseLink("kvk-utrecht_"+strings.Repeat("a", flows.MaxParameter)))
}

func BenchmarkStep(b *testing.B) {
	e := engine(b)
	start := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today, Channel: "telegram", Can: everything})
	var turns []flows.Session
	var inputs []flows.Input
	turn := start
	for turn.Session.Phase == flows.PhaseAsking {
		in := audit.Press(turn.Replies[len(turn.Replies)-1].Keys[0][0])
		in.Today, in.Channel, in.Can = today, "telegram", everything
		turns, inputs = append(turns, turn.Session), append(inputs, in)
		turn = e.Step(turn.Session, in)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Step(turns[i%len(turns)], inputs[i%len(inputs)])
	}
}
