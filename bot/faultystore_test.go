package bot_test

import (
	"context"
	"errors"
	"time"

	"github.com/mattn/go-sqlite3"

	"digiwijzer/bot"
	"digiwijzer/store"
)

// faultyStore is the real store, whose transactions sometimes fail: before they begin, or
// after all works ran and nothing could be committed.
type faultyStore struct {
	*store.Store
	world *world
}

func (s faultyStore) fault(kind string) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if s.world.dead {
		return errDead
	}
	if s.world.faults == nil {
		return nil
	}
	return s.world.faults(kind)
}

// forgetRecorder records who is deleted because a message was refused: there is no update for that.
type forgetRecorder struct {
	bot.Tx
	forgotten *[]bot.Chat
}

func (r forgetRecorder) Forget(chat bot.Chat) error {
	*r.forgotten = append(*r.forgotten, chat)
	return r.Tx.Forget(chat)
}

func (s faultyStore) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	err := s.fault("apply")
	forgotten := make([][]bot.Chat, len(works))
	wrapped := make([]bot.Work, len(works))
	for i, work := range works {
		wrapped[i] = work
		wrapped[i].Do = func(tx bot.Tx) error {
			forgotten[i] = nil
			return errors.Join(work.Do(forgetRecorder{tx, &forgotten[i]}), err) // an err here undoes the work
		}
	}
	if err != nil {
		if store.ConditionOf(err) == store.Unwritable {
			_, _ = s.Store.Apply(ctx, wrapped)
		}
		return make([]error, len(works)), err
	}
	each, err := s.Store.Apply(ctx, wrapped)
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if err != nil || s.world.dead && s.world.diedAt == "apply: before commit" {
		return each, err
	}
	for i, chats := range forgotten {
		for _, chat := range chats {
			if each[i] == nil {
				s.world.model.forget(chat)
			}
		}
	}
	return each, nil
}

// Intact is asked every few seconds of virtual time; nobody touches the files of a world.
func (s faultyStore) Intact() error { return nil }

func (s faultyStore) Due(ctx context.Context, now time.Time, limit int, except []int64) ([]bot.Delivery, error) {
	if err := s.fault("due"); err != nil {
		return nil, err
	}
	return s.Store.Due(ctx, now, limit, except)
}

func (s faultyStore) HandOver(ctx context.Context, now time.Time) (int, error) {
	if err := s.fault("hand-over"); err != nil {
		return 0, err
	}
	n, err := s.Store.HandOver(ctx, now)
	s.world.ifAlive(err, func() { s.world.model.handOver(s.world.clock.truth()) })
	return n, err
}

func (s faultyStore) Sweep(ctx context.Context, now time.Time) (int, error) {
	if err := s.fault("sweep"); err != nil {
		return 0, err
	}
	n, err := s.Store.Sweep(ctx, now)
	s.world.ifAlive(err, func() { s.world.model.sweep(s.world.clock.truth()) })
	return n, err
}

// ifAlive updates the model if the process is alive. Otherwise the job runs again when
// another process starts.
func (w *world) ifAlive(err error, note func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && !w.dead {
		note()
	}
}

// diskFull and locked are the errors of SQLite for a full disk and for a file held by
// another.
var (
	diskFull = &store.Error{Where: "committing", Condition: store.Unwritable, Err: sqlite3.ErrFull}
	locked   = &store.Error{Where: "beginning", Condition: store.Busy, Err: sqlite3.ErrBusy}
)
