package audit

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mistake is one small mistake of an editor, and the fault that the gate must report.
type mistake struct {
	file, old, new string
	kind, id       string
	stages         stages
}

// stages are the stages of the check that must run to find a mistake; the others are left
// out to save time.
type stages int

const (
	records stages = 1 << iota
	paths
	outcomes
	messages
	texts
	reasons
	sameOutcomes // the mistake does not change paths and outcomes: take those of the embedded content
)

const (
	questionsTOML = "flows/questions.toml"
	rulesTOML     = "referral/rules.toml"
	regionTOML    = "referral/region.toml"
	kvkTOML       = "referral/catalogue/kvk.toml"
	slimTOML      = "referral/catalogue/slim.toml"
	benchmarkTOML = "referral/benchmark.toml"
	hubTOML       = "referral/catalogue/ai-hub-midden.toml"
	chatNL        = "locales/chat.nl.toml"
	chatEN        = "locales/chat.en.toml"
	questionsNL   = "locales/questions.nl.toml"
	questionsEN   = "locales/questions.en.toml"
)

// mistakes by name. Those without stages are found on loading.
var mistakes = map[string]mistake{
	// Loading
	"unknown key":                 {questionsTOML, `id = "ai_use"`, "id = \"ai_use\"\ncolour = \"red\"", "content.refused", "", 0},
	"no such TOML":                {questionsTOML, `question_set = 2`, `question_set = `, "content.refused", "", 0},
	"condition on a later answer": {questionsTOML, `ask_if = [{question = "size", not = ["1"]}]`, `ask_if = [{question = "help_wanted", not = ["geen"]}]`, "content.refused", "staffing", 0},
	"option twice":                {questionsTOML, `{value = "klanten"}`, `{value = "papier"}`, "content.refused", "help_wanted", 0},
	"unknown municipality":        {rulesTOML, `municipality = ["GM0307"]`, `municipality = ["GM9999"]`, "content.refused", "R10", 0},
	"unknown initiative":          {rulesTOML, `propose = [{ initiative = "cyberchef-amersfoort"`, `propose = [{ initiative = "cyberschef"`, "content.refused", "R10", 0},
	"overlapping municipality":    {regionTOML, "[[municipality]]\ncode = \"GM0308\"\nname = \"Baarn\"", "[[municipality]]\ncode = \"GM0308\"\nname = \"Baarn oud\"\nregion = \"U\"\n\n[[municipality]]\ncode = \"GM0308\"\nname = \"Baarn\"", "content.refused", "GM0308", 0},
	"no such day":                 {slimTOML, `verified_on = ""`, "verified_on = \"2026-02-30\"\nverified_by = \"iemand\"", "content.refused", "slim", 0},
	"placeholder left open":       {chatNL, `{{.Place}}?`, `{{.Place?`, "content.refused", "chat.guess", 0},

	// Records and dates
	"verified tomorrow":       {hubTOML, `verified_on = ""`, "verified_on = \"2026-12-24\"\nverified_by = \"iemand\"", "initiative.verified_later", "ai-hub-midden", records},
	"rounds overlap":          {"referral/catalogue/mijn-digitale-zaak.toml", `from = "2023-05-17"`, `from = "2022-11-01"`, "initiative.rounds_overlap", "mijn-digitale-zaak", records},
	"rounds without a status": {"referral/catalogue/mcz.toml", `status = "closed_round"`, `status = "active"`, "initiative.rounds_unused", "mcz", records},
	"way in is gone":          {"referral/catalogue/earth-valley.toml", `via = "rom-utrecht"`, `via = "skillcity-utrecht"`, "initiative.via_gone", "earth-valley", records},

	"option added silently": {questionsTOML, `{value = "geen"},`, `{value = "geen"}, {value = "kassa"},`, "layout.changed", "question_set", records},
	"questions swapped":     {questionsTOML, "[[question]]\nid = \"staffing\"", "[[question]]\nid = \"staffing2\"\npart = 4\noptions = [{value = \"a\"}]\n\n[[question]]\nid = \"staffing\"", "layout.changed", "question_set", records},

	// Paths
	"question nobody reaches": {questionsTOML, `ask_if = [{question = "size", not = ["1"]}]`, `ask_if = [{question = "size", is = ["1"]}, {question = "size", is = ["2"]}]`, "question.unreached", "staffing", paths},
	"option nobody sees":      {questionsTOML, `{value = "team", hide_if = [{question = "size", is = ["1"]}]}`, `{value = "team", hide_if = [{question = "size", is = ["1", "2", "10", "50", "250"]}]}`, "option.never", "obstacle.team", paths},
	"dead end": {questionsTOML, "id = \"login_code\"\npart = 3\naxis = \"cyber\"\ndont_know = true", "id = \"login_code\"\npart = 3\naxis = \"cyber\"\n" +
		"", "question.dead_end", "login_code", paths},

	// Outcomes
	"rule that cannot fire":      {rulesTOML, `when = [{ staffing = ["c"], sector = ["ict"]`, `when = [{ staffing = ["c"], size = ["zzp"], sector = ["ict"]`, "rule.never", "R51", paths | outcomes},
	"alternative behind another": {rulesTOML, `{ cyber = ["weak"], variant = "weak", because = ["cyber"] },`, `{ cyber = ["weak", "unknown"], variant = "weak", because = ["cyber"] },`, "rule.alternative_never", "R13, when 2", paths | outcomes},
	"nothing for an emergency":   {"referral/catalogue/politie.toml", `kind = "incident"`, `kind = "national"`, "incident.empty", "", records},

	// Reasons and figures
	"pressure as a reason for calm":  {rulesTOML, `when = [{ quadrant = ["unhurried"], because = ["calm"] }]`, `when = [{ quadrant = ["unhurried"], because = ["impact"] }]`, "reason.against", "R40", reasons},
	"gaps as a reason for a leader":  {rulesTOML, `edih_sector = false, because = ["strength", "impact"]`, `edih_sector = false, because = ["readiness", "impact"]`, "reason.against", "R31", reasons},
	"a quadrant reason for everyone": {rulesTOML, `because = ["staffing", "sector"]`, `because = ["staffing", "impact"]`, "reason.against", "R51", reasons},
	"the wish said again":            {"locales/rules.nl.toml", `"reason.R13.wish" = "`, `"reason.R13.wish" = "Je wilt hulp bij veilig werken. `, "reason.twice", "result.reason", sameOutcomes | messages},
	"figure about no question":       {benchmarkTOML, `question = "ai_use"`, `question = "ai_usage"`, "figure.question", "ai_three_sectors", reasons},
	"figure about no option":         {benchmarkTOML, `no = ["a"]`, `no = ["z"]`, "figure.option", "social_bouw", reasons},
	"figure behind another":          {benchmarkTOML, "question = \"ai_use\"\nyes = [\"c\", \"d\"]\npartly = [\"b\"]\nno = [\"a\"]\nsizes = [\"klein\", \"midden\", \"groot\"]\nsectors = [\"ict\"]", "question = \"ai_use\"\nyes = [\"c\", \"d\"]\npartly = [\"b\"]\nno = [\"a\"]\nsizes = [\"micro\"]\nsectors = [\"bouw\"]", "figure.unreached", "ai_ict", reasons},

	// Messages and labels
	"label cut on a phone":     {questionsNL, `"label.administration.a" = "Op papier of uit het hoofd"`, `"label.administration.a" = "Gewoon op papier of anders uit mijn hoofd"`, "label.long", "label.administration.a", sameOutcomes | messages},
	"label of only an emoji":   {questionsNL, `"option.satisfaction.1" = "😞 Heel slecht"`, `"option.satisfaction.1" = "😞"`, "label.wordless", "option.satisfaction.1", sameOutcomes | messages},
	"label of only a number":   {questionsEN, `"option.size.250" = "250 or more"`, `"option.size.250" = "250+"`, "label.number", "option.size.250", sameOutcomes | messages},
	"too many in a row":        {questionsTOML, "part = 0\ncolumns = 2", "part = 0\ncolumns = 5", "label.crowded", "option.satisfaction.1", sameOutcomes | messages},
	"message too long":         {chatNL, `"chat.welcome" = "`, `"chat.welcome" = "` + long(4100), "message.long", "start", sameOutcomes | messages},
	"caption too long":         {"locales/rules.nl.toml", `"quadrant.vulnerable.text" = "`, `"quadrant.vulnerable.text" = "` + long(1000), "caption.long", "advice", sameOutcomes | messages},
	"placeholder nobody fills": {chatEN, `{{.Place}}?`, `{{.Town}}?`, "text.argument", "chat.guess", sameOutcomes | messages},

	// Texts
	"missing in English": {chatEN, `"chat.menu_title" = `, `"chat.menu_titel" = `, "text.missing", "chat.menu_title", texts},
	"only in English":    {chatEN, `"chat.menu_title" = `, "\"chat.extra\" = \"Extra\"\n\"chat.menu_title\" = ", "text.not_in_dutch", "chat.extra", texts},
	"missing altogether": {questionsNL, `"topic.size" = `, `"topic.sise" = `, "text.missing", "topic.size", texts},
	"empty":              {chatNL, `"chat.menu_text" = "`, "\"chat.menu_text\" = \" \"\n\"chat.menu_text2\" = \"", "text.empty", "chat.menu_text", texts},
	"other placeholders": {chatEN, `{{.Place}}?`, `{{.Town}}?`, "text.placeholders", "chat.guess", texts},
	"not translated":     {chatEN, `"chat.stopped" = "`, "\"chat.stopped\" = \"We stoppen hier. Je antwoorden zijn gewist. Tot een volgende keer.\"\n\"chat.stopped2\" = \"", "text.untranslated", "chat.stopped", texts},
	"nobody says it":     {"locales/rules.nl.toml", `"reason.R10" = `, "\"reason.R99\" = \"Vergeten.\"\n\"reason.R10\" = ", "text.unused", "reason.R99", sameOutcomes | messages | texts},
	"fewer labels":       {questionsEN, `"label.administration.a" = `, `"labels.administration.a" = `, "text.options_differ", "label.administration", texts},
	"markup":             {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "<b>Let op</b> `, "text.markup", "chat.menu_text", texts},
	"stray braces":       {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "{Naam} `, "text.braces", "chat.menu_text", texts},

	// Plain language
	"long sentence":     {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "Als je nu niet meer weet wat je zou willen doen of waar je was gebleven, dan kun je hier kijken en kiezen wat je verder nog wilt doen of laten. `, "plain.sentence", "chat.menu_text", texts},
	"long question":     {questionsNL, `"question.ai_use.text" = "Gebruik je`, `"question.ai_use.text" = "Gebruik je op dit moment of heb je het afgelopen jaar wel eens gewerkt met`, "plain.question", "question.ai_use.text", texts},
	"long on average":   {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "Hier kun je kiezen wat je nu wilt doen, of waar je nog meer over zou willen weten, als je dat wilt. Hier kun je kiezen wat je nu wilt doen, of waar je nog meer over zou willen weten, als je dat wilt. Hier kun je kiezen wat je nu wilt doen, of waar je nog meer over zou willen weten, als je dat wilt. `, "plain.average", "chat.menu_text", texts},
	"hard words":        {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "Organisatorische veranderingsprocessen vereisen bedrijfseconomische verantwoordelijkheid. Automatiseringsmogelijkheden verbeteren concurrentieverhoudingen aanzienlijk. Ondernemersverenigingen organiseren informatiebijeenkomsten. `, "plain.hard", "chat.menu_text", texts},
	"trade word":        {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "Werk in de cloud. `, "plain.jargon", "chat.menu_text", texts},
	"formal address":    {chatNL, `"chat.menu_text" = "Wat wil je`, `"chat.menu_text" = "Wat wilt u`, "plain.formal", "chat.menu_text", texts},
	"exclamation chain": {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "Welkom!! `, "plain.exclamations", "chat.menu_text", texts},
	"emoji after emoji": {chatNL, `"chat.menu_text" = "`, `"chat.menu_text" = "🚀🎉 `, "plain.emoji", "chat.menu_text", texts},
}

func long(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = "woord. "[i%7]
	}
	return string(text)
}

// together are the stages that take seconds. The mistakes that only such a stage finds are made
// in one content: they are in different places, so that none hides another.
var together = map[string]stages{"outcomes": outcomes, "messages": messages}

// TestEveryMistakeIsFound makes mistakes in the embedded content, which itself has no faults
// (TestEmbeddedContentHasNoFaults).
func TestEveryMistakeIsFound(t *testing.T) {
	kinds := map[string]bool{}
	for name, m := range mistakes {
		kinds[m.kind] = true
		if m.stages&(outcomes|messages) != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := embeddedFiles(t)
			f.replace(t, m.file, m.old, m.new)
			switch name {
			case "dead end":
				for _, option := range []string{"a", "b", "c"} {
					f.hide(t, "login_code", option)
				}
			case "nothing for an emergency":
				f.replace(t, "referral/catalogue/fraudehelpdesk.toml", `kind = "incident"`, `kind = "national"`)
				f.replace(t, "referral/catalogue/autoriteit-persoonsgegevens.toml", `kind = "incident"`, `kind = "national"`)
			}
			assertFault(t, f.faults(t, m.stages), m)
		})
	}
	for stage, found := range together {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && found == outcomes {
				t.Skip("advises every outcome")
			}
			f := embeddedFiles(t)
			var needed stages
			for _, m := range mistakes {
				if m.stages&found != 0 {
					f.replace(t, m.file, m.old, m.new)
					needed |= m.stages
				}
			}
			faults := f.faults(t, needed)
			for name, m := range mistakes {
				if m.stages&found != 0 {
					t.Run(name, func(t *testing.T) { assertFault(t, faults, m) })
				}
			}
		})
	}
	require.GreaterOrEqual(t, len(kinds), 25, "kinds of fault")
}

// hide hides an option from every business.
func (f files) hide(t *testing.T, question, option string) {
	t.Helper()
	at := strings.Index(f[questionsTOML], `id = "`+question+`"`)
	require.Positive(t, at)
	before, after := f[questionsTOML][:at], f[questionsTOML][at:]
	f[questionsTOML] = before + strings.Replace(after, `{value = "`+option+`", `,
		`{value = "`+option+`", hide_if = [{question = "size", is = ["1", "2", "10", "50", "250"]}], `, 1)
}

// faults returns what stages of the check find; without stages, what loading refuses.
func (f files) faults(t *testing.T, needed stages) []Fault {
	t.Helper()
	c, err := f.load()
	if needed == 0 {
		require.Error(t, err)
		return Refused(err, f, checkedGate(t).Texts, "nl")
	}
	require.NoError(t, err)
	g := newGate(c, Options{From: today, Days: -1})
	if needed&sameOutcomes != 0 {
		g.withOutcomesOf(checkedGate(t))
	}
	ctx := context.Background()
	for _, stage := range []struct {
		is  stages
		run func()
	}{
		{records, func() { g.checkRecords(); g.checkLayout() }}, {paths, g.checkPaths}, {outcomes, func() { g.checkOutcomes(ctx) }},
		{reasons, func() { g.checkReasons(); g.checkFigures() }}, {messages, func() { g.checkMessages(ctx) }}, {texts, func() { g.checkTexts(ctx) }},
	} {
		if needed&stage.is != 0 {
			stage.run()
		}
	}
	return g.finish().Faults
}

func assertFault(t *testing.T, faults []Fault, m mistake) {
	t.Helper()
	for _, f := range faults {
		if f.Kind == m.kind && f.ID == m.id {
			assert.NotEmpty(t, f.What)
			assert.NotEmpty(t, f.Do)
			assert.NotEmpty(t, f.File+f.Lang)
			return
		}
	}
	assert.Fail(t, "the gate does not report it", "%s %s; it reports %v", m.kind, m.id, faults)
}

// TestDayOfLostOfferIsReported closes the round of the initiative that every advice falls
// back on: the gate must report the outcomes without a useful advice, and the day. A small
// questionnaire suffices.
func TestDayOfLostOfferIsReported(t *testing.T) {
	f := embeddedFiles(t)
	f[questionsTOML] = smallQuestionnaire
	f.replace(t, kvkTOML, `status = "active"`, `status = "closed_round"`)
	f.replace(t, "referral/catalogue/mkb-werkplaats-utrecht.toml", `capacity = "limited"`, `capacity = "none"`)
	f[kvkTOML] += "\n[[rounds]]\nfrom = \"2026-01-01\"\nto = \"2026-12-31\"\nevidence = \"kvk1\"\n"
	c := mustLoad(t, f)
	g := newGate(c, Options{From: today})
	g.checkRecords()
	g.checkPaths()
	g.checkOutcomes(context.Background())
	days := map[string]string{}
	for _, fault := range g.finish().Faults {
		days[fault.Kind] = fault.What
	}
	assert.Contains(t, days["outcome.empty"], "Vanaf 2027-01-01 hebben ")
	assert.Contains(t, days["outcome.doubtful"], "Vanaf 2027-01-01 is bij ")
	assert.Contains(t, g.report.Upcoming, Event{Day: "2027-01-01", ID: "kvk", Kind: "round_closes", What: "KVK: vanaf 2027-01-01 is de ronde dicht."})

	g = newGate(c, Options{From: "2027-01-01"})
	g.checkCombinations(t.Context())
	require.Len(t, g.finish().Faults, 1)
	assert.Equal(t, "combination.empty", g.report.Faults[0].Kind)
}
