package content_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
)

// edited is the embedded content with one place changed in one file.
func edited(t testing.TB, name, old, with string) *content.Edition {
	t.Helper()
	embedded, err := content.Load("")
	require.NoError(t, err)
	text, err := embedded.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	folder := t.TempDir()
	file := filepath.Join(folder, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, with, 1)), 0o600))
	e, err := content.Load(folder)
	require.NoError(t, err)
	return e
}

// compare compares an edition with the embedded one.
func compare(t testing.TB, to *content.Edition) audit.Difference {
	t.Helper()
	from, err := content.Load("")
	require.NoError(t, err)
	audited := func(e *content.Edition) audit.Content {
		return audit.Content{Questions: e.Questions, Catalogue: e.Catalogue, Texts: e.Texts, Engine: e.Engine}
	}
	d, err := audit.Compare(audited(from), audited(to), "2026-11-16")
	require.NoError(t, err)
	return d
}

func TestComparingWithItselfFindsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("advises all combinations")
	}
	same, err := content.Load("")
	require.NoError(t, err)
	audited := audit.Content{Questions: same.Questions, Catalogue: same.Catalogue, Texts: same.Texts, Engine: same.Engine, Structure: same.Structure()}
	quick, err := audit.Compare(audited, audited, "2026-11-16")
	require.NoError(t, err)
	d := compare(t, same)
	assert.Empty(t, d.Changes)
	quick.Positions = d.Positions
	assert.Equal(t, d, quick, "by the structure alone")
	assert.Zero(t, d.OtherFirstStep+d.OtherQuadrant+d.OtherFirstAdvised+len(d.AskedAnew)+len(d.AskedFirst))
	assert.Greater(t, d.Positions, 5000)
	assert.Equal(t, 2059200, d.Combinations)
}

func TestComparingShowsTheEffectOfAnEdit(t *testing.T) {
	if testing.Short() {
		t.Skip("advises all combinations three times, twice over")
	}
	d := compare(t, edited(t, "flows/questions.toml", `{value = "retail"}`, `{value = "winkelier"}`))
	assert.Equal(t, []audit.Change{{Kind: "option", ID: "sector.retail", How: "removed"}, {Kind: "option", ID: "sector.winkelier", How: "added"}}, d.Changes)
	assert.Positive(t, d.AskedAnew["sector"])
	assert.Empty(t, d.OtherFirstStep, "the rules are as they were")
	assert.Equal(t, 2059200/13*14, d.Combinations, "a sector that the region does not know is walked as well")

	d = compare(t, edited(t, "flows/questions.toml", "[[question]]\nid = \"self_image\"",
		"[[question]]\nid = \"shop\"\npart = 1\nbecause = \"x\"\noptions = [{value = \"a\"}, {value = \"b\"}]\n\n[[question]]\nid = \"self_image\""))
	assert.Contains(t, d.Changes, audit.Change{Kind: "question", ID: "shop", How: "added"})
	assert.Empty(t, d.AskedAnew)
	assert.Greater(t, d.AskedFirst["shop"], d.Positions/2, "nearly everyone under way is asked it first")
	assert.Zero(t, d.OtherFirstAdvised)

	d = compare(t, edited(t, "referral/catalogue/mkb-werkplaats-utrecht.toml", `status = "unverified"`, "status = \"unverified\"\nvalid_to = \"2026-01-01\""))
	assert.Equal(t, []audit.Change{{Kind: "initiative", ID: "mkb-werkplaats-utrecht", How: "changed"}}, d.Changes)
	assert.Positive(t, d.OtherFirstStep)
	assert.Positive(t, d.OtherFirstAdvised)
	assert.Zero(t, d.OtherQuadrant)
}
