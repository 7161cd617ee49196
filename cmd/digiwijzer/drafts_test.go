package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing/printing"
	"digiwijzer/store/staffdb"
)

// TestEditionsOnTheCommandLine is the route of an editor with a terminal: take over a folder,
// check, publish, look back and undo; a server with that data folder serves what was published.
func TestEditionsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ok("content", "export", h.at("mijn"))
	text := filepath.Join(h.dir, "mijn", "locales", "chat.nl.toml")
	embedded, err := os.ReadFile(text)
	require.NoError(t, err)
	write(t, text, strings.Replace(string(embedded), "In vier minuten", "In 4 minuten", 1))

	assert.Contains(t, h.ok("content", "draft"), "Er is geen concept")
	shown := h.ok("content", "draft", "--from", h.at("mijn"))
	assert.Contains(t, shown, "verandert 1 bestanden")
	assert.Contains(t, shown, "Tekst chat.welcome (nl): Hoe digitaal is jouw bedrijf? In vier minuten")
	assert.Contains(t, h.ok("content", "draft", "show"), "In 4 minuten")

	o := h.run("", "content", "publish", "--note", " ")
	assert.Equal(t, 2, o.code)
	assert.Contains(t, o.stderr, "Schrijf erbij wat je veranderd hebt")
	assert.Contains(t, h.ok("content", "publish", "--note", "Een cijfer leest sneller."), "Uitgave 1 is gepubliceerd")
	s := h.serve()
	health, _ := s.health()
	assert.True(t, health.Content.OK)
	unchanged, err := content.Load("")
	require.NoError(t, err)
	assert.NotEqual(t, unchanged.ID, health.Content.Version)
	assert.Zero(t, s.stop(), s.stderr)

	var past []printing.Published
	require.NoError(t, json.Unmarshal([]byte(h.ok("content", "history", "--format", "json")), &past))
	require.Len(t, past, 1)
	assert.Equal(t, []string{"opdrachtregel", "Een cijfer leest sneller."}, []string{past[0].By, past[0].Note})
	assert.Len(t, past[0].Changes, 1)

	assert.Contains(t, h.ok("content", "rollback", "0", "--note", "Toch niet."), "Uitgave 2 is gepubliceerd")
	assert.Contains(t, h.ok("content", "history"), "terug naar 0: Toch niet.")
	s = h.serve()
	health, _ = s.health()
	assert.Equal(t, unchanged.ID, health.Content.Version)
	assert.Zero(t, s.stop(), s.stderr)
}

// TestEditionsRefusedOnTheCommandLine: the commands refuse what the pages refuse.
func TestEditionsRefusedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	db, err := staffdb.Open(t.Context(), data)
	require.NoError(t, err)
	ids := map[string]string{}
	require.NoError(t, db.Update(t.Context(), func(tx *staffdb.Tx) error {
		for name, role := range map[string]staff.Role{
			"Anna Vos": staff.RoleEditor, "Lezer": staff.RoleReader, "Jan Bos": staff.RoleEditor, "JAN BOS": staff.RoleEditor,
		} {
			a, err := tx.AddAccount(name, []string{string(role)}, morning)
			if err != nil {
				return err
			}
			ids[name] = a.ID
		}
		return nil
	}))
	require.NoError(t, db.Close())
	dir := folder(t, "locales/chat.nl.toml", `"chat.menu" = "Keuze"`+"\n")
	broken := folder(t, "locales/chat.nl.toml", "\"chat.menu\" = “Keuze”\n")
	for name, c := range map[string]struct {
		args, env []string
		code      int
		says      string
	}{
		"nobody of that name":        {[]string{"content", "draft", "--by", "Piet"}, nil, 2, "0 collega's"},
		"no right to draft":          {[]string{"content", "draft", "--from", dir, "--by", "Lezer"}, nil, 2, "Dat mag je niet"},
		"no right to publish":        {[]string{"content", "publish", "--note", "x", "--by", "anna vos"}, nil, 2, "Dat mag je niet"},
		"nothing changed":            {[]string{"content", "publish", "--note", "x"}, nil, 2, "niets veranderd"},
		"no such edition":            {[]string{"content", "rollback", "7", "--note", "x"}, nil, 2, "Uitgave 7 bestaat niet"},
		"a folder takes precedence":  {[]string{"content", "publish", "--note", "x"}, []string{"DIGIWIJZER_CONTENT=" + dir}, 2, "DIGIWIJZER_CONTENT"},
		"no such folder":             {[]string{"content", "draft", "--from", "/nergens"}, nil, 1, "/nergens"},
		"wrong limit":                {[]string{"content", "history", "--limit", "0"}, nil, 2, "Kies 1 of meer"},
		"nothing to undo":            {[]string{"content", "draft", "undo"}, nil, 2, "niets veranderd"},
		"a draft that is no TOML":    {[]string{"content", "draft", "--from", broken, "--by", "Anna Vos"}, nil, 0, ""},
		"is refused when published":  {[]string{"content", "publish", "--of", "Piet", "--note", "x"}, nil, 2, "0 collega's"},
		"two of that name":           {[]string{"content", "publish", "--of", "Jan Bos", "--note", "x"}, nil, 2, "2 collega's"},
		"one of the two by its id":   {[]string{"content", "publish", "--of", ids["JAN BOS"], "--note", "x"}, nil, 2, "niets veranderd"},
		"four eyes are on or off":    {[]string{"version"}, []string{"DIGIWIJZER_FOUR_EYES=misschien"}, 2, "misschien"},
		"four eyes on an own draft":  {[]string{"content", "publish", "--note", "x"}, []string{"DIGIWIJZER_FOUR_EYES=1"}, 2, "Laat een collega"},
		"in English for the English": {[]string{"content", "publish", "--note", "x"}, []string{"LANG=en_GB.UTF-8"}, 2, "Nothing has changed"},
	} {
		env := append([]string{"DIGIWIJZER_DATA=" + data, "DIGIWIJZER_NOW=2026-11-28T12:00:00+01:00"}, c.env...)
		o := runHere(t, env, c.args...)
		assert.Equal(t, c.code, o.code, "%s: %s%s", name, o.stdout, o.stderr)
		assert.Contains(t, o.stdout+o.stderr, c.says, name)
	}
}
