// Package storetest is the conformance suite of storage engines: how a store must behave over any engine.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/engine"
)

// Factory returns a function that opens new, empty rows; calling that function again, after the rows were
// closed, reopens them.
type Factory func(t *testing.T) (open func() engine.Rows)

// Run runs the suite. every is the interval between the crash points that are tried: 1 tries all.
func Run(t *testing.T, factory Factory, every int) {
	for name, test := range map[string]func(*testing.T, *harness){
		"duplicate updates have no effect":         duplicates,
		"a failed work is rolled back alone":       rollback,
		"undeclared rows are refused":              undeclared,
		"a failed transaction has no effect":       failedTransaction,
		"a model agrees after random works":        model,
		"outcomes are handed over in batches":      handOver,
		"reports are identical bytes":              sameBytes,
		"a crash neither loses nor duplicates":     crashes(factory, every),
		"expired rows are dropped":                 expiry,
		"rows of another key are refused":          otherKey,
		"what is written after a crash is durable": durable,
		"bodies are read and replaced":             bodies,
		"messages keep their order":                messages,
		"transitions wait and are handed over":     transitions,
		"figures are kept as they are":             keptFigures,
		"only declared rows are touched":           declaredRows,
	} {
		t.Run(name, func(t *testing.T) { test(t, newHarness(t, factory)) })
	}
}

var noon = time.Date(2026, time.November, 18, 12, 0, 0, 0, referral.Netherlands) // Wednesday of 2026-W47

// harness is a store over an engine that can be reopened.
type harness struct {
	*store.Store
	t       *testing.T
	openAll func() engine.Rows
	rows    engine.Rows
	key     *store.Key
	region  *referral.Region
	point   func(string) // called at crash points, if set
}

func newHarness(t *testing.T, factory Factory) *harness {
	t.Helper()
	h := &harness{t: t, openAll: factory(t), key: newKey(t)}
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	h.region = catalogue.Region()
	h.open()
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func newKey(t *testing.T) *store.Key {
	t.Helper()
	key, err := store.CreateKey(filepath.Join(t.TempDir(), "key"), "")
	require.NoError(t, err)
	return key
}

func (h *harness) open() {
	h.t.Helper()
	h.rows = checked(h.openAll())
	var err error
	h.Store, err = store.New(h.t.Context(), h.rows, h.key, store.Options{Region: h.region, Boundary: func(point string) {
		if h.point != nil {
			h.point(point)
		}
	}})
	require.NoError(h.t, err)
	h.renew()
}

// renew renews the leases of this store, if there are any.
func (h *harness) renew() {
	h.t.Helper()
	if h.Leased() {
		require.NoError(h.t, h.Renew(h.t.Context(), func(string) bool { return false }))
	}
}

// Due is Store.Due with renewed leases.
func (h *harness) Due(ctx context.Context, now time.Time, limit int, except []int64) ([]bot.Delivery, error) {
	h.renew()
	return h.Store.Due(ctx, now, limit, except)
}

// HandOver is Store.HandOver with renewed leases.
func (h *harness) HandOver(ctx context.Context, now time.Time) (int, error) {
	h.renew()
	return h.Store.HandOver(ctx, now)
}

func (h *harness) reopen() {
	h.t.Helper()
	if h.Leased() {
		require.NoError(h.t, h.Leave(h.t.Context()))
	}
	require.NoError(h.t, h.Close())
	h.open()
}

// try applies works and returns all errors.
func (h *harness) try(works ...bot.Work) error {
	each, err := h.Apply(h.t.Context(), works)
	return errors.Join(append(each, err)...)
}

func (h *harness) do(works ...bot.Work) {
	h.t.Helper()
	require.NoError(h.t, h.try(works...))
}

// work returns a work that touches one chat.
func work(who bot.Chat, do func(bot.Tx) error) bot.Work {
	return bot.Work{Chats: []bot.Chat{who}, Do: do}
}

// once returns a work that touches one chat and is deduplicated by key.
func once(key string, who bot.Chat, do func(bot.Tx) error) bot.Work {
	return bot.Work{Chats: []bot.Chat{who}, Updates: []string{key}, Do: func(tx bot.Tx) error {
		if seen, err := tx.Seen(key, noon); err != nil || seen {
			return err
		}
		return do(tx)
	}}
}

func chat(n int) bot.Chat { return bot.Chat{Channel: "telegram", ID: fmt.Sprint(7_000_000_000 + n)} }

// turn returns a work that increments the revision of a chat.
func turn(key string, who bot.Chat) bot.Work {
	return once(key, who, func(tx bot.Tx) error {
		c, _, err := tx.Conversation(who, noon)
		if err != nil {
			return err
		}
		c.Session.Rev++
		return tx.Save(who, c, noon.AddDate(0, 0, 7))
	})
}

func (h *harness) revision(who bot.Chat) (rev int) {
	h.t.Helper()
	h.do(work(who, func(tx bot.Tx) error {
		c, _, err := tx.Conversation(who, noon)
		rev = c.Session.Rev
		return err
	}))
	return rev
}

func duplicates(t *testing.T, h *harness) {
	h.do(turn("a", chat(1)), turn("a", chat(1)))
	h.reopen()
	h.do(turn("a", chat(1)))
	h.do(turn("b", chat(1)))
	assert.Equal(t, 2, h.revision(chat(1)))
}

func rollback(t *testing.T, h *harness) {
	broken := errors.New("broken")
	fail := func(then func()) bot.Work {
		w := turn("b", chat(2))
		do := w.Do
		w.Do = func(tx bot.Tx) error {
			if err := do(tx); err != nil {
				return err
			}
			then()
			return broken
		}
		return w
	}
	h.do(turn("0", chat(2)))
	each, err := h.Apply(t.Context(), []bot.Work{
		turn("a", chat(1)), fail(func() {}), fail(func() { panic("what somebody typed") }), turn("c", chat(3)),
	})
	require.NoError(t, err)
	require.NoError(t, errors.Join(each[0], each[3]))
	assert.ErrorIs(t, each[1], broken)
	var panicked *store.PanicError
	require.ErrorAs(t, each[2], &panicked)
	assert.NotContains(t, panicked.Error(), "typed")
	assert.Equal(t, []int{1, 1, 1}, []int{h.revision(chat(1)), h.revision(chat(2)), h.revision(chat(3))})
	h.do(turn("b", chat(2)))
	assert.Equal(t, 2, h.revision(chat(2)), "its update was not marked as seen")
}

func undeclared(t *testing.T, h *harness) {
	var refused *store.UndeclaredError
	for name, do := range map[string]func(bot.Tx) error{
		"chat":   func(tx bot.Tx) error { return tx.Drop(chat(2)) },
		"update": func(tx bot.Tx) error { _, err := tx.Seen("b", noon); return err },
		"shared": func(tx bot.Tx) error { _, err := tx.Pushed("2026-W47"); return err },
	} {
		w := turn("a", chat(1))
		original := w.Do
		w.Do = func(tx bot.Tx) error {
			assert.ErrorAs(t, do(tx), &refused, name)
			return original(tx) // ignores the error
		}
		assert.ErrorAs(t, h.try(w), &refused, name)
	}
	assert.Zero(t, h.revision(chat(1)))
}

func failedTransaction(t *testing.T, h *harness) {
	h.do(turn("a", chat(1)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Apply(ctx, []bot.Work{turn("b", chat(1))})
	require.ErrorIs(t, err, context.Canceled)
	h.point = func(string) { panic(errCrash) }
	require.PanicsWithValue(t, errCrash, func() { _ = h.try(turn("c", chat(1)), turn("d", chat(2))) })
	h.point = nil
	assert.Equal(t, []int{1, 0}, []int{h.revision(chat(1)), h.revision(chat(2))})
}

func durable(t *testing.T, h *harness) {
	h.point = func(point string) {
		if point == "apply: committed" {
			panic(errCrash)
		}
	}
	require.PanicsWithValue(t, errCrash, func() { _ = h.try(turn("a", chat(1))) })
	h.point = nil
	h.reopen()
	assert.Equal(t, 1, h.revision(chat(1)))
}

func otherKey(t *testing.T, h *harness) {
	require.NoError(t, h.Close())
	_, err := store.New(t.Context(), h.openAll(), newKey(t), store.Options{Region: h.region})
	require.ErrorIs(t, err, store.ErrWrongKey)
	_, err = store.NewFigures(t.Context(), h.openAll(), newKey(t))
	require.ErrorIs(t, err, store.ErrWrongKey)
	h.open()
}

func expiry(t *testing.T, h *harness) {
	unfinished := bot.Conversation{Session: flows.Session{Phase: "asking"}, Week: "2026-W47", Pending: "ai_use"}
	h.do(work(chat(1), func(tx bot.Tx) error {
		return errors.Join(tx.Save(chat(1), unfinished, noon.Add(time.Hour)),
			tx.Enqueue(bot.Message{Chat: chat(1), Body: []byte("too late")}, noon))
	}), turn("a", chat(2)))
	n, err := h.Sweep(t.Context(), noon.Add(time.Hour-time.Second))
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = h.Sweep(t.Context(), noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = h.Sweep(t.Context(), noon.AddDate(0, 0, 5))
	require.NoError(t, err)
	_, unsent, _, err := h.Waiting(t.Context(), noon)
	require.NoError(t, err)
	assert.Zero(t, unsent)
	h.do(turn("a", chat(2)))
	assert.Equal(t, 2, h.revision(chat(2)), "the deduplication of the update has expired")
	assert.Equal(t, 1, h.weekly().Totals.Stopped["ai_use"])
}
