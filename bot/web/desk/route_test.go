package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
)

// untilChecked reloads the draft until the check has run.
func (b *browser) untilChecked(path string) *got {
	b.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond) // the check runs beside it
	defer tick.Stop()
	for {
		if p := b.get(path); !strings.Contains(p.text, "data-again") {
			return p
		}
		<-tick.C // a check that does not end is stopped by -timeout
	}
}

// A new editor's route, without a script: an initiative is ended and another added, refused once by the gate, corrected,
// published, seen in a running conversation, and undone.
func TestRouteOfAnEditor(t *testing.T) {
	if !*everyField {
		t.Skip("run with -everyfield: the checks of one route take twenty seconds of processor time")
	}
	t.Parallel()
	h := newHarness(t, nil)
	b := h.as(t, anna)
	visitor := h.as(t, staff.Person{})
	require.Contains(t, b.get("/redactie").main(), "Je hebt niets gewijzigd")
	found := b.get("/redactie/zoek?q=rom+utrecht")
	require.Contains(t, found.text, `href="/redactie/hulp/rom-utrecht"`)

	b.get("/redactie/hulp/cyberchef-amersfoort/beeindigen")
	require.Contains(t, b.page.main(), "Regel R10", "what will be done is said before")
	ended := b.send("/redactie/hulp/cyberchef-amersfoort/beeindigen", url.Values{"last": {"2026-11-28"}, "instead": {"cyberveilig-check"}})
	require.Equal(t, "/redactie/concept?gedaan=beeindigd", ended.path)
	require.Contains(t, ended.main(), "Beëindigd in je concept")

	b.get("/redactie/nieuw/hulp")
	refused := b.send("/redactie/nieuw/hulp", url.Values{"name": {"Proefloket Zeist"}})
	require.Equal(t, http.StatusUnprocessableEntity, refused.status)
	require.Contains(t, refused.text, `value="Proefloket Zeist"`, "nothing typed is lost")
	long := strings.Repeat("Dit is een zin die veel langer is dan goed is en die maar niet wil ophouden ", 3) + "."
	added := b.send("/redactie/nieuw/hulp", url.Values{"name": {"Proefloket Zeist"}, "provider": {"Gemeente Zeist"}, "url": {"https://www.zeist.nl/proefloket"},
		"kind": {"direct"}, "quadrant": {"vulnerable"}, "area": {"list"}, "municipality": {"GM0355"}, "source": {"https://www.zeist.nl/proefloket"}, "says": {"hulp voor elk bedrijf"},
		"pitch.nl": {"hulp om de hoek"}, "pitch.en": {"help around the corner"}, "next.nl": {"Je loopt binnen en stelt je vraag."}, "next.en": {"You walk in and ask your question."},
		"about.nl": {long}, "about.en": {"At this desk you can ask any question about working digitally."},
		"reason.nl": {"Dit loket zit bij jou in de buurt."}, "reason.en": {"This desk is near you."}})
	require.Equal(t, "/redactie/hulp/proefloket-zeist?gedaan=toegevoegd", added.path, "%s", added.main())

	draft := b.untilChecked("/redactie/concept")
	require.Contains(t, draft.main(), "moeten eerst goed zijn", "%s", draft.main())
	assert.NotContains(t, draft.text, `action="/redactie/publiceren"`, "a draft with faults cannot be published")
	b.get("/redactie/hulp/proefloket-zeist")
	assert.Contains(t, b.page.text, "25", "the finding is beside the field")
	b.send("/redactie/hulp/proefloket-zeist", url.Values{"t:nl:other:initiative.proefloket-zeist.about": {"Bij dit loket stel je elke vraag over digitaal werken."}})
	draft = b.untilChecked("/redactie/concept")
	require.Contains(t, draft.main(), "De controle vond geen fouten", "%s", draft.main())
	assert.Contains(t, draft.main(), "andere eerste stap")

	assert.NotContains(t, visitor.get("/initiatief/proefloket-zeist").text, "Bij dit loket stel je elke vraag")
	b.untilChecked("/redactie/concept")
	published := b.send("/redactie/publiceren", url.Values{"note": {"Proefloket erbij, Cyberchef gestopt"}})
	require.Equal(t, "/redactie/geschiedenis?gedaan=gepubliceerd", published.path, "%s", published.main())
	assert.Contains(t, visitor.get("/initiatief/proefloket-zeist").text, "Bij dit loket stel je elke vraag", "it is on the site")

	b.get("/redactie/geschiedenis/1")
	assert.Contains(t, b.page.main(), "Proefloket Zeist")
	undone := b.send("/redactie/geschiedenis/1/terug", nil)
	require.Equal(t, "/redactie/geschiedenis?gedaan=teruggezet", undone.path, "%s", undone.main())
	assert.NotContains(t, visitor.get("/initiatief/proefloket-zeist").text, "Bij dit loket stel je elke vraag")
}
