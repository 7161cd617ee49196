package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/app"
	"digiwijzer/bot/dossier"
	"digiwijzer/locales"
)

// documents returns the text of every document for people, by its path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../bot/dossier/text/*.md"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			texts[strings.TrimPrefix(name, "../../")] = read(t, name)
		}
	}
	require.Greater(t, len(texts), 30)
	return texts
}

var (
	inlineCommand = regexp.MustCompile("`digiwijzer ([^`\n]+)`")
	blockCommand  = regexp.MustCompile(`(?m)^(?:[A-Z_]+=\S+ )*digiwijzer ([^\n]+)$`)
	codeBlock     = regexp.MustCompile("(?s)```(?:sh|text)?\n(.*?)```")
	quotedWords   = regexp.MustCompile(`"[^"]*"|\S+`)
)

// TestDocsNameRealCommands: every command that a document names is one that the program accepts,
// with these flags. It is parsed and not run.
func TestDocsNameRealCommands(t *testing.T) {
	t.Parallel()
	words, err := locales.Load(locales.Embedded())
	require.NoError(t, err)
	p := &program{Base: app.Base{Words: words, Lang: "nl"}, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	named := 0
	for name, text := range documents(t) {
		if name == "CHANGELOG.md" { // of its time
			continue
		}
		var commands []string
		for _, m := range inlineCommand.FindAllStringSubmatch(text, -1) {
			commands = append(commands, m[1])
		}
		for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
			for _, m := range blockCommand.FindAllStringSubmatch(block[1], -1) {
				commands = append(commands, m[1])
			}
		}
		for _, command := range commands {
			before, _, _ := strings.Cut(command, " #")
			before, _, _ = strings.Cut(before, " >")
			before, _, _ = strings.Cut(before, " <")
			args := quotedWords.FindAllString(before, -1)
			if len(args) == 0 || strings.ContainsAny(before, "|…[") || strings.HasSuffix(before, "--help") {
				continue // an enumeration of choices, or a pipe
			}
			for i, arg := range args {
				args[i] = strings.Trim(arg, `"`)
			}
			named++
			helped := false
			parser, err := p.parser(context.Background(), &helped)
			require.NoError(t, err)
			_, err = parser.Parse(args)
			if err != nil && isIncomplete(err) { // "digiwijzer backup" as a name
				continue
			}
			assert.NoError(t, err, "%s: digiwijzer %s", name, before)
		}
	}
	assert.Greater(t, named, 60)
}

// isIncomplete reports whether a command only lacks something behind it.
func isIncomplete(err error) bool {
	for _, known := range []string{"expected ", "missing flags: ", "missing value"} {
		if strings.Contains(err.Error(), known) && !strings.Contains(err.Error(), "unexpected ") {
			return true
		}
	}
	return false
}

var docLink = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#([^)\s]+))?\)`)

// TestDocsLinkToWhatExists: every link from a document to a file leads to one, and to a heading
// that is in it.
func TestDocsLinkToWhatExists(t *testing.T) {
	t.Parallel()
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	for name, text := range documents(t) {
		for _, m := range docLink.FindAllStringSubmatch(text, -1) {
			target := filepath.Join("../..", filepath.Dir(name), m[1])
			_, err := os.Stat(target)
			if !assert.NoError(t, err, "%s links to %s", name, m[1]) || m[2] == "" {
				continue
			}
			found := false
			for _, h := range heading.FindAllStringSubmatch(read(t, target), -1) {
				found = found || anchor(h[1]) == m[2]
			}
			assert.True(t, found, "%s links to %s#%s", name, m[1], m[2])
		}
	}
}

// anchor returns the name that a heading has in links.
func anchor(heading string) string {
	heading = strings.ToLower(regexp.MustCompile(`[^\p{L}\p{N}\- ]`).ReplaceAllString(heading, ""))
	return strings.ReplaceAll(heading, " ", "-")
}

// docSteps returns the commands in blocks marked sh of a document.
func docSteps(t *testing.T, name string) (commands []string) {
	t.Helper()
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(read(t, name), -1) {
		commands = append(commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	require.NotEmpty(t, commands, name)
	return commands
}

// reader is somebody with a browser who follows a document.
type reader struct {
	t      *testing.T
	server *server
	client *http.Client
}

func (h *harness) reader(s *server) *reader {
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	return &reader{h.t.(*testing.T), s, &http.Client{Jar: jar}} //nolint:forcetypeassert // no benchmark reads
}

// page returns the words of a page, which must exist.
func (r *reader) page(path string) string {
	r.t.Helper()
	response, err := r.client.Get(r.server.url + path)
	require.NoError(r.t, err)
	return r.body(path, response, http.StatusOK)
}

// send sends a form, which is answered with a status in the end.
func (r *reader) send(path string, form url.Values, status int) string {
	r.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.server.url+path, strings.NewReader(form.Encode()))
	require.NoError(r.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := r.client.Do(request)
	require.NoError(r.t, err)
	return r.body(path, response, status)
}

func (r *reader) body(path string, response *http.Response, status int) string {
	r.t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	require.Equal(r.t, status, response.StatusCode, "%s: %s", path, text)
	return string(text)
}

var (
	quotedAddress = regexp.MustCompile("`(/[a-z][a-z/-]*)`")
	firstCell     = regexp.MustCompile(`(?m)^\| ([A-Z][^|]+) \|`)
)

// TestReadersFollowTheDocs follows the documents for the privacy officer, the adviser, partners
// and coordinators as their readers: the commands as they stand, and the pages and words on them.
func TestReadersFollowTheDocs(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "DIGIWIJZER_DASHBOARD_TOKEN=readers-of-the-docs-0123")
	s := h.serve()
	r := h.reader(s)

	// The privacy officer: the draft, then all answers, then the check of the sums.
	officer := docSteps(t, "../../docs/privacy-officer.md")
	out, err := h.sh(officer[0])
	require.NoError(t, err, out)
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "dossier", dossier.AnswersFile), []byte(read(t, "../../bot/dossier/testdata/antwoorden.toml")), 0o600))
	h.ok("dossier", "-o", h.at("dossier"))
	for _, command := range officer[1:] {
		out, err := h.sh(command)
		require.NoError(t, err, out)
	}

	// Every address in these guides is a page of the site.
	for _, name := range []string{"privacy-officer", "adviseurs", "voor-partners", "partners", "coordinators"} {
		for _, m := range quotedAddress.FindAllStringSubmatch(read(t, "../../docs/"+name+".md"), -1) {
			if name == "coordinators" && !strings.HasPrefix(m[1], "/werkgroep") && m[1] != "/account" || strings.HasSuffix(m[1], "/") { // commands of Telegram
				continue
			}
			if m[1] != "/werkgroep/mail" { // only with a mail server, as the document says
				r.page(m[1])
			}
		}
	}

	// The partner: the kit, the page and the kiosk.
	h.ok("partner", "add", "kvk-utrecht", "--name", "KVK Utrecht", "--kind", "kvk")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	h.with("DIGIWIJZER_PUBLIC_URL=https://check.example.org").ok("partner", "kit", "kvk-utrecht", "-o", h.at("kit"))
	files, err := os.ReadDir(filepath.Join(h.dir, "kit"))
	require.NoError(t, err)
	guide := read(t, "../../docs/voor-partners.md")
	for _, f := range files {
		assert.Contains(t, guide, "`"+f.Name()+"`")
	}
	assert.Len(t, files, strings.Count(guide, "`kvk-utrecht-"), "and it names no others")
	eventually(t, "the server knows the partner", func() bool { return strings.Contains(r.page("/p/kvk-utrecht"), "KVK Utrecht") })
	h.reader(s).page("/p/kvk-utrecht?balie=1")

	// The adviser: a code in small letters, with spaces and an O for a 0; the sheet, and the words that the document says are on it.
	guide = read(t, "../../docs/adviseurs.md")
	entry := r.page("/adviseur")
	assert.Contains(t, entry, "Bekijk het gespreksblad")
	sheet := r.send("/adviseur", url.Values{"code": {"082a r5mw vbvp p6n1 eo0a cha5"}}, http.StatusOK)
	_, table, _ := strings.Cut(guide, "## Wat je ziet")
	table, _, _ = strings.Cut(table, "\n## ")
	headings := firstCell.FindAllStringSubmatch(table, -1)
	require.Len(t, headings, 6)
	for _, m := range headings {
		assert.Contains(t, sheet, m[1])
	}
	for typed, told := range map[string]string{"082A-R5MW-VBVP-P6N1-E00A-CHA6": "Deze code klopt niet", "082A-R5MW-VBVP-P6N1-E00A-CHA": "Een code heeft 24 letters en cijfers",
		"082A": "Dit is geen code van Digiwijzer"} {
		assert.Contains(t, guide, "| "+told)
		assert.Contains(t, r.send("/adviseur", url.Values{"code": {typed}}, http.StatusUnprocessableEntity), told)
	}
}
