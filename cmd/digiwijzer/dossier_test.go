package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/dossier"
)

// TestDossier: without answers the command writes everything, lists what is open with file and
// line, and fails; with the answers of a made-up organisation the same folder becomes complete.
// Settings answer too, the restore proof is real, and nothing of it is left behind.
func TestDossier(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.finishMany(7)
	h.with("DIGIWIJZER_PUBLIC_URL=https://check.example.nl").ok("staff", "invite", "Anna", "--role", "editor")
	scratch := t.TempDir()
	h.with("TMPDIR="+scratch, "DIGIWIJZER_OWNER_NAME=Provincie Instelling", "TELEGRAM_BOT_TOKEN=1:aaaaaaaaaaaaaaaaaaaaaaaaaa")
	o := h.exec("", "dossier", "-o", "dossier")
	assert.Equal(t, exitFailed, o.code)
	assert.Contains(t, o.stderr, "niet compleet")
	assert.Contains(t, o.stdout, "besluit.datum: Datum van het besluit (bestuurssecretaris)\n    01-besluit.md:5")
	assert.NotContains(t, o.stdout, "organisatie.naam", "a setting answers it")
	at := func(name string) string { return filepath.Join(h.dir, "dossier", name) }
	assert.NoFileExists(t, at(dossier.CompleteFile))
	decision := read(t, at("01-besluit.md"))
	assert.Contains(t, strings.Split(decision, "\n")[4], "[IN TE VULLEN besluit.datum: ")
	assert.Contains(t, decision, "Provincie Instelling")
	assert.Contains(t, read(t, at("00-leeswijzer.md")), "| Telegram ingesteld | ja |")

	answers := read(t, "../../bot/dossier/testdata/antwoorden.toml")
	require.NoError(t, os.WriteFile(at(dossier.AnswersFile), []byte(answers), 0o600))
	assert.Contains(t, h.exec("", "dossier", "-o", "dossier").stdout, "compleet")
	assert.FileExists(t, at(dossier.CompleteFile))
	assert.Contains(t, read(t, at("01-besluit.md")), "2026-12-15")
	assert.Contains(t, read(t, at("01-besluit.md")), "Provincie Instelling", "a setting comes before an answer")
	_, faults := dossier.ReadRegistration([]byte(read(t, at("07-algoritmeregister.json"))))
	assert.Empty(t, faults)
	proof := read(t, at("14-beheer-en-herstel.md"))
	assert.Contains(t, proof, "| afgeronde gesprekken | 7 |")
	assert.Contains(t, proof, "| cijfers na herstel gelijk aan die van nu | ja |")
	assert.Contains(t, proof, "| accounts van medewerkers, uitgaven, regels in het spoor | 1, 0, 1 |")
	assert.Contains(t, proof, "| die na herstel gelijk aan nu | ja |")
	assert.Regexp(t, regexp.MustCompile(`omvang van de back-up \| \d+ kB`), proof)
	assert.Contains(t, read(t, at("11-sbom.cdx.json")), `"bomFormat": "CycloneDX"`)
	assert.Contains(t, read(t, at("11-sbom-en-licenties.md")), "| `github.com/mattn/go-sqlite3` |")
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "the restored copy is deleted")
}

// TestDossierRefuses: what cannot work is said in one line, before anything is written.
func TestDossierRefuses(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "a.toml"), []byte("[besluit]\ndatum = \"morgen\"\n"), 0o600))
	for want, args := range map[string][]string{
		"a.toml: besluit.datum: \"morgen\" is geen datum": {"-o", h.at("d"), "--answers", h.at("a.toml")},
		"in de gegevensmap": {"-o", h.at("data/dossier")},
	} {
		o := h.run("", append([]string{"dossier"}, args...)...)
		assert.Equal(t, exitBadInput, o.code, o.stderr)
		assert.Contains(t, o.stderr, want)
		assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	}
	assert.NoDirExists(t, filepath.Join(h.dir, "d"))
	assert.NoDirExists(t, filepath.Join(h.dir, "data"))
}
