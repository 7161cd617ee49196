package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/engine"
)

// longestPostponement is longer than the dispatcher postpones any message: ten minutes plus a
// quarter. A message that is due later was created or postponed under a clock that was ahead,
// and may be sent.
const longestPostponement = 15 * time.Minute

// storedMessage is a message without its body, which follows unencoded.
type storedMessage struct {
	Chat bot.Chat   `json:"chat"`
	Slot flows.Slot `json:"slot"`
	Edit bool       `json:"edit"`
}

// Enqueue appends a message to its chat's queue. An edit replaces an edit of the same slot
// right before it that is not in flight, and starts with no tries; so does a new message whose
// Replaces is set.
func (t *tx) Enqueue(m bot.Message, now time.Time) error {
	cid, err := t.chat(m.Chat)
	if err != nil {
		return err
	}
	body, err := t.s.envelope().seal(tableOutbox, cid, padOutbox, storedMessage{m.Chat, m.Slot, m.Edit}, m.Body...)
	if err != nil {
		return err
	}
	if m.Edit || m.Replaces {
		last, ok, err := t.rows.LastMessage(cid)
		if err != nil {
			return err
		}
		if ok && last.Edit == m.Edit && last.Slot == string(m.Slot) && !t.s.isInFlight(cid, last.ID) {
			if err := t.rows.ReplaceMessage(last.ID, body); err != nil {
				return err
			}
			return t.replaced(cid, last.ID, m)
		}
	}
	isFirst, err := t.hasNoMessages(cid)
	if err != nil {
		return err
	}
	err = t.rows.AddMessage(engine.Message{
		Chat: cid, Slot: string(m.Slot), Edit: m.Edit, Created: now.UnixMilli(), Body: body,
	})
	if err != nil || !isFirst {
		return err
	}
	return t.addFresh(cid, m)
}

// markInFlight notes that a message is returned to be sent.
func (s *Store) markInFlight(chat engine.Hash, id int64) {
	s.memory.Lock()
	defer s.memory.Unlock()
	s.inFlight[chat] = id
}

// isInFlight reports whether a message may be on its way.
func (s *Store) isInFlight(chat engine.Hash, id int64) bool {
	s.memory.Lock()
	defer s.memory.Unlock()
	return s.inFlight[chat] == id
}

// Delivered removes a message from the outbox and records what its slot shows now; an
// empty Ref keeps what it showed before.
func (t *tx) Delivered(d bot.Delivery, shown bot.Shown) error {
	cid, err := t.chat(d.Message.Chat)
	if err != nil {
		return err
	}
	if shown.Ref != "" && d.Message.Slot != "" {
		if err := t.showInSlot(cid, d.Message.Slot, shown); err != nil {
			return err
		}
	}
	return t.removeMessage(cid, d.ID)
}

// showInSlot records what a slot of the chat's screen shows now.
func (t *tx) showInSlot(cid engine.Hash, slot flows.Slot, shown bot.Shown) error {
	stored, ok, err := t.session(cid)
	shown.Digest = stored.Surface[slot].Digest // as of the last message enqueued
	if err != nil || !ok || stored.Surface[slot] == shown {
		return err
	}
	stored.Conversation = detached(stored.Conversation)
	if stored.Surface == nil {
		stored.Surface = bot.Surface{}
	}
	stored.Surface[slot] = shown
	return t.saveSession(cid, stored)
}

// Discard drops a message that cannot be sent. What its slot shows is unknown then.
func (t *tx) Discard(d bot.Delivery) error {
	cid, err := t.chat(d.Message.Chat)
	if err != nil {
		return err
	}
	if err := t.forgetDigest(cid, d.Message.Slot); err != nil {
		return err
	}
	return t.removeMessage(cid, d.ID)
}

func (t *tx) forgetDigest(cid engine.Hash, slot flows.Slot) error {
	stored, ok, err := t.session(cid)
	if err != nil || !ok || stored.Surface[slot].Digest == "" {
		return err
	}
	stored.Conversation = detached(stored.Conversation)
	shown := stored.Surface[slot]
	shown.Digest = ""
	stored.Surface[slot] = shown
	return t.saveSession(cid, stored)
}

func (t *tx) removeMessage(cid engine.Hash, id int64) error {
	t.settled = append(t.settled, cid)
	t.fresh.drop(cid)
	return t.rows.RemoveMessage(cid, id)
}

// Postpone schedules a retry of a message at until.
func (t *tx) Postpone(d bot.Delivery, until time.Time) error {
	cid, err := t.chat(d.Message.Chat)
	if err != nil {
		return err
	}
	t.settled = append(t.settled, cid)
	t.fresh.drop(cid)
	return t.rows.PostponeMessage(d.ID, until.UnixMilli())
}

// Due returns the messages that may be sent at now, oldest first, at most one per
// chat and at most limit, without those whose ids are in except. Every call returns a
// message again until it is delivered, postponed or discarded.
func (s *Store) Due(ctx context.Context, now time.Time, limit int, except []int64) ([]bot.Delivery, error) {
	defer s.serialize()()
	var messages []engine.Message
	var sessions map[engine.Hash][]byte
	shards, leases := s.leaseHolder.shards()
	if s.Leased() && len(shards) == 0 {
		return nil, nil
	}
	busy, except := s.busy(except)
	err := s.rows.View(ctx, func(rows engine.State) (err error) {
		messages, err = rows.DueMessages(now.UnixMilli(), now.Add(longestPostponement).UnixMilli(), limit, shards, except, busy)
		if err == nil {
			sessions, err = s.uncached(rows, messages)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	due := make([]bot.Delivery, 0, len(messages))
	var damaged []engine.Message
	for _, m := range messages {
		d, err := s.delivery(m, sessions[m.Chat])
		if errors.Is(err, errUnreadable) {
			damaged = append(damaged, m)
			continue
		}
		if err != nil {
			return nil, err
		}
		d.Lease = leases[engine.Shard(m.Chat)]
		s.markInFlight(m.Chat, m.ID)
		due = append(due, d)
	}
	return due, s.dropMessages(ctx, damaged)
}

// busy splits ids of messages in flight into the chats that they went to, where those are known, and
// the other ids. In a process that has all chats to itself the ids suffice.
func (s *Store) busy(ids []int64) (chats []engine.Hash, others []int64) {
	if !s.Leased() {
		return nil, ids
	}
	left := map[int64]bool{}
	for _, id := range ids {
		left[id] = true
	}
	s.memory.Lock()
	for cid, id := range s.inFlight {
		if left[id] {
			chats = append(chats, cid)
			delete(left, id)
		}
	}
	s.memory.Unlock()
	return chats, slices.Collect(maps.Keys(left))
}

// uncached reads those sessions of the messages' chats that are not cached.
func (s *Store) uncached(rows engine.State, messages []engine.Message) (map[engine.Hash][]byte, error) {
	var chats []engine.Hash
	for _, m := range messages {
		if _, ok := s.recent[m.Chat]; !ok {
			chats = append(chats, m.Chat)
		}
	}
	return rows.Sessions(chats)
}

// delivery decrypts a message and the screen of its chat, which is cached or in the body of its
// session (nil: none). An unreadable session is left to the next turn.
func (s *Store) delivery(m engine.Message, sealed []byte) (bot.Delivery, error) {
	var stored storedMessage
	body, err := s.envelope().open(tableOutbox, m.Chat, m.Body, &stored)
	if err != nil {
		return bot.Delivery{}, err
	}
	d := bot.Delivery{ID: m.ID, Tries: m.Tries, Message: bot.Message{Chat: stored.Chat, Slot: stored.Slot, Edit: stored.Edit, Body: body}}
	if session, ok := s.recent[m.Chat]; ok {
		d.Surface = session.Surface
	} else if session, ok := s.openedBefore(m.Chat, sealed); ok {
		d.Surface = session.Surface
	} else if sealed != nil {
		var session struct { // the rest of the session is not needed
			Surface bot.Surface `json:"surface"`
		}
		if _, err := s.envelope().open(tableSession, m.Chat, sealed, &session); err == nil {
			d.Surface = session.Surface
		}
	}
	return d, nil
}

// dropMessages drops unreadable messages, so that later ones are sent.
func (s *Store) dropMessages(ctx context.Context, damaged []engine.Message) error {
	if len(damaged) == 0 {
		return nil
	}
	err := s.update(ctx, touching(damaged), func(t *tx) error {
		t.unreadable = len(damaged)
		return t.removeMessages(damaged)
	})
	if err == nil {
		s.crashPoint("outbox: damaged dropped")
	}
	return err
}

func (t *tx) removeMessages(messages []engine.Message) error {
	for _, m := range messages {
		if err := t.removeMessage(m.Chat, m.ID); err != nil {
			return err
		}
	}
	return nil
}

// touching declares the chats of messages.
func touching(messages []engine.Message) (touch engine.Touch) {
	for _, m := range messages {
		touch.Chats = append(touch.Chats, m.Chat)
	}
	return touch
}

// Waiting returns how many finished conversations are not handed over yet, how many
// messages are unsent, and the age of the oldest of those (0: there is none).
func (s *Store) Waiting(ctx context.Context, now time.Time) (staged, unsent int, oldest time.Duration, err error) {
	defer s.serialize()()
	var b engine.Backlog
	err = s.rows.View(ctx, func(rows engine.State) (err error) {
		b, err = rows.Backlog()
		return err
	})
	if b.Oldest != 0 {
		oldest = max(0, now.Sub(time.UnixMilli(b.Oldest)))
	}
	return b.Staged, b.Unsent, oldest, err
}
