package main

import (
	"container/list"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"digiwijzer/bot"
)

// memory is a bot.Store in maps, to measure what storage costs. It implements only what the
// load needs.
type memory struct {
	mu     sync.Mutex
	seen   map[string]bool
	talks  map[bot.Chat]bot.Conversation
	outbox *list.List // of bot.Delivery, in order
	at     map[int64]*list.Element
	next   int64
}

func newMemory() *memory {
	return &memory{seen: map[string]bool{}, talks: map[bot.Chat]bot.Conversation{}, outbox: list.New(), at: map[int64]*list.Element{}}
}

// memoryTx is one transaction. Methods that the load does not need panic.
type memoryTx struct {
	bot.Tx
	*memory
}

func (m *memory) Apply(_ context.Context, works []bot.Work) ([]error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	each := make([]error, len(works))
	for i, work := range works {
		each[i] = work.Do(memoryTx{memory: m})
	}
	return each, nil
}

func (m *memory) Due(_ context.Context, _ time.Time, limit int, except []int64) (due []bot.Delivery, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	given := map[bot.Chat]bool{}
	for e := m.outbox.Front(); e != nil && len(due) < limit; e = e.Next() {
		d := e.Value.(bot.Delivery)
		if given[d.Message.Chat] {
			continue
		}
		given[d.Message.Chat] = true
		if slices.Contains(except, d.ID) {
			continue
		}
		d.Surface = m.talks[d.Message.Chat].Surface
		due = append(due, d)
	}
	return due, nil
}

func (m *memory) FollowUps(context.Context, time.Time, int) ([]bot.Chat, error) { return nil, nil }
func (m *memory) HandOver(context.Context, time.Time) (int, error)              { return 0, nil }
func (m *memory) Sweep(context.Context, time.Time) (int, error)                 { return 0, nil }
func (m *memory) Shrink(context.Context, time.Time) (int, error)                { return 0, nil }
func (m *memory) Thin(context.Context, time.Time, int) (int, error)             { return 0, nil }
func (m *memory) Room(context.Context) (bot.Room, error)                        { return bot.Room{}, nil }
func (m *memory) Waiting(context.Context, time.Time) (staged, unsent int, oldest time.Duration, err error) {
	return 0, 0, 0, nil
}

func (t memoryTx) Seen(key string, _ time.Time) (bool, error) {
	seen := t.seen[key]
	t.seen[key] = true
	return seen, nil
}

func (t memoryTx) Conversation(chat bot.Chat, _ time.Time) (bot.Conversation, bool, error) {
	c, ok := t.talks[chat]
	return c, ok, nil
}

func (t memoryTx) Save(chat bot.Chat, c bot.Conversation, _ time.Time) error {
	t.talks[chat] = c
	return nil
}

func (t memoryTx) Tick(bot.TickKind, string, string) error { return nil }

func (t memoryTx) Subscribers() ([]bot.Subscriber, error) { return nil, nil }
func (t memoryTx) Pushed(string) (bool, error)            { return true, nil }

func (t memoryTx) Enqueue(m bot.Message, _ time.Time) error {
	t.next++
	t.at[t.next] = t.outbox.PushBack(bot.Delivery{ID: t.next, Message: m})
	return nil
}

func (t memoryTx) Delivered(d bot.Delivery, shown bot.Shown) error {
	if e := t.at[d.ID]; e != nil {
		t.outbox.Remove(e)
		delete(t.at, d.ID)
	}
	if c, ok := t.talks[d.Message.Chat]; ok && shown.Ref != "" && d.Message.Slot != "" && c.Surface[d.Message.Slot] != shown {
		screen := bot.Surface{}
		maps.Copy(screen, c.Surface)
		screen[d.Message.Slot] = shown
		c.Surface = screen
		t.talks[d.Message.Chat] = c
	}
	return nil
}

func (*memory) Intact() error                            { return nil }
func (*memory) Probe(context.Context) error              { return nil }
func (*memory) Usage(context.Context) (bot.Usage, error) { return bot.Usage{}, nil }
