package telegram

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// TestReasonsAreFoldedInTheAdvice expects one quote per step, only in the advice.
func TestReasonsAreFoldedInTheAdvice(t *testing.T) {
	blocks := []flows.Block{verbatim(flows.StepName, "KVK"), verbatim(flows.Why, "Reden."), verbatim(flows.Next, "Daarna."), verbatim(flows.Ask, "Vraag: hoe?"), verbatim(flows.Why, "Nog een.")}
	var folded []string
	for _, p := range fold(formatAll(blocks), maxText) {
		folded = append(folded, p.html)
	}
	assert.Equal(t, []string{"<b>KVK</b>", "<blockquote expandable>Reden.\nDaarna.</blockquote>", "Vraag: hoe?", "<blockquote expandable>Nog een.</blockquote>"}, folded)
	long := []flows.Block{verbatim(flows.Why, strings.Repeat("a", 30)), verbatim(flows.Next, strings.Repeat("b", 30))}
	assert.Len(t, fold(formatAll(long), 40), 2, "a quote stays within the limit")
}

func formatAll(blocks []flows.Block) (list []paragraph) {
	for _, b := range blocks {
		text, _ := b.Text.Args["Name"].(string)
		list = append(list, format(b, text, ""))
	}
	return list
}

func TestRatingIsOneRowOfFaces(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	rate := func(label string) flows.Button {
		return flows.Button{Label: flows.Name(label), Question: "satisfaction", Option: "1", Role: flows.RoleOption}
	}
	menu := flows.Button{Label: flows.Name("Meer"), Action: flows.DoMore, Role: flows.RoleMenu}
	danger := flows.Button{Label: flows.Name("Wis"), Action: flows.DoErased, Role: flows.RoleDanger}
	keys := [][]flows.Button{{menu}, {rate("😞 Heel slecht"), rate("🙁 Slecht")}, {rate("😐 Gaat wel"), rate("🙂 Goed")}, {rate("😀 Heel goed")}, {danger}}
	rows, err := c.keyboardRows(5, flows.Reply{Slot: flows.Advice, Keys: keys}, "nl")
	require.NoError(t, err)
	require.Len(t, rows, 3)
	var faces []string
	for _, k := range rows[1] {
		faces = append(faces, k.Text)
	}
	assert.Equal(t, []string{"😞", "🙁", "😐", "🙂", "😀"}, faces)
	assert.Equal(t, "danger", rows[2][0].Style)
	assert.Empty(t, rows[0][0].Style)
	rows, err = c.keyboardRows(5, flows.Reply{Slot: flows.Living, Keys: keys[1:4]}, "nl")
	require.NoError(t, err)
	assert.NotEqual(t, "😞", rows[0][0].Text, "only below the advice")
}
