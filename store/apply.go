package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// Apply runs all works in one transaction and commits once; it is durable when Apply
// returns. A work that fails, panics or touches what it did not declare is rolled back
// alone. Apply returns one error per work, and a second error when the transaction as a
// whole failed and was rolled back. After a commit, erased data is gone from the logs too.
// A context that has ended prevents the transaction.
//
// The works first run without savepoints, since failures are rare. If one fails, everything is
// rolled back and each runs again in its own savepoint. Decision 13 states what that saves.
func (s *Store) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	defer s.serialize()()
	declared, touch := s.declare(works)
	t, each, err := s.group(ctx, touch, works, declared, (*tx).run)
	if errors.Is(err, errWorkFailed) {
		t, each, err = s.group(ctx, touch, works, declared, (*tx).runAlone)
	}
	if err != nil {
		return make([]error, len(works)), err
	}
	s.crashPoint("apply: committed")
	if scrubPending := t.committed(); t.erased || scrubPending {
		_ = s.scrub() // the turns are committed; the next commit retries the scrub
		s.crashPoint("apply: scrubbed")
	}
	return each, nil
}

// group is one transaction in which run runs each of the works.
func (s *Store) group(ctx context.Context, touch engine.Touch, works []bot.Work, declared []declaration,
	run func(*tx, declaration, func(bot.Tx) error) (failed, fatal error),
) (t *tx, each []error, err error) {
	each = make([]error, len(works))
	err = s.rows.Update(ctx, touch, func(rows engine.State) (err error) {
		t = s.tx(rows)
		for i, work := range works {
			if each[i], err = t.mayRun(work, declared[i]); each[i] != nil || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			if each[i], err = run(t, declared[i], work.Do); err != nil {
				return err
			}
		}
		s.crashPoint("apply: before commit")
		return nil
	})
	return t, each, err
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
		chats := &touch.Chats
		if w.NoWait {
			chats = &touch.NoWait
		}
		hashed, marked := len(*chats), len(touch.Updates)
		for _, chat := range w.Chats {
			*chats = append(*chats, s.envelope().chat(chat))
		}
		for _, key := range w.Updates {
			touch.Updates = append(touch.Updates, s.envelope().update(key))
		}
		touch.Shared = touch.Shared || w.Shared
		if w.Lease.Name != "" {
			touch.Leases = append(touch.Leases, engine.Lease(w.Lease))
		}
		declared[i] = declaration{ // clipped: what a work adds must not overwrite what belongs to the next ones
			chats: slices.Clip(w.Chats), hashes: slices.Clip((*chats)[hashed:]),
			updates: slices.Clip(w.Updates), marks: slices.Clip(touch.Updates[marked:]), shared: w.Shared,
		}
	}
	return declared, touch
}

// tx is one transaction on the state. In Apply it runs the works one after another and
// implements bot.Tx, which documents its methods.
type tx struct {
	s        *Store
	rows     engine.State
	declared declaration // of the running work
	violated error       // the work touched what it did not declare

	erased     bool // deleted data must be removed from the log too
	sessions   touched
	fresh      changes
	settled    []engine.Hash // chats whose message in flight was settled
	unreadable int           // bodies that could not be decrypted and were dropped
}

var _ bot.Tx = (*tx)(nil)

func (s *Store) tx(rows engine.State) *tx {
	return &tx{s: s, rows: rows, sessions: touched{}, fresh: s.newChanges()}
}

// update runs do in a transaction started by the store itself.
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

// committed updates the state in memory. It runs after the commit: a message whose removal is
// rolled back is still in flight, and no newer message may replace it.
func (t *tx) committed() (scrubPending bool) {
	t.sessions.commit(t.s.recent)
	t.s.memory.Lock()
	defer t.s.memory.Unlock()
	for _, cid := range t.settled {
		delete(t.s.inFlight, cid)
	}
	t.s.unreadable += t.unreadable
	t.s.fresh.commit(t.fresh, t.sessions)
	t.sessions.commit(t.s.opened)
	return t.s.scrubPending
}

// mayRun returns why work is not run: its lease was taken over, or one of its chats is busy.
func (t *tx) mayRun(work bot.Work, declared declaration) (why, fatal error) {
	for _, cid := range declared.hashes {
		if !t.rows.Locked(cid) {
			return bot.ErrChatBusy, nil
		}
	}
	return t.holds(work.Lease)
}

// holds returns ErrLeaseLost for a work whose lease was taken over; it is not run.
func (t *tx) holds(l bot.Lease) (lost, fatal error) {
	if l.Name == "" {
		return nil, nil
	}
	held, err := t.rows.Holds(engine.Lease(l))
	if err == nil && !held {
		return bot.ErrLeaseLost, nil
	}
	return nil, err
}

// errWorkFailed rolls back a transaction in which a work without a savepoint failed.
var errWorkFailed = errors.New("work failed that must be rolled back alone")

// run runs one work without a savepoint; if it fails, the transaction must be rolled back.
func (t *tx) run(declared declaration, do func(bot.Tx) error) (failed, fatal error) {
	failed = t.call(declared, do)
	switch {
	case isMissingKey(failed):
		return failed, newerKeyNeeded(failed)
	case failed != nil:
		return failed, errWorkFailed
	}
	return nil, nil
}

// runAlone runs one work in a savepoint.
func (t *tx) runAlone(declared declaration, do func(bot.Tx) error) (failed, fatal error) {
	settled, unreadable := len(t.settled), t.unreadable
	failed = t.rows.Savepoint(func() error { return t.call(declared, do) })
	if failed != nil {
		t.settled, t.unreadable = t.settled[:settled], unreadable
		t.sessions.forget(t.s.recent, t.declared.hashes) // those that the work added too
		t.fresh.forget(t.declared.hashes)
	}
	return failed, nil
}

func (t *tx) call(declared declaration, do func(bot.Tx) error) (err error) {
	t.declared, t.violated = declared, nil
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Type: fmt.Sprintf("%T", value), Trace: bot.Stack()}
		}
	}()
	if err := do(t); err != nil {
		return err
	}
	return t.violated // even if the work ignored it
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

// shared returns an error if the work did not declare that it touches shared rows.
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
