package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"digiwijzer/store/engine"
)

// declaredOnly is an engine whose transactions fail when they touch undeclared rows. Every engine is
// tested behind it: one that can reach all rows would not notice, and one that locks and reads ahead
// would lock too little.
type declaredOnly struct{ engine.Rows }

// declaredLeases is such an engine that grants leases.
type declaredLeases struct {
	declaredOnly
	engine.Leases
}

func checked(rows engine.Rows) engine.Rows {
	if leases, ok := rows.(engine.Leases); ok {
		return declaredLeases{declaredOnly{rows}, leases}
	}
	return declaredOnly{rows}
}

func (d declaredOnly) Update(ctx context.Context, touch engine.Touch, do func(engine.State) error) error {
	return d.Rows.Update(ctx, touch, func(rows engine.State) error {
		checked := &checkedState{State: rows, touch: touch}
		return errors.Join(do(checked), checked.violated)
	})
}

// errNotDeclared is the error of a transaction that touched what it did not declare.
var errNotDeclared = errors.New("the transaction did not declare")

// checkedState fails operations that a transaction did not declare.
type checkedState struct {
	engine.State
	touch    engine.Touch
	violated error
}

func (c *checkedState) require(declared bool, what string) error {
	if declared {
		return nil
	}
	c.violated = fmt.Errorf("%w %s", errNotDeclared, what)
	return c.violated
}

// chat requires a chat. The shared rows name chats that are not known in advance.
func (c *checkedState) chat(chat engine.Hash) error {
	return c.require(c.touch.Shared || slices.Contains(c.touch.Chats, chat) || slices.Contains(c.touch.NoWait, chat), "a chat")
}

func (c *checkedState) update(update engine.Hash) error {
	return c.require(slices.Contains(c.touch.Updates, update), "an update")
}

func (c *checkedState) shared() error { return c.require(c.touch.Shared, "the shared rows") }

func (c *checkedState) MarkSeen(update engine.Hash, day int64) (bool, error) {
	if err := c.update(update); err != nil {
		return false, err
	}
	return c.State.MarkSeen(update, day)
}

func (c *checkedState) Park(update engine.Hash, class string, day int64) error {
	return errors.Join(c.update(update), c.State.Park(update, class, day))
}

func (c *checkedState) Session(chat engine.Hash) ([]byte, bool, error) {
	if err := c.chat(chat); err != nil {
		return nil, false, err
	}
	return c.State.Session(chat)
}

func (c *checkedState) SaveSession(chat engine.Hash, hour int64, browser bool, body []byte) error {
	return errors.Join(c.chat(chat), c.State.SaveSession(chat, hour, browser, body))
}

func (c *checkedState) DeleteChat(chat engine.Hash, tables ...engine.Table) error {
	return errors.Join(c.chat(chat), c.State.DeleteChat(chat, tables...))
}

func (c *checkedState) OpenOutcome(chat engine.Hash) (engine.Waiting, bool, error) {
	if err := c.chat(chat); err != nil {
		return engine.Waiting{}, false, err
	}
	return c.State.OpenOutcome(chat)
}

func (c *checkedState) Count(chat engine.Hash, period string) (bool, error) {
	if err := c.chat(chat); err != nil {
		return false, err
	}
	return c.State.Count(chat, period)
}

func (c *checkedState) FollowUp(chat engine.Hash) (engine.FollowUp, bool, error) {
	if err := c.chat(chat); err != nil {
		return engine.FollowUp{}, false, err
	}
	return c.State.FollowUp(chat)
}

func (c *checkedState) SaveFollowUp(f engine.FollowUp) error {
	return errors.Join(c.chat(f.Chat), c.State.SaveFollowUp(f))
}

func (c *checkedState) Subscribers() ([]engine.Subscriber, error) {
	if err := c.shared(); err != nil {
		return nil, err
	}
	return c.State.Subscribers()
}

func (c *checkedState) SaveSubscriber(s engine.Subscriber) error {
	return errors.Join(c.chat(s.Chat), c.shared(), c.State.SaveSubscriber(s))
}

func (c *checkedState) Value(name string) ([]byte, bool, error) {
	if err := c.shared(); err != nil {
		return nil, false, err
	}
	return c.State.Value(name)
}

func (c *checkedState) SetValue(name string, value []byte) error {
	return errors.Join(c.shared(), c.State.SetValue(name, value))
}

func (c *checkedState) AddMessage(m engine.Message) error {
	return errors.Join(c.chat(m.Chat), c.State.AddMessage(m))
}

func (c *checkedState) LastMessage(chat engine.Hash) (engine.Message, bool, error) {
	if err := c.chat(chat); err != nil {
		return engine.Message{}, false, err
	}
	return c.State.LastMessage(chat)
}

func (c *checkedState) RemoveMessage(chat engine.Hash, id int64) error {
	return errors.Join(c.chat(chat), c.State.RemoveMessage(chat, id))
}

// declaredRows checks the checker: touching undeclared rows fails and has no effect.
func declaredRows(t *testing.T, h *harness) {
	one, other := engine.Hash{1}, engine.Hash{2}
	for name, do := range map[string]func(engine.State) error{
		"chat":   func(s engine.State) error { _, _, err := s.Session(other); return err },
		"update": func(s engine.State) error { _, err := s.MarkSeen(other, 1); return err },
		"value":  func(s engine.State) error { _, _, err := s.Value("key"); return err },
	} {
		err := h.rows.Update(t.Context(), engine.Touch{Chats: []engine.Hash{one}, Updates: []engine.Hash{one}}, func(s engine.State) error {
			_ = s.SaveSession(one, 1, false, []byte("body"))
			_ = do(s) // ignores the error
			return nil
		})
		assert.ErrorIs(t, err, errNotDeclared, name)
	}
	assert.NoError(t, h.rows.View(t.Context(), func(s engine.State) error {
		n, err := s.CountSessions()
		assert.Zero(t, n)
		return err
	}))
}
