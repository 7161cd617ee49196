package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

func replaceOnce(t testing.TB, text, old, new string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.Replace(text, old, new, 1)
}

// replaceAll changes every file of a folder of the harness.
func replaceAll(t testing.TB, h *harness, dir, pattern, with string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, dir, "*.toml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		write(t, file, regexp.MustCompile(pattern).ReplaceAllString(read(t, file), with))
	}
}

func TestVerifyCommand(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "mine"), 0o755))
	said := h.ok("catalogue", "verify", "slim", "--by", "Anna", "--content", h.at("mine"), "--date", "2026-11-20", "--yes")
	assert.Contains(t, said, "slim.toml")
	assert.Contains(t, read(t, filepath.Join(h.dir, "mine/referral/catalogue/slim.toml")), `verified_by = "Anna"`)
	assert.Contains(t, said, "https://")
	for answer, code := range map[string]int{"": exitBadInput, "nee\n": exitBadInput, "ja\n": 0} {
		o := h.run(answer, "catalogue", "verify", "kvk", "--by", "Anna", "--content", h.at("mine"))
		assert.Equal(t, code, o.code, "%q: %s", answer, o.stderr)
		assert.Contains(t, o.stdout, "https://www.kvk.nl/hulp-en-contact/", "what she vouches for")
	}
	var entries []content.CatalogueEntry
	require.NoError(t, json.Unmarshal([]byte(h.with("DIGIWIJZER_CONTENT="+h.at("mine")).ok("catalogue", "--format", "json")), &entries))
	slim := slices.IndexFunc(entries, func(e content.CatalogueEntry) bool { return e.ID == "slim" })
	require.GreaterOrEqual(t, slim, 0, "slim is in the list")
	assert.Equal(t, referral.Date("2026-11-20"), entries[slim].VerifiedOn)
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "mine"), 0o755))
	for want, args := range map[string][]string{
		"geen initiatief zwembad": {"zwembad", "--by", "Anna", "--content", h.at("mine")},
		"op één regel":            {"slim", "--by", "Anna\nid = 1", "--content", h.at("mine"), "--yes"},
		"--content MAP":           {"slim", "--by", "Anna"},
		"content folder":          {"slim", "--by", "Anna", "--content", h.at("nergens")},
		"--by":                    {"slim"},
	} {
		o := h.run("", append([]string{"catalogue", "verify"}, args...)...)
		assert.NotZero(t, o.code, want)
		assert.Contains(t, o.stderr, want)
	}
}

func TestWhatIsDueIsListed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "mine"), 0o755))
	h.with("DIGIWIJZER_CONTENT=" + h.at("mine"))
	h.ok("catalogue", "verify", "kvk", "--by", "Anna", "--date", "2026-11-10", "--yes")
	ids := func(args ...string) (due []string) {
		var entries []content.CatalogueEntry
		require.NoError(t, json.Unmarshal([]byte(h.ok(append([]string{"catalogue", "--stale", "--format", "json"}, args...)...)), &entries))
		for _, e := range entries {
			if e.ID == "kvk" {
				due = append(due, string(e.Due)+" "+string(e.NeedsCheck[0]))
			} else {
				assert.LessOrEqual(t, e.Due, referral.Date("2027-02-14"))
			}
		}
		return due
	}
	assert.Empty(t, ids("--days", "30"))
	assert.Equal(t, []string{"2027-02-09 stale"}, ids("--days", "90"), "ninety days after it was verified")
	assert.Contains(t, h.ok("catalogue", "--stale"), "wanneer")
	assert.NotContains(t, h.ok("catalogue"), "wanneer")
}
