package publishing_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/store/staffdb"
)

// TestFromDraftToUseAndBack is the whole route: draft, check, publish, history, undo.
func TestFromDraftToUseAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	was := w.text("chat.begin")
	before := w.source.Current().Files().Map()

	d := w.set(anna, chatFile, `"chat.begin"`, "Start de check")
	assert.Equal(t, []string{chatFile}, d.Changed)
	assert.Equal(t, "\"chat.begin\" = \"Start de check\"\n", string(d.Files().Map()[chatFile]), "only the message that differs")
	f, err := w.Findings(t.Context(), d, "nl")
	require.NoError(t, err)
	for !f.Complete {
		f, err = w.Findings(t.Context(), d, "nl")
		require.NoError(t, err)
	}
	assert.Empty(t, f.Faults)
	assert.Equal(t, was, w.text("chat.begin"), "a draft changes nothing for people")

	e, err := w.publish(anna, anna, "Kortere knop.")
	require.NoError(t, err)
	assert.EqualValues(t, 1, e.ID)
	assert.Equal(t, "Start de check", w.text("chat.begin"))
	d, err = w.Draft(t.Context(), anna)
	require.NoError(t, err)
	assert.True(t, d.Empty())

	v, err := w.Version(t.Context(), 1)
	require.NoError(t, err)
	lines := w.DifferencesOf(v, "nl")
	require.Len(t, lines, 1)
	assert.Equal(t, "Tekst chat.begin (nl): "+was+" → Start de check", lines[0].Text(w.o.Words, "nl"))

	w.set(anna, chatFile, `"chat.menu"`, "Keuze")
	_, err = w.publish(anna, anna, "Ander woord.")
	require.NoError(t, err)
	_, live, err := w.Rollback(t.Context(), bram, 1, "Toch niet.")
	require.NoError(t, err)
	require.NoError(t, live)
	assert.Equal(t, "Menu", w.text("chat.menu"))
	assert.Equal(t, "Start de check", w.text("chat.begin"))
	_, _, err = w.Rollback(t.Context(), bram, 0, "Alles terug.")
	require.NoError(t, err)
	assert.Equal(t, before, w.source.Current().Files().Map())
	_, _, err = w.Rollback(t.Context(), bram, 0, "Nog eens.")
	w.refused(publishing.SameEdition, err)

	history, err := w.History(t.Context(), 0, 0)
	require.NoError(t, err)
	require.Len(t, history, 4)
	assert.Equal(t, []string{"bram", "bram", "anna", "anna"}, []string{history[0].By, history[1].By, history[2].By, history[3].By})
	assert.True(t, history[1].RolledBack)
	var trail []string
	require.NoError(t, w.db.View(t.Context(), func(tx *staffdb.Tx) error {
		entries, err := tx.Audit(staffdb.Filter{})
		for _, e := range entries {
			trail = append(trail, e.Who+" "+e.What+" "+e.About)
		}
		return err
	}))
	assert.Equal(t, []string{"bram edition rolled back 4", "bram edition rolled back 3", "anna edition published 2", "anna edition published 1"}, trail)

	w.open() // a restart serves what was published
	assert.Equal(t, before, w.source.Current().Files().Map())
}

func TestConflictsAreShownAndSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(anna, chatFile, `"chat.begin"`, "Anna")
	w.set(anna, chatFile, `"chat.menu"`, "Menukaart")
	w.set(bram, chatFile, `"chat.begin"`, "Bram")
	w.set(bram, chatFile, `"chat.back"`, "Terug")
	others, err := w.Others(t.Context(), anna)
	require.NoError(t, err)
	require.Len(t, others, 1)
	assert.Equal(t, "bram", others[0].Owner)

	_, err = w.publish(anna, anna, "Van Anna.")
	require.NoError(t, err)
	d, err := w.Draft(t.Context(), bram)
	require.NoError(t, err)
	require.Len(t, d.Conflicts, 1)
	c := d.Conflicts[0]
	assert.Equal(t, []any{"Anna", "Bram"}, []any{c.Theirs, c.Mine})
	assert.Equal(t, `"chat.begin"`, c.Path.String())
	_, _, err = w.Publish(t.Context(), bram, bram.ID, d.Hash(), "Van Bram.")
	w.refused(publishing.InConflict, err)

	d, err = w.Resolve(t.Context(), bram, map[string]edit.Side{c.Key(): edit.Theirs})
	require.NoError(t, err)
	assert.Empty(t, d.Conflicts)
	_, err = w.publish(bram, bram, "Van Bram.")
	require.NoError(t, err)
	assert.Equal(t, []string{"Anna", "Menukaart", "Terug"}, []string{w.text("chat.begin"), w.text("chat.menu"), w.text("chat.back")})
}

func TestPublishIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Change(t.Context(), cora, setting(w, chatFile, `"chat.begin"`, "x"))
	w.refused(publishing.NoRight, err)
	d := w.set(anna, chatFile, `"chat.guess"`, "Bedoel je {{.Plaats}}?")
	_, _, err = w.Publish(t.Context(), publishing.Editor{ID: "anna", Draft: true}, anna.ID, d.Hash(), "Mag niet.")
	w.refused(publishing.NoRight, err)
	_, _, err = w.Publish(t.Context(), anna, anna.ID, d.Hash(), "  ")
	w.refused(publishing.NoNote, err)
	_, _, err = w.Publish(t.Context(), anna, anna.ID, "anders", "Ander concept.")
	w.refused(publishing.OtherDraft, err)
	_, _, err = w.Publish(t.Context(), anna, anna.ID, d.Hash(), "Met een fout.")
	w.refused(publishing.HasFaults, err)
	assert.Nil(t, w.source.Refused())
	history, err := w.History(t.Context(), 0, 0)
	require.NoError(t, err)
	assert.Empty(t, history)
	_, err = w.Undo(t.Context(), anna, 0)
	require.NoError(t, err)
	_, _, err = w.Publish(t.Context(), anna, anna.ID, d.Hash(), "Leeg.")
	w.refused(publishing.Empty, err)
}

func TestFourEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *publishing.Options) { o.FourEyes = true })
	w.set(anna, chatFile, `"chat.begin"`, "Start de check")
	_, err := w.publish(anna, anna, "Zelf.")
	w.refused(publishing.FourEyes, err)
	d, err := w.Submit(t.Context(), anna, "Kijk je even?")
	require.NoError(t, err)
	require.Equal(t, d.Hash(), d.Submitted)
	changed := w.set(anna, chatFile, `"chat.menu"`, "Menukaart")
	assert.Empty(t, changed.Submitted, "what was changed since is not what was offered")
	_, _, err = w.Publish(t.Context(), bram, anna.ID, d.Hash(), "Gezien.")
	w.refused(publishing.OtherDraft, err)
	_, _, err = w.Publish(t.Context(), bram, anna.ID, changed.Hash(), "Gezien.")
	require.NoError(t, err)
	assert.Equal(t, "Start de check", w.text("chat.begin"))
}

func TestAFolderTakesPrecedence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *publishing.Options) { o.Folder = true })
	d := w.set(anna, chatFile, `"chat.begin"`, "Start de check")
	f, err := w.AllFindings(t.Context(), d, "nl", nil)
	require.NoError(t, err)
	assert.Empty(t, f.Faults)
	_, err = w.publish(anna, anna, "Kan niet.")
	w.refused(publishing.ByFolder, err)
	_, _, err = w.Rollback(t.Context(), anna, 0, "Kan niet.")
	w.refused(publishing.ByFolder, err)
}

func TestStepsAreUndoneOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(anna, chatFile, `"chat.begin"`, "a")
	w.set(anna, chatFile, `"chat.begin"`, "ab")
	w.set(anna, chatFile, `"chat.menu"`, "m")
	d := w.set(anna, kvkFile, "priority", 50)
	require.Len(t, d.Steps, 3, "typing on is one step")
	d, err := w.Undo(t.Context(), anna, d.Steps[0].Seq)
	require.NoError(t, err)
	assert.Equal(t, "\"chat.menu\" = \"m\"\n", string(d.Files().Map()[chatFile]))
	d, err = w.Undo(t.Context(), anna, 0)
	require.NoError(t, err)
	assert.Equal(t, []string{chatFile}, d.Changed)
	w.set(anna, chatFile, `"chat.back"`, "b")
	d = w.set(anna, chatFile, `"chat.menu"`, "m2")
	_, err = w.Undo(t.Context(), anna, d.Steps[0].Seq)
	w.refused(publishing.Overlap, err)

	w.open() // every step was saved
	d, err = w.Draft(t.Context(), anna)
	require.NoError(t, err)
	assert.Len(t, d.Steps, 3)
	require.NoError(t, w.Discard(t.Context(), anna))
	d, err = w.Draft(t.Context(), anna)
	require.NoError(t, err)
	assert.True(t, d.Empty())
	assert.Empty(t, d.Steps)
}
