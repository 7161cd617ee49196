package store

import (
	"context"
	"fmt"
	"slices"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// Apply runs every work in its own savepoint of one transaction and commits once; it is
// durable when Apply returns. A work that fails, panics or touches what it did not declare
// is rolled back alone. Apply returns one error per work, and a second error when the
// transaction as a whole failed and was rolled back. After a commit, erased data is gone
// from the logs too. A context that has ended prevents the transaction.
func (s *Store) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	declared, touch := s.declare(works)
	each := make([]error, len(works))
	var t *tx
	err := s.rows.Update(ctx, touch, func(rows engine.State) error {
		t = s.tx(rows)
		for i, work := range works {
			each[i] = t.run(declared[i], work.Do)
		}
		s.crashPoint("apply: before commit")
		return nil
	})
	if err != nil {
		return make([]error, len(works)), err
	}
	s.crashPoint("apply: committed")
	t.committed()
	if t.erased || s.scrubPending {
		_ = s.scrub() // the turns are committed; the next commit retries the scrub
		s.crashPoint("apply: scrubbed")
	}
	return each, nil
}

// declaration is what a work may touch, with the hash of each chat and update.
type declaration struct {
	chats   []bot.Chat
	hashes  []engine.Hash
	updates []string
	marks   []engine.Hash
	shared  bool
}

func (s *Store) declare(works []bot.Work) (declared []declaration, touch engine.Touch) {
	declared = make([]declaration, len(works))
	for i, w := range works {
		d := declaration{chats: slices.Clip(w.Chats), updates: w.Updates, shared: w.Shared}
		for _, chat := range w.Chats {
			d.hashes = append(d.hashes, s.envelope.chat(chat))
		}
		for _, key := range w.Updates {
			d.marks = append(d.marks, s.envelope.update(key))
		}
		touch.Chats = append(touch.Chats, d.hashes...)
		touch.Updates = append(touch.Updates, d.marks...)
		touch.Shared = touch.Shared || d.shared
		declared[i] = d
	}
	return declared, touch
}

// tx is one transaction on the state. In Apply it runs one work after the other and
// implements bot.Tx, which describes its methods.
type tx struct {
	s        *Store
	rows     engine.State
	declared declaration // of the work that runs
	violated error       // the work touched what it did not declare

	erased     bool // something was deleted that must not remain in a log
	sessions   touched
	settled    []engine.Hash // chats whose message in flight was settled
	unreadable int           // bodies that could not be decrypted and were dropped
}

var _ bot.Tx = (*tx)(nil)

func (s *Store) tx(rows engine.State) *tx { return &tx{s: s, rows: rows, sessions: touched{}} }

// update runs do in a transaction of the store itself.
func (s *Store) update(ctx context.Context, touch engine.Touch, do func(*tx) error) error {
	var t *tx
	err := s.rows.Update(ctx, touch, func(rows engine.State) error {
		t = s.tx(rows)
		return do(t)
	})
	if err == nil {
		t.committed()
	}
	return err
}

// committed updates the state in memory. It runs after the commit: a row whose removal is
// rolled back is still in flight, and no newer message may replace it.
func (t *tx) committed() {
	for _, cid := range t.settled {
		delete(t.s.inFlight, cid)
	}
	t.s.unreadable += t.unreadable
	t.sessions.commit(t.s.recent)
}

// run runs one work in a savepoint.
func (t *tx) run(declared declaration, do func(bot.Tx) error) error {
	t.declared, t.violated = declared, nil
	settled, unreadable := len(t.settled), t.unreadable
	err := t.rows.Savepoint(func() error { return t.call(do) })
	if err != nil {
		t.settled, t.unreadable = t.settled[:settled], unreadable
		t.sessions.forget(t.s.recent, declared.hashes)
	}
	return err
}

func (t *tx) call(do func(bot.Tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Type: fmt.Sprintf("%T", value), Trace: bot.Stack()}
		}
	}()
	if err := do(t); err != nil {
		return err
	}
	return t.violated // also where the work ignored it
}

// chat returns the hash of a chat that the work declared.
func (t *tx) chat(chat bot.Chat) (engine.Hash, error) {
	if i := slices.Index(t.declared.chats, chat); i >= 0 {
		return t.declared.hashes[i], nil
	}
	return engine.Hash{}, t.violation("a chat")
}

// update returns the hash of an update that the work declared.
func (t *tx) update(key string) (engine.Hash, error) {
	if i := slices.Index(t.declared.updates, key); i >= 0 {
		return t.declared.marks[i], nil
	}
	return engine.Hash{}, t.violation("an update")
}

// shared fails where the work did not declare that it touches shared rows.
func (t *tx) shared() error {
	if !t.declared.shared {
		return t.violation("shared rows")
	}
	return nil
}

func (t *tx) violation(what string) error {
	if t.violated == nil {
		t.violated = &UndeclaredError{What: what}
	}
	return t.violated
}
