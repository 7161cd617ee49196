package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHelpNamesEveryCommand(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, args := range [][]string{nil, {"--help"}} {
		help := h.ok(args...)
		for _, command := range []string{"serve", "chat", "advise", "check", "graph", "report", "catalogue", "content export",
			"backup", "restore", "purge", "version"} {
			assert.Contains(t, help, "\n  "+command)
		}
		assert.Contains(t, help, "Doe de check in de terminal")
	}
	assert.Contains(t, h.with("LANG=en_GB.UTF-8").ok("--help"), "Do the check in the terminal")
}

func TestVersion(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, regexp.MustCompile(`^digiwijzer \S+, commit [0-9a-f-]+(, met wijzigingen die daar niet in staan)? \(go1\.\d+(\.\d+)?\)
inhoud [0-9a-f]{12}, vragen 2, score 2
SQLite 3\.\d+\.\d+, schema van state.db \d+, van stats.db \d+
licentie EUPL-1.2
$`), newHarness(t).exec("", "version").stdout)
}

// TestEveryMistakeIsOneClearLine: what a person does wrong is reported in one line, with a
// non-zero exit code.
func TestEveryMistakeIsOneClearLine(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close() //nolint:errcheck // only held
	for name, c := range map[string]struct {
		args []string
		env  []string
		code int
		want string
	}{
		"unknown command":     {[]string{"fly"}, nil, 2, "fly"},
		"unknown flag":        {[]string{"version", "--loud"}, nil, 2, "--loud"},
		"no such week":        {[]string{"report", "--week", "2026-W54"}, nil, 2, "2026-W54"},
		"no week":             {[]string{"report", "--week", "99"}, nil, 2, `"99"`},
		"weeks reversed":      {[]string{"report", "--from", "2026-W47", "--to", "2026-W46"}, nil, 2, "2026-W46"},
		"half a range":        {[]string{"report", "--from", "2026-W47"}, nil, 2, "--to"},
		"week and quarter":    {[]string{"report", "--week", "2026-W47", "--quarter", "2026Q4"}, nil, 2, "--quarter"},
		"no quarter":          {[]string{"report", "--quarter", "2026Q5"}, nil, 2, "2026Q5"},
		"unknown format":      {[]string{"report", "--format", "doc"}, nil, 2, "doc"},
		"too many weeks":      {[]string{"report", "--from", "2000-W01", "--to", "2026-W01"}, nil, 2, "1357"},
		"unknown start code":  {[]string{"chat", "--start", "nobody"}, nil, 2, `"nobody"`},
		"unknown language":    {[]string{"chat", "--lang", "xx"}, nil, 2, `"xx"`},
		"negative days":       {[]string{"check", "--days", "-1"}, nil, 2, "--days"},
		"no backup":           {[]string{"restore", "nothing.db"}, nil, 2, "nothing.db"},
		"no figures":          {[]string{"backup", "copy.db"}, nil, 1, "stats.db"},
		"purge without all":   {[]string{"purge"}, nil, 2, "--all"},
		"no content folder":   {[]string{"version"}, []string{"DIGIWIJZER_CONTENT=/nowhere"}, 1, "/nowhere"},
		"bad address":         {[]string{"version"}, []string{"DIGIWIJZER_LISTEN=here"}, 2, `DIGIWIJZER_LISTEN: "here"`},
		"bad clock":           {[]string{"version"}, []string{"DIGIWIJZER_NOW=tomorrow"}, 2, "DIGIWIJZER_NOW"},
		"bad token":           {[]string{"serve"}, []string{"TELEGRAM_BOT_TOKEN=hunter2"}, 1, "TELEGRAM_BOT_TOKEN"},
		"missing token file":  {[]string{"serve"}, []string{"TELEGRAM_BOT_TOKEN_FILE=/nowhere"}, 1, "TELEGRAM_BOT_TOKEN_FILE"},
		"webhook, no secret":  {[]string{"serve"}, []string{"TELEGRAM_BOT_TOKEN=1:aaaaaaaaaaaaaaaaaaaaaaaaaa", "DIGIWIJZER_WEBHOOK_URL=https://example.org/hook"}, 1, "SECRET"},
		"foreign address":     {[]string{"serve"}, []string{"DIGIWIJZER_LISTEN=192.0.2.1:80"}, 1, "192.0.2.1:80"},
		"port in use":         {[]string{"serve"}, []string{"DIGIWIJZER_LISTEN=" + taken.Addr().String()}, 1, taken.Addr().String() + " is al in gebruik"},
		"key open to all":     {[]string{"serve"}, []string{"DIGIWIJZER_KEY_FILE=" + keyFile(t, make([]byte, 32), 0o604)}, 1, "Sluit hem af met chmod 600"},
		"key of report open":  {[]string{"report"}, []string{"DIGIWIJZER_KEY_FILE=" + keyFile(t, make([]byte, 32), 0o604)}, 1, "Sluit hem af met chmod 600"},
		"key of other form":   {[]string{"key", "list"}, []string{"DIGIWIJZER_KEY_FILE=" + keyFile(t, []byte("{"), 0o600)}, 1, "is geen sleutelbestand"},
		"folder not writable": {[]string{"serve"}, []string{"DIGIWIJZER_DATA=/proc/nowhere"}, 1, "/proc/nowhere"},
		"export over work":    {[]string{"content", "export", filepath.Dir(empty)}, nil, 2, "niet leeg"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newHarness(t, c.env...).run("", c.args...)
			assert.Equal(t, c.code, o.code, o.stderr)
			assert.Empty(t, o.stdout)
			assert.Equal(t, 1, strings.Count(o.stderr, "\n"), "one line: %s", o.stderr)
			assert.Contains(t, o.stderr, c.want)
			assert.NotContains(t, o.stderr, "goroutine")
			assert.NotContains(t, o.stderr, "hunter2", "a secret never prints")
		})
	}
}

// TestProcessAndCallAgree: the program does what a call of Run in the tests does, and ends with
// its exit code.
func TestProcessAndCallAgree(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for code, args := range map[int][]string{0: {"catalogue"}, exitFailed: {"catalogue", "--content", "/nowhere"}, exitBadInput: {"version", "--loud"}} {
		process := h.exec("", args...)
		assert.Equal(t, code, process.code, args)
		assert.Equal(t, h.run("", args...), process, args)
	}
}

func keyFile(t *testing.T, content []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.NoError(t, os.Chmod(path, mode)) // the umask does not matter then
	return path
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var entries []map[string]any
	require.NoError(t, json.Unmarshal([]byte(h.ok("catalogue", "--format", "json")), &entries))
	assert.GreaterOrEqual(t, len(entries), 20)
	table := h.ok("catalogue")
	for _, e := range entries {
		for _, name := range []string{"id", "name", "kind", "status", "url", "verified_on"} {
			assert.IsType(t, "", e[name], "%s of %v", name, e["id"])
		}
		assert.Contains(t, table, "\n"+e["id"].(string)+" ")
	}
	assert.NotContains(t, table, "[cli.", "every word is there")
}

func TestGraph(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	mermaid := h.ok("graph")
	assert.True(t, strings.HasPrefix(mermaid, "stateDiagram-v2\n"))
	assert.Contains(t, mermaid, "asking --> advised: advise")
	assert.Equal(t, mermaid, h.ok("graph", "--format", "mermaid"))
	assert.True(t, strings.HasPrefix(h.ok("graph", "--format", "dot"), "digraph fsm {"))
}

// TestDocsNameRealVariables: every variable in the README and the documentation is one that
// the program reads.
func TestDocsNameRealVariables(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`\b(?:DIGIWIJZER|TELEGRAM)_[A-Z_]+[A-Z]\b`)
	config := read(t, "../../bot/settings/settings.go")
	known := func(name string) bool { return strings.Contains(config, `"`+name+`"`) }
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	found := 0
	for _, page := range append(pages, "../../README.md") {
		for _, name := range variable.FindAllString(read(t, page), -1) {
			assert.True(t, known(name) || known(strings.TrimSuffix(name, "_FILE")), "%s: the program does not read %s", page, name)
			found++
		}
	}
	assert.Greater(t, found, 20)
}

func TestReportWithoutAnything(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	o := h.run("", "report", "--format", "json")
	require.Zero(t, o.code)
	assert.Contains(t, o.stderr, "nog geen cijfers")
	var r weekly
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &r))
	assert.Equal(t, "2026-W46", r.Period.From, "the last complete week")
	assert.Equal(t, "2026-W47", r.Period.To, "and this week so far")
	assert.Nil(t, r.Waiting)
	assert.Contains(t, r.Totals.Referrals, "kvk", "zeros too")

	assert.NoDirExists(t, filepath.Join(h.dir, "data"), "a report makes nothing")
	quarter := h.report("--quarter", "2026Q4")
	assert.Equal(t, "2026-W40", quarter.Period.From, "1 October 2026 is the Thursday of week 40")
	assert.Equal(t, "2026-W53", quarter.Period.To, "31 December 2026 is the Thursday of week 53")
	assert.Len(t, quarter.Weeks, 14)
}

func TestReportWritesAWholeFile(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ok("report", "--format", "json", "-o", h.at("week.json"))
	text, err := os.ReadFile(filepath.Join(h.dir, "week.json"))
	require.NoError(t, err)
	assert.True(t, json.Valid(text))
	assert.NoFileExists(t, filepath.Join(h.dir, "week.json.part"))
	mode := func(name string) os.FileMode {
		info, err := os.Stat(filepath.Join(h.dir, name))
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	assert.Equal(t, os.FileMode(0o600), mode("week.json"), "exact weeks are for whoever is accountable")
	h.ok("report", "--level", "intern", "--format", "json", "-o", h.at("intern.json"))
	assert.Equal(t, os.FileMode(0o644), mode("intern.json"), "by the umask of the user")
}

func TestCheckListsEveryFaultOfAnOverlay(t *testing.T) {
	t.Parallel()
	dir := folder(t,
		"referral/catalogue/kvk.toml", "id = \"kvk\"\ncolour = \"red\"\n",
		"locales/mine.nl.toml", `"chat.welcome" = "{{.Open"`,
		"bot/share/partners.toml", "[[partner]]\ncode = \"A B\"\nname = \"x\"\n",
		"flows/question.toml", "",
	)
	h := newHarness(t)
	o := h.run("", "check", "--content", dir)
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stdout, "flows/question.toml", "a misspelt name would change nothing without a word")
	require.NoError(t, os.Remove(filepath.Join(dir, "flows/question.toml")))
	o = h.run("", "check", "--content", dir)
	assert.Equal(t, 1, o.code)
	assert.Empty(t, o.stderr)
	for _, want := range []string{"catalogue/kvk.toml", "colour", "mine.nl.toml", "chat.welcome", "A B", "fouten gevonden"} {
		assert.Contains(t, o.stdout, want)
	}
}

func TestExportedContentIsTheContent(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	before := h.ok("version")
	assert.Contains(t, h.ok("content", "export", h.at("mine")), "mine")
	h.with("DIGIWIJZER_CONTENT=" + h.at("mine"))
	assert.Equal(t, before, h.ok("version"), "an untouched copy changes nothing")

	text := filepath.Join(h.dir, "mine/locales/chat.nl.toml")
	content, err := os.ReadFile(text)
	require.NoError(t, err)
	write(t, text, strings.Replace(string(content), "In vier minuten", "In 4 minuten", 1))
	assert.NotEqual(t, before, h.ok("version"))
	assert.Contains(t, h.run("", "chat").stdout, "In 4 minuten")
	assert.Equal(t, 2, h.run("", "content", "export", h.at("mine")).code, "never over someone's work")
}

func TestChatEndsQuietly(t *testing.T) {
	t.Parallel()
	o := newHarness(t).exec("2\n", "chat", "--start", "test_GM0355", "--lang", "en")
	assert.Zero(t, o.code, o.stderr)
	assert.Empty(t, o.stderr)
	assert.Contains(t, o.stdout, "Zeist")
	assert.NotContains(t, o.stdout, "\x1b", "no colours into a pipe")
}

func TestPurgeLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.serve()
	assert.Equal(t, 1, h.run("", "purge", "--all", "--yes").code, "not while serve runs")
	assert.Zero(t, s.stop(), s.stderr)
	h.ok("backup", h.at("copy.db"))
	write(t, filepath.Join(h.dir, "data/content-good.zip"), "the content that was last in use")
	h.ok("purge", "--all", "--yes")
	assert.NoFileExists(t, filepath.Join(h.dir, "digiwijzer.key"))
	left, err := os.ReadDir(filepath.Join(h.dir, "data"))
	if err == nil {
		assert.Empty(t, left)
	}
	h.ok("restore", h.at("copy.db"))
	assert.FileExists(t, filepath.Join(h.dir, "data/stats.db"))
}
