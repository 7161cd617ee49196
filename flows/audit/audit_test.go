package audit

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// today is the day of every check here.
const today = referral.Date("2026-11-22")

// files are the content by file name, to change before loading.
type files map[string]string

// readEmbedded returns a copy of the embedded content.
func readEmbedded() (files, error) {
	all := files{}
	for dir, fsys := range map[string]fs.FS{"flows": flows.Embedded(), "referral": referral.Embedded(), "locales": locales.Embedded()} {
		err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".toml") {
				return err
			}
			content, err := fs.ReadFile(fsys, path)
			all[dir+"/"+path] = string(content)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// embedded is the embedded content: its files, and what is loaded from them.
var embedded = sync.OnceValues(func() (files, error) { return readEmbedded() })

func embeddedFiles(t testing.TB) files {
	t.Helper()
	f, err := embedded()
	require.NoError(t, err)
	return maps.Clone(f)
}

// loaded loads one of the three parts of the content. Most tests change a file of one part, so that of
// the embedded files is loaded once, and not to be changed.
func loaded[T any](f files, dir string, load func(fs.FS) (T, error)) (T, error) {
	original, err := embedded()
	own := func(name, _ string) bool { return !strings.HasPrefix(name, dir+"/") }
	mine, theirs := maps.Clone(f), maps.Clone(original)
	maps.DeleteFunc(mine, own)
	maps.DeleteFunc(theirs, own)
	if err != nil || !maps.Equal(mine, theirs) {
		return load(f.under(dir))
	}
	kept, _ := embeddedParts.LoadOrStore(dir, sync.OnceValues(func() (T, error) { return load(f.under(dir)) }))
	return kept.(func() (T, error))()
}

var embeddedParts sync.Map // by folder

// replace replaces the first old in a file; a file without old fails the test.
func (f files) replace(t testing.TB, file, old, new string) {
	t.Helper()
	require.Contains(t, f[file], old, "%s no longer has what this test replaces", file)
	f[file] = strings.Replace(f[file], old, new, 1)
}

// ReadFile, Changed and TextFile make the files a Files and a Located.
func (f files) ReadFile(name string) ([]byte, error) {
	content, ok := f[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(content), nil
}

func (f files) Changed(string) bool { return true }

func (f files) TextFile(id, lang string) string { return "" }

func (f files) under(dir string) fs.FS {
	m := fstest.MapFS{}
	for name, content := range f {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			m[rest] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return m
}

func (f files) load() (Content, error) {
	var c Content
	var errs [3]error
	c.Questions, errs[0] = loaded(f, "flows", flows.Load)
	c.Catalogue, errs[1] = loaded(f, "referral", referral.Load)
	c.Texts, errs[2] = loaded(f, "locales", func(dir fs.FS) (*locales.Texts, error) { return locales.Load(dir) })
	if err := errors.Join(errs[:]...); err != nil {
		return Content{}, err
	}
	c.Engine = flows.NewEngine(flows.Content{Questions: c.Questions, Catalogue: c.Catalogue, Languages: c.Texts.Languages(),
		Words: func(lang, id string) string {
			if c.Texts.Has(lang, id) {
				return c.Texts.Text(lang, id)
			}
			return ""
		}})
	return c, nil
}

func mustLoad(t testing.TB, f files) Content {
	t.Helper()
	c, err := f.load()
	require.NoError(t, err)
	return c
}

// embeddedGate returns a gate that has checked the embedded content. It is made once per
// process, as a check takes seconds; its exploration and its advices serve tests of content
// with the same questions, catalogue and rules.
var embeddedGate = sync.OnceValues(func() (*gate, error) {
	f, err := readEmbedded()
	if err != nil {
		return nil, err
	}
	c, err := f.load()
	if err != nil {
		return nil, err
	}
	g := newGate(c, Options{From: today})
	g.check(context.Background())
	return g, nil
})

func checkedGate(t testing.TB) *gate {
	t.Helper()
	g, err := embeddedGate()
	require.NoError(t, err)
	return g
}

// withOutcomesOf takes over what was explored and advised by the gate of a content with
// the same questions, catalogue and rules.
func (g *gate) withOutcomesOf(other *gate) *gate {
	g.space, g.walk, g.actions = other.space, other.walk, other.actions
	return g
}

func TestEmbeddedContentHasNoFaults(t *testing.T) {
	r := checkedGate(t).report
	for _, f := range r.Faults {
		t.Errorf("%s: %s", f.Kind, f)
	}
	for _, n := range r.Notices {
		assert.NotEqual(t, "text.unused", n.Kind, "%s", n)
	}
	t.Log(r.Coverage)
	assert.Greater(t, r.Coverage.States, 1000)
	assert.Greater(t, r.Coverage.Messages, 2000)
	assert.Equal(t, 5*13*33*5*4*3*8*2, r.Coverage.Combinations, "quadrant × sector × place × size × cyber × phase × wish × readiness")
	assert.Equal(t, 2, r.Coverage.Days, "today, and 1 January 2027")
}

func TestReportHasAllTexts(t *testing.T) {
	r := checkedGate(t).report
	for _, f := range slices.Concat(r.Notices, r.Faults) {
		assert.NotContains(t, f.String(), "[check.")
	}
	require.NotEmpty(t, r.Upcoming)
	for _, e := range r.Upcoming {
		assert.NotContains(t, e.What, "[check.")
		assert.Greater(t, e.Day, today)
	}
}

func TestUpcomingEvents(t *testing.T) {
	r := checkedGate(t).report
	assert.Contains(t, r.Upcoming, Event{Day: "2027-01-01", ID: "GM1696", Kind: "municipality_ends",
		What: "De gemeente Wijdemeren bestaat niet meer vanaf 2027-01-01. Bedrijven daar tellen dan mee bij de nieuwe gemeente."})
	var waiting []string
	for _, n := range r.Notices {
		if n.Kind == "rule.waits" {
			waiting = append(waiting, n.ID)
		}
	}
	assert.Contains(t, waiting, "R25", "a rule that waits for a round is a notice")
}

// TestVerificationLapses: the day on which a record is due for review, and the day on which the
// advice no longer counts it as verified, are events, also where they differ.
func TestVerificationLapses(t *testing.T) {
	t.Parallel()
	for days, want := range map[string][]Event{
		"180": {{Day: "2027-05-20", Kind: "verification_lapses"}},
		"90":  {{Day: "2027-02-19", Kind: "verification_lapses"}, {Day: "2027-05-20", Kind: "unverified"}},
	} {
		f := embeddedFiles(t)
		f.replace(t, hubTOML, `verified_on = ""`, "verified_on = \"2026-11-20\"\nverified_by = \"iemand\"")
		f.replace(t, hubTOML, "review_days = 90", "review_days = "+days)
		g := newGate(mustLoad(t, f), Options{From: "2026-11-21", Days: 366})
		g.checkRecords()
		var got []Event
		for _, e := range g.report.Upcoming {
			if e.ID == "ai-hub-midden" {
				got = append(got, Event{Day: e.Day, Kind: e.Kind})
			}
		}
		assert.Equal(t, want, got, days)
	}
}

// TestPassedDatesAreNotices checks that a passed date is no reason to refuse content.
func TestPassedDatesAreNotices(t *testing.T) {
	for file, kind := range map[string]string{
		hubTOML:                               "initiative.instead_gone",
		"referral/catalogue/rom-utrecht.toml": "initiative.via_gone",
	} {
		f := embeddedFiles(t)
		f.replace(t, file, `status = "unverified"`, "status = \"unverified\"\nvalid_to = \"2026-10-01\"")
		g := newGate(mustLoad(t, f), Options{From: today})
		g.checkRecords()
		assert.Empty(t, g.report.Faults)
		kinds := []string{}
		for _, n := range g.report.Notices {
			kinds = append(kinds, n.Kind)
		}
		assert.Subset(t, kinds, []string{"initiative.past", kind}, file)
	}
}

// TestEveryDayOfTheComingYear checks that unchanged content does not become faulty: passed dates are notices.
func TestEveryDayOfTheComingYear(t *testing.T) {
	t.Parallel()
	g := newGate(mustLoad(t, embeddedFiles(t)), Options{Days: 1})
	kinds := map[string]bool{}
	changes := map[referral.Date]bool{}
	for n := range 366 {
		g.o.From, g.report, g.reported = today.AddDays(n), Report{}, map[string]bool{}
		g.checkRecords()
		for _, a := range g.Catalogue.AllActions() {
			g.checkDates(a)
		}
		assert.Empty(t, g.report.Faults, today.AddDays(n))
		for _, notice := range g.report.Notices {
			kinds[notice.Kind] = true
		}
		for _, e := range g.report.Upcoming {
			changes[e.Day] = true
		}
	}
	assert.True(t, kinds["initiative.past"] && kinds["action.overdue"] && kinds["municipality.planned"], kinds)
	walked := checkedGate(t).changeDays()
	for day := range changes {
		assert.Contains(t, walked, day, "a day on which the live records change is one whose outcomes are visited")
	}
	assert.Len(t, walked, len(changes)+1)
}

func TestLocateSetsLines(t *testing.T) {
	f := files{"flows/questions.toml": "# \"size\"\n[[question]]\nid = \"size\"\n", "locales/chat.nl.toml": "\n\n\n\"chat.menu\" = \"Menu\"\n"}
	faults := []Fault{
		{File: "flows/questions.toml", ID: "size"}, {File: "flows/questions.toml", ID: "size.250"},
		{File: "locales/chat.nl.toml", ID: "chat.menu"}, {File: "locales/gone.nl.toml", ID: "gone"}, {ID: "nowhere"},
	}
	Locate(faults, f)
	var lines []int
	for _, fault := range faults {
		lines = append(lines, fault.Line)
	}
	assert.Equal(t, []int{3, 3, 4, 0, 0}, lines)
	assert.Equal(t, "locales/chat.nl.toml:4: chat.menu: is leeg. Vul in.", Fault{File: "locales/chat.nl.toml", Line: 4, ID: "chat.menu", What: "is leeg.", Do: "Vul in."}.String())
}

func TestCheckStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := Check(ctx, mustLoad(t, embeddedFiles(t)), Options{From: today})
	assert.Zero(t, r.Coverage.States)
	assert.Empty(t, r.Faults)
}

func TestParseLimitsReportsUnknownKeys(t *testing.T) {
	_, err := parseLimits(limitsTOML + "\nbogus = 1\n")
	require.ErrorContains(t, err, "bogus")
	_, err = parseLimits("message = 4096")
	require.Error(t, err)
	assert.Equal(t, 4096, embeddedLimits().Message)
}

func TestReadingEase(t *testing.T) {
	easy, hard := wordsOf("Je maakt een plan. Dat is een goed begin."), wordsOf("Organisatorische veranderingsprocessen vereisen verantwoordelijkheid.")
	assert.Greater(t, readingEase(easy, 2), 70.0)
	assert.Less(t, readingEase(hard, 1), 0.0)
	for word, n := range map[string]int{"ondernemer": 4, "digitaal": 3, "nieuw": 1, "zaak": 1, "idee": 2, "koeien": 2} {
		assert.Equal(t, n, syllables(word), word)
	}
}

// TestSameContentSameReport: of faults at one place only the first is reported, so messages are rendered in one order. Here
// every message and every button is too long.
func TestSameContentSameReport(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, embeddedFiles(t))
	var first []Fault
	for n := range 3 {
		g := newGate(c, Options{From: today, Limits: &Limits{Label: []int{1}}, Workers: 2})
		g.walk = embeddedWalk()
		g.inEveryLanguage(func(r *renderer) { r.phases() })
		if n == 0 {
			first = g.report.Faults
			require.NotEmpty(t, first)
		}
		require.True(t, slices.Equal(first, g.report.Faults), "the order of the faults is that of the messages")
	}
	sorted := (&gate{Content: c, report: Report{Faults: slices.Clone(first)}}).finish().Faults
	slices.Reverse(first)
	require.True(t, slices.Equal(sorted, (&gate{Content: c, report: Report{Faults: first}}).finish().Faults), "whatever was found first")
}

// TestSameContentSameCodes: of two answers with the best points it is always the same one that is typed in a code.
func TestSameContentSameCodes(t *testing.T) {
	t.Parallel()
	f := embeddedFiles(t)
	f.replace(t, "flows/questions.toml", `{value = "d", points = 67, dii = {3 = 0, 4 = 0, 8 = 1}`, `{value = "d", points = 100, dii = {3 = 0, 4 = 0, 8 = 1}`)
	g := newGate(mustLoad(t, f), Options{From: today})
	g.walk = embeddedWalk()
	r := &renderer{gate: g, lang: "nl"}
	advised := r.sessions()["advised"]
	codes := r.codeTexts(advised)
	for range 10 {
		require.Equal(t, codes, r.codeTexts(advised))
	}
}
