package content_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/store/memdir"
)

// blocks returns the code blocks of a section of a document, without their indentation.
func blocks(t testing.TB, document, heading string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", document))
	require.NoError(t, err)
	_, section, found := strings.Cut("\n"+string(text), "\n"+heading+"\n")
	require.True(t, found, "%s has no %s", document, heading)
	if end := strings.Index(section, "\n##"); end >= 0 {
		section = section[:end]
	}
	margin, block := 0, ""
	flush := func() {
		if block != "" {
			all = append(all, strings.TrimRight(block, "\n")+"\n")
		}
		margin, block = 0, ""
	}
	for line := range strings.Lines(section) {
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case strings.TrimSpace(line) == "":
			if block != "" {
				block += "\n"
			}
		case margin == 0 && spaces >= 4:
			margin = spaces
			block += line[spaces:]
		case margin > 0 && spaces >= margin:
			block += line[margin:]
		default:
			flush()
		}
	}
	flush()
	return all
}

// task is a task of the manual: what the editor does with its code blocks.
type task struct {
	document, heading string
	do                func(f *mine, blocks []string)
	notes             []string
	then              func(t *testing.T, e *content.Edition)
}

var tasks = []task{
	{"redactie.md", "### Een tekst wijzigen", func(f *mine, b []string) {
		line := strings.TrimSpace(b[0])
		require.Contains(f.t, f.read(chatNL), line, "the text as it is now")
		f.write(chatNL, strings.Replace(f.read(chatNL), line, strings.TrimSpace(b[1]), 1))
		f.replace(chatEN, `^"chat.menu" = .*$`, strings.TrimSpace(b[2]))
	}, nil, func(t *testing.T, e *content.Edition) {
		assert.Equal(t, "Kies hier", e.Texts.Text("nl", "chat.menu"))
	}},
	{"redactie.md", "### Een initiatief toevoegen", func(f *mine, b []string) {
		var template, filled map[string]any
		_, err := toml.Decode(f.read("referral/catalogue/sjabloon.md"), &template)
		require.NoError(f.t, err)
		_, err = toml.Decode(b[0], &filled)
		require.NoError(f.t, err)
		for key := range template {
			assert.Contains(f.t, filled, key, "the example has what the template has")
		}
		f.write("referral/catalogue/proefloket.toml", b[0])
		f.write(own, b[1])
		f.write(ownEN, b[2])
		f.append(rules, "\n"+b[3])
	}, nil, func(t *testing.T, e *content.Edition) {
		advice, err := e.Advise("nl", content.Case{Answers: map[string]string{
			"size": "2", "sector": "horeca", "municipality": "GM0355", "help_wanted": "papier",
			"online_presence": "a", "administration": "a", "access_anywhere": "a", "customer_data": "a", "ai_use": "a", "learning": "a", "plan_and_budget": "a",
			"login_code": "c", "updates": "c", "backups": "c",
			"digital_requirements": "c", "staffing": "c", "new_competitors": "c", "revenue_at_risk": "d", "outage": "c",
		}}, "2026-11-22")
		require.NoError(t, err)
		require.NotEmpty(t, advice.Steps)
		assert.Equal(t, "proefloket", advice.Steps[0].ID, "%v", advice.Steps)
		assert.Equal(t, "https://www.zeist.nl/ondernemen", advice.Steps[0].URL)
		assert.True(t, advice.Steps[0].Caveat, "nobody has verified it")
	}},
	{"redactie.md", "### Een initiatief beëindigen", func(f *mine, b []string) {
		name := "referral/catalogue/mkb-cyber-campus-utrecht.toml"
		f.replace(name, `^kind = .*\n`, "")
		f.replace(name, `^status = .*\n`, "")
		f.write(name, b[0]+f.read(name))
		at := strings.Index(f.read(rules), "[[rule]]\nid = \"R11\"")
		rest := f.read(rules)[at+1:]
		f.write(rules, f.read(rules)[:at]+rest[strings.Index(rest, "[[rule]]"):])
		f.replace(rules, `"R11", `, "")
		f.translateAbout("mkb-cyber-campus-utrecht")
		f.replace(romTOML, `^(status = .*\n)`, "${1}"+b[1])
	}, nil, nil},
	{"redactie.md", "### Een subsidieronde openen", func(f *mine, b []string) { f.append("referral/catalogue/slim.toml", "\n"+b[0]) }, nil, nil},
	{"redactie.md", "### Een vraag toevoegen", func(f *mine, b []string) {
		f.replace(asked, `^\[\[question\]\]\nid = "online_presence"`, b[0]+"\n[[question]]\nid = \"online_presence\"")
		f.replace(asked, `^question_set = .*\n`, b[1])
		f.write(own, b[2])
		f.write(ownEN, b[3])
	}, nil, func(t *testing.T, e *content.Edition) {
		_, ok := e.Questions.Query("webshop")
		assert.True(t, ok)
	}},
	{"redactie.md", "### Een herindeling van gemeenten", func(f *mine, b []string) {
		f.replace(region, `^(code = "GM0331"\nname = "Lopik"\nregion = "U"\n)`, "${1}"+b[0])
	}, nil, func(t *testing.T, e *content.Edition) {
		m, ok := e.Catalogue.Region().Municipality("GM0331", "2028-01-02")
		require.True(t, ok)
		assert.Equal(t, "GM0353", m.Code)
	}},
	{"vertalen.md", "# Vertalen", func(f *mine, b []string) { f.write("locales/eigen.pl.toml", b[0]) },
		[]string{"Deze taal is nog niet af"}, func(t *testing.T, e *content.Edition) {
			assert.Equal(t, "Menu główne", e.Texts.Text("pl", "chat.menu"))
		}},
}

// translateAbout adds in both languages that an initiative has ended.
func (f *mine) translateAbout(id string) {
	f.replace("locales/initiatives.nl.toml", `^"initiative.`+id+`.about" = .*$`, `"initiative.`+id+`.about" = "Dit is gestopt. Bel KVK met je vraag."`)
	f.replace("locales/initiatives.en.toml", `^"initiative.`+id+`.about" = .*$`, `"initiative.`+id+`.about" = "This has ended. Call KVK with your question."`)
}

// TestManual does the tasks of the manual as they stand there: none may get stuck.
func TestManual(t *testing.T) {
	t.Parallel()
	embedded, err := content.Load("")
	require.NoError(t, err)
	words, err := locales.BuiltIn()
	require.NoError(t, err)
	gate := audit.NewGate(content.EmbeddedStructure())
	for _, task := range tasks {
		t.Run(task.heading, func(t *testing.T) {
			dir := filepath.Join(memdir.New(t), "mijn")
			_, err := content.Export(dir)
			require.NoError(t, err)
			f := &mine{t, dir}
			task.do(f, blocks(t, task.document, task.heading))
			faults, notices := checkFolder(t, gate, embedded, words, dir)
			assert.Empty(t, faults)
			for _, want := range task.notes {
				assert.Contains(t, strings.Join(notices, "\n"), want)
			}
			if task.then != nil {
				e, err := content.Load(dir)
				require.NoError(t, err)
				task.then(t, e)
			}
		})
	}
}

// TestTemplateIsRefusedUntilItIsFilled: what was left as in the template does not pass.
func TestTemplateIsRefusedUntilItIsFilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mijn")
	_, err := content.Export(dir)
	require.NoError(t, err)
	f := &mine{t, dir}
	f.copy("referral/catalogue/sjabloon.md", "referral/catalogue/loket.toml")
	f.replace("referral/catalogue/loket.toml", `^id = "WIJZIG"`, `id = "loket"`)
	_, err = content.Load(dir)
	require.ErrorContains(t, err, "loket: name is still as in the template")
	require.ErrorContains(t, err, "loket: evidence is still as in the template")
	assert.NotContains(t, err.Error(), "unknown key")
}
