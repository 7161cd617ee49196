package flows_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// TestTranscripts plays the conversations in testdata and compares them with what
// they were. Read the difference as a person would; -update accepts it.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 10)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			var after bytes.Buffer
			player := audit.Player{Engine: engine(t), Texts: texts(t)}
			require.NoError(t, player.Play(bytes.NewReader(before), &after), after.String())
			if *update {
				require.NoError(t, os.WriteFile(file, after.Bytes(), 0o644))
				return
			}
			require.Equal(t, string(before), after.String(), "go test ./flows -update accepts the difference")
		})
	}
}

func texts(t testing.TB) *locales.Texts {
	t.Helper()
	all, err := locales.Load(locales.Embedded())
	require.NoError(t, err)
	return all
}

// content is what the program is built with, and two partners.
func content(t testing.TB) flows.Content {
	t.Helper()
	questions, err := flows.Load(flows.Embedded())
	require.NoError(t, err)
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	words := texts(t)
	return flows.Content{
		Questions: questions, Catalogue: catalogue, Languages: words.Languages(), ID: "built-in",
		Partners: map[string]flows.Partner{
			"kvk-utrecht":     {Name: "KVK Utrecht"},
			"gooi":            {Name: "Ondernemers in het Gooi", Municipality: "GM0402"},
			flows.TestPartner: {Name: "Test"},
		},
		Words: func(lang, id string) string {
			if !words.Has(lang, id) {
				return ""
			}
			return words.Text(lang, id)
		},
	}
}

func engine(t testing.TB) *flows.Engine { return flows.NewEngine(content(t)) }
