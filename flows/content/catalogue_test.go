package content

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

func TestDueEntriesComeInOrder(t *testing.T) {
	e, err := Load(folder(t, "referral/catalogue/kvk.toml",
		replaceOnce(t, embeddedRecord(t, "kvk"), `verified_on = ""`, "verified_on = \"2026-11-10\"\nverified_by = \"Anna\"")))
	require.NoError(t, err)
	assert.Len(t, e.CatalogueEntries("2026-11-16"), len(e.Catalogue.Initiatives()))
	find := func(days int) CatalogueEntry {
		entries := e.DueEntries("2026-11-16", days)
		assert.True(t, slices.IsSortedFunc(entries, func(a, b CatalogueEntry) int { return cmp.Compare(a.Due, b.Due) }))
		for _, entry := range entries {
			assert.NotEmpty(t, entry.NeedsCheck)
			if entry.ID == "kvk" {
				return entry
			}
		}
		return CatalogueEntry{}
	}
	assert.Empty(t, find(84).ID)
	assert.Equal(t, referral.Date("2027-02-09"), find(85).Due, "ninety days after it was verified")
}

func TestAdviceInWords(t *testing.T) {
	e, err := Load("")
	require.NoError(t, err)
	c, err := ReadCase(strings.NewReader(`{"answers": {"size": "2", "sector": "horeca", "municipality": "GM0344"}}`))
	require.NoError(t, err)
	advice, err := e.Advise("en", c, "2026-11-22")
	require.NoError(t, err)
	require.NotEmpty(t, advice.Steps)
	for _, step := range slices.Concat(advice.Steps, advice.Closing, advice.More) {
		assert.NotEmpty(t, step.Reason, step.ID)
		assert.NotEmpty(t, step.Rule, step.ID)
	}
	assert.Equal(t, e.Questions.Version, advice.QuestionSet)
}

func TestReadCaseRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", `{"incident":`, `{"answers":{},"extra":1}`, `{"answers":{"size":2}}`} {
		_, err := ReadCase(strings.NewReader(text))
		assert.Error(t, err, text)
	}
	_, err := ReadCase(strings.NewReader(`{"answers":{}} {"answers":{}}`))
	assert.ErrorIs(t, err, ErrSeveralCases)
}

// TestActionsInWords pins the keys of the wish, the topics and the actions, and that lists
// without entries are written as [].
func TestActionsInWords(t *testing.T) {
	e, err := Load("")
	require.NoError(t, err)
	advise := func(incident bool) (advice Advice, text string) {
		advice, err := e.Advise("nl", Case{Answers: map[string]string{"size": "2", "sector": "horeca", "municipality": "GM0344",
			"administration": "a", "help_wanted": "papier"}, Incident: incident}, "2026-11-22")
		require.NoError(t, err)
		out, err := json.Marshal(advice)
		require.NoError(t, err)
		return advice, string(out)
	}
	advice, text := advise(false)
	assert.Equal(t, "Je wilt minder papierwerk. Zo begin je.", advice.Wish)
	var ids []string
	for _, topic := range advice.Topics {
		ids = append(ids, string(topic.ID))
	}
	assert.Equal(t, "online administration access customers ai learning plan security", strings.Join(ids, " "))
	assert.Contains(t, text, `{"id":"administration","points":0,"level":"weak"}`)
	require.NotEmpty(t, advice.Actions)
	for _, action := range advice.Actions {
		assert.NotEmpty(t, action.Title)
		assert.NotEmpty(t, action.How)
		assert.Contains(t, action.Source, "https://")
		assert.Positive(t, action.Minutes)
	}
	assert.Equal(t, referral.TopicAdministration, advice.Actions[0].Topic, "what the wish is about")
	_, text = advise(true)
	assert.Contains(t, text, `"actions":[]`)
	assert.Contains(t, text, `{"id":"security","points":0,"level":"weak"}`)
}
