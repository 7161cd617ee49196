package store

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

func noPause(ctx context.Context) error { return ctx.Err() }

// everywhere fills every table with an encrypted body, some with more rows than one
// transaction encrypts.
func everywhere(t *testing.T, s *Store) {
	t.Helper()
	for i := range 2*reencryptChunk + 5 {
		doWork(t, s, turn(chat(i), "telegram:"+itoa(i)))
	}
	for i := range 3 {
		finish(t, s, chat(1000+i), noon, "kvk")
		populate(t, s, chat(2000+i))
		tick(t, s, bot.TickStarted, "", "2026-W47")
		do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(3000+i), noon, "") }, chat(3000+i))
		w := work(func(tx bot.Tx) error { return tx.Subscribe(bot.Subscriber{Chat: chat(4000 + i)}, true) }, chat(4000+i))
		w.Shared = true
		doWork(t, s, w)
		id := random()
		body, err := s.envelope().seal(tableAnswer, id, padSmall, storedAnswer{Quarter: "2026Q4"})
		require.NoError(t, err)
		do(t, s, func(x bot.Tx) error { return x.(*tx).rows.AddWaiting(engine.Answers, id, body) })
		body, err = s.envelope().seal(tableTransition, id, padSmall, storedTransition{Quarter: "2026Q4"})
		require.NoError(t, err)
		do(t, s, func(x bot.Tx) error { return x.(*tx).rows.AddTransition(id, random(), body) })
	}
}

// A table with encrypted bodies that is not listed would be left behind when its key is
// retired.
func TestEveryTableWithBodiesIsListed(t *testing.T) {
	s := newHarness(t).open(t)
	tables := map[engine.Table]bool{}
	for _, table := range tablesOf(t, state(s)) {
		if slices.Contains(columnsOf(t, state(s), "main", table), "body") {
			tables[engine.Table(table)] = true
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(tables)), engine.Encrypted)
}

// plaintexts returns what is encrypted in every table, by row, and how many rows each key
// encrypted.
func plaintexts(t *testing.T, s *Store) (all map[engine.Table]map[engine.Row]string, under map[byte]int) {
	t.Helper()
	all, under = map[engine.Table]map[engine.Row]string{}, map[byte]int{}
	require.NoError(t, s.rows.View(context.Background(), func(rows engine.State) error {
		for _, table := range engine.Encrypted {
			all[table] = map[engine.Row]string{}
			bodies, err := rows.Bodies(table, engine.Row{}, 10_000)
			require.NoError(t, err)
			require.NotEmpty(t, bodies, table)
			for _, b := range bodies {
				plain, err := s.envelope().decrypt(string(table), b.Owner, b.Body)
				require.NoError(t, err)
				all[table][b.Row] = string(plain)
				id, _ := keyOf(b.Body)
				under[id]++
			}
		}
		return nil
	}))
	return all, under
}

// TestKeyIsRotatedWhileServing adds a key, re-encrypts everything with it while people continue, and retires the old one,
// which is refused until nothing needs it. A crash at any point loses nothing.
func TestKeyIsRotatedWhileServing(t *testing.T) {
	ctx := context.Background()
	h := newHarness(t)
	before := map[Purpose][]byte{}
	for _, purpose := range append(purposes, "any other") {
		before[purpose] = h.key.Derive(purpose)
	}
	var crashed []*harness
	s := h.open(t, func(point string) {
		if point == "re-encrypt: some" {
			crashed = append(crashed, h.copyOf(t))
		}
	})
	everywhere(t, s)
	_, under := plaintexts(t, s)
	require.Len(t, under, 1)
	n := under[firstKey]
	beforeHash := s.envelope().chat(chat(1))

	id, err := AddKey(h.keyFile, noon)
	require.NoError(t, err)
	require.Equal(t, 2, id)
	info, err := os.Stat(h.keyFile)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	added, err := LoadKey(h.keyFile)
	require.NoError(t, err)
	assert.Equal(t, []KeyInfo{{ID: 1}, {ID: 2, Made: "2026-11-18", InUse: true}}, added.Keys())
	for _, purpose := range purposes {
		assert.Equal(t, before[purpose], added.Derive(purpose), "what %s signed keeps working", purpose)
	}
	root := h.key.base.Reveal()
	content, err := os.ReadFile(h.keyFile)
	require.NoError(t, err)
	for name, form := range encodings([]byte(root)) {
		assert.NotContains(t, string(content), form, "%s: the old key could be made of it again", name)
	}

	var needed *KeyNeededError
	require.ErrorAs(t, RetireKey(ctx, h.dir, h.keyFile, 1), &needed)
	assert.True(t, needed.NotTaken, "the serving program still writes with it")
	require.NoError(t, s.UseKey(ctx, added))
	h.key = added
	assert.Equal(t, beforeHash, s.envelope().chat(chat(1)), "a person in mid-conversation is no stranger")
	doWork(t, s, turn(chat(5000), "telegram:5000"))
	require.ErrorAs(t, RetireKey(ctx, h.dir, h.keyFile, 1), &needed)
	assert.Equal(t, n, needed.Rows)
	want, under := plaintexts(t, s)
	assert.Positive(t, under[2])
	assert.Equal(t, n, under[1])

	done, err := s.Reencrypt(ctx, noPause)
	require.NoError(t, err)
	assert.Equal(t, n, done)
	got, under := plaintexts(t, s)
	assert.Equal(t, want, got)
	assert.Zero(t, under[1])
	again, err := s.Reencrypt(ctx, noPause)
	require.NoError(t, err)
	assert.Zero(t, again)

	require.Greater(t, len(crashed), len(engine.Encrypted))
	for _, image := range crashed {
		image.key = added
		after := image.open(t)
		_, err := after.Reencrypt(ctx, noPause)
		require.NoError(t, err)
		got, under := plaintexts(t, after)
		require.Equal(t, want, got, "nothing is lost in a crash")
		require.Zero(t, under[1])
		require.Zero(t, after.Unreadable())
		require.NoError(t, after.Close())
	}

	assert.ErrorIs(t, RetireKey(ctx, h.dir, h.keyFile, 2), ErrKeyInUse)
	assert.ErrorIs(t, RetireKey(ctx, h.dir, h.keyFile, 3), ErrUnknownKey)
	require.NoError(t, RetireKey(ctx, h.dir, h.keyFile, 1))
	retired, err := LoadKey(h.keyFile)
	require.NoError(t, err)
	require.NoError(t, s.UseKey(ctx, retired))
	f := h.figures(t, retired)
	assert.Equal(t, 3, weekly(t, f, weeks46to48, "kvk").Totals.Started)
	h.key = retired
	require.NoError(t, s.Close())
	s = h.open(t)
	got, _ = plaintexts(t, s)
	assert.Equal(t, want, got)
}

// Where nothing serves the folder, retiring a key encrypts what is left.
func TestKeyIsRetiredWithoutServing(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	everywhere(t, s)
	require.NoError(t, s.Close())
	_, err := AddKey(h.keyFile, noon)
	require.NoError(t, err)
	require.NoError(t, RetireKey(context.Background(), h.dir, h.keyFile, 1))
	h.key, err = LoadKey(h.keyFile)
	require.NoError(t, err)
	_, under := plaintexts(t, h.open(t))
	assert.Zero(t, under[1])
	assert.Positive(t, under[2])
}

// An older key file, from a safe for instance, must not make everything look damaged.
func TestOlderKeyFileIsRefused(t *testing.T) {
	ctx := context.Background()
	h := newHarness(t)
	older, err := os.ReadFile(h.keyFile)
	require.NoError(t, err)
	_, err = AddKey(h.keyFile, noon)
	require.NoError(t, err)
	h.key, err = LoadKey(h.keyFile)
	require.NoError(t, err)
	s := h.open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	var missing *MissingKeyError
	require.ErrorAs(t, s.UseKey(ctx, newKey(older)), &missing)
	assert.ErrorIs(t, s.UseKey(ctx, newHarness(t).key), ErrWrongKey)
	doWork(t, s, turn(chat(2), "telegram:2"))
	require.NoError(t, s.Close())
	h.key = newKey(older)
	require.ErrorAs(t, h.tryOpen(), &missing)
	assert.Equal(t, 2, missing.ID)
	_, err = OpenFigures(ctx, h.dir, h.key)
	require.ErrorAs(t, err, &missing)
}

// What waits can be restored with any key that is in the file.
func TestCarriedWithAnEarlierKey(t *testing.T) {
	h := newHarness(t)
	finish(t, h.open(t), chat(1), noon, "kvk")
	backup := filepath.Join(t.TempDir(), "backup.db")
	requireBackup(t, h, backup, h.key)
	_, err := AddKey(h.keyFile, noon)
	require.NoError(t, err)
	key, err := LoadKey(h.keyFile)
	require.NoError(t, err)
	elsewhere := filepath.Join(t.TempDir(), "data")
	r, err := Restore(context.Background(), elsewhere, backup, key)
	require.NoError(t, err)
	assert.Equal(t, 1, r.Carried)
	require.NoError(t, RetireKey(context.Background(), elsewhere, h.keyFile, 1))
	key, err = LoadKey(h.keyFile)
	require.NoError(t, err)
	_, err = Restore(context.Background(), elsewhere, backup, key)
	assert.ErrorIs(t, err, ErrOtherCopy, "nobody can read it any more")
}

func TestDamagedKeyringsAreRefused(t *testing.T) {
	h := newHarness(t)
	_, err := AddKey(h.keyFile, noon)
	require.NoError(t, err)
	good, err := os.ReadFile(h.keyFile)
	require.NoError(t, err)
	for i := range good {
		damaged := append(append([]byte{}, good[:i]...), good[i+1:]...)
		require.NoError(t, os.WriteFile(h.keyFile, damaged, 0o600))
		if k, err := LoadKey(h.keyFile); err == nil { // a letter of the note, or a space
			require.True(t, k.Same(mustParse(t, good)), "without byte %d", i)
		}
	}
	require.NoError(t, os.WriteFile(h.keyFile, []byte(`{"format":3}`), 0o600))
	_, err = LoadKey(h.keyFile)
	assert.ErrorIs(t, err, ErrNoKeyFile)
}

func mustParse(t *testing.T, content []byte) *Key {
	t.Helper()
	k, err := parseKeyring(content)
	require.NoError(t, err)
	return k
}

// TestNewerKeyOfAnotherMachine: rows that another machine encrypted with a key that this one has not read yet are
// neither dropped nor handed over; after the key file is read they are.
func TestNewerKeyOfAnotherMachine(t *testing.T) {
	ctx := context.Background()
	h := newHarness(t)
	_, err := AddKey(h.keyFile, noon)
	require.NoError(t, err)
	older, err := LoadKey(h.keyFile)
	require.NoError(t, err)
	_, err = AddKey(h.keyFile, noon)
	require.NoError(t, err)
	h.key, err = LoadKey(h.keyFile)
	require.NoError(t, err)
	s := h.open(t)
	everywhere(t, s)
	before, _ := plaintexts(t, s)
	newer := s.envelope()

	behind := newEnvelope(older)
	behind.shared = true
	s.keys.Store(behind)
	later := noon.AddDate(0, 0, 2*waitDays)
	var failed *Error
	_, err = s.HandOver(ctx, later)
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, Busy, failed.Condition)
	_, err = s.Reencrypt(ctx, Pause)
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, Busy, failed.Condition)
	_, err = (&Figures{rows: s.rows, envelope: behind}).Waiting(ctx, "2026Q4")
	require.ErrorAs(t, err, &failed, "a quarter is not closed without them")
	assert.Zero(t, s.Unreadable())

	s.keys.Store(newer)
	after, _ := plaintexts(t, s)
	assert.Equal(t, before, after)
	n, err := s.HandOver(ctx, later)
	require.NoError(t, err)
	assert.Positive(t, n)
}
