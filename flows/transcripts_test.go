package flows_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"sync"
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

// The built-in content is loaded once; nothing may change it.
var (
	builtInTexts   = sync.OnceValues(func() (*locales.Texts, error) { return locales.BuiltIn() })
	builtInContent = sync.OnceValues(loadContent)
)

func texts(t testing.TB) *locales.Texts {
	t.Helper()
	all, err := builtInTexts()
	require.NoError(t, err)
	return all
}

// content returns the built-in content with three partners.
func content(t testing.TB) flows.Content {
	t.Helper()
	c, err := builtInContent()
	require.NoError(t, err)
	return c
}

func loadContent() (flows.Content, error) {
	questions, err1 := flows.BuiltIn()
	catalogue, err2 := referral.BuiltIn()
	words, err3 := builtInTexts()
	if err := errors.Join(err1, err2, err3); err != nil {
		return flows.Content{}, err
	}
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
	}, nil
}

var builtInEngine = sync.OnceValues(func() (*flows.Engine, error) {
	c, err := builtInContent()
	return flows.NewEngine(c), err
})

// engine returns the engine of content, which all tests share: it never changes.
func engine(t testing.TB) *flows.Engine {
	t.Helper()
	e, err := builtInEngine()
	require.NoError(t, err)
	return e
}
