package main

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/app"
	"digiwijzer/bot/settings"
	"digiwijzer/cmd/digiwijzer/grammar"
	"digiwijzer/locales"
)

// runHere runs the program in this process.
func runHere(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), args, env, strings.NewReader(""), &stdout, &stderr)
	return outcome{stdout.String(), stderr.String(), code}
}

func TestHelpListsEverySetting(t *testing.T) {
	t.Parallel()
	words, err := locales.BuiltIn()
	require.NoError(t, err)
	for _, lang := range []string{"nl", "en"} {
		p := &program{Base: app.Base{Words: words, Lang: lang}}
		fields, err := grammar.Fields(&settings.Settings{}, p.Say)
		require.NoError(t, err)
		require.Len(t, fields, reflect.TypeFor[settings.Settings]().NumField())
		help := runHere(t, []string{"LANG=" + lang}, "help")
		require.Zero(t, help.code, help.stderr)
		for _, s := range fields {
			require.Len(t, s.Envs, 1)
			assert.Contains(t, help.stdout, "\n  "+s.Envs[0]+"\n      "+s.Help)
			assert.Contains(t, help.stdout, s.Default)
		}
		assert.NotContains(t, help.stdout, "[cli.", "a missing text")
	}
}

func TestHelpIsInTheLanguageOfTheTerminal(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"help", "partner", "add"}, {"partner", "add", "--help"}} {
		dutch := runHere(t, nil, args...)
		assert.Zero(t, dutch.code)
		assert.Contains(t, dutch.stdout, "Gebruik: digiwijzer")
		assert.Contains(t, dutch.stdout, "Toon deze hulp.")
		for _, english := range []string{"Usage", "Flags", "Arguments", "Commands", "Show", "Run "} {
			assert.NotContains(t, dutch.stdout, english, "%v", args)
		}
		assert.Contains(t, runHere(t, []string{"LANG=en_GB.UTF-8"}, args...).stdout, "Usage: digiwijzer")
	}
	assert.NotContains(t, runHere(t, nil, "help", "version").stdout, "DIGIWIJZER_DATA", "settings are on the first page")
}

// TestUsageErrorsAreTranslated covers every error of kong that a person can cause.
func TestUsageErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct{ english, args string }{
		"De optie --loud bestaat niet":             {"There is no flag --loud", "version --loud"},
		"fly hoort hier niet":                      {"fly does not belong here", "fly"},
		"versoin hoort hier niet":                  {"versoin does not belong here", "versoin"},
		`ontbreekt nog iets: "add", "list"`:        {`missing here: "add", "list"`, "partner"},
		`ontbreekt nog iets: "<code>"`:             {`missing here: "<code>"`, "partner pause"},
		"Deze optie ontbreekt: --name=NAAM":        {"This flag is missing: --name=NAAM", "partner add kvk"},
		`--format: "doc" kan niet; kies uit`:       {`--format: "doc" is not one of`, "report --format doc"},
		`--days: "x" past hier niet`:               {`--days: "x" does not fit here`, "check --days x"},
		`--pause: "x" past hier niet`:              {`--pause: "x" does not fit here`, "catalogue links --pause x"},
		"--content: de waarde ontbreekt":           {"--content: the value is missing", "version --content"},
		`--date: "2026-13-01" is geen datum`:       {`--date: "2026-13-01" is not a date`, "chat --date 2026-13-01"},
		`--lang: de taal "xx" hebben we niet`:      {`--lang: we do not have the language "xx"`, "chat --lang xx"},
		`--week: "2026-W99" is geen week`:          {`--week: "2026-W99" is not a week`, "report --week 2026-W99"},
		"week 2026-W41 komt na week 2026-W40":      {"week 2026-W41 comes after week 2026-W40", "report --from 2026-W41 --to 2026-W40"},
		"het mogen er tien jaar zijn":              {"ten years is the most", "report --from 2000-W01 --to 2026-W40"},
		`--quarter: "2026Q9" is geen kwartaal`:     {`--quarter: "2026Q9" is not a quarter`, "report --quarter 2026Q9"},
		"--from en --to horen bij elkaar":          {"--from and --to belong together", "report --from 2026-W40"},
		"Geef --week of --quarter, niet allebei":   {"Give --week or --quarter, not both", "report --week 2026-W40 --quarter 2026Q3"},
		"--by is er niet meer":                     {"--by is gone", "report --quarter 2026Q3 --by sector"},
		"--level extern is voor een afgesloten":    {"--level extern is for a closed", "report --level extern"},
		"--n: 0 ligt niet tussen":                  {"--n: 0 is not between", "simulate --n 0"},
		"als JSON op de standaardinvoer":           {"as JSON on standard input", "advise"},
		`--start: "nobody" is geen partner (test)`: {`--start: "nobody" is not a partner (test)`, "chat --start nobody"},
	} {
		env := []string{"DIGIWIJZER_DATA=" + t.TempDir()}
		for lang, text := range map[string]string{"nl": want, "en": c.english} {
			o := runHere(t, append(env, "LANG="+lang), strings.Fields(c.args)...)
			assert.Equal(t, exitBadInput, o.code, c.args)
			assert.Contains(t, o.stderr, text, c.args)
			assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
			assert.Empty(t, o.stdout)
		}
	}
}
