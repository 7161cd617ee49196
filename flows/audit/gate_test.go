package audit

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write walk.txt")

// TestWalkOfTheEmbeddedContent holds that the walk in the program is that of its content.
func TestWalkOfTheEmbeddedContent(t *testing.T) {
	g := checkedGate(t)
	now := g.walk.encode(g.Questions)
	if *update {
		require.NoError(t, os.WriteFile("walk.txt", []byte(now), 0o644))
		return
	}
	require.Equal(t, walkTXT, now, "questions, rules or initiatives have changed: run go test ./flows/audit -run TestWalkOfTheEmbeddedContent -update")
	w := embeddedWalk()
	assert.Len(t, w.Advices, len(g.walk.Advices))
	assert.Equal(t, g.walk.Advices[0].Answers, w.Advices[0].Answers)
}

// TestChangedTextsAreCheckedAlone: a gate that has the walk of the structure finds faults in texts, and visits no outcome.
func TestChangedTextsAreCheckedAlone(t *testing.T) {
	t.Parallel()
	before := mustLoad(t, embeddedFiles(t))
	before.Structure = "embedded"
	gate := NewGate("embedded")
	require.True(t, gate.Knows("embedded"))
	f := embeddedFiles(t)
	changes := []struct{ file, old, new, kind, id string }{
		{chatNL, `"chat.menu" = "`, `"chat.menu" = "{{.Kapot}} `, "text.placeholders", "chat.menu"},
		{questionsNL, `"label.administration.a" = "Op papier of uit het hoofd"`, `"label.administration.a" = "Gewoon op papier of anders uit mijn hoofd"`, "label.long", "label.administration.a"},
		{"locales/rules.nl.toml", `"reason.R13.wish" = "`, `"reason.R13.wish" = "Je wilt hulp bij veilig werken. `, "reason.twice", "result.reason"},
	}
	for _, c := range changes {
		f.replace(t, c.file, c.old, c.new)
	}
	after := mustLoad(t, f)
	after.Structure = "embedded"
	r := gate.Check(t.Context(), &before, after, Options{From: today, Workers: 1})
	kinds := map[string]string{}
	for _, fault := range r.Faults {
		kinds[fault.Kind] = fault.ID
	}
	for _, c := range changes {
		assert.Equal(t, c.id, kinds[c.kind], "%v", r.Faults)
	}
	assert.Zero(t, r.Coverage.Outcomes)
	same := gate.Check(t.Context(), &before, before, Options{From: today, Workers: 1})
	assert.Empty(t, same.Faults)
	assert.Zero(t, same.Coverage.Messages, "nothing has changed")
	assert.Equal(t, []string{"embedded"}, gate.known, "each structure once")
}
