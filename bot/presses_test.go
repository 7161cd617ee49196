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

// pairings are the ways in which two presses on one keyboard can come.
var pairings = map[string]func(w *town, one, two *held){
	"one after the other": func(w *town, one, two *held) { w.deliver(one); synctest.Wait(); w.deliver(two) },
	"the other way round": func(w *town, one, two *held) { w.deliver(two); synctest.Wait(); w.deliver(one) },
	"in one go":           func(w *town, one, two *held) { w.deliver(one); w.deliver(two) },
	"at once": func(w *town, one, two *held) {
		var both sync.WaitGroup
		both.Go(func() { w.deliver(one) })
		both.Go(func() { w.deliver(two) })
		both.Wait()
	},
}

// TestTwoPressesOnOneKeyboard goes through the whole check with two presses on every
// keyboard, each under an id of its own: the same button, as a telephone repeats a press it
// heard nothing of, or another, as an impatient thumb does. One of them counts, once.
func TestTwoPressesOnOneKeyboard(t *testing.T) {
	for name, arrive := range pairings {
		for second, other := range map[string]int{"the same button": 0, "another button": 1} {
			t.Run(name+", "+second, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDoubler(t)
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

// doubler is someone who presses twice.
type doubler struct {
	*town
	who     string
	pressed []flows.Input
}

func newDoubler(t testing.TB) *doubler {
	d := &doubler{town: newTown(t, 0), who: person(1)}
	d.do(flows.Input{Kind: flows.Start})
	return d
}

// do does one thing, and waits a second: nobody is taken so many in one.
func (d *doubler) do(in flows.Input) {
	d.t.Helper()
	h := d.does(d.who, in, false)
	d.deliver(h)
	pass(time.Second)
	require.True(d.t, h.acked)
}

func (d *doubler) session() flows.Session {
	all := []bot.Conversation{{}}
	_, err := d.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{chatOf(d.who)}, Do: func(tx bot.Tx) (err error) {
		all[0], _, err = tx.Conversation(chatOf(d.who), d.clock.Now())
		return err
	}}})
	require.NoError(d.t, err)
	return all[0].Session
}

func (d *doubler) rated() bool { return d.session().Phase == flows.PhaseRated }

// press presses the second button of the newest keyboard and one that many further.
func (d *doubler) press(arrive func(w *town, one, two *held), further int) {
	d.t.Helper()
	before := d.session()
	one := tapOption(d.who, 1).in(d.exchange)
	two := tapOption(d.who, 1+further).in(d.exchange)
	d.pressed = append(d.pressed, one, two)
	first, second := d.does(d.who, one, false), d.does(d.who, two, false)
	arrive(d.town, first, second)
	pass(time.Second)
	require.True(d.t, first.acked && second.acked)
	after := d.session()
	require.Equal(d.t, d.ledger.of(chatOf(d.who)).session, after)
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

// requireOneCheck: it was begun and finished once, whatever was pressed.
func (d *doubler) requireOneCheck() {
	d.t.Helper()
	figures := d.figures("2026-W40", "2027-W20")
	require.Equal(d.t, d.ledger.figures(), figures)
	require.Equal(d.t, 1, figures["2026-W48 started"])
	require.Equal(d.t, 1, figures["2026-W48 completed"])
	require.Zero(d.t, figures["2026-W48 repeat"])
}

// pressOldOnes presses everything once more under new ids, now that there is a result.
func (d *doubler) pressOldOnes() {
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

// pressAfterTheEnd presses everything after /stop and after /verwijder: the first press
// begins anew, and none answers anything.
func (d *doubler) pressAfterTheEnd() {
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
	require.Equal(d.t, d.ledger.figures(), d.figures("2026-W40", "2027-W20"))
}
