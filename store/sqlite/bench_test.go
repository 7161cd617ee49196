package sqlite

import (
	"context"
	"digiwijzer/store/engine"
	"github.com/stretchr/testify/require"
	"testing"
)

func BenchmarkStatements(b *testing.B) {
	db, err := Open(context.Background(), b.TempDir())
	require.NoError(b, err)
	defer db.Close()
	h := func(i int) (x engine.Hash) { x[0], x[1], x[5] = byte(i), byte(i>>8), 7; return }
	body, sess := make([]byte, 1100), make([]byte, 2100)
	up := func(do func(t *tx)) {
		require.NoError(b, db.Update(context.Background(), engine.Touch{}, func(s engine.State) error { do(s.(*tx)); return nil }))
	}
	up(func(t *tx) {
		for i := range 500 {
			require.NoError(b, t.SaveSession(h(i), 5, false, sess))
		}
		for i := range 64 {
			require.NoError(b, t.AddMessage(engine.Message{Chat: h(i), Slot: "l", Edit: true, Created: 5, Body: body}))
		}
	})
	n := 0
	for _, c := range []struct {
		name string
		do   func(t *tx)
	}{
		{"savepoint", func(t *tx) { t.Savepoint(func() error { return nil }) }},
		{"last", func(t *tx) { t.LastMessage(h(n % 500)) }},
		{"session", func(t *tx) { t.Session(h(n % 500)) }},
		{"save", func(t *tx) { t.SaveSession(h(n%500), 5, false, sess) }},
		{"seen", func(t *tx) {
			var x engine.Hash
			x[0], x[1], x[2], x[3] = byte(n*7), byte(n>>8*3), byte(n>>16), byte(n)
			t.MarkSeen(x, 5)
		}},
		{"add+remove", func(t *tx) {
			t.AddMessage(engine.Message{Chat: h(100 + n%100), Slot: "l", Edit: true, Created: 5, Body: body})
			t.RemoveMessage(h(100+n%100), *t.messages)
		}},
		{"due64", func(t *tx) { t.DueMessages(9, 100, 64, nil, nil, nil) }},
		{"due1", func(t *tx) { t.DueMessages(9, 100, 1, nil, nil, nil) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			up(func(t *tx) {
				for b.Loop() {
					n++
					c.do(t)
				}
			})
		})
	}
}
