package content

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

func TestVerifyChangesTwoLines(t *testing.T) {
	mine := t.TempDir()
	file, err := Verify(mine, "slim", `Anna "de redactie" \ Vos`, "2026-11-16")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(mine, "referral/catalogue/slim.toml"), file)
	want := replaceOnce(t, embeddedRecord(t, "slim"), `verified_on = ""`, `verified_on = "2026-11-16"`)
	want = replaceOnce(t, want, "\n\n[area]", "\nverified_by = \"Anna \\\"de redactie\\\" \\\\ Vos\"\n\n[area]")
	assert.Equal(t, want, read(t, file), "the rest is as it was")

	write(t, file, "# Mijn aantekening\n"+strings.Replace(read(t, file), `verified_on = "2026-11-16"`, `verified_on = "2026-11-16" # gebeld`, 1))
	_, err = Verify(mine, "slim", "Bo", "2026-11-20")
	require.NoError(t, err)
	text := read(t, file)
	assert.True(t, strings.HasPrefix(text, "# Mijn aantekening\n"))
	assert.Contains(t, text, `verified_on = "2026-11-20" # gebeld`)
	assert.Contains(t, text, "\nverified_by = \"Bo\"\n")
	assert.NotContains(t, text, "Anna")
	left, err := filepath.Glob(filepath.Join(mine, "referral/catalogue/.*"))
	require.NoError(t, err)
	assert.Empty(t, left, "no temporary files")

	names, err := Outdated(mine)
	require.NoError(t, err)
	assert.Empty(t, names, "copied from the record in force")
	write(t, filepath.Join(mine, stampFile), "content = \"old\"\n[files]\n\"referral/catalogue/slim.toml\" = \"older\"\n")
	names, err = Outdated(mine)
	require.NoError(t, err)
	assert.Equal(t, []string{"referral/catalogue/slim.toml"}, names)
}

func TestVerifyRefuses(t *testing.T) {
	mine := t.TempDir()
	_, err := Verify(mine, "zwembad", "Anna", "2026-11-16")
	require.ErrorIs(t, err, ErrUnknownInitiative)
	for _, by := range []string{"", " ", "Anna\nid = 1", strings.Repeat("a", MaxEditorName+1)} {
		_, err := Verify(mine, "slim", by, "2026-11-16")
		require.ErrorIs(t, err, ErrEditorName, by)
	}
	_, err = Verify(filepath.Join(mine, "nergens"), "slim", "Anna", "2026-11-16")
	require.ErrorIs(t, err, fs.ErrNotExist)
	left, err := os.ReadDir(mine)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestEveryRecordCanBeVerified: however it is written.
func TestEveryRecordCanBeVerified(t *testing.T) {
	e, err := Load("")
	require.NoError(t, err)
	for _, i := range e.Catalogue.Initiatives() {
		record := embeddedRecord(t, i.ID)
		verified, err := setVerified([]byte(record), "Anna", "2026-11-16")
		require.NoError(t, err, i.ID)
		var was, is referral.Initiative
		require.NoError(t, toml.Unmarshal([]byte(record), &was), i.ID)
		require.NoError(t, toml.Unmarshal(verified, &is), i.ID)
		was.VerifiedOn, was.VerifiedBy = "2026-11-16", "Anna"
		require.Equal(t, was, is, "nothing else changed")
	}
	for record, want := range map[string]string{
		"id = \"x\"\n[area]\nscope = \"national\"\n":            "id = \"x\"\nverified_on = \"2026-11-16\"\nverified_by = \"Anna\"\n[area]\nscope = \"national\"\n",
		"id = \"x\"\r\nverified_on = '2025-01-01' # gebeld\r\n": "id = \"x\"\r\nverified_on = \"2026-11-16\" # gebeld\r\nverified_by = \"Anna\"\r\n",
	} {
		verified, err := setVerified([]byte(record), "Anna", "2026-11-16")
		require.NoError(t, err)
		assert.Equal(t, want, string(verified))
	}
}

func embeddedRecord(t testing.TB, id string) string {
	t.Helper()
	text, err := fs.ReadFile(referral.Embedded(), "catalogue/"+id+".toml")
	require.NoError(t, err)
	return string(text)
}

func replaceOnce(t testing.TB, text, old, with string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, old), old)
	return strings.Replace(text, old, with, 1)
}

// folder makes a folder with files: pairs of path and text.
func folder(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(dir, filepath.FromSlash(files[i])), files[i+1])
	}
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
