package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// sentMessage is a message as a phone shows it.
type sentMessage struct {
	Slot    flows.Slot    `json:"slot"`
	Fresh   bool          `json:"fresh"`
	Texts   []string      `json:"texts"`
	Steps   []string      `json:"steps"`
	Buttons []flows.Input `json:"buttons"`

	at int // when it came or changed, by the count of the phone
}

// asks returns the question and revision of a message; "" if there is none.
func (m sentMessage) asks() (question string, rev int) {
	for _, b := range m.Buttons {
		if b.Kind == flows.Answer {
			return b.Question, b.Rev
		}
	}
	return "", -1
}

// phone is the screen of a person. The number of a message is its place plus one.
type phone struct {
	blocked  bool
	quiet    bool // nothing may come: whoever it is has done nothing since the last answer
	lost     bool // something of the last turn was given up, as refused messages are
	messages []sentMessage
	reminds  []time.Time // when follow-ups came
	got      []string    // everything that came, in order, edits too
}

// fakeChannel delivers to phones in memory, and fails in the ways that Telegram and
// networks fail. What fails depends on the seed and the message alone, so that a run can
// be repeated.
type fakeChannel struct {
	reach func(point string) error // called at every step of a send; an error: the process is gone
	now   func() time.Time
	seed  uint64
	odds  map[string]float64 // of faults, by name

	mu         sync.Mutex
	phones     map[string]*phone
	tries      map[string]int
	failed     map[string]string // by place: the message of it that failed last, by key
	happened   map[string]int
	unexpected []string // messages that should not have come
}

func newFakeChannel(seed uint64) *fakeChannel {
	return &fakeChannel{
		seed: seed, odds: map[string]float64{}, phones: map[string]*phone{}, tries: map[string]int{},
		failed: map[string]string{}, happened: map[string]int{},
	}
}

func (c *fakeChannel) Name() string { return "telegram" }

func (c *fakeChannel) Traits() bot.Traits { return traits }

func (c *fakeChannel) Newer(a, b bot.MessageRef) bool { return numberOf(a) > numberOf(b) }

func (c *fakeChannel) Compose(chat bot.Chat, turn flows.Turn, _ bot.Origin, surface bot.Surface) (all []bot.Message, err error) {
	for _, r := range turn.Replies {
		body, err := json.Marshal(messageOf(r))
		if err != nil {
			return nil, err
		}
		all = append(all, bot.Message{Chat: chat, Slot: r.Slot, Body: body, Edit: !r.Fresh && surface[r.Slot].Ref != ""})
	}
	return all, nil
}

// messageOf is what a phone shows of a reply.
func messageOf(r flows.Reply) sentMessage {
	l := sentMessage{Slot: r.Slot, Fresh: r.Fresh}
	for _, b := range r.Blocks {
		l.Texts = append(l.Texts, b.Text.ID)
		if name, ok := b.Text.Args["Name"].(string); ok && b.Style == flows.StepName {
			l.Steps = append(l.Steps, name)
		}
	}
	for _, row := range r.Keys {
		for _, b := range row {
			l.Buttons = append(l.Buttons, pressed(b))
		}
	}
	return l
}

// reminds reports whether a message is a follow-up.
func (m sentMessage) reminds() bool { return len(m.Texts) > 0 && m.Texts[0] == "followup.hello" }

// pressed is the input of a button.
func pressed(b flows.Button) flows.Input {
	if b.Action != "" {
		return flows.Input{Kind: flows.Action, Action: b.Action, Question: b.Question, Option: b.Option}
	}
	if b.URL != "" {
		return flows.Input{Kind: flows.Show}
	}
	return flows.Input{Kind: flows.Answer, Question: b.Question, Option: b.Option, Rev: b.Rev}
}

// Send delivers, or fails before or after the message has arrived.
func (c *fakeChannel) Send(ctx context.Context, m bot.Message, surface bot.Surface) (bot.Shown, error) {
	if err := c.reach("send: before"); err != nil {
		return bot.Shown{}, err
	}
	key := keyOf(m)
	if err := c.refusal(ctx, m, key); err != nil {
		c.fails(m, err)
		return bot.Shown{}, err
	}
	shown, err := c.accept(m, surface)
	if gone := c.reach("send: arrived"); gone != nil {
		return bot.Shown{}, gone
	}
	if err == nil && c.roll("answer lost", key) {
		err = errors.New("connection reset")
		c.fails(m, err)
		return bot.Shown{}, err
	}
	return shown, err
}

// fails records a failed try, and whether it was the last: a message is dropped that is
// refused after a failed try.
func (c *fakeChannel) fails(m bot.Message, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var refused *bot.SendError
	switch isSend := errors.As(err, &refused); {
	case isSend && refused.Verdict == bot.Throttled: // not a try
		return
	case isSend && refused.Verdict == bot.Refused && c.failed[placeOf(m)] == keyOf(m):
		c.phone(m.Chat.ID).lost = true
		c.happened["message dropped"]++
	}
	c.failed[placeOf(m)] = keyOf(m)
}

// refusal returns the error of a send that did not arrive.
func (c *fakeChannel) refusal(ctx context.Context, m bot.Message, key string) error {
	switch {
	case c.roll("panic in a send", key):
		c.fails(m, &bot.SendError{Verdict: bot.Refused})
		panic("no such picture")
	case c.roll("429", key):
		return &bot.SendError{Verdict: bot.Throttled, RetryAfter: 3 * time.Second, Err: errors.New("too many requests")}
	case c.roll("500", key):
		return &bot.SendError{Verdict: bot.Broken, Err: errors.New("internal server error")}
	case c.roll("400", key):
		return &bot.SendError{Verdict: bot.Refused, Err: errors.New("bad request")}
	case c.roll("request lost", key):
		return errors.New("connection refused")
	case c.roll("hang", key):
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// roll reports whether a fault hits this try of a message.
func (c *fakeChannel) roll(fault, key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.odds[fault] == 0 {
		return false
	}
	key = fault + key
	c.tries[key]++
	if odds(c.seed, key, c.tries[key]) >= c.odds[fault] {
		return false
	}
	c.happened[fault]++
	return true
}

// keyOf identifies a message, the same for every try of it.
func keyOf(m bot.Message) string {
	h := fnv.New64a()
	_, _ = h.Write(m.Body)
	return m.Chat.ID + strconv.FormatUint(h.Sum64(), 36)
}

// placeOf is the slot that a message goes to.
func placeOf(m bot.Message) string { return m.Chat.ID + "/" + string(m.Slot) }

// odds is a pseudo-random number in 0..1 that depends on the seed and the subject.
func odds(seed uint64, about string, try int) float64 {
	h := fnv.New64a()
	_, _ = h.Write(append([]byte(about), byte(try), byte(try>>8), byte(seed), byte(seed>>8), byte(seed>>16), byte(seed>>24)))
	n := h.Sum64()
	n ^= n >> 31
	n *= 0x9E3779B97F4A7C15
	return float64(n>>11) / (1 << 53)
}

// accept shows a message on the phone.
func (c *fakeChannel) accept(m bot.Message, surface bot.Surface) (bot.Shown, error) {
	var l sentMessage
	if err := json.Unmarshal(m.Body, &l); err != nil {
		return bot.Shown{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.phone(m.Chat.ID)
	if p.blocked {
		c.happened["403"]++
		return bot.Shown{}, &bot.SendError{Verdict: bot.Gone, Err: errors.New("bot was blocked by the user")}
	}
	switch {
	case l.reminds():
		p.reminds = append(p.reminds, c.now())
	case p.quiet:
		c.unexpected = append(c.unexpected, m.Chat.ID+": "+string(m.Body))
	}
	delete(c.failed, placeOf(m))
	p.got = append(p.got, string(m.Body))
	l.at = len(p.got)
	if at := numberOf(surface[l.Slot].Ref); m.Edit && at > 0 && at <= len(p.messages) {
		p.messages[at-1] = l
		return bot.Shown{}, nil
	}
	p.messages = append(p.messages, l)
	return bot.Shown{Ref: refOf(int64(len(p.messages)))}, nil
}

// phone returns the phone of a chat. c.mu is held.
func (c *fakeChannel) phone(chat string) *phone {
	p := c.phones[chat]
	if p == nil {
		p = &phone{}
		c.phones[chat] = p
	}
	return p
}

// screen is the newest question on the phone; ok is false where there is none.
func (c *fakeChannel) screen(chat string) (newest sentMessage, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.phone(chat).messages {
		if question, _ := l.asks(); question != "" && l.at >= newest.at {
			newest, ok = l, true
		}
	}
	return newest, ok
}

// shown is the newest message of every slot of a phone except for follow-ups.
func (p *phone) shown() map[flows.Slot]sentMessage {
	newest := map[flows.Slot]sentMessage{}
	for _, l := range p.messages {
		if !l.reminds() && l.at >= newest[l.Slot].at {
			newest[l.Slot] = l
		}
	}
	return newest
}

// advised are the steps of the newest advice, by name; ok is false without one.
func (c *fakeChannel) advised(chat string) (steps []string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.phone(chat).got
	for i := len(got) - 1; i >= 0; i-- {
		var l sentMessage
		if json.Unmarshal([]byte(got[i]), &l) == nil && l.Slot == flows.Advice {
			return l.Steps, true
		}
	}
	return nil, false
}
