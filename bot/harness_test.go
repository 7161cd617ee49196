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
	"digiwijzer/store/sqlite/sqlitetest"
)

// noon is a Monday in the Netherlands, in week 48 of 2026.
var noon = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// script is a small engine whose inputs are commands: each text is stored as an answer, in order.
type script struct{}

func (script) Step(s flows.Session, in flows.Input) flows.Turn {
	if in.Text == "panic" {
		panic("a secret")
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
	case "look", "first": // neither begins a run; the second is an answer
		turn.Facts.Started = false
	case "finish":
		turn.Facts.Outcome = &flows.Outcome{Sector: "horeca", Region: "U", Size: "zzp", Quadrant: "vulnerable", Referrals: []string{"kvk"}}
		turn.Session.Outcome = true
	case "restart":
		turn.Facts = flows.Facts{Started: true, Freeze: s.Outcome}
		turn.Session.Outcome, turn.Session.FromCode, answers = false, false, map[string]string{}
	case "stop":
		turn.Facts = flows.Facts{Ended: true, Freeze: s.Outcome}
		if !s.Outcome {
			turn.Facts.StoppedAt = "sector"
		}
	case "erase":
		turn.Facts = flows.Facts{Erase: true, Ended: true, FollowUp: flows.No}
	case "from the test partner":
		turn.Session.Partner = flows.TestPartner
	case "from a code": // ends a run, if there is one
		turn.Facts = flows.Facts{Freeze: s.Outcome}
		if !s.Outcome && !s.FromCode && len(answers) > 0 {
			turn.Facts.StoppedAt = "sector"
		}
		turn.Session.FromCode, turn.Session.Outcome, answers = true, false, map[string]string{}
	case "older code":
		turn.Facts.Started = false
		turn.Facts.Transition = &flows.Transition{Since: "2026H1", Then: "vulnerable", Now: "leading"}
	case "remind":
		turn.Facts.FollowUp = flows.Yes
	}
	if in.Text != "look" && in.Text != "begin" { // as at /start, before any answer
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

func (script) Pending(s flows.Session) string {
	if s.Outcome {
		return ""
	}
	return "sector"
}

// recordingChannel keeps sent messages in memory, or fails as configured.
type recordingChannel struct {
	mu    sync.Mutex
	sent  []recordedMessage
	fail  func(chat, text string, try int) error // may be nil
	tries map[string]int
	hold  chan struct{} // if set, sending waits for it
	calls int           // of Send, so far
	next  int64
}

type recordedMessage struct {
	chat, text string
	at         time.Time
	surface    bot.Surface
}

func (c *recordingChannel) Name() string { return "telegram" }

// traits are those of a channel like Telegram.
var traits = bot.Traits{Edit: true, Push: true, Quote: true, Pace: bot.Pace{Rate: 1, Burst: 3}, EditPace: bot.Pace{Rate: 2, Burst: 10}}

func (c *recordingChannel) Traits() bot.Traits { return traits }

// refOf is a reference that only a channel can interpret.
func refOf(n int64) bot.MessageRef { return bot.MessageRef("m" + strconv.FormatInt(n, 10)) }

// numberOf is the number in a reference; 0 for none.
func numberOf(r bot.MessageRef) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(string(r), "m"))
	return n
}

func (c *recordingChannel) Newer(a, b bot.MessageRef) bool { return numberOf(a) > numberOf(b) }

func (c *recordingChannel) Compose(chat bot.Chat, turn flows.Turn, origin bot.Origin, surface bot.Surface) ([]bot.Message, error) {
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

func (c *recordingChannel) Send(ctx context.Context, m bot.Message, surface bot.Surface) (bot.Shown, error) {
	var body struct{ Text string }
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return bot.Shown{}, err
	}
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()
	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			return bot.Shown{}, ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := m.Chat.ID + body.Text
	if c.tries == nil {
		c.tries = map[string]int{}
	}
	c.tries[key]++
	if c.fail != nil {
		if err := c.fail(m.Chat.ID, body.Text, c.tries[key]); err != nil {
			return bot.Shown{}, err
		}
	}
	c.next++
	c.sent = append(c.sent, recordedMessage{m.Chat.ID, body.Text, time.Now(), maps.Clone(surface)})
	return bot.Shown{Ref: refOf(c.next)}, nil
}

// texts are the messages sent to a chat, in order.
func (c *recordingChannel) texts(chat string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, s := range c.sent {
		if s.chat == chat {
			all = append(all, s.text)
		}
	}
	return all
}

func (c *recordingChannel) all() []recordedMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]recordedMessage(nil), c.sent...)
}

// region generalises nothing.
type region struct{}

func (region) Generalise(_, sector, size string) (string, string) { return sector, size }

// openStore opens the real store in a folder, with the key next to it.
func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	path := filepath.Join(dir, "test.key")
	key, err := store.LoadKey(path)
	if err != nil {
		key, err = store.CreateKey(path, filepath.Join(dir, "data", "state.db"))
		require.NoError(t, err)
		sqlitetest.Folder(t, filepath.Join(dir, "data"))
	}
	s, err := store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: region{}})
	require.NoError(t, err)
	return s
}

// undisturbed is a store whose files nobody touches: it is asked every few seconds of virtual time.
type undisturbed struct{ *store.Store }

func (undisturbed) Intact() error { return nil }

// harness is a dispatcher with a real store and a channel in memory.
type harness struct {
	*running
	t       *testing.T
	dir     string
	store   *store.Store
	channel *recordingChannel
	keys    int
}

// openHarness starts a dispatcher on the folder dir; change alters its options.
func openHarness(t *testing.T, dir string, change ...func(*bot.Options)) *harness {
	t.Helper()
	h := &harness{t: t, dir: dir, store: openStore(t, dir), channel: &recordingChannel{}}
	o := bot.Options{
		Store: undisturbed{h.store}, Engine: script{}, Channels: []bot.Channel{h.channel},
		Content: "c1", SendRate: 30, Clock: bot.ClockFrom(noon),
	}
	for _, c := range change {
		c(&o)
	}
	h.running = run(o)
	return h
}

// stop shuts everything down in order.
func (h *harness) stop() {
	h.t.Helper()
	require.NoError(h.t, h.shutDown())
	require.NoError(h.t, h.store.Close())
}

// crash ends the dispatcher while sends hang, which it does not wait for.
func (h *harness) crash() {
	h.t.Helper()
	require.ErrorIs(h.t, h.shutDown(), context.DeadlineExceeded)
	require.NoError(h.t, h.store.Close())
}

// text returns an update of a chat with its own key.
func (h *harness) text(chat, text string) bot.Update {
	h.keys++
	return bot.Update{
		Chat:  bot.Chat{Channel: "telegram", ID: chat},
		Key:   "telegram:" + strconv.Itoa(h.keys),
		Input: flows.Input{Kind: flows.Text, Text: text},
	}
}

// say sends a text and requires success.
func (h *harness) say(chat, text string) flows.Turn {
	h.t.Helper()
	turn, err := h.Handle(context.Background(), h.text(chat, text))
	require.NoError(h.t, err)
	return turn
}

// stored reads the conversation of a chat, as a turn would.
func (h *harness) stored(chat string) (c bot.Conversation, found bool) {
	h.t.Helper()
	each, err := h.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{{Channel: "telegram", ID: chat}}, Do: func(tx bot.Tx) (err error) {
		c, found, err = tx.Conversation(bot.Chat{Channel: "telegram", ID: chat}, time.Time{})
		return err
	}}})
	require.NoError(h.t, err)
	require.NoError(h.t, each[0])
	return c, found
}

// answers lists the answers that the engine stored for a chat, in order.
func (h *harness) answers(chat string) []string {
	h.t.Helper()
	c, _ := h.stored(chat)
	all := make([]string, len(c.Session.Answers))
	for i := range all {
		all[i] = c.Session.Answers[fmt.Sprintf("%03d", i)]
	}
	return all
}

// inBubble runs a test in a bubble of fake time.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func settled() { synctest.Wait() }

// pass advances the time and waits for everything that follows.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
