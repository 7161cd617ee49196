package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store"
)

// noon is a Monday in the Netherlands, in week 48 of 2026.
var noon = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// script is a small engine whose every input says what is to happen, so that the desk
// can be watched: each text is noted as an answer, in order.
type script struct{}

func (script) Step(s flows.Session, in flows.Input) flows.Turn {
	if in.Text == "panic" {
		panic("somebody's secret")
	}
	answers := maps.Clone(s.Answers)
	if answers == nil {
		answers = map[string]string{}
	}
	turn := flows.Turn{Session: s}
	turn.Session.Lang, turn.Session.Phase = "nl", flows.PhaseAsking
	turn.Session.TryOut = s.TryOut || in.TryOut
	turn.Facts.Started = len(answers) == 0
	switch in.Text {
	case "look":
		turn.Facts.Started = false
	case "finish":
		turn.Facts.Outcome = &flows.Outcome{Sector: "horeca", Region: "U", Size: "zzp", Quadrant: "vulnerable", Referrals: []string{"kvk"}}
		turn.Session.Outcome = true
	case "restart":
		turn.Facts = flows.Facts{Started: true, Freeze: s.Outcome}
		turn.Session.Outcome, answers = false, map[string]string{}
	case "stop":
		turn.Facts = flows.Facts{Ended: true, Freeze: s.Outcome}
		if !s.Outcome {
			turn.Facts.StoppedAt = "sector"
		}
	case "erase":
		turn.Facts = flows.Facts{Erase: true, Ended: true, FollowUp: flows.No}
	case "from the test partner":
		turn.Session.Partner = flows.TestPartner
	case "remind":
		turn.Facts.FollowUp = flows.Yes
	}
	if in.Text != "look" {
		answers[fmt.Sprintf("%03d", len(answers))] = in.Text
	}
	turn.Session.Answers = answers
	say := func(text string) flows.Reply {
		return flows.Reply{Slot: flows.Living, Blocks: []flows.Block{{Text: flows.Phrase{ID: text}}}}
	}
	turn.Replies = []flows.Reply{say("re:" + in.Text)}
	if in.Expired {
		turn.Replies = append(turn.Replies, say("expired"))
	}
	return turn
}

func (script) Stands(s flows.Session) string {
	if s.Outcome {
		return ""
	}
	return "sector"
}

// post is a channel whose far end is in memory: it takes what is sent, or fails as it
// was told.
type post struct {
	mu    sync.Mutex
	sent  []sentMessage
	fail  func(chat, text string, try int) error // may be nil
	tries map[string]int
	hold  chan struct{} // if set, sending waits for it
	calls int           // of Send, so far
	next  int64
}

type sentMessage struct {
	chat, text string
	at         time.Time
	surface    bot.Surface
}

func (p *post) Name() string { return "telegram" }

func (p *post) Compose(chat bot.Chat, turn flows.Turn, origin bot.Origin, surface bot.Surface) ([]bot.Message, error) {
	var all []bot.Message
	for _, r := range turn.Replies {
		text := r.Blocks[0].Text.ID
		if text == "re:unspeakable" || chat.ID == "unspeakable" {
			return nil, fmt.Errorf("no words for this")
		}
		body, err := json.Marshal(map[string]any{"text": text, "lang": turn.Session.Lang, "surface": surface})
		if err != nil {
			return nil, err
		}
		all = append(all, bot.Message{Chat: chat, Slot: r.Slot, Body: body, Edit: strings.HasPrefix(text, "re:edit")})
	}
	return all, nil
}

func (p *post) Send(ctx context.Context, m bot.Message, surface bot.Surface) (int64, error) {
	var body struct{ Text string }
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return 0, err
	}
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	if p.hold != nil {
		select {
		case <-p.hold:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := m.Chat.ID + body.Text
	if p.tries == nil {
		p.tries = map[string]int{}
	}
	p.tries[key]++
	if p.fail != nil {
		if err := p.fail(m.Chat.ID, body.Text, p.tries[key]); err != nil {
			return 0, err
		}
	}
	p.next++
	p.sent = append(p.sent, sentMessage{m.Chat.ID, body.Text, time.Now(), maps.Clone(surface)})
	return p.next, nil
}

// texts are the messages a chat got, in order.
func (p *post) texts(chat string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, s := range p.sent {
		if s.chat == chat {
			all = append(all, s.text)
		}
	}
	return all
}

func (p *post) all() []sentMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]sentMessage(nil), p.sent...)
}

// region leaves everything as it is: generalising is not the desk's.
type region struct{}

func (region) Generalise(_, sector, size string) (string, string) { return sector, size }

// openStore opens the real store in a folder, with the key beside it.
func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	path := filepath.Join(dir, "test.key")
	key, err := store.LoadKey(path)
	if err != nil {
		key, err = store.CreateKey(path, filepath.Join(dir, "data", "state.db"))
		require.NoError(t, err)
	}
	s, err := store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: region{}})
	require.NoError(t, err)
	return s
}

// house is a desk with everything around it.
type house struct {
	*bot.Dispatcher
	t     *testing.T
	dir   string
	store *store.Store
	post  *post
	keys  int
}

// open opens a desk on the folder dir; change alters its options.
func open(t *testing.T, dir string, change ...func(*bot.Options)) *house {
	t.Helper()
	h := &house{t: t, dir: dir, store: openStore(t, dir), post: &post{}}
	o := bot.Options{
		Store: h.store, Engine: script{}, Channels: []bot.Channel{h.post},
		Content: "c1", SendRate: 30, Clock: bot.ClockFrom(noon),
	}
	for _, c := range change {
		c(&o)
	}
	h.Dispatcher = bot.NewDispatcher(o)
	return h
}

// shut closes the desk in good order.
func (h *house) shut() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(h.t, h.Close(ctx))
	require.NoError(h.t, h.store.Close())
}

// crash stops the desk as if the process had died: nothing is waited for.
func (h *house) crash() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = h.Close(ctx)
	require.NoError(h.t, h.store.Close())
}

// text makes an update of a chat with a key of its own.
func (h *house) text(chat, text string) bot.Update {
	h.keys++
	return bot.Update{
		Chat:  bot.Chat{Channel: "telegram", ID: chat},
		Key:   "telegram:" + strconv.Itoa(h.keys),
		Input: flows.Input{Kind: flows.Text, Text: text},
	}
}

// say handles a text and expects success.
func (h *house) say(chat, text string) flows.Turn {
	h.t.Helper()
	turn, err := h.Handle(context.Background(), h.text(chat, text))
	require.NoError(h.t, err)
	return turn
}

// stored reads what is kept of a chat, as a turn would.
func (h *house) stored(chat string) (c bot.Conversation, found bool) {
	h.t.Helper()
	each, err := h.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{{Channel: "telegram", ID: chat}}, Do: func(tx bot.Tx) (err error) {
		c, found, err = tx.Conversation(bot.Chat{Channel: "telegram", ID: chat}, time.Time{})
		return err
	}}})
	require.NoError(h.t, err)
	require.NoError(h.t, each[0])
	return c, found
}

// answers lists what the engine noted for a chat, in order.
func (h *house) answers(chat string) []string {
	h.t.Helper()
	c, _ := h.stored(chat)
	all := make([]string, len(c.Session.Answers))
	for i := range all {
		all[i] = c.Session.Answers[fmt.Sprintf("%03d", i)]
	}
	return all
}

// within runs a test in a bubble of its own time: waiting costs nothing, and settled()
// means that everything that can happen now has happened.
func within(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func settled() { synctest.Wait() }

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
