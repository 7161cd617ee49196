package dossier_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/dossier"
	"digiwijzer/bot/draw"
	"digiwijzer/referral"
)

var update = flag.Bool("update", false, "rewrite asvs.md")

func facts() dossier.Facts {
	return dossier.Facts{
		Now:     time.Date(2026, time.November, 28, 12, 0, 0, 0, referral.Netherlands),
		Build:   dossier.Build{Version: "v1.2.3", Commit: "0123456789ab", Go: "go1.26.10", SQLite: "3.53.0", State: "8", Stats: "9", Licence: "EUPL-1.2"},
		Content: dossier.Content{Edition: "aabbccddeeff", QuestionSet: 2, Scoring: 2, Questions: 22, Rules: 40, Actions: 90, Initiatives: 38, Checked: 0, Municipalities: 33},
		Settings: dossier.Settings{
			PublicURL: "https://check.example.org", Telegram: true, Database: "SQLite",
		},
		Parts: []dossier.Part{{"example.org/part", "v1.0.0", "MIT"}},
		SBOM:  []byte("{}\n"),
		Drill: dossier.Drill{Data: "data", Finished: 62, Carried: 3, Same: true, Bytes: 123456, Seconds: 1,
			Staff: true, StaffSame: true, Accounts: 4, Editions: 2, Entries: 31},
		Privacy: []dossier.Section{{"Wat we bewaren", "Dit:\n\n- je antwoorden\n- je taal"}},
	}
}

// demo returns answers to every question, of an organisation that does not exist.
func demo(t *testing.T) dossier.Answers {
	t.Helper()
	text, err := os.ReadFile("testdata/antwoorden.toml")
	require.NoError(t, err)
	answers, err := dossier.ReadAnswers(text)
	require.NoError(t, err)
	return answers
}

// open and whole are the dossier without answers, and with all of them.
var (
	open  = sync.OnceValues(func() (dossier.Dossier, error) { return dossier.New(facts(), nil) })
	whole = sync.OnceValues(func() (dossier.Dossier, error) {
		text, err := os.ReadFile("testdata/antwoorden.toml")
		if err != nil {
			return dossier.Dossier{}, err
		}
		answers, err := dossier.ReadAnswers(text)
		if err != nil {
			return dossier.Dossier{}, err
		}
		return dossier.New(facts(), answers)
	})
)

func file(t *testing.T, d dossier.Dossier, name string) string {
	t.Helper()
	i := slices.IndexFunc(d.Files, func(f dossier.File) bool { return f.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return string(d.Files[i].Data)
}

func has(d dossier.Dossier, name string) bool {
	return slices.ContainsFunc(d.Files, func(f dossier.File) bool { return f.Name == name })
}

// TestWithoutAnswers: every question is a mark in some file, with its line; the dossier is not complete and not
// marked as such.
func TestWithoutAnswers(t *testing.T) {
	d, err := open()
	require.NoError(t, err)
	assert.False(t, d.Complete())
	assert.False(t, has(d, dossier.CompleteFile))
	marked := map[string]bool{}
	for _, m := range d.Open {
		marked[m.ID] = true
		lines := strings.Split(file(t, d, m.File), "\n")
		assert.Contains(t, lines[m.Line-1], "[IN TE VULLEN "+m.ID+": "+m.Question+"]")
	}
	for _, q := range dossier.Questions() {
		assert.True(t, marked[q.ID], "%s is asked and used nowhere", q.ID)
	}
	var names []string
	for n := range 17 {
		number := strconv.Itoa(n)
		if n < 10 {
			number = "0" + number
		}
		i := slices.IndexFunc(d.Files, func(f dossier.File) bool {
			return strings.HasPrefix(f.Name, number+"-") && strings.HasSuffix(f.Name, ".md")
		})
		require.GreaterOrEqual(t, i, 0, number)
		names = append(names, d.Files[i].Name)
	}
	for _, name := range names {
		assert.True(t, strings.HasPrefix(file(t, d, strings.TrimSuffix(name, ".md")+".pdf"), "%PDF-"), name)
	}
}

// TestOneOpenMark: with every answer but one the dossier is not complete, whichever it is.
func TestOneOpenMark(t *testing.T) {
	all := demo(t)
	for _, q := range []string{"register.status", "exit.termijn"} { // in the JSON, in a text
		some := dossier.Answers{}
		for id, answer := range all {
			if id != q {
				some[id] = answer
			}
		}
		d, err := dossier.New(facts(), some)
		require.NoError(t, err)
		assert.False(t, d.Complete(), q)
		assert.False(t, has(d, dossier.CompleteFile), q)
		require.NotEmpty(t, d.Open, q)
		for _, m := range d.Open {
			assert.Equal(t, q, m.ID)
		}
	}
}

// TestComplete: with every answer the dossier is complete, states the hash of every file, and
// the entry for the Algoritmeregister is valid. The same input gives the same bytes.
func TestComplete(t *testing.T) {
	d, err := whole()
	require.NoError(t, err)
	assert.Empty(t, d.Open)
	assert.Empty(t, d.Faults)
	require.True(t, d.Complete())
	statement := file(t, d, dossier.CompleteFile)
	for _, f := range d.Files {
		if f.Name != dossier.CompleteFile {
			assert.Contains(t, statement, "  "+f.Name+"\n")
		}
	}
	_, faults := dossier.ReadRegistration([]byte(file(t, d, "07-algoritmeregister.json")))
	assert.Empty(t, faults)
	for _, f := range d.Files {
		assert.NotContains(t, string(f.Data), "IN TE VULLEN", f.Name)
		assert.NotContains(t, string(f.Data), "<no value>", f.Name)
	}

	again, err := dossier.New(facts(), demo(t))
	require.NoError(t, err)
	require.Len(t, again.Files, len(d.Files))
	for i := range d.Files {
		assert.Equal(t, d.Files[i].Name, again.Files[i].Name)
		assert.True(t, bytes.Equal(d.Files[i].Data, again.Files[i].Data), d.Files[i].Name)
	}

	// What is filled in is read back as it was.
	kept, err := dossier.ReadAnswers([]byte(file(t, d, dossier.AnswersFile)))
	require.NoError(t, err)
	assert.Equal(t, demo(t), kept)
}

// TestDraft: a draft is marked on every document, and never counts as complete.
func TestDraft(t *testing.T) {
	f := facts()
	f.Draft = true
	d, err := dossier.New(f, demo(t))
	require.NoError(t, err)
	assert.False(t, has(d, dossier.CompleteFile))
	for _, made := range d.Files {
		if strings.HasSuffix(made.Name, ".md") {
			assert.Contains(t, string(made.Data), "**Concept van 28 november 2026.**", made.Name)
		}
	}
}

// TestRestoreProof: the proof has the measurements, and states if there was nothing to restore.
func TestRestoreProof(t *testing.T) {
	d, err := open()
	require.NoError(t, err)
	assert.Contains(t, file(t, d, "14-beheer-en-herstel.md"), "| afgeronde gesprekken | 62 |")
	assert.Contains(t, file(t, d, "14-beheer-en-herstel.md"), "| cijfers na herstel gelijk aan die van nu | ja |")
	assert.Contains(t, file(t, d, "14-beheer-en-herstel.md"), "| accounts van medewerkers, uitgaven, regels in het spoor | 4, 2, 31 |\n| die na herstel gelijk aan nu | ja |")
	f := facts()
	f.Drill.StaffSame = false
	d, err = dossier.New(f, demo(t))
	require.NoError(t, err)
	assert.False(t, d.Complete(), "a restore that gave other staff is no proof")
	f.Drill = dossier.Drill{Data: "data", Finished: 62, Seconds: 1}
	d, err = dossier.New(f, demo(t))
	require.NoError(t, err)
	assert.False(t, d.Complete(), "a restore that gave other figures is no proof")
	assert.False(t, has(d, dossier.CompleteFile))
	f.Drill = dossier.Drill{Data: "data", Empty: true}
	d, err = dossier.New(f, nil)
	require.NoError(t, err)
	assert.Contains(t, file(t, d, "14-beheer-en-herstel.md"), "deze proef bewijst niets")
	assert.NotContains(t, file(t, d, "14-beheer-en-herstel.md"), "afgeronde gesprekken")
}

func TestAnswersAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"[besluit]\nnaam = \"x\"":                           "besluit.naam: deze vraag bestaat niet",
		"[besluit]\ndatum = \"morgen\"":                     "besluit.datum: \"morgen\" is geen datum",
		"[besluit]\nstartmaand = \"2026-13\"":               "besluit.startmaand: \"2026-13\" is geen maand",
		"[avg]\nfg = \"de FG\"":                             "avg.fg: \"de FG\" is geen e-mailadres",
		"[organisatie]\nsite = \"http://check\"":            "organisatie.site: \"http://check\" is geen adres",
		"[telegram]\nkeuze = \"misschien\"":                 "telegram.keuze: \"misschien\" is geen van: ja, nee",
		"[host]\nnaam = \"n.t.b.\"":                         "host.naam: dit is nog geen antwoord",
		"[host]\nnaam = \"[IN TE VULLEN host.naam: x]\"":    "host.naam: dit is nog geen antwoord",
		"[host]\nnaam = \"a | b\"":                          "host.naam: het antwoord past op één regel",
		"[host]\nnaam = 3":                                  "incompatible types",
		"[dpia]\nrisico = \"\"\"\nEen\n\nTwee | drie\"\"\"": "dpia.risico: een antwoord heeft geen |",
	} {
		_, err := dossier.ReadAnswers([]byte(text))
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want)
	}
	answers, err := dossier.ReadAnswers([]byte("[besluit]\ndatum = \"\"\norgaan = \" GS \""))
	require.NoError(t, err)
	assert.Equal(t, dossier.Answers{"besluit.orgaan": "GS"}, answers)
}

// TestQuestionsAreWhole: every question has its words, and a form that exists.
func TestQuestionsAreWhole(t *testing.T) {
	all := dossier.Questions()
	require.Greater(t, len(all), 50)
	for _, q := range all {
		assert.NotEmpty(t, q.Ask, q.ID)
		assert.NotEmpty(t, q.Who, q.ID)
		assert.NotContains(t, q.Ask, "]", q.ID)
		assert.Regexp(t, `^[a-z]+\.[a-z_]+$`, q.ID)
		assert.Contains(t, []string{"", "tekst", "alinea", "datum", "maand", "adres", "email", "keuze"}, q.Form, q.ID)
		assert.Equal(t, q.Form == "keuze", len(q.Options) > 0, q.ID)
	}
}

// TestRegistration: the validator notices each thing that the schema does not allow.
func TestRegistration(t *testing.T) {
	d, err := whole()
	require.NoError(t, err)
	valid := file(t, d, "07-algoritmeregister.json")
	for name, c := range map[string]struct{ old, replacement, want string }{
		"missing":     {`"status": "In gebruik"`, `"status": ""`, "status: ontbreekt"},
		"enumeration": {`"status": "In gebruik"`, `"status": "Bezig"`, "status: "},
		"month":       {`"start_date": "2027-01"`, `"start_date": "januari 2027"`, "start_date: "},
		"too long":    {`"description_short": "`, `"description_short": "` + strings.Repeat("lang ", 60), "description_short: "},
		"theme":       {`"Economie"`, `"Bedrijven"`, "theme: "},
		"schema":      {`"schema": "1.0.0"`, `"schema": "0.4.0"`, "schema: "},
		"contact":     {`"contact": "`, `"contact": "bel `, "contact: "},
		"link":        {`"link": "https://`, `"link": "zie `, "link: "},
		"unknown key": {`"schema": "1.0.0"`, `"schema": "1.0.0", "type": "Nee"`, "type"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(valid, c.old, c.replacement, 1)
			require.NotEqual(t, valid, changed)
			_, faults := dossier.ReadRegistration([]byte(changed))
			assert.Contains(t, strings.Join(faults, "\n"), c.want)
		})
	}
}

// TestASVSIsThatOfTheDocumentation: the table of stuk 09 is that of docs/security.md.
func TestASVSIsThatOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "| row | level |")
	require.True(t, found)
	table, _, _ = strings.Cut("| row | level |"+table, "\n\n")
	if *update {
		require.NoError(t, os.WriteFile("asvs.md", []byte(table+"\n"), 0o644))
	}
	kept, err := os.ReadFile("asvs.md")
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSpace(table), strings.TrimSpace(string(kept)), "run: go test ./bot/dossier -update")
}

var namedTest = regexp.MustCompile("`([a-z/]+) (Test[A-Za-z0-9]+)`")

// TestNamedTestsExist: every test that a document names exists.
func TestNamedTestsExist(t *testing.T) {
	d, err := open()
	require.NoError(t, err)
	named := 0
	for _, f := range d.Files {
		if !strings.HasSuffix(f.Name, ".md") {
			continue
		}
		for _, m := range namedTest.FindAllStringSubmatch(string(f.Data), -1) {
			named++
			sources, err := filepath.Glob(filepath.Join("../..", m[1], "*_test.go"))
			require.NoError(t, err)
			assert.True(t, slices.ContainsFunc(sources, func(source string) bool {
				text, err := os.ReadFile(source)
				return err == nil && bytes.Contains(text, []byte("\nfunc "+m[2]+"("))
			}), "%s: %s has no %s", f.Name, m[1], m[2])
		}
	}
	assert.Greater(t, named, 100)
}

// constantsIn returns the text constants that begin with a slash, by name, of the packages below
// a folder. No two of them differ under one name.
func constantsIn(t *testing.T, root string) map[string]string {
	t.Helper()
	constants := map[string]string{}
	pattern := regexp.MustCompile(`(?m)^\s*(?:const )?(\w+)\s*=\s*"(/[^"]*)"$`)
	require.NoError(t, filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			constants[m[1]] = m[2]
		}
		return err
	}))
	return constants
}

// pathOf returns the text of an expression of literals and constants; empty: it has others.
func pathOf(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		return constants[e.Name]
	case *ast.BinaryExpr:
		if x, y := pathOf(e.X, constants), pathOf(e.Y, constants); x != "" && y != "" {
			return x + y
		}
	}
	return ""
}

var infoPage = regexp.MustCompile(`^\s*\{"(/[a-z-]+)", flows\.Do`)

// TestEveryPageIsListed: the addresses that the program serves are those of the list, from which
// the sample for an evaluation of accessibility is made.
func TestEveryPageIsListed(t *testing.T) {
	served, constants := map[string]string{}, constantsIn(t, "../web")
	for _, root := range []string{"../web", "../monitor", "../mail", "../share", "../app"} {
		err := filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if at, ok := strings.CutPrefix(pathOf(e, constants), "GET /"); ok && !strings.Contains(at, " ") {
						served["/"+strings.TrimSuffix(at, "{$}")] = name
						return false
					}
				}
				return true
			})
			source, err := os.ReadFile(name)
			for line := range strings.Lines(string(source)) {
				if m := infoPage.FindStringSubmatch(line); m != nil {
					served[m[1]] = name
				}
			}
			return err
		})
		require.NoError(t, err)
	}
	require.Greater(t, len(served), 30)
	pages := dossier.Pages()
	for at, name := range served {
		assert.True(t, slices.ContainsFunc(pages, func(p dossier.Page) bool {
			return p.Path == at || strings.HasSuffix(p.Path, "/") && p.Path != "/" && strings.HasPrefix(at, p.Path)
		}), "%s serves %s: add {%q, \"wat het is\", \"waarom in de steekproef, of leeg\"} to bot/dossier/pages.go", name, at, at)
	}
	for _, p := range pages {
		below := strings.HasSuffix(p.Path, "/") && p.Path != "/"
		_, ok := served[p.Path]
		for at := range served {
			ok = ok || below && strings.HasPrefix(at, p.Path)
		}
		assert.True(t, ok, "%s is not served any more: remove it from bot/dossier/pages.go", p.Path)
	}
}

// TestFontHasEveryCharacter: no character of a document is missing on paper.
func TestFontHasEveryCharacter(t *testing.T) {
	d, err := whole()
	require.NoError(t, err)
	for _, f := range d.Files {
		if strings.HasSuffix(f.Name, ".md") {
			for word := range strings.FieldsSeq(string(f.Data)) {
				r, missing := draw.Missing(word)
				assert.False(t, missing, "%s: %q in %s", f.Name, r, word)
			}
		}
	}
}
