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

// forms are the ways in which bytes could hide in a file.
func forms(b []byte) map[string]string {
	return map[string]string{
		"raw":    string(b),
		"hex":    hex.EncodeToString(b),
		"HEX":    strings.ToUpper(hex.EncodeToString(b)),
		"base64": strings.TrimRight(base64.StdEncoding.EncodeToString(b), "=")[:len(b)],
	}
}

// formsOfChat are the ways in which a chat's id could.
func formsOfChat(t *testing.T, id string) map[string]string {
	n, err := strconv.ParseUint(id, 10, 64)
	require.NoError(t, err)
	all := forms([]byte(id))
	eight := binary.BigEndian.AppendUint64(nil, n)
	all["big-endian, 8 bytes"] = string(eight)
	all["big-endian, 6 bytes"] = string(eight[2:])
	all["little-endian, 8 bytes"] = string(binary.LittleEndian.AppendUint64(nil, n))
	all["varint"] = string(sqliteVarint(n))
	all["hex of the number"] = strconv.FormatUint(n, 16)
	return all
}

// sqliteVarint is how SQLite writes a rowid: seven bits a byte, the highest first.
func sqliteVarint(n uint64) (b []byte) {
	for ; n > 0; n >>= 7 {
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	b[len(b)-1] &= 0x7f
	return b
}

// search looks for strings in every file of a folder.
func search(t *testing.T, dir string, wanted map[string]string) (hits []string) {
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

// everything a chat can leave behind.
func everything(t *testing.T, s *Store, who bot.Chat) {
	t.Helper()
	doWork(t, s, bot.Work{Chats: []bot.Chat{who}, Updates: []string{"telegram:" + who.ID}, Do: func(tx bot.Tx) error {
		if _, err := tx.Seen("telegram:"+who.ID, noon); err != nil {
			return err
		}
		if err := tx.Save(who, talk(), noon.AddDate(0, 0, 7)); err != nil {
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

func TestNoChatCanBeReadInAnyFile(t *testing.T) {
	w := newWorld(t)
	wanted := map[string]string{"an answer": "GM0344", "a partner": "kvk-utrecht", "a text": "canary", "an option": "horeca"}
	for i := range 3 {
		for name, form := range formsOfChat(t, chat(i).ID) {
			wanted[fmt.Sprint(name, i)] = form
		}
	}
	images := 0
	s := w.open(t, func(point string) {
		images++
		assert.Empty(t, search(t, w.dir, wanted), point)
	})
	for i := range 3 {
		everything(t, s, chat(i))
	}
	for _, d := range due(t, s, noon) {
		do(t, s, func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{Ref: "9"}) }, d.Message.Chat)
	}
	sweep(t, s, noon.AddDate(0, 0, 7))
	assert.Empty(t, search(t, w.dir, wanted))
	assert.Greater(t, images, 10)
	require.NoError(t, s.Close())
	assert.Empty(t, search(t, w.dir, wanted))
	// The search does find: the same where somebody had written it down.
	for name, form := range formsOfChat(t, chat(1).ID) {
		require.NoError(t, os.WriteFile(filepath.Join(w.dir, "x"), []byte("..."+form+"..."), 0o600))
		assert.NotEmpty(t, search(t, w.dir, wanted), name)
	}
}

func TestNothingIsLeftOfOneWhoIsErased(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	for i := range 60 {
		everything(t, s, chat(i))
	}
	traces := map[string]string{}
	for i := 20; i < 40; i++ {
		cid := s.envelope.chat(chat(i))
		traces["cid of "+chat(i).ID] = string(cid[:])
		for _, table := range []string{"session", "staged", "followup", "outbox"} {
			var body []byte
			require.NoError(t, state(s).conn.QueryRowContext(context.Background(),
				"SELECT body FROM "+table+" WHERE cid = ? LIMIT 1", cid[:]).Scan(&body))
			traces[table+" of "+chat(i).ID] = string(body[len(body)/2 : len(body)/2+24])
		}
	}
	assert.Len(t, search(t, w.dir, map[string]string{"cid": traces["cid of "+chat(20).ID]}), 1, "it was there")

	var works []bot.Work
	for i := 20; i < 40; i++ {
		works = append(works, []bot.Work{work(func(tx bot.Tx) error { return tx.Erase(chat(i)) }, chat(i))}...)
	}
	began := time.Now()
	_, err := s.Apply(context.Background(), works)
	require.NoError(t, err)
	assert.Less(t, time.Since(began), time.Second)
	assert.Empty(t, search(t, w.dir, traces))
	for _, table := range []string{"session", "staged", "counted", "followup"} {
		assert.Equal(t, 40, number(t, state(s), "SELECT count(*) FROM "+table), table)
	}
	assert.Equal(t, 40*3, number(t, state(s), "SELECT count(*) FROM outbox"))
	_, ok := load(t, s, chat(20), noon)
	assert.False(t, ok)
}

func TestTheHandOverLeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	traces := map[string]string{}
	for i := range 10 {
		finish(t, s, chat(i), noon, "kvk")
		var body []byte
		cid := s.envelope.chat(chat(i))
		require.NoError(t, state(s).conn.QueryRowContext(context.Background(),
			"SELECT body FROM staged WHERE cid = ?", cid[:]).Scan(&body))
		traces["staged "+chat(i).ID] = string(body[500:524])
	}
	assert.NotEmpty(t, search(t, w.dir, traces))
	handOver(t, s, noon)
	assert.Empty(t, search(t, w.dir, traces))
	for i := range 10 {
		cid := s.envelope.chat(chat(i))
		content, err := os.ReadFile(filepath.Join(w.dir, sqlite.StatsFile+"-wal"))
		require.NoError(t, err)
		assert.NotContains(t, string(content), string(cid[:]))
	}
}

func TestSweepingLeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	traces := map[string]string{}
	for i := range 10 {
		save(t, s, chat(i), talk(), noon)
		cid := s.envelope.chat(chat(i))
		traces["cid of "+chat(i).ID] = string(cid[:])
	}
	assert.NotEmpty(t, search(t, w.dir, traces))
	sweep(t, s, noon)
	assert.Empty(t, search(t, w.dir, traces))
}

func TestLengthsTellNothing(t *testing.T) {
	s := newWorld(t).open(t)
	little, much := talk(), talk()
	little.Session.Answers = nil
	for i := range 24 {
		much.Session.Answers["question_number_"+itoa(i)] = "b"
	}
	save(t, s, chat(1), little, noon)
	save(t, s, chat(2), much, noon)
	rich := outcome("kvk", "werkplaats-utrecht", "cyberveilig-check")
	rich.Mentions = []string{"mijn-digitale-zaak", "edih-netwerk", "rom-utrecht", "ai-hub", "slim", "digital-trust-center"}
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(1), flows.Outcome{}, noon) }, chat(1))
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(2), rich, noon) }, chat(2))
	do(t, s, func(tx bot.Tx) error { return tx.Tick(bot.TickStarted, "", "2026-W47") })
	do(t, s, func(tx bot.Tx) error { return tx.Tick(bot.TickStopped, "digital_requirements", "2026-W47") })
	for _, table := range []string{"session", "staged", "tick"} {
		assert.Equal(t, 1, number(t, state(s), "SELECT count(DISTINCT length(body)) FROM "+table), table)
		assert.Equal(t, 2, number(t, state(s), "SELECT count(*) FROM "+table), table)
	}
	do(t, s, func(tx bot.Tx) error { return tx.Tick(bot.TickHasty, "", "2026-W47") })
	assert.Equal(t, 1, number(t, state(s), "SELECT count(DISTINCT length(body)) FROM tick"), "who was hasty cannot be told")
	// The same twice is not the same in the file.
	save(t, s, chat(2), little, noon)
	assert.Equal(t, 2, number(t, state(s), "SELECT count(DISTINCT body) FROM session"))
}

// A body put in the place of another must not be taken for it.
func TestBodiesAreBoundToTheirPlace(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	save(t, s, chat(1), talk(), noon.Add(time.Hour))
	save(t, s, chat(2), bot.Conversation{}, noon.Add(time.Hour))
	one, two := s.envelope.chat(chat(1)), s.envelope.chat(chat(2))
	_, err := state(s).conn.ExecContext(context.Background(),
		"UPDATE session SET body = (SELECT body FROM session WHERE cid = ?) WHERE cid = ?", one[:], two[:])
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = w.open(t)
	_, ok := load(t, s, chat(2), noon)
	assert.False(t, ok)
	_, ok = load(t, s, chat(1), noon)
	assert.True(t, ok)

	sealed, err := s.envelope.seal(tableTick, one, padSmall, "value")
	require.NoError(t, err)
	var value string
	_, err = s.envelope.open(tableAnswer, one, sealed, &value)
	assert.ErrorIs(t, err, errUnreadable, "in another table")
	_, err = s.envelope.open(tableTick, one, sealed, &value)
	require.NoError(t, err)
	assert.Equal(t, "value", value)
}

func TestTheOrderOfOutcomesTellsNothing(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	const n = 1000 // so many that chance alone stays within 0.1, five times its deviation
	var works []bot.Work
	for i := range n {
		o := outcome("kvk")
		o.Content = fmt.Sprintf("%08d", i) // the order of arrival, for this test only
		works = append(works, []bot.Work{work(func(tx bot.Tx) error {
			if err := tx.Stage(chat(i), o, noon); err != nil {
				return err
			}
			return tx.Freeze(chat(i))
		}, chat(i))}...)
	}
	_, err := s.Apply(context.Background(), works)
	require.NoError(t, err)
	require.Equal(t, n, handOver(t, s, noon))
	assert.Less(t, abs(kendall(contents(t, stats(s), "SELECT content FROM outcome"))), 0.1)

	kept := filepath.Join(t.TempDir(), "figures.db")
	require.NoError(t, Backup(context.Background(), w.dir, kept))
	f := openFile(t, kept, "mode=ro&immutable=1")
	assert.Less(t, abs(kendall(contents(t, f, "SELECT content FROM outcome"))), 0.1)

	// What goes in is shuffled too: the log of the figures shows the order of writing.
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

// kendall is the rank correlation of a sequence with the order of its values.
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

// The figures can hold no person: no moment, no row number, no free text.
func TestTheSchemaOfTheFigures(t *testing.T) {
	s := newWorld(t).open(t)
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
			assert.NotEqual(t, "INTEGER", kind, "%s.%s could be a number in order", table, column)
		}
		for _, word := range []string{"time", "date", "day", "hour", "chat", "cid", "user", "municipality", "created", "name"} {
			assert.NotContains(t, column, word, table)
		}
	}
	assert.Greater(t, columns, 30)
}

// Whatever is staged fits at least a hundred businesses of the region, and says no
// more of place and size than its band.
func TestWhatIsStagedIsGeneralised(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	sizes := []referral.Size{referral.Zzp, referral.Micro, referral.Klein, referral.Midden, referral.Groot}
	n := 0
	for _, region := range []string{"U", "GV", "outside"} {
		sectors := []string{"lighthouses"} // nobody has ever counted those
		for _, sector := range w.region.Sectors() {
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
					return tx.Stage(chat(n), o, noon) // what replaces is generalised as well
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
		businesses, _ := w.region.Population(o.Region, o.Sector, o.Size)
		assert.GreaterOrEqual(t, businesses, 100, "%s %s %s", o.Region, o.Sector, o.Size)
	}
}

// Nobody finds out by the keys which outcome is whose.
func TestKeysAreNotReused(t *testing.T) {
	s := newWorld(t).open(t)
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

// Without the key nobody can try which chat a hash belongs to.
func TestHashesDependOnTheKey(t *testing.T) {
	one, other := newEnvelope(newWorld(t).key), newEnvelope(newWorld(t).key)
	assert.NotEqual(t, one.chat(chat(1)), other.chat(chat(1)))
	assert.NotEqual(t, one.update("telegram:1"), other.update("telegram:1"))
}
