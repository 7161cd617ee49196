package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vector is a worked example of the scoring: the answers per block in the order of the
// questions, "-" for one that is not asked.
type vector struct {
	name, size, sector, municipality string
	answers                          string
	readiness, low, high             float64
	impact, impactLow, impactHigh    float64
	quadrant                         string
	border, indicative               bool
	cyber, phase                     string
	met, measured                    int
	basis                            string
}

var vectors = []vector{
	{"timmerman", "1", "bouw", "GM0632", "aaa-aaa aa-- aab-aa", 0, 0, 0, 6.6, 6.6, 6.6, "unhurried", false, false, "weak", "adhoc", 1, 11, "nee"},
	{"bakker", "2", "retail", "GM0355", "bbababa abb- ccccbb", 20.7, 20.7, 20.7, 66.8, 66.8, 66.8, "vulnerable", false, false, "weak", "engaged", 0, 10, "nee"},
	{"webshop", "2", "retail", "GM0307", "edcdccd ccc- ddbbcc", 93.4, 93.4, 93.4, 80.5, 80.5, 80.5, "leading", false, false, "ok", "later", 6, 6, "ja"},
	{"horeca", "10", "horeca", "GM0402", "ecbbbbb bcb- cbbcbb", 54.1, 54.1, 54.1, 55.5, 55.5, 55.5, "leading", true, false, "ok", "engaged", 2, 6, "waarschijnlijk wel"},
	{"kapper", "1", "persoonlijk", "GM0344", "cbxxbaa xxx- bxb-xx", 23.2, 14.5, 52, 33, 13.2, 73.2, "none", false, true, "unknown", "adhoc", 2, 5, "onbekend"},
}

var scored = []string{
	"online_presence", "administration", "access_anywhere", "customer_data", "ai_use", "learning", "plan_and_budget",
	"login_code", "updates", "backups", "outage",
	"customer_demand", "revenue_at_risk", "paperwork", "staffing", "digital_requirements", "new_competitors",
}

func (v vector) input() string {
	answers := map[string]string{"size": v.size, "sector": v.sector, "municipality": v.municipality}
	for i, value := range strings.ReplaceAll(v.answers, " ", "") {
		if value != '-' {
			answers[scored[i]] = string(value)
		}
	}
	text, _ := json.Marshal(map[string]any{"answers": answers, "incident": false}) // strings only
	return string(text)
}

func TestAdviseReproducesTheWorkedExamples(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			got := advised(t, h.run(v.input(), "advise"))
			for name, want := range map[string]float64{"readiness": v.readiness, "readiness_low": v.low, "readiness_high": v.high,
				"impact": v.impact, "impact_low": v.impactLow, "impact_high": v.impactHigh} {
				assert.InDelta(t, want, got[name], 0.05, name)
			}
			for name, want := range map[string]any{"quadrant": v.quadrant, "border": v.border, "indicative": v.indicative,
				"cyber": v.cyber, "phase": v.phase,
				"dii": map[string]any{"met": float64(v.met), "measured": float64(v.measured), "basis": v.basis}} {
				assert.Equal(t, want, got[name], name)
			}
		})
	}
}

func advised(t *testing.T, o outcome) map[string]any {
	t.Helper()
	require.Zero(t, o.code, o.stderr)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &got))
	return got
}

func TestAdviseWritesWhatOtherProgramsRelyOn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	got := advised(t, h.run(vectors[1].input(), "advise", "--lang", "en"))
	names := []string{"readiness", "readiness_low", "readiness_high", "impact", "impact_low", "impact_high", "quadrant",
		"border", "extra", "indicative", "cyber", "phase", "dii", "card", "steps", "closing", "more", "notes", "wish", "topics", "actions", "benchmark", "change", "code",
		"dii4", "tips", "question_set", "scoring"}
	assert.ElementsMatch(t, names, keys(got))
	for _, list := range []string{"steps", "closing", "more"} {
		for _, step := range got[list].([]any) {
			assert.ElementsMatch(t, []string{"id", "rule", "reason", "caveat", "extra", "url", "name", "ask", "phone", "verified", "standing", "since"}, keys(step.(map[string]any)))
			assert.NotContains(t, step.(map[string]any)["reason"], "{{")
		}
	}
	for _, note := range got["notes"].([]any) {
		assert.ElementsMatch(t, []string{"id", "rule", "text"}, keys(note.(map[string]any)))
	}
	assert.Contains(t, got["steps"].([]any)[0].(map[string]any)["reason"], "You log in without an extra code", "in the language asked for")
}

func keys(m map[string]any) (names []string) {
	for name := range maps.Keys(m) {
		names = append(names, name)
	}
	return names
}

func TestAdviseIncident(t *testing.T) {
	t.Parallel()
	input := strings.Replace(vectors[1].input(), `"incident":false`, `"incident":true`, 1)
	got := advised(t, newHarness(t).run(input, "advise"))
	assert.Equal(t, "incident", got["card"])
	assert.Equal(t, "incident", got["cyber"])
	assert.Empty(t, got["steps"])
	assert.InDelta(t, 20.7, got["readiness"], 0.05, "the scores are as usual")
}

func TestAdviseFollowsTheDate(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	wijdemeren := `{"answers":{"size":"1","sector":"bouw","municipality":"GM1696"}}`
	codes := map[any]bool{}
	for _, date := range []string{"2026-12-31", "2027-01-01"} {
		advised(t, h.run(wijdemeren, "advise", "--date", date))
		codes[advised(t, h.run(vectors[1].input(), "advise", "--date", date))["code"]] = true
	}
	assert.Len(t, codes, 2, "the half-year is in the code")
}

func TestAdviseRefusesBadInput(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for name, c := range map[string]struct {
		input string
		args  []string
		says  []string
	}{
		"nothing":           {``, nil, []string{"answers"}},
		"no JSON":           {`size=2`, nil, []string{"answers"}},
		"another shape":     {`[1]`, nil, []string{"answers"}},
		"unknown field":     {`{"answer":{}}`, nil, []string{`"answer"`}},
		"two cases":         {`{"answers":{"size":"1","sector":"bouw","municipality":"GM0344"}} {}`, nil, []string{"nog meer invoer"}},
		"a number":          {`{"answers":{"size":2}}`, nil, []string{"number"}},
		"no size":           {`{"answers":{"sector":"bouw","municipality":"GM0344"}}`, nil, []string{`"size"`, "250"}},
		"no sector":         {`{"answers":{"size":"1","municipality":"GM0344"}}`, nil, []string{`"sector"`, "horeca"}},
		"no municipality":   {`{"answers":{"size":"1","sector":"bouw"}}`, nil, []string{`"municipality"`, "GM0344", "buiten"}},
		"unknown size":      {`{"answers":{"size":"3","sector":"bouw","municipality":"GM0344"}}`, nil, []string{`"size"`, `"3"`, "10, 50"}},
		"unknown place":     {`{"answers":{"size":"1","sector":"bouw","municipality":"GM0363"}}`, nil, []string{`"municipality"`, `"GM0363"`}},
		"unknown option":    {`{"answers":{"size":"1","sector":"bouw","municipality":"GM0344","updates":"d"}}`, nil, []string{`"updates"`, `"d"`, "a, b, c, x"}},
		"hidden option":     {`{"answers":{"size":"1","sector":"bouw","municipality":"GM0344","obstacle":"team"}}`, nil, []string{`"obstacle"`, `"team"`, "tijd"}},
		"unknown question":  {`{"answers":{"size":"1","sector":"bouw","municipality":"GM0344","colour":"red"}}`, nil, []string{`"colour"`}},
		"unknown language":  {vectors[0].input(), []string{"--lang", "xx"}, []string{`"xx"`, "nl"}},
		"impossible date":   {vectors[0].input(), []string{"--date", "2026-02-30"}, []string{"2026-02-30"}},
		"unknown flag":      {vectors[0].input(), []string{"--colour"}, []string{"--colour"}},
		"too many argument": {vectors[0].input(), []string{"now"}, []string{"now"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := h.run(c.input, append([]string{"advise"}, c.args...)...)
			assert.Equal(t, 2, o.code)
			assert.Empty(t, o.stdout)
			assert.Equal(t, 1, strings.Count(o.stderr, "\n"), "one line: %s", o.stderr)
			for _, want := range c.says {
				assert.Contains(t, o.stderr, want)
			}
		})
	}
}

func TestAnswersToSkippedQuestionsAreIgnored(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	zzp := `{"answers":{"size":"1","sector":"bouw","municipality":"GM0344","paperwork":"c"%s}}`
	without := h.run(strings.Replace(zzp, "%s", "", 1), "advise")
	with := h.run(strings.Replace(zzp, "%s", `,"staffing":"c"`, 1), "advise")
	require.Zero(t, with.code, with.stderr)
	assert.JSONEq(t, without.stdout, with.stdout)
}
