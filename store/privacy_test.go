package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
	"digiwijzer/store/sqlite"
)

// encodings returns the encodings in which bytes could be in a file.
func encodings(b []byte) map[string]string {
	return map[string]string{
		"raw":    string(b),
		"hex":    hex.EncodeToString(b),
		"HEX":    strings.ToUpper(hex.EncodeToString(b)),
		"base64": strings.TrimRight(base64.StdEncoding.EncodeToString(b), "=")[:len(b)],
	}
}

// encodingsOfID adds the encodings of a chat id as a number.
func encodingsOfID(t *testing.T, id string) map[string]string {
	n, err := strconv.ParseUint(id, 10, 64)
	require.NoError(t, err)
	all := encodings([]byte(id))
	eight := binary.BigEndian.AppendUint64(nil, n)
	all["big-endian, 8 bytes"] = string(eight)
	all["big-endian, 6 bytes"] = string(eight[2:])
	all["little-endian, 8 bytes"] = string(binary.LittleEndian.AppendUint64(nil, n))
	all["varint"] = string(sqliteVarint(n))
	all["hex of the number"] = strconv.FormatUint(n, 16)
	return all
}

// sqliteVarint encodes n as SQLite encodes a rowid: seven bits per byte, most significant first
// (https://www.sqlite.org/fileformat2.html#varint).
func sqliteVarint(n uint64) (b []byte) {
	for ; n > 0; n >>= 7 {
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	b[len(b)-1] &= 0x7f
	return b
}

// searchFiles returns in which files of a folder the strings occur.
func searchFiles(t *testing.T, dir string, wanted map[string]string) (hits []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for name, form := range wanted {
			if bytes.Contains(content, []byte(form)) {
				hits = append(hits, filepath.Base(path)+": "+name)
			}
		}
	}
	return hits
}

// requireFound requires that each of the strings occurs in a file of a folder.
func requireFound(t *testing.T, dir string, wanted map[string]string) {
	t.Helper()
	hits := searchFiles(t, dir, wanted)
	for name := range wanted {
		require.True(t, slices.ContainsFunc(hits, func(hit string) bool { return strings.HasSuffix(hit, ": "+name) }), "the test looks in the wrong place for %s", name)
	}
}

// pieceOf returns a part of a body. The parts of one that does not fit on a page lie on several; the
// first one after half of the body that lies on one page is returned.
func pieceOf(t *testing.T, dir string, body []byte) string {
	t.Helper()
	const size = 24
	for at := len(body) / 2; at+size <= len(body); at += size {
		piece := string(body[at : at+size])
		if len(searchFiles(t, dir, map[string]string{"": piece})) > 0 {
			return piece
		}
	}
	require.Fail(t, "no part of the body is in a file")
	return ""
}

// populate stores every kind of row of a chat.
func populate(t *testing.T, s *Store, who bot.Chat) {
	t.Helper()
	doWork(t, s, bot.Work{Chats: []bot.Chat{who}, Updates: []string{"telegram:" + who.ID}, Do: func(tx bot.Tx) error {
		if _, err := tx.Seen("telegram:"+who.ID, noon); err != nil {
			return err
		}
		if err := tx.Save(who, conversation(), noon.AddDate(0, 0, 7)); err != nil {
			return err
		}
		if err := tx.Stage(who, outcome("canary-initiative"), noon); err != nil {
			return err
		}
		if err := tx.Tick(bot.TickStopped, "canary_question", "2026-W47"); err != nil {
			return err
		}
		if err := tx.FollowUp(who, noon, "4711"); err != nil {
			return err
		}
		if err := tx.Park("telegram:"+who.ID, "panic", noon); err != nil {
			return err
		}
		for range 3 {
			m := bot.Message{Chat: who, Slot: flows.Living, Body: []byte(`{"chat_id":` + who.ID + `,"text":"canary"}`)}
			if err := tx.Enqueue(m, noon); err != nil {
				return err
			}
		}
		return nil
	}})
}

func TestNoChatInAnyFile(t *testing.T) {
	h := newHarness(t)
	wanted := map[string]string{"an answer": "GM0344", "a partner": "kvk-utrecht", "a text": "canary", "an option": "horeca"}
	for i := range 3 {
		for name, form := range encodingsOfID(t, chat(i).ID) {
			wanted[fmt.Sprint(name, i)] = form
		}
	}
	images := 0
	s := h.open(t, func(point string) {
		images++
		assert.Empty(t, searchFiles(t, h.dir, wanted), point)
	})
	for i := range 3 {
		populate(t, s, chat(i))
	}
	for _, d := range due(t, s, noon) {
		markDelivered(t, s, d, bot.Shown{Ref: "9"})
	}
	sweep(t, s, noon.AddDate(0, 0, 7))
	assert.Empty(t, searchFiles(t, h.dir, wanted))
	assert.Greater(t, images, 10)
	require.NoError(t, s.Close())
	assert.Empty(t, searchFiles(t, h.dir, wanted))
	// The search finds each encoding where it does occur.
	for name, form := range encodingsOfID(t, chat(1).ID) {
		require.NoError(t, os.WriteFile(filepath.Join(h.dir, "x"), []byte("..."+form+"..."), 0o600))
		assert.NotEmpty(t, searchFiles(t, h.dir, wanted), name)
	}
}

func TestNothingRemainsAfterErase(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for i := range 60 {
		populate(t, s, chat(i))
	}
	traces := map[string]string{}
	for i := 20; i < 40; i++ {
		cid := s.envelope().chat(chat(i))
		traces["cid of "+chat(i).ID] = string(cid[:])
		for _, table := range []string{"session", "staged", "followup", "outbox"} {
			var body []byte
			require.NoError(t, state(s).conn.QueryRowContext(context.Background(),
				"SELECT body FROM "+table+" WHERE cid = ? LIMIT 1", cid[:]).Scan(&body))
			traces[table+" of "+chat(i).ID] = pieceOf(t, h.dir, body)
		}
	}
	requireFound(t, h.dir, traces)

	var works []bot.Work
	for i := 20; i < 40; i++ {
		works = append(works, work(func(tx bot.Tx) error { return tx.Erase(chat(i)) }, chat(i)))
	}
	_, err := s.Apply(context.Background(), works)
	require.NoError(t, err)
	assert.Empty(t, searchFiles(t, h.dir, traces))
	for _, table := range []string{"session", "staged", "counted", "followup"} {
		assert.Equal(t, 40, rowCount(t, state(s), table), table)
	}
	assert.Equal(t, 40*3, rowCount(t, state(s), "outbox"))
	_, ok := load(t, s, chat(20), noon)
	assert.False(t, ok)
}

func TestNothingRemainsAfterHandOver(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	traces := map[string]string{}
	for i := range 10 {
		finish(t, s, chat(i), noon, "kvk")
		var body []byte
		cid := s.envelope().chat(chat(i))
		require.NoError(t, state(s).conn.QueryRowContext(context.Background(),
			"SELECT body FROM staged WHERE cid = ?", cid[:]).Scan(&body))
		traces["staged "+chat(i).ID] = pieceOf(t, h.dir, body)
	}
	requireFound(t, h.dir, traces)
	handOver(t, s, noon)
	assert.Empty(t, searchFiles(t, h.dir, traces))
	for i := range 10 {
		cid := s.envelope().chat(chat(i))
		content, err := os.ReadFile(filepath.Join(h.dir, sqlite.StatsFile+"-wal"))
		require.NoError(t, err)
		assert.NotContains(t, string(content), string(cid[:]))
	}
}

func TestNothingRemainsAfterSweep(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	traces := map[string]string{}
	for i := range 10 {
		save(t, s, chat(i), conversation(), noon)
		cid := s.envelope().chat(chat(i))
		traces["cid of "+chat(i).ID] = string(cid[:])
	}
	requireFound(t, h.dir, traces)
	sweep(t, s, noon)
	assert.Empty(t, searchFiles(t, h.dir, traces))
}

func TestLengthsRevealNothing(t *testing.T) {
	s := newHarness(t).open(t)
	short, long := conversation(), conversation()
	short.Session.Answers = nil
	for i := range 24 {
		long.Session.Answers["question_number_"+itoa(i)] = "b"
	}
	save(t, s, chat(1), short, noon)
	save(t, s, chat(2), long, noon)
	rich := outcome("kvk", "werkplaats-utrecht", "cyberveilig-check")
	rich.Mentions = []string{"mijn-digitale-zaak", "edih-netwerk", "rom-utrecht", "ai-hub", "slim", "digital-trust-center"}
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(1), flows.Outcome{}, noon) }, chat(1))
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(2), rich, noon) }, chat(2))
	tick(t, s, bot.TickStarted, "", "2026-W47")
	tick(t, s, bot.TickStopped, "digital_requirements", "2026-W47")
	for _, table := range []string{"session", "staged", "tick"} {
		assert.Equal(t, 1, queryInt(t, state(s), "SELECT count(DISTINCT length(body)) FROM "+table), table)
		assert.Equal(t, 2, rowCount(t, state(s), table), table)
	}
	tick(t, s, bot.TickHasty, "", "2026-W47")
	assert.Equal(t, 1, queryInt(t, state(s), "SELECT count(DISTINCT length(body)) FROM tick"), "a hasty tick has the length of any other")
	// Equal conversations are not equal in the file.
	save(t, s, chat(2), short, noon)
	assert.Equal(t, 2, queryInt(t, state(s), "SELECT count(DISTINCT body) FROM session"))
}

// A body that is copied to another row does not open.
func TestBodiesAreBoundToTheirRow(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	save(t, s, chat(1), conversation(), noon.Add(time.Hour))
	save(t, s, chat(2), bot.Conversation{}, noon.Add(time.Hour))
	one, two := s.envelope().chat(chat(1)), s.envelope().chat(chat(2))
	execSQL(t, state(s), "UPDATE session SET body = (SELECT body FROM session WHERE cid = ?) WHERE cid = ?", one[:], two[:])
	require.NoError(t, s.Close())
	s = h.open(t)
	_, ok := load(t, s, chat(2), noon)
	assert.False(t, ok)
	_, ok = load(t, s, chat(1), noon)
	assert.True(t, ok)

	sealed, err := s.envelope().seal(tableTick, one, padSmall, "value")
	require.NoError(t, err)
	var value string
	_, err = s.envelope().open(tableAnswer, one, sealed, &value)
	assert.ErrorIs(t, err, errUnreadable, "in another table")
	_, err = s.envelope().open(tableTick, one, sealed, &value)
	require.NoError(t, err)
	assert.Equal(t, "value", value)
}

func TestOrderOfOutcomesRevealsNothing(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	const n = 1000 // so that 0.1 is about five standard deviations
	var works []bot.Work
	for i := range n {
		o := outcome("kvk")
		o.Partner = fmt.Sprintf("%08d", i) // the order of arrival, for this test only
		works = append(works, work(func(tx bot.Tx) error {
			if err := tx.Stage(chat(i), o, noon); err != nil {
				return err
			}
			return tx.Freeze(chat(i))
		}, chat(i)))
	}
	_, err := s.Apply(context.Background(), works)
	require.NoError(t, err)
	require.Equal(t, n, handOver(t, s, noon))
	assert.Less(t, abs(kendall(contents(t, stats(s), "SELECT partner FROM outcome"))), 0.1)

	kept := filepath.Join(t.TempDir(), "figures.db")
	requireBackup(t, h, kept, h.key)
	f := openFile(t, kept, "mode=ro&immutable=1")
	assert.Less(t, abs(kendall(contents(t, f, "SELECT partner FROM outcome"))), 0.1)

	// Rows are shuffled before they are inserted, since the log shows the write order.
	var order []int
	for i := range n {
		order = append(order, i)
	}
	shuffle(order)
	assert.Less(t, abs(kendall(order)), 0.1)
}

func contents(t *testing.T, f *file, query string) (all []int) {
	t.Helper()
	rows, err := f.conn.QueryContext(context.Background(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var content string
		require.NoError(t, rows.Scan(&content))
		n, err := strconv.Atoi(content)
		require.NoError(t, err)
		all = append(all, n)
	}
	return all
}

// kendall returns Kendall's rank correlation of a sequence with the order of its values.
func kendall(values []int) float64 {
	sum, pairs := 0, 0
	for i := range values {
		for j := range i {
			pairs++
			if values[j] < values[i] {
				sum++
			} else {
				sum--
			}
		}
	}
	return float64(sum) / float64(pairs)
}

func abs(x float64) float64 { return max(x, -x) }

// The statistics have no column for a time or row number, and typed text only in the remarks of initiatives about a year, so
// no person who did the check is in them.
func TestStatisticsSchema(t *testing.T) {
	s := newHarness(t).open(t)
	rows, err := stats(s).conn.QueryContext(context.Background(),
		"SELECT t.name, t.wr, t.strict, c.name, c.type, c.pk FROM pragma_table_list t, pragma_table_info(t.name) c "+
			"WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'")
	require.NoError(t, err)
	defer rows.Close()
	columns := 0
	for rows.Next() {
		var table, column, kind string
		var withoutRowid, strict, pk int
		require.NoError(t, rows.Scan(&table, &withoutRowid, &strict, &column, &kind, &pk))
		columns++
		assert.Equal(t, 1, withoutRowid, "%s keeps the order of arrival", table)
		assert.Equal(t, 1, strict, table)
		if pk > 0 {
			assert.NotEqual(t, "INTEGER", kind, "%s.%s could be a sequence number", table, column)
		}
		for _, word := range []string{"time", "date", "day", "hour", "chat", "cid", "user", "municipality", "created", "name"} {
			assert.NotContains(t, column, word, table)
		}
	}
	assert.Greater(t, columns, 30)
}

// Every staged outcome fits at least a hundred businesses of the region, and holds only a band
// of size and place.
func TestStagedOutcomesAreGeneralised(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	sizes := []referral.Size{referral.Zzp, referral.Micro, referral.Klein, referral.Midden, referral.Groot}
	n := 0
	for _, region := range []string{"U", "GV", "outside"} {
		sectors := []string{"lighthouses"} // not in the statistics of the region
		for _, sector := range h.region.Sectors() {
			sectors = append(sectors, sector.ID)
		}
		for _, sector := range sectors {
			for _, size := range sizes {
				o := outcome()
				o.Region, o.Sector, o.Size = region, sector, string(size)
				n++
				do(t, s, func(tx bot.Tx) error {
					if err := tx.Stage(chat(n), outcome(), noon); err != nil {
						return err
					}
					return tx.Stage(chat(n), o, noon) // a replacement is generalised too
				}, chat(n))
			}
		}
	}
	require.Greater(t, n, 150)
	all := staged(t, s)
	require.Len(t, all, n)
	for _, waiting := range all {
		o := waiting.value.Outcome
		assert.NotContains(t, []string{"micro", "klein", "midden", "groot"}, o.Size)
		if o.Region == referral.RegionOutside {
			assert.Equal(t, referral.BandAny, o.Size)
			continue
		}
		businesses, _ := h.region.Population(o.Region, o.Sector, o.Size)
		assert.GreaterOrEqual(t, businesses, 100, "%s %s %s", o.Region, o.Sector, o.Size)
	}
}

// Keys do not link a staged row to its outcome.
func TestKeysAreNotReused(t *testing.T) {
	s := newHarness(t).open(t)
	for _, i := range rand.Perm(20) {
		finish(t, s, chat(i), noon, "kvk")
	}
	sids := map[engine.Hash]bool{}
	for _, o := range staged(t, s) {
		sids[o.id] = true
	}
	assert.Len(t, sids, 20)
	handOver(t, s, noon)
	ids := hashesIn(t, stats(s), "SELECT id FROM outcome")
	assert.Len(t, ids, 20)
	for _, id := range ids {
		assert.False(t, sids[id], "the key of the staged row is the key of the outcome")
	}
}

// Without the key nobody can test which chat a hash belongs to.
func TestHashesDependOnTheKey(t *testing.T) {
	one, other := newEnvelope(newHarness(t).key), newEnvelope(newHarness(t).key)
	assert.NotEqual(t, one.chat(chat(1)), other.chat(chat(1)))
	assert.NotEqual(t, one.update("telegram:1"), other.update("telegram:1"))
}
