package publishing_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/publishing"
)

// questions changes the questions as a form does.
func (w *world) questions(change func(*edit.Document) (*edit.Document, error)) publishing.Draft {
	w.Helper()
	d, err := w.Change(w.Context(), anna, func(own map[string][]byte) error {
		data, ok := own[questionsFile]
		if !ok {
			data, _ = w.embedded(questionsFile)
		}
		doc, err := edit.Parse(data)
		require.NoError(w, err)
		if doc, err = change(doc); err != nil {
			return err
		}
		own[questionsFile] = doc.Bytes()
		return nil
	})
	require.NoError(w, err)
	return d
}

func path(t *testing.T, text string) edit.Path {
	t.Helper()
	p, err := edit.ParsePath(text)
	require.NoError(t, err)
	return p
}

// TestQuestionSetsGetNumbersAndCodesStayReadable publishes other questions, other points, the
// old ones again and others still. Every code given meanwhile can be read.
func TestQuestionSetsGetNumbersAndCodesStayReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *publishing.Options) { o.Check = passesAll })
	options, points := path(t, "question[obstacle].options"), path(t, "question[learning].options[b].points")
	added := func(value string) publishing.Draft {
		return w.questions(func(d *edit.Document) (*edit.Document, error) {
			return d.Insert(options, "", []edit.Field{{Key: "value", Value: value}})
		})
	}
	var codes []advicecode.Code
	publish := func(set, scoring int) {
		t.Helper()
		d, err := w.Draft(t.Context(), anna)
		require.NoError(t, err)
		e, err := w.Load(d)
		require.NoError(t, err)
		assert.Equal(t, []int{set, scoring}, []int{e.Questions.Version, e.Questions.Scale().Version})
		_, live, err := w.Publish(t.Context(), anna, anna.ID, d.Hash(), "Andere vragen.")
		require.NoError(t, err)
		require.NoError(t, live)
		code, err := e.CodeOf(advicecode.Check{Layout: set, HalfYear: "2026H2", Answers: map[string]string{"size": "2", "sector": "horeca", "municipality": "GM0344"}})
		require.NoError(t, err)
		codes = append(codes, code)
	}

	d := added("buren")
	assert.Contains(t, d.Changed, content.LocalLayouts)
	d, err := w.Undo(t.Context(), anna, 0)
	require.NoError(t, err)
	assert.Empty(t, d.Changed, "without the option the numbers are what they were")

	added("buren")
	publish(128, 2)
	w.questions(func(d *edit.Document) (*edit.Document, error) { return d.Set(points, 40) })
	publish(128, 128)
	_, _, err = w.Rollback(t.Context(), anna, 0, "Terug.")
	require.NoError(t, err)
	w.questions(func(d *edit.Document) (*edit.Document, error) { return d.Set(points, 41) })
	publish(2, 129)
	added("kinderen")
	publish(129, 129)

	p, ok, err := publishing.Published(w.o.Store)(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
	e, err := content.LoadFiles(p.Files)
	require.NoError(t, err)
	for _, code := range codes {
		check, err := e.ReadCode(code.String())
		require.NoError(t, err)
		assert.Equal(t, "horeca", check.Answers["sector"])
	}
	layouts, _ := p.Files.Read(content.LocalLayouts)
	assert.Equal(t, 2, strings.Count(string(layouts), "[[layout]]"))
}

// passesAll is a gate for tests of what it does not decide.
func passesAll(_ context.Context, _, _ *content.Edition, _ audit.Options) audit.Report {
	return audit.Report{}
}
