package flows_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

func embeddedQuestions(t *testing.T) *flows.Questionnaire {
	t.Helper()
	q, err := flows.BuiltIn()
	require.NoError(t, err)
	return q
}

// TestLayoutsAreAppendOnly pins what was published. A new set is added here and in
// layouts.toml; nothing is ever changed or removed.
func TestLayoutsAreAppendOnly(t *testing.T) {
	published := []struct {
		number      int
		fingerprint uint32
	}{{1, 0x229b84}, {2, 0x229b84}} // set 2 has other words, but the same questions and options
	q := embeddedQuestions(t)
	require.Len(t, q.Layouts, len(published))
	for i, p := range published {
		assert.Equal(t, p.number, q.Layouts[i].Number)
		assert.Equal(t, p.fingerprint, q.Layouts[i].Fingerprint)
	}
	now, ok := q.Layouts.Find(q.Version)
	require.True(t, ok, "the questions of this build are published")
	assert.Equal(t, now, q.Layout(), "%s", q.Layout())
}

func TestLayoutsRefuse(t *testing.T) {
	questions, err := fs.ReadFile(flows.Embedded(), "questions.toml")
	require.NoError(t, err)
	good := "[[layout]]\nnumber = 1\nfingerprint = \"%\"\nquestions = [\"size 1 2\"]\n"
	for text, want := range map[string]string{
		good:                                 `layout 1: the questions do not have the fingerprint "%"`,
		good + "colour = 1\n":                `unknown key "layout.colour"`,
		"[[layout]]\nnumber = 0\n":           "layout 0: numbers rise from 1 to 255",
		"[[layout]]\nnumber = 256\n":         "layout 256: numbers rise",
		"[[layout]]\nquestions = [\"size\"]": `"size" is not a question with options`,
		"[[layout]":                          "layouts.toml: toml",
	} {
		_, err := flows.Load(fstest.MapFS{"questions.toml": {Data: questions}, "layouts.toml": {Data: []byte(text)}})
		require.ErrorContains(t, err, want)
	}
	q, err := flows.Load(fstest.MapFS{"questions.toml": {Data: questions}})
	require.NoError(t, err)
	assert.Empty(t, q.Layouts, "content without layouts.toml can be loaded")
}

// TestNobodyIsStranded holds that a conversation begun under any question set published
// keeps its answers: every question and option of every set still exists.
func TestNobodyIsStranded(t *testing.T) {
	q := embeddedQuestions(t)
	for _, layout := range q.Layouts {
		for _, question := range layout.Questions {
			query, ok := q.Query(question.ID)
			require.True(t, ok, "set %d: %s", layout.Number, question.ID)
			for _, option := range question.Options {
				if option == "*" {
					assert.NotEmpty(t, query.OptionsFrom, question.ID)
					continue
				}
				found := option == "x" && query.DontKnow
				for _, o := range query.Options {
					found = found || o.Value == option
				}
				assert.True(t, found, "set %d: %s.%s", layout.Number, question.ID, option)
			}
		}
	}
}
