package app

import (
	"context"
	"digiwijzer/bot"
	"digiwijzer/bot/settings"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/store/staffdb"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLinksAreParsedAlike: a link in capitals counts for its partner in a browser, in
// Telegram and on the command line.
func TestLinksAreParsedAlike(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "bot/share/partners.toml")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte("[[partner]]\ncode = \"kvk-utrecht\"\nname = \"KVK Utrecht\"\nkind = \"kvk\"\n"), 0o600))
	source, err := content.NewSource(t.Context(), content.SourceOptions{Folder: dir, Gate: content.Gate{
		Check: func(context.Context, *content.Edition, *content.Edition) error { return nil },
		Quick: func(*content.Edition) bool { return true },
	}})
	require.NoError(t, err)
	s := &Service{content: source}
	c := source.Current()
	want := flows.Link{Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"}
	for _, parameter := range []string{"kvk-utrecht_GM0355_en", "KVK-UTRECHT_GM0355_EN", "Kvk-Utrecht_en_gm0355"} {
		page, partner, ok := s.partnerLink(parameter)
		assert.True(t, ok)
		assert.Equal(t, "KVK Utrecht", partner.Name)
		link, problem := c.Link(parameter)
		assert.Empty(t, problem)
		assert.Equal(t, [3]flows.Link{want, want, want}, [3]flows.Link{page, link, c.Engine.ParseLink(parameter)}, parameter)
	}
}

// TestEveryChangeIsRecorded: the audit trail has a change whose request ended just after it was made.
func TestEveryChangeIsRecorded(t *testing.T) {
	t.Parallel()
	b := Base{Clock: bot.SystemClock{}, Settings: settings.Settings{Data: t.TempDir()}}
	db, err := b.OpenStaff(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	ctx, disconnect := context.WithCancel(t.Context())
	require.NoError(t, b.recorded(ctx, db, staff.Act{Who: "ann", What: "partner paused"}, func() error { disconnect(); return nil }))
	var trail []staffdb.Entry
	require.NoError(t, db.View(t.Context(), func(tx *staffdb.Tx) (err error) {
		trail, err = tx.Audit(staffdb.Filter{})
		return err
	}))
	require.Len(t, trail, 1)
	assert.Equal(t, "partner paused", trail[0].What)
}
