package store

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/figures"
)

func openPartnerBook(t *testing.T, dir string) *PartnerBook {
	t.Helper()
	b, err := OpenPartnerBook(context.Background(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { b.Close() })
	return b
}

func TestPartnersArePersisted(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "data")
	none, err := ReadPartners(ctx, dir)
	require.NoError(t, err)
	assert.Empty(t, none.List)

	b := openPartnerBook(t, dir)
	kvk := flows.Partner{Code: "kvk", Name: "KVK", Kind: "kvk", Municipality: "GM0344", Lang: "nl"}
	require.NoError(t, b.Put(ctx, kvk))
	require.NoError(t, b.Put(ctx, flows.Partner{Code: "abn", Name: "Bank", Kind: "bank"}))
	kvk.Name = "KVK Utrecht"
	require.NoError(t, b.Put(ctx, kvk), "renamed")
	require.NoError(t, b.Pause(ctx, "abn", true))
	require.NoError(t, b.Renew(ctx, "abn", "2026-W47"))
	require.NoError(t, b.Renew(ctx, "abn", "2026-W48"))
	require.NoError(t, b.Pause(ctx, "kvk", true))
	require.NoError(t, b.Pause(ctx, "kvk", false))

	for name, read := range map[string]func() (Partners, error){
		"writer": func() (Partners, error) { return b.Read(ctx) },
		"reader": func() (Partners, error) { return ReadPartners(ctx, dir) },
	} {
		got, err := read()
		require.NoError(t, err, name)
		assert.Equal(t, []flows.Partner{{Code: "abn", Name: "Bank", Kind: "bank"}, kvk}, got.List, name)
		assert.Equal(t, map[string]PartnerState{"abn": {Paused: true, Version: 2, Since: "2026-W48"}, "kvk": {}}, got.States, name)
	}
}

// A partner that is added while a store is open is visible to it. Whoever opens first creates
// the file, with the folder locked meanwhile.
func TestPartnersWithOpenStore(t *testing.T) {
	ctx := context.Background()
	h := newHarness(t)
	s := h.open(t)
	b := openPartnerBook(t, h.dir)
	require.NoError(t, b.Put(ctx, flows.Partner{Code: "kvk", Name: "KVK", Kind: "kvk"}))
	seen, err := s.Partners(ctx)
	require.NoError(t, err)
	require.Len(t, seen.List, 1)
	tick(t, s, bot.TickStarted, "kvk", "2026-W47")

	fresh := filepath.Join(t.TempDir(), "data")
	making := openPartnerBook(t, fresh)
	_, err = Open(ctx, fresh, h.key, Options{Region: h.region})
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, making.Close())
	again := openPartnerBook(t, fresh)
	require.NoError(t, again.Pause(ctx, "kvk", true))
}

// A start whose partner is learnt later counts for the partner and not as another start,
// before and after the hand-over.
func TestLearntPartnersAddUp(t *testing.T) {
	ctx := context.Background()
	h := newHarness(t)
	s := h.open(t)
	do(t, s, func(tx bot.Tx) error {
		for _, tick := range []struct {
			kind   bot.TickKind
			detail string
		}{{bot.TickStarted, "kvk"}, {bot.TickStarted, ""}, {bot.TickStarted, ""}, {bot.TickPartner, "kvk"}} {
			if err := tx.Tick(tick.kind, tick.detail, "2026-W40"); err != nil {
				return err
			}
		}
		return nil
	})
	for _, when := range []string{"pending", "handed over"} {
		reader, err := OpenFigures(ctx, h.dir, h.key)
		require.NoError(t, err)
		report := weekly(t, reader, figures.Period{From: "2026-W40", To: "2026-W47"})
		assert.Equal(t, 3, report.Totals.Started, when)
		assert.Equal(t, map[string]int{"kvk": 2}, report.Totals.Partners, when)
		require.NoError(t, reader.Close())
		_, err = s.HandOver(ctx, noon)
		require.NoError(t, err)
	}
	left := rowCount(t, state(s), "tick")
	assert.Zero(t, left, "the ticks were handed over")
}
