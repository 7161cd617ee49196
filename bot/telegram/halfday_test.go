package telegram

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

var halfDays = flag.Int("halfdays", 1, "number of half days to simulate, each with another seed")

const (
	halfDay       = 12 * time.Hour
	halfDayPeople = 200
	someFewer     = 70 // in a single half day
	fewPeople     = 50 // with -short, which is for the race detector
	// patience is how long a person waits for an answer at most: longer than any outage of the
	// script and the longest pause after it.
	patience = 50 * time.Minute
)

// outages are what goes wrong in the half day, on top of random faults of every kind: from
// when, how long, and what.
var outages = []struct {
	at, lasts time.Duration
	fault     telegramtest.Fault
}{
	{1 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.Unauthorized, Method: "getUpdates"}},
	{2 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.Unauthorized}},
	{3 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.Conflict, Method: "getUpdates"}},
	{4 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.DropBefore}},
	{5 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 60, Method: "editMessageText"}},
	{6 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.NotFound, Method: "sendMessage"}},
	{7 * time.Hour, 20 * time.Minute, telegramtest.Fault{Kind: telegramtest.Page}},
	{8 * time.Hour, 20 * time.Minute, telegramtest.Fault{Kind: telegramtest.Hang, Method: "sendMessage"}},
	{9 * time.Hour, 30 * time.Minute, telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: -1}},
}

// randomFaults are the odds of each fault of a call outside the outages.
var randomFaults = map[telegramtest.FaultKind]float64{
	telegramtest.TooMany: 0.01, telegramtest.ServerError: 0.01, telegramtest.BadGateway: 0.01, telegramtest.DropBefore: 0.01, telegramtest.DropAfter: 0.01,
	telegramtest.HalfBody: 0.005, telegramtest.Unauthorized: 0.002, telegramtest.NotFound: 0.002, telegramtest.Conflict: 0.005, telegramtest.WrongJSON: 0.005,
	telegramtest.Page: 0.005, telegramtest.Slow: 0.01, telegramtest.Hang: 0.002, telegramtest.DuplicateUpdate: 0.05, telegramtest.Reorder: 0.05,
}

// TestHalfDay lets many people talk to the bot for twelve hours of virtual time in which every
// fault happens, by polling and by webhook in turn. Everything that a person does is answered,
// and everybody who answers all questions gets the advice.
func TestHalfDay(t *testing.T) {
	t.Parallel()
	for seed := range *halfDays {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			var change func(*Config)
			if seed%2 == 1 {
				change = withWebhook
			}
			opts := telegramtest.Options{Seed: uint64(seed), Limits: true, SlowBy: map[telegramtest.FaultKind]time.Duration{telegramtest.Slow: 5 * time.Second}}
			rehearse(t, opts, change, func(r *rehearsal) { r.halfDay(uint64(seed)) })
		})
	}
}

func (r *rehearsal) halfDay(seed uint64) {
	r.fake.Renumber(1_000_000_000)
	advised := 0
	var mu sync.Mutex
	var group sync.WaitGroup
	group.Go(r.outages)
	people := halfDayPeople
	switch {
	case testing.Short():
		people = fewPeople
	case *halfDays == 1:
		people = someFewer
	}
	for i := range people {
		group.Go(func() {
			c := &customer{rehearsal: r, p: r.fake.Person(int64(1000+i), []string{"nl", "en"}[i%2]), dice: rand.New(rand.NewPCG(seed, uint64(i)))}
			time.Sleep(time.Duration(c.dice.Int64N(int64(halfDay - 2*time.Hour))))
			if c.visit() {
				mu.Lock()
				defer mu.Unlock()
				advised++
			}
		})
	}
	group.Wait()
	happened := r.fake.Happened()
	for kind := range randomFaults {
		if kind != telegramtest.Reorder && people > fewPeople { // counted when both updates are of one person
			assert.NotZero(r.t, happened[kind], kind)
		}
	}
	assert.Equal(r.t, people, advised)
	r.wait(10 * time.Minute)
	assert.True(r.t, r.healthy())
	assert.NotContains(r.t, r.log.String(), "panicked")
	r.t.Logf("%d updates, %d messages, %v", r.dispatcher.Counters().Updates, r.dispatcher.Counters().Sent, happened)
}

// outages plays the script.
func (r *rehearsal) outages() {
	start := time.Now()
	chaos := func() {
		for kind, odds := range randomFaults {
			r.fake.Chaos(kind, odds)
		}
	}
	chaos()
	for _, o := range outages {
		time.Sleep(o.at - time.Since(start))
		r.fake.Plan(o.fault)
		time.Sleep(o.lasts)
		r.fake.ClearFaults()
		chaos()
	}
	for !r.fake.Renumber(1_000_000) { // lower than before
		time.Sleep(time.Second)
	}
	time.Sleep(halfDay - time.Hour - time.Since(start))
	r.fake.ClearFaults()
}

// customer is a person with habits.
type customer struct {
	*rehearsal
	p    *telegramtest.Person
	dice *rand.Rand
}

// visit does the check, with whatever people do in between, and reports whether the advice came.
func (c *customer) visit() bool {
	if !c.do(func() bool { c.p.Start(""); return true }) {
		return false
	}
	for range 400 {
		if c.advised() {
			return true
		}
		time.Sleep((forwardedWithin+1)*time.Second + time.Duration(c.dice.Int64N(int64(5*time.Second))))
		if !c.do(c.habit) {
			return false
		}
	}
	return assert.Fail(c.t, "no advice", "person %d: %s", c.p.ID(), c.p.Screen())
}

// advised reports whether the advice is on the screen, perhaps in two copies.
func (c *customer) advised() bool {
	for _, m := range c.p.Messages() {
		for _, row := range m.Keyboard {
			if strings.HasPrefix(row[0].Data, "0a.") {
				return true
			}
		}
	}
	return false
}

// habit does something, mostly pressing an option of the newest question. It returns false if
// the screen changed just then, so that there was nothing to press.
func (c *customer) habit() bool {
	switch c.dice.IntN(40) {
	case 0:
		c.p.Say("zomaar iets")
	case 1:
		c.p.Post("sticker")
	case 2:
		c.p.Album(4)
	case 3:
		c.p.Forward("doorgestuurd")
		c.p.Forward("en nog een")
	case 4:
		c.p.Say("/help")
	case 5:
		c.p.Say("/start")
	case 6:
		c.p.Post("voice")
	default:
		return c.pressOption()
	}
	return true
}

func (c *customer) pressOption() bool {
	_, buttons := question(c.p)
	if len(buttons) == 0 { // a page is in front, or the question is on its way
		c.p.Say("/start")
		return true
	}
	data := buttons[c.dice.IntN(len(buttons))].Data
	press := func() error {
		return c.p.PressWhere(func(b telegramtest.Button) bool { return b.Data == data })
	}
	if press() != nil {
		return false
	}
	if c.dice.IntN(10) == 0 {
		_ = press() // gone if the answer was quick
	}
	return true
}

// do acts and waits for a visible answer.
func (c *customer) do(act func() bool) bool {
	before := c.seen()
	if !act() {
		return true
	}
	if !c.answered(before) {
		return assert.Fail(c.t, "unanswered", "person %d, after %v: %s", c.p.ID(), lastTurns(c.p), c.p.Screen())
	}
	return true
}

// answered waits for a visible answer that was not there before.
func (c *customer) answered(before int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.p.Wait(ctx, func(*telegramtest.Person) bool { return c.seen() != before }) == nil
}

// lastTurns returns what a person did last and the calls that followed.
func lastTurns(p *telegramtest.Person) []telegramtest.Turn {
	turns := p.Turns()
	return turns[max(0, len(turns)-4):]
}

// seen counts what a person has received from the bot: messages, edits and toasts.
func (c *customer) seen() (n int) {
	for _, m := range c.p.Messages() {
		if m.FromBot {
			n += 1 + m.Edits
		}
	}
	return n + len(c.p.Toasts())
}

// A check of the check: with a bot that is not there, people are unanswered.
func TestUnansweredIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, telegramtest.Options{}, nil)
		p := r.fake.Person(1, "nl")
		p.Start("")
		require.False(t, (&customer{rehearsal: r, p: p}).answered(0))
	})
}
