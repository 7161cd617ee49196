package bot_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// pairings are the ways in which two presses on one keyboard can arrive.
var pairings = map[string]func(w *world, one, two *platformUpdate){
	"one after the other": func(w *world, one, two *platformUpdate) { w.deliver(one); synctest.Wait(); w.deliver(two) },
	"the other way round": func(w *world, one, two *platformUpdate) { w.deliver(two); synctest.Wait(); w.deliver(one) },
	"in one go":           func(w *world, one, two *platformUpdate) { w.deliver(one); w.deliver(two) },
	"at once": func(w *world, one, two *platformUpdate) {
		var both sync.WaitGroup
		both.Go(func() { w.deliver(one) })
		both.Go(func() { w.deliver(two) })
		both.Wait()
	},
}

// TestTwoPressesOnOneKeyboard does the whole check with two presses on every keyboard, each with its own id: the
// same button, as a phone repeats a press without a response, or another, as an impatient person does. One of
// them counts, once.
func TestTwoPressesOnOneKeyboard(t *testing.T) {
	t.Parallel()
	for name, arrive := range pairings {
		for second, other := range map[string]int{"the same button": 0, "another button": 1} {
			t.Run(name+", "+second, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDoublePresser(t)
					for !d.rated() {
						d.press(arrive, other)
					}
					require.Greater(t, len(d.pressed), 30)
					d.requireOneCheck()
					d.pressOldOnes()
					d.pressAfterTheEnd()
					d.end()
				})
			})
		}
	}
}

// doublePresser presses every keyboard twice.
type doublePresser struct {
	*world
	who     string
	pressed []flows.Input
}

func newDoublePresser(t testing.TB) *doublePresser {
	d := &doublePresser{world: newWorld(t, 0), who: personID(1)}
	d.do(flows.Input{Kind: flows.Start})
	return d
}

// do handles one input, and waits a second, so that nothing is throttled.
func (d *doublePresser) do(in flows.Input) {
	d.t.Helper()
	h := d.does(d.who, in, false)
	d.deliver(h)
	pass(time.Second)
	require.True(d.t, h.acked)
}

func (d *doublePresser) session() flows.Session {
	all := []bot.Conversation{{}}
	_, err := d.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{chatOf(d.who)}, Do: func(tx bot.Tx) (err error) {
		all[0], _, err = tx.Conversation(chatOf(d.who), d.clock.Now())
		return err
	}}})
	require.NoError(d.t, err)
	return all[0].Session
}

func (d *doublePresser) rated() bool { return d.session().Phase == flows.PhaseRated }

// press presses the second button of the newest keyboard and another one, that many
// further.
func (d *doublePresser) press(arrive func(w *world, one, two *platformUpdate), further int) {
	d.t.Helper()
	before := d.session()
	one := tapOption(d.who, 1).in(d.channel)
	two := tapOption(d.who, 1+further).in(d.channel)
	d.pressed = append(d.pressed, one, two)
	first, second := d.does(d.who, one, false), d.does(d.who, two, false)
	arrive(d.world, first, second)
	pass(time.Second)
	require.True(d.t, first.acked && second.acked)
	after := d.session()
	require.Equal(d.t, d.model.of(chatOf(d.who)).session, after)
	switch one.Question {
	case flows.SourceQuestion:
		require.True(d.t, after.SourceAsked)
	default:
		require.Contains(d.t, []string{one.Option, two.Option}, after.Answers[one.Question])
	}
	if one.Question == "satisfaction" { // that may be changed, and is no step on
		return
	}
	require.Equal(d.t, before.Rev+1, after.Rev, "%+v: one step on", one)
	require.LessOrEqual(d.t, len(after.Answers), len(before.Answers)+1)
}

// requireOneCheck: one check was begun and finished, whatever was pressed.
func (d *doublePresser) requireOneCheck() {
	d.t.Helper()
	figures := d.figures("2026-W40", "2027-W20")
	require.Equal(d.t, d.model.figures(), figures)
	require.Equal(d.t, 1, figures["2026-W48 started"])
	require.Equal(d.t, 1, figures["2026-W48 completed"])
	require.Zero(d.t, figures["2026-W48 repeat"])
}

// pressOldOnes repeats every press under a new id, after the result.
func (d *doublePresser) pressOldOnes() {
	d.t.Helper()
	before := d.session()
	for _, in := range d.pressed {
		if in.Question == "satisfaction" {
			continue
		}
		d.do(in)
		require.Equal(d.t, before, d.session(), "%+v", in)
	}
	d.requireOneCheck()
}

// pressAfterTheEnd repeats every press after /stop and after /verwijder: the first begins
// a new conversation, and none answers anything.
func (d *doublePresser) pressAfterTheEnd() {
	d.t.Helper()
	for _, end := range []string{flows.DoStop, flows.DoErased} {
		d.do(flows.Input{Kind: flows.Action, Action: end})
		require.Empty(d.t, d.session())
		old := slices.DeleteFunc(slices.Clone(d.pressed), func(in flows.Input) bool {
			return in.Question == "size" // its first keyboard is the same again
		})
		for _, in := range old {
			d.do(in)
			require.Equal(d.t, flows.PhaseAsking, d.session().Phase)
			require.Empty(d.t, d.session().Answers, "%+v after %s", in, end)
		}
	}
	require.Equal(d.t, d.model.figures(), d.figures("2026-W40", "2027-W20"))
}
