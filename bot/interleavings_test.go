package bot_test

import (
	"context"
	"encoding/json"
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

// Telegram keeps two queues for each person, one of messages and one of presses. Each comes
// in order, and nothing is said of the one beside the other.
const (
	queued    = 6   // in each of the two
	abreast   = 154 // interleavings that go at the same time, each in a chat of its own
	lastRound = 60  // by then everyone has finished
)

// move is one thing a person does in a script. pick finds what it is on the telephone, as
// it stands when all before it was answered.
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

// late is a press on a keyboard that has been replaced: on the first button that was the same
// but for the moment.
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

// buttons are those that fit of all that were ever on the telephone, the oldest first: it
// may show a keyboard that has been replaced, or send a press later.
func (p *phone) buttons(fits func(flows.Input) bool) (all []flows.Input) {
	for _, body := range p.got {
		var l letter
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

// again is the press of the move before it once more: the telephone did not hear that the
// first was received, and the second has an id of its own.
func again(before move) move { return before }

// scripts are what one person does, in the order in which it was meant: six messages and
// six presses each.
var scripts = map[string]struct {
	stands string // where the conversation stands before; empty: there is none
	moves  []move
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

// TestInterleavings delivers one person's two queues in every order there is, with the real
// engine and the real storage. Nothing fails, each update has the effect that the ledger
// gives it and no other, a press on an outdated keyboard has none, and whatever came of it
// can be finished by tapping and is counted once.
func TestInterleavings(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		t.Run(name, func(t *testing.T) {
			script := scripts[name]
			require.Len(t, script.moves, 2*queued)
			synctest.Test(t, func(t *testing.T) {
				m := &mesh{town: newTown(t, 0), stands: script.stands}
				m.rehearse(script.moves)
				orders := interleavings()
				require.Len(t, orders, 924)
				if testing.Short() {
					orders = everySeventh(orders)
				}
				for some := range slices.Chunk(orders, abreast) {
					m.deliverAll(some)
				}
				m.judge(len(orders))
				t.Logf("%d interleavings, %d presses on an outdated keyboard of %d", len(orders), m.outdated, len(orders)*queued)
				m.end()
				requireSound(t, m.dir())
			})
		})
	}
}

// interleavings are all ways to lay six presses among six messages; true is a press.
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

func everySeventh(orders [][]bool) (some [][]bool) {
	for i := 0; i < len(orders); i += 7 {
		some = append(some, orders[i])
	}
	return some
}

// mesh is a town in which each interleaving has a chat of its own.
type mesh struct {
	*town
	stands            string
	messages, presses []flows.Input
	people, outdated  int
	updates           int64 // that had a turn
}

// walker is someone on the way through one interleaving.
type walker struct {
	who    string
	order  []bool
	inputs []flows.Input
	held   []*held
	before bot.Conversation
	live   bool // the button about to be pressed is one of the newest keyboard
}

func (p *walker) String() string {
	var b strings.Builder
	for _, press := range p.order {
		b.WriteByte(map[bool]byte{false: 'm', true: 'p'}[press])
	}
	return b.String()
}

// rehearse plays the script as it was meant, to learn what each press is.
func (m *mesh) rehearse(moves []move) {
	p := m.newcomer()
	m.arrive([]*walker{p})
	for _, move := range moves {
		m.exchange.mu.Lock()
		in := move.pick(m.exchange.phone(p.who))
		m.exchange.mu.Unlock()
		require.NotEmpty(m.t, in.Kind, "after %+v there is no such button", p.inputs)
		p.inputs = append(p.inputs, in)
		if move.press {
			m.presses = append(m.presses, in)
		} else {
			m.messages = append(m.messages, in)
		}
		m.handIn([]*walker{p})
	}
	require.Len(m.t, m.presses, queued)
	m.finish([]*walker{p})
}

// newcomer is someone with a chat of their own.
func (m *mesh) newcomer() *walker {
	m.people++
	p := &walker{who: person(m.people)}
	if m.stands != "" {
		m.nearlyThere(p.who, m.stands)
	}
	return p
}

// arrive lets people who are on their way look where they are, so that they have the
// question before them.
func (m *mesh) arrive(walkers []*walker) {
	if m.stands == "" {
		return
	}
	for _, p := range walkers {
		m.deliver(m.does(p.who, flows.Input{Kind: flows.Show}, false))
		m.updates++
	}
	synctest.Wait()
}

// deliverAll takes some interleavings from beginning to end, side by side.
func (m *mesh) deliverAll(orders [][]bool) {
	walkers := make([]*walker, len(orders))
	for i, order := range orders {
		walkers[i] = m.newcomer()
		walkers[i].order = order
		messages, presses := m.messages, m.presses
		for _, press := range order {
			from := &messages
			if press {
				from = &presses
			}
			walkers[i].inputs = append(walkers[i].inputs, (*from)[0])
			*from = (*from)[1:]
		}
	}
	m.arrive(walkers)
	for range 2 * queued {
		m.look(walkers)
		m.handIn(walkers)
		m.requireEffects(walkers)
	}
	m.requireRemembered(walkers)
	pass(10 * time.Second) // nobody is taken more in one go
	m.finish(walkers)
}

// look notes how it stands before the next update of each.
func (m *mesh) look(walkers []*walker) {
	stored := m.stored(walkers)
	for i, p := range walkers {
		p.before = stored[i]
		in := p.inputs[len(p.held)]
		screen, _ := m.exchange.screen(p.who)
		phase := p.before.Session.Phase
		p.live = phase == flows.PhaseAsking && slices.Contains(screen.Buttons, in)
		if in.Question == "satisfaction" { // a rating may be given, and changed, as long as there is advice
			advised := phase == flows.PhaseAdvised || phase == flows.PhaseRated
			p.live = advised && p.before.Session.Answers[in.Question] != in.Option
		}
	}
}

// stored reads the conversations of all.
func (m *mesh) stored(walkers []*walker) []bot.Conversation {
	all := make([]bot.Conversation, len(walkers))
	each, err := m.store.Apply(context.Background(), []bot.Work{{Chats: chatsOf(walkers), Do: func(tx bot.Tx) (err error) {
		for i, p := range walkers {
			if all[i], _, err = tx.Conversation(chatOf(p.who), m.clock.Now()); err != nil {
				return err
			}
		}
		return nil
	}}})
	require.NoError(m.t, err)
	require.NoError(m.t, each[0])
	return all
}

func chatsOf(walkers []*walker) (chats []bot.Chat) {
	for _, p := range walkers {
		chats = append(chats, chatOf(p.who))
	}
	return chats
}

func chatOf(who string) bot.Chat { return bot.Chat{Channel: "telegram", ID: who} }

// handIn delivers the next update of each, and waits until everything that follows is on
// the telephones.
func (m *mesh) handIn(walkers []*walker) {
	for _, p := range walkers {
		h := m.does(p.who, p.inputs[len(p.held)], false)
		p.held = append(p.held, h)
		m.deliver(h)
	}
	synctest.Wait()
	for _, p := range walkers {
		require.True(m.t, p.held[len(p.held)-1].acked, "%v: %+v is refused", p, p.inputs[len(p.held)-1])
		m.updates++
	}
}

// requireEffects: every update did what the ledger says, and an outdated press nothing.
func (m *mesh) requireEffects(walkers []*walker) {
	for i, after := range m.stored(walkers) {
		p := walkers[i]
		in, told := p.inputs[len(p.held)-1], func(what string) string {
			return fmt.Sprintf("%v, update %d (%+v): %s", p, len(p.held), p.inputs[len(p.held)-1], what)
		}
		require.Equal(m.t, m.ledger.of(chatOf(p.who)).session, after.Session, told("as in the ledger"))
		switch {
		case in.Kind != flows.Answer:
		case !p.live:
			m.outdated++
			requireUntouched(m.t, p.before, after, told("the keyboard is outdated"))
		case in.Question == flows.SourceQuestion:
			require.Equal(m.t, in.Option, after.Session.Partner, told("taken"))
		default:
			require.Equal(m.t, in.Option, after.Session.Answers[in.Question], told("taken"))
		}
	}
}

// requireUntouched: an outdated press changed nothing. Without a conversation it begins one,
// as anything does, and answers nothing in it.
func requireUntouched(t testing.TB, before, after bot.Conversation, told string) {
	t.Helper()
	if before.Session.Phase == "" {
		require.Empty(t, after.Session.Answers, told)
		return
	}
	before.Session.Page, after.Session.Page = "", "" // whatever stood over the question makes way for it
	before.Surface, after.Surface = nil, nil         // it is shown again
	require.Equal(t, before, after, told)
}

// requireRemembered: all of it once more has no effect and says nothing.
func (m *mesh) requireRemembered(walkers []*walker) {
	before, stored := m.desk.Counters(), m.stored(walkers)
	for _, p := range walkers {
		for _, h := range p.held {
			m.deliver(h)
		}
	}
	synctest.Wait()
	after := m.desk.Counters()
	require.EqualValues(m.t, 2*queued*len(walkers), after.Duplicates-before.Duplicates)
	require.Equal(m.t, before.Sent, after.Sent)
	require.Equal(m.t, stored, m.stored(walkers))
}

// finish lets everyone tap until the rating.
func (m *mesh) finish(walkers []*walker) {
	for range lastRound {
		var going []*walker
		for _, p := range walkers {
			if in, more := m.nextTap(p.who); more {
				p.inputs = append(p.inputs[:len(p.held)], in)
				going = append(going, p)
			}
		}
		if len(going) == 0 {
			return
		}
		m.handIn(going)
	}
	require.Fail(m.t, "somebody cannot come to the end")
}

// nextTap is a button that leads on; more is false for one who is at the end.
func (m *mesh) nextTap(who string) (in flows.Input, more bool) {
	s := m.ledger.of(chatOf(who)).session
	l, _ := m.exchange.screen(who)
	question, _ := l.asks()
	switch {
	case s.Phase == flows.PhaseRated:
		return in, false
	case s.Phase == flows.PhaseAdvised && question != "satisfaction":
		return flows.Input{Kind: flows.Action, Action: flows.DoContinue}, true
	}
	return tapOption(who, 1).in(m.exchange), true
}

// judge compares everything with the ledger, and with what must hold whatever the order.
func (m *mesh) judge(orders int) {
	m.same()
	figures := m.figures("2026-W40", "2027-W20")
	require.Equal(m.t, m.ledger.figures(), figures)
	require.Equal(m.t, m.people, figures["2026-W48 completed"], "each is counted once")
	begun, stopped := figures["2026-W48 started"], 0
	if m.stands != "" {
		begun += m.people // they had begun before
	}
	for what, n := range figures {
		if strings.Contains(what, " stopped ") {
			stopped += n
		}
	}
	require.Equal(m.t, begun, m.people+figures["2026-W48 repeat"]+stopped, "whatever was begun was finished or stopped")
	c := m.desk.Counters()
	require.Equal(m.t, m.updates, c.Updates)
	require.EqualValues(m.t, 2*queued*orders, c.Duplicates)
	require.Zero(m.t, c.Parked+c.Failures+c.Refused+c.Faults+c.Repeated+c.Dropped)
	_, unsent, _, err := m.store.Waiting(context.Background(), m.clock.Now())
	require.NoError(m.t, err)
	require.Zero(m.t, unsent)
	require.Positive(m.t, m.outdated)
}
