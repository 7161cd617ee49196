package bot_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// Telegram keeps two queues per person, one of messages and one of presses. Each is in
// order, and their relative order is undefined.
const (
	queued     = 6   // in each of the two
	concurrent = 154 // interleavings that go at the same time, each in a chat of its own
	lastRound  = 60  // by then everyone has finished
)

// move is one step of a script. pick finds it on the phone, when all before it was
// answered.
type move struct {
	press bool
	pick  func(p *phone) flows.Input
}

func types(text string) move {
	return move{pick: func(*phone) flows.Input { return flows.Input{Kind: flows.Text, Text: text} }}
}

func commands(action string) move {
	return move{pick: func(*phone) flows.Input { return flows.Input{Kind: flows.Action, Action: action} }}
}

func starts() move {
	return move{pick: func(*phone) flows.Input { return flows.Input{Kind: flows.Start} }}
}

// presses is a press on the newest button that fits.
func presses(fits func(flows.Input) bool) move {
	return move{press: true, pick: func(p *phone) flows.Input { return last(p.buttons(fits)) }}
}

// late is a press on a keyboard that has been replaced: on the first button that differs
// in its revision only.
func late(m move) move {
	return move{press: true, pick: func(p *phone) flows.Input {
		newest := m.pick(p)
		return p.buttons(func(b flows.Input) bool {
			b.Rev = newest.Rev
			return b == newest
		})[0]
	}}
}

func last(all []flows.Input) (in flows.Input) {
	if len(all) > 0 {
		in = all[len(all)-1]
	}
	return in
}

// buttons are those that fit of all that were ever on the phone, oldest first: it may show
// a keyboard that has been replaced, or send a press late.
func (p *phone) buttons(fits func(flows.Input) bool) (all []flows.Input) {
	for _, body := range p.got {
		var l sentMessage
		if json.Unmarshal([]byte(body), &l) != nil {
			continue
		}
		for _, b := range l.Buttons {
			if fits(b) {
				all = append(all, b)
			}
		}
	}
	return all
}

func taps(question, option string) move {
	return presses(func(b flows.Input) bool {
		return b.Kind == flows.Answer && b.Question == question && b.Option == option
	})
}

func changes(question string) move {
	return presses(func(b flows.Input) bool { return b.Action == flows.DoChange && b.Question == question })
}

// again repeats the previous press: the phone got no response to the first, and the second has its own id.
func again(before move) move { return before }

// scripts are the steps of one person, in the intended order: six messages and six presses
// each.
var scripts = map[string]struct {
	pending string // question of the conversation before; empty: there is none
	moves   []move
}{
	"from the start": {"", []move{
		starts(),
		taps("size", "2"),
		again(taps("size", "2")),
		types("Horeca en verblijf"),
		types("Bussum"),
		taps("self_image", "3"),
		commands(flows.DoAnswers),
		taps(flows.SourceQuestion, "kvk-utrecht"),
		types("3"),
		taps("administration", "b"),
		commands(flows.DoBack),
		late(taps("administration", "c")), // the keyboard from before going back
	}},
	"around the result": {"new_competitors", []move{
		starts(),
		taps("new_competitors", "b"),
		types("1"),
		taps("help_wanted", "papier"),
		again(taps("help_wanted", "papier")),
		commands(flows.DoAnswers),
		changes("obstacle"),
		types("2"),
		taps("satisfaction", "4"),
		types("Geheimstraat 17"),
		commands(flows.DoRestart),
		late(taps("new_competitors", "a")), // the keyboard of the run before
	}},
}

var everyOrder = flag.Bool("everyorder", false, "try every interleaving over files, and one in seven over a database server")

// TestInterleavings delivers the two queues of a person in every order, with the real
// engine and the real store. Nothing fails, each update has the effect that it has in the
// model and no other, a press on an outdated keyboard has none, and the conversation can
// always be finished by tapping and is counted once.
func TestInterleavings(t *testing.T) {
	t.Parallel()
	step := 21
	if *everyOrder {
		step = 1
	}
	interleave(t, step, func(*testing.T) func(*world) storage { return newFolders })
}

// TestInterleavingsOnPostgreSQL does the same over a database server.
func TestInterleavingsOnPostgreSQL(t *testing.T) {
	t.Parallel()
	step := 7 * 44
	if *everyOrder {
		step = 7
	}
	interleave(t, step, onDatabase)
}

// interleave tries every so many of the interleavings.
func interleave(t *testing.T, step int, newStorage func(*testing.T) func(*world) storage) {
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		t.Run(name, func(t *testing.T) {
			script := scripts[name]
			require.Len(t, script.moves, 2*queued)
			storageOf := newStorage(t)
			synctest.Test(t, func(t *testing.T) {
				m := &grid{world: newWorldOn(t, 0, storageOf), pending: script.pending}
				m.rehearse(script.moves)
				orders := interleavings()
				require.Len(t, orders, 924)
				orders = someOf(orders, step)
				for some := range slices.Chunk(orders, concurrent) {
					m.deliverAll(some)
				}
				m.judge(len(orders))
				t.Logf("%d interleavings, %d presses on an outdated keyboard of %d", len(orders), m.outdated, len(orders)*queued)
				m.end()
				m.rows.requireSound()
			})
		})
	}
}

// interleavings are all ways to merge six presses into six messages; true is a press.
func interleavings() (all [][]bool) {
	for set := range uint(1 << (2 * queued)) {
		if bits.OnesCount(set) != queued {
			continue
		}
		order := make([]bool, 2*queued)
		for i := range order {
			order[i] = set>>i&1 == 1
		}
		all = append(all, order)
	}
	return all
}

func someOf(orders [][]bool, step int) (some [][]bool) {
	for i := 0; i < len(orders); i += step {
		some = append(some, orders[i])
	}
	return some
}

// grid is a world in which each interleaving has its own chat.
type grid struct {
	*world
	pending           string
	messages, presses []flows.Input
	people, outdated  int
	turns             int64
}

// visitor is a person in one interleaving.
type visitor struct {
	who     string
	order   []bool
	inputs  []flows.Input
	updates []*platformUpdate
	before  bot.Conversation
	live    bool // the button about to be pressed is one of the newest keyboard
}

func (v *visitor) String() string {
	var b strings.Builder
	for _, press := range v.order {
		b.WriteByte(map[bool]byte{false: 'm', true: 'p'}[press])
	}
	return b.String()
}

// rehearse plays the script in the intended order, to record each press.
func (g *grid) rehearse(moves []move) {
	p := g.newcomer()
	g.arrive([]*visitor{p})
	for _, move := range moves {
		g.channel.mu.Lock()
		in := move.pick(g.channel.phone(p.who))
		g.channel.mu.Unlock()
		require.NotEmpty(g.t, in.Kind, "after %+v there is no such button", p.inputs)
		p.inputs = append(p.inputs, in)
		if move.press {
			g.presses = append(g.presses, in)
		} else {
			g.messages = append(g.messages, in)
		}
		g.handIn([]*visitor{p})
	}
	require.Len(g.t, g.presses, queued)
	g.finish([]*visitor{p})
}

// newcomer returns a visitor with a new chat.
func (g *grid) newcomer() *visitor {
	g.people++
	p := &visitor{who: personID(g.people)}
	if g.pending != "" {
		g.resumeAt(p.who, g.pending)
	}
	return p
}

// arrive shows visitors with a stored conversation their pending question.
func (g *grid) arrive(visitors []*visitor) {
	if g.pending == "" {
		return
	}
	for _, p := range visitors {
		g.deliver(g.does(p.who, flows.Input{Kind: flows.Show}, false))
		g.turns++
	}
	awaitEffects()
}

// awaitEffects waits for all effects: over a database server the outbox looks for the next message of a chat now
// and then.
func awaitEffects() {
	synctest.Wait()
	pass(500 * time.Millisecond)
}

// deliverAll runs some interleavings from begin to end, concurrently.
func (g *grid) deliverAll(orders [][]bool) {
	visitors := make([]*visitor, len(orders))
	for i, order := range orders {
		visitors[i] = g.newcomer()
		visitors[i].order = order
		messages, presses := g.messages, g.presses
		for _, press := range order {
			from := &messages
			if press {
				from = &presses
			}
			visitors[i].inputs = append(visitors[i].inputs, (*from)[0])
			*from = (*from)[1:]
		}
	}
	g.arrive(visitors)
	for range 2 * queued {
		g.look(visitors)
		g.handIn(visitors)
		g.requireEffects(visitors)
	}
	g.requireDeduplicated(visitors)
	pass(10 * time.Second) // so that nothing is throttled
	g.finish(visitors)
}

// look records the state before the next update of each visitor.
func (g *grid) look(visitors []*visitor) {
	stored := g.stored(visitors)
	for i, p := range visitors {
		p.before = stored[i]
		in := p.inputs[len(p.updates)]
		screen, _ := g.channel.screen(p.who)
		phase := p.before.Session.Phase
		p.live = phase == flows.PhaseAsking && slices.Contains(screen.Buttons, in)
		if in.Question == "satisfaction" { // a rating may be given, and changed, as long as there is advice
			advised := phase == flows.PhaseAdvised || phase == flows.PhaseRated
			p.live = advised && p.before.Session.Answers[in.Question] != in.Option
		}
	}
}

// stored reads the conversations of all.
func (g *grid) stored(visitors []*visitor) []bot.Conversation {
	all := make([]bot.Conversation, len(visitors))
	each, err := g.store.Apply(context.Background(), []bot.Work{{Chats: chatsOf(visitors), Do: func(tx bot.Tx) (err error) {
		for i, p := range visitors {
			if all[i], _, err = tx.Conversation(chatOf(p.who), g.clock.Now()); err != nil {
				return err
			}
		}
		return nil
	}}})
	require.NoError(g.t, err)
	require.NoError(g.t, each[0])
	return all
}

func chatsOf(visitors []*visitor) (chats []bot.Chat) {
	for _, p := range visitors {
		chats = append(chats, chatOf(p.who))
	}
	return chats
}

func chatOf(who string) bot.Chat { return bot.Chat{Channel: "telegram", ID: who} }

// handIn delivers the next update of each visitor, and waits for all effects.
func (g *grid) handIn(visitors []*visitor) {
	for _, p := range visitors {
		h := g.does(p.who, p.inputs[len(p.updates)], false)
		p.updates = append(p.updates, h)
		g.deliver(h)
	}
	awaitEffects()
	for _, p := range visitors {
		require.True(g.t, p.updates[len(p.updates)-1].acked, "%v: %+v is refused", p, p.inputs[len(p.updates)-1])
		g.turns++
	}
}

// requireEffects: every update had the effect that it has in the model, and an outdated
// press none.
func (g *grid) requireEffects(visitors []*visitor) {
	for i, after := range g.stored(visitors) {
		p := visitors[i]
		in, where := p.inputs[len(p.updates)-1], func(what string) string {
			return fmt.Sprintf("%v, update %d (%+v): %s", p, len(p.updates), p.inputs[len(p.updates)-1], what)
		}
		require.Equal(g.t, g.model.of(chatOf(p.who)).session, after.Session, where("as in the model"))
		switch {
		case in.Kind != flows.Answer:
		case !p.live:
			g.outdated++
			requireUntouched(g.t, p.before, after, where("the keyboard is outdated"))
		case in.Question == flows.SourceQuestion:
			require.Equal(g.t, in.Option, after.Session.Partner, where("taken"))
		default:
			require.Equal(g.t, in.Option, after.Session.Answers[in.Question], where("taken"))
		}
	}
}

// requireUntouched: an outdated press changed nothing. Without a conversation it begins
// one, as any input does, and answers nothing in it.
func requireUntouched(t testing.TB, before, after bot.Conversation, where string) {
	t.Helper()
	if before.Session.Phase == "" {
		require.Empty(t, after.Session.Answers, where)
		return
	}
	before.Session.Page, after.Session.Page = "", "" // whatever stood over the question makes way for it
	before.Surface, after.Surface = nil, nil         // it is shown again
	require.Equal(t, before, after, where)
}

// requireDeduplicated: redelivering everything has no effect.
func (g *grid) requireDeduplicated(visitors []*visitor) {
	before, stored := g.dispatcher.Counters(), g.stored(visitors)
	for _, p := range visitors {
		for _, h := range p.updates {
			g.deliver(h)
		}
	}
	synctest.Wait()
	after := g.dispatcher.Counters()
	require.EqualValues(g.t, 2*queued*len(visitors), after.Duplicates-before.Duplicates)
	require.Equal(g.t, before.Sent, after.Sent)
	require.Equal(g.t, stored, g.stored(visitors))
}

// finish taps on until every visitor has given a rating.
func (g *grid) finish(visitors []*visitor) {
	for range lastRound {
		var going []*visitor
		for _, p := range visitors {
			if in, more := g.nextTap(p.who); more {
				p.inputs = append(p.inputs[:len(p.updates)], in)
				going = append(going, p)
			}
		}
		if len(going) == 0 {
			return
		}
		g.handIn(going)
	}
	require.Fail(g.t, "a conversation cannot be finished")
}

// nextTap is a button that leads on; more is false at the end.
func (g *grid) nextTap(who string) (in flows.Input, more bool) {
	s := g.model.of(chatOf(who)).session
	l, _ := g.channel.screen(who)
	question, _ := l.asks()
	switch {
	case s.Phase == flows.PhaseRated:
		return in, false
	case s.Phase == flows.PhaseAdvised && question != "satisfaction":
		return flows.Input{Kind: flows.Action, Action: flows.DoContinue}, true
	}
	return tapOption(who, 1).in(g.channel), true
}

// judge compares everything with the model, and with what must hold in any order.
func (g *grid) judge(orders int) {
	g.same()
	figures := g.figures("2026-W40", "2027-W20")
	require.Equal(g.t, g.model.figures(), figures)
	require.Equal(g.t, g.people, figures["2026-W48 completed"], "each is counted once")
	begun, stopped := figures["2026-W48 started"], 0
	if g.pending != "" {
		begun += g.people // they had begun before
	}
	for what, n := range figures {
		if strings.Contains(what, " stopped ") {
			stopped += n
		}
	}
	require.Equal(g.t, begun, g.people+figures["2026-W48 repeat"]+stopped, "whatever was begun was finished or stopped")
	c := g.dispatcher.Counters()
	require.Equal(g.t, g.turns, c.Updates)
	require.EqualValues(g.t, 2*queued*orders, c.Duplicates)
	require.Zero(g.t, c.Parked+c.Failures+c.Refused+c.Faults+c.Repeated+c.Dropped)
	_, unsent, _, err := g.store.Waiting(context.Background(), g.clock.Now())
	require.NoError(g.t, err)
	require.Zero(g.t, unsent)
	require.Positive(g.t, g.outdated)
}
