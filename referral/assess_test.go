package referral

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	readinessQuestions = []string{"online_presence", "administration", "access_anywhere", "customer_data", "ai_use", "learning", "plan_and_budget"}
	safetyQuestions    = []string{"login_code", "updates", "backups", "outage"}
	impactQuestions    = []string{"customer_demand", "revenue_at_risk", "paperwork", "staffing", "digital_requirements", "new_competitors"}
)

// vector reads "2; bbababa; abb-; ccccbb": size and the answers per block, "-" for a
// question that was not asked.
func vector(text string) (answers Answers, asked []string) {
	parts := strings.Split(strings.ReplaceAll(text, " ", ""), ";")
	answers, asked = Answers{"size": parts[0]}, []string{"size"}
	for b, block := range [][]string{readinessQuestions, safetyQuestions, impactQuestions} {
		for i, q := range block {
			if v := parts[b+1][i : i+1]; v != "-" {
				answers[q] = v
				asked = append(asked, q)
			}
		}
	}
	if answers["administration"] == "a" && answers["customer_data"] == "" {
		answers["customer_data"] = "a" // nothing digital to use; not asked
	}
	return answers, asked
}

func TestAssessGolden(t *testing.T) {
	tests := []struct {
		name, answers         string
		readiness             [3]float64
		impact                [3]float64
		quadrant              Quadrant
		border, extra, unsure bool
		cyber                 Cyber
		phase                 Phase
		met, measured         int
		basis                 string
		tips                  string
	}{
		{"carpenter, everything on paper", "1; aaa-aaa; aa--; aab-aa", [3]float64{0, 0, 0}, [3]float64{6.6, 6.6, 6.6},
			Unhurried, false, false, false, CyberWeak, AdHoc, 1, 11, "nee", "login_code updates it_number"},
		{"baker, much impact, hardly ready", "2; bbababa; abb-; ccccbb", [3]float64{20.67, 20.67, 20.67}, [3]float64{66.8, 66.8, 66.8},
			Vulnerable, false, false, false, CyberWeak, Engaged, 0, 10, "nee", "login_code updates backups it_number"},
		{"webshop, far", "2; edcdccd; ccc-; ddbbcc", [3]float64{93.4, 93.4, 93.4}, [3]float64{80.5, 80.5, 80.5},
			Leading, false, false, false, CyberOK, Later, 6, 6, "ja", "it_number"},
		{"hospitality, on the border", "10; ecbbbbb; bcb-; cbbcbb", [3]float64{54.1, 54.1, 54.1}, [3]float64{55.5, 55.5, 55.5},
			Leading, true, true, false, CyberOK, Engaged, 2, 6, "waarschijnlijk wel", "login_code backups it_number"},
		{"hairdresser, much unknown", "1; cbxxbaa; xxx-; bxb-xx", [3]float64{23.2, 14.5, 52}, [3]float64{33, 13.2, 73.2},
			NoQuadrant, false, false, true, CyberUnknown, AdHoc, 2, 5, "onbekend", "login_code updates backups it_number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers, asked := vector(tt.answers)
			a := Assess(testScale(), answers, asked, false)
			for i, got := range []float64{a.Readiness, a.ReadinessLow, a.ReadinessHigh} {
				assert.InDelta(t, tt.readiness[i], got, 0.06, "readiness %d", i)
			}
			for i, got := range []float64{a.Impact, a.ImpactLow, a.ImpactHigh} {
				assert.InDelta(t, tt.impact[i], got, 0.06, "impact %d", i)
			}
			assert.Equal(t, tt.quadrant, a.Quadrant)
			assert.Equal(t, tt.border, a.Border, "border")
			assert.Equal(t, tt.extra, a.Extra, "extra")
			assert.Equal(t, tt.unsure, a.Indicative, "indicative")
			assert.Equal(t, tt.cyber, a.Cyber)
			assert.Equal(t, tt.phase, a.Phase)
			assert.Equal(t, DII{tt.met, tt.measured, tt.basis}, a.DII)
			assert.Equal(t, tt.tips, strings.Join(a.Tips, " "))
		})
	}
}

func TestAssessNothingAnswered(t *testing.T) {
	_, asked := vector("2; aaaaaaa; aaaa; aaaaaa")
	for name, answers := range map[string]Answers{"none": {}, "nil": nil, "unknown options": {"online_presence": "q", "elsewhere": "a"}} {
		a := Assess(testScale(), answers, asked, false)
		assert.Equal(t, NoQuadrant, a.Quadrant, name)
		assert.Zero(t, a.Readiness, name)
		assert.Equal(t, [2]float64{0, 100}, [2]float64{a.ReadinessLow, a.ReadinessHigh}, name)
		assert.Equal(t, [2]float64{0, 100}, [2]float64{a.ImpactLow, a.ImpactHigh}, name)
		assert.False(t, a.Indicative, "a missing answer is no 'weet ik niet': %s", name)
		assert.False(t, a.Border || a.Extra, name)
		assert.Equal(t, CyberUnknown, a.Cyber, name)
		assert.Equal(t, []string{"login_code", "updates", "backups", "it_number"}, a.Tips, name)
	}
}

func TestAssessAlarmedIsWeak(t *testing.T) {
	answers, asked := vector("2; edcdccd; ccc-; ddbbcc")
	assert.Equal(t, CyberOK, Assess(testScale(), answers, asked, false).Cyber)
	assert.Equal(t, CyberWeak, Assess(testScale(), answers, asked, true).Cyber)
}

func TestAssessCyber(t *testing.T) {
	tests := map[string]Cyber{ // login code, updates, back-ups, outage
		"ccc-": CyberOK, "bbb-": CyberWeak, "acca": CyberOK, "accb": CyberOK, "accc": CyberWeak, "cccc": CyberOK,
		"aab-": CyberWeak, "aa--": CyberWeak, "abb-": CyberWeak, "xcc-": CyberOK, "xbc-": CyberUnknown, "xxc-": CyberUnknown,
		"xbb-": CyberWeak, "axx-": CyberWeak, "bxx-": CyberWeak, "xxx-": CyberUnknown, "acbx": CyberWeak,
	}
	for text, want := range tests {
		answers, asked := vector("2; bbbbbbb; " + text + "; bbbbbb")
		assert.Equal(t, want, Assess(testScale(), answers, asked, false).Cyber, text)
	}
}

// TestAssessBorder walks the corners of the border and of the precaution: scores are
// set by a scale of one item per axis.
func TestAssessBorder(t *testing.T) {
	tests := []struct {
		readiness, impact float64
		quadrant          Quadrant
		border, extra     bool
	}{
		{49.9, 50, Vulnerable, true, false}, {50, 50, Leading, true, true}, {54.9, 90, Leading, true, true},
		{55, 90, Leading, false, false}, {45, 90, Vulnerable, false, false}, {20, 49.9, Unhurried, true, true},
		{20, 40, Unhurried, true, true}, {20, 39.9, Unhurried, false, false}, {50, 44.9, InOrder, true, false},
		{54.9, 45, InOrder, true, true}, {60, 45, InOrder, false, false}, {60, 45.1, InOrder, true, false}, {90, 10, InOrder, false, false},
	}
	for _, tt := range tests {
		scale := &Scale{Items: []Item{
			{Question: "r", Axis: AxisReadiness, Points: points(tt.readiness)},
			{Question: "i", Axis: AxisImpact, Points: points(tt.impact)},
		}}
		a := Assess(scale, Answers{"r": "a", "i": "a"}, nil, false)
		name := fmt.Sprintf("readiness %v, impact %v", tt.readiness, tt.impact)
		assert.Equal(t, tt.quadrant, a.Quadrant, name)
		assert.Equal(t, tt.border, a.Border, "border: %s", name)
		assert.Equal(t, tt.extra, a.Extra, "extra: %s", name)
	}
}

// TestAssessTooFew checks the share of blocks below which there is no quadrant.
func TestAssessTooFew(t *testing.T) {
	tests := []struct {
		answers  string
		quadrant Quadrant
	}{
		{"2; bbbbxxx; bbb-; bbbbbb", Unhurried},  // 5 of 8 blocks
		{"2; bbbxxxx; bbb-; bbbbbb", NoQuadrant}, // 4 of 8
		{"2; bbbbxxx; bxx-; bbbbbb", NoQuadrant}, // one cyber answer makes no block
		{"2; bbbbxxx; bbx-; bbbbbb", Unhurried},  // two do
		{"2; bbbbbbb; bbb-; bbbbxx", Unhurried},  // 4 of 6
		{"2; bbbbbbb; bbb-; bbbxxx", NoQuadrant}, // 3 of 6
		{"1; bbbbbbb; bbb-; bbb-xx", Unhurried},  // 3 of 5
		{"1; bbbbbbb; bbb-; bbx-xx", NoQuadrant}, // 2 of 5
	}
	for _, tt := range tests {
		answers, asked := vector(tt.answers)
		assert.Equal(t, tt.quadrant, Assess(testScale(), answers, asked, false).Quadrant, tt.answers)
	}
}

// TestAssessIndicative counts "weet ik niet" among the asked and answered items only.
func TestAssessIndicative(t *testing.T) {
	tests := map[string]bool{
		"2; bbbbbbb; bbb-; xxxxbb": true,  // 4 of 16
		"2; bbbbbbb; bbb-; xxxbbb": false, // 3 of 16
		"1; bbbbbbb; bbb-; xxx-bb": false, // 3 of 15
		"2; bab-xxx; bbb-; xbbbbb": true,  // 4 of 15: customer data follow from paper and do not count
	}
	for text, want := range tests {
		answers, asked := vector(text)
		assert.Equal(t, want, Assess(testScale(), answers, asked, false).Indicative, text)
	}
	paper, gets := vector("1; bab-xxx; aa--; bbb-b-") // 3 of the 12 that were asked
	assert.True(t, Assess(testScale(), paper, gets, false).Indicative)
	answers, asked := vector("2; bbbbbbb; bbb-; xxxbbb")
	for _, q := range readinessQuestions[:4] {
		delete(answers, q)
	}
	assert.True(t, Assess(testScale(), answers, asked, false).Indicative, "3 of the 12 that were answered")
}

func TestDIIBasis(t *testing.T) {
	tests := []struct {
		met, measured int
		want          string
	}{
		{4, 4, "ja"}, {12, 12, "ja"}, {3, 12, "nee"}, {1, 10, "nee"}, {2, 10, "waarschijnlijk niet"}, {0, 0, "onbekend"}, {3, 5, "onbekend"},
		{2, 6, "waarschijnlijk wel"}, {1, 6, "waarschijnlijk niet"}, {3, 8, "waarschijnlijk wel"}, {0, 9, "nee"}, {0, 8, "waarschijnlijk niet"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, DII{Met: tt.met, Measured: tt.measured}.basis(), "%d of %d", tt.met, tt.measured)
	}
}

// TestBetterNeverLowers tries every set of answers of a block, and every answer made
// one step better: its axis may not go down. Skipped questions follow the rules of
// the conversation, since a question that appears must not punish either.
func TestBetterNeverLowers(t *testing.T) {
	t.Parallel()
	scale := testScale()
	pairs := 0
	improve := func(t *testing.T, questions []string, base Answers, score func(Answers) float64) {
		item := map[string]Item{}
		for _, i := range scale.Items {
			item[i.Question] = i
		}
		var walk func(n int, answers Answers)
		walk = func(n int, answers Answers) {
			if n < len(questions) {
				for _, v := range append(slices.Sorted(maps.Keys(item[questions[n]].Points)), DontKnow) {
					answers[questions[n]] = v
					walk(n+1, answers)
				}
				return
			}
			before := score(answers)
			for _, q := range questions {
				value := answers[q]
				better := string(rune(value[0] + 1))
				if _, ok := item[q].Points[better]; !ok || value == DontKnow {
					continue
				}
				answers[q] = better
				pairs++
				if after := score(answers); after < before-1e-9 {
					require.Failf(t, "a better answer lowered the score", "%s %s→%s: %v → %v in %v", q, value, better, before, after, answers)
				}
				answers[q] = value
			}
		}
		walk(0, maps.Clone(base))
	}
	readiness := func(base Answers) func(Answers) float64 {
		return func(a Answers) float64 {
			all := maps.Clone(base)
			maps.Copy(all, a)
			if all["administration"] == "a" {
				all["customer_data"] = "a"
			}
			if all["login_code"] == "a" && all["updates"] == "a" {
				delete(all, "backups")
			}
			return Assess(scale, all, nil, false).Readiness
		}
	}
	cyber := Answers{"login_code": "b", "updates": "b", "backups": "b"}
	fixed := Answers{"access_anywhere": "b", "customer_data": "b", "ai_use": "b", "learning": "b", "plan_and_budget": "b", "online_presence": "b", "administration": "b"}
	improve(t, []string{"online_presence", "administration", "access_anywhere", "customer_data"}, Answers{}, readiness(cyber))
	improve(t, []string{"ai_use", "learning", "plan_and_budget", "administration"}, Answers{}, readiness(cyber))
	improve(t, []string{"login_code", "updates", "backups"}, Answers{}, readiness(fixed))
	improve(t, impactQuestions, Answers{}, func(a Answers) float64 { return Assess(scale, a, nil, false).Impact })
	assert.Greater(t, pairs, 10_000)
}

// TestRangeHoldsScore checks that a score is between its low and its high.
func TestRangeHoldsScore(t *testing.T) {
	for _, r := range []string{"bbababa", "xxxxxxx", "bxbxbxb", "edcdccd", "axxaxxa"} {
		for _, c := range []string{"abb-", "xxx-", "ccx-", "xab-"} {
			for _, i := range []string{"ccccbb", "xxxxxx", "axbxcx"} {
				answers, asked := vector("2; " + r + "; " + c + "; " + i)
				a := Assess(testScale(), answers, asked, false)
				assert.LessOrEqual(t, a.ImpactLow, a.ImpactHigh)
				assert.GreaterOrEqual(t, a.ReadinessLow, 0.0)
				assert.LessOrEqual(t, a.ReadinessHigh, 100.0)
				if a.Quadrant != NoQuadrant {
					assert.True(t, a.ReadinessLow <= a.Readiness+1e-9 && a.Readiness <= a.ReadinessHigh+1e-9, "%v", answers)
					assert.True(t, a.ImpactLow <= a.Impact+1e-9 && a.Impact <= a.ImpactHigh+1e-9, "%v", answers)
				}
			}
		}
	}
}

func BenchmarkAssess(b *testing.B) {
	scale := testScale()
	answers, asked := vector("10; ecbbbbb; bcb-; cbbcbb")
	b.ReportAllocs()
	for b.Loop() {
		Assess(scale, answers, asked, false)
	}
}

// TestAssessDII4 holds what answers prove of version 4 of the index.
func TestAssessDII4(t *testing.T) {
	scale := &Scale{Items: []Item{
		{Question: "learning", DII4: proofs("a 6:0; c 6:1")},
		{Question: "access_anywhere", DII4: proofs("a 9:0; c 9:1")},
	}}
	tests := []struct {
		answers Answers
		want    DII
	}{
		{Answers{}, DII{0, 0, "onbekend"}},
		{Answers{"learning": "c", "access_anywhere": "a"}, DII{1, 2, "onbekend"}},
		{Answers{"login_code": "b", "updates": "c", "backups": "b"}, DII{1, 1, "onbekend"}},
		{Answers{"login_code": "b", "updates": "c", "backups": "a"}, DII{0, 0, "onbekend"}},
		{Answers{"login_code": "b", "updates": "c", "backups": DontKnow}, DII{0, 0, "onbekend"}},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, Assess(scale, tt.answers, nil, false).DII4, "%v", tt.answers)
	}
}
