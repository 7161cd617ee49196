package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layers lists every package, the packages of this module that it may import, and the
// reason why it may import no others.
var layers = map[string]struct {
	allowed []string
	reason  string
}{
	"referral":                          {[]string{"locales/fault"}, "pure referral rules: no conversations, texts, storage or channels"},
	"flows":                             {[]string{"flows/advicecode", "locales/fault", "referral"}, "one conversation, pure and total: it returns text ids, and no storage or channel"},
	"flows/advicecode":                  {[]string{"bot/secret", "referral"}, "a code and the layouts that it needs, without a conversation; it must never print"},
	"flows/audit":                       {[]string{"flows", "flows/advicecode", "flows/simulation", "referral", "locales", "locales/fault"}, "checks content before publication; needs no storage or channel"},
	"flows/simulation":                  {[]string{"flows", "referral"}, "advises a synthetic population; needs no texts, storage or channel"},
	"flows/content":                     {[]string{"flows", "flows/advicecode", "flows/content/edit", "referral", "locales", "locales/fault"}, "loads content for commands, channels and the gate; registered partners are passed in as a function"},
	"flows/content/edit":                {nil, "edits TOML files; what an edit means is decided by whoever loads the result"},
	"flows/content/publishing":          {[]string{"flows", "flows/advicecode", "flows/audit", "flows/content", "flows/content/edit", "flows/content/linkcheck", "locales", "referral"}, "drafts and editions for pages and commands alike: it declares its storage, and knows editors by id and right, not by sign-in"},
	"flows/content/publishing/printing": {[]string{"flows/audit", "flows/content/publishing", "locales", "referral"}, "words and JSON of what publishing holds; it changes nothing"},
	"flows/content/linkcheck":           {nil, "makes HTTP requests, which loading content never does"},
	"locales/fault":                     {nil, "what is wrong in a content file, apart from its words"},
	"locales":                           {[]string{"locales/fault"}, "holds the texts and depends on none of their users"},
	"store":                             {[]string{"bot", "bot/admission", "bot/secret", "flows", "referral", "store/engine", "store/figures", "store/figures/disclosure", "store/internal/durable", "store/postgres", "store/sqlite"}, "implements the storage interfaces of bot: policy and encryption over the rows of an engine; its key must never print"},
	"store/engine":                      {nil, "rows of plain bytes, strings and numbers, so that an engine holds no policy"},
	"store/internal/durable":            {[]string{"store/engine"}, "makes changes of file names durable"},
	"store/sqlite":                      {[]string{"store/engine", "store/internal/durable"}, "rows and their SQL, without policy or encryption"},
	"store/postgres":                    {[]string{"store/engine"}, "rows and their SQL, without policy or encryption"},
	"store/memdir":                      {nil, "a folder for tests, of nothing else"},
	"store/sqlite/sqlitetest":           {[]string{"store/sqlite"}, "copies of a new data folder for tests"},
	"store/postgres/pgtest":             {[]string{"store/postgres"}, "private servers for tests; its databases have the schemas"},
	"store/storetest":                   {[]string{"bot", "flows", "referral", "store", "store/engine", "store/figures", "store/figures/disclosure"}, "the conformance suite that every engine runs as a test"},
	"store/figures":                     {[]string{"referral", "store/figures/disclosure"}, "figures are computed without conversations, so that they hold no personal data, and read through their own interface Source"},
	"store/figures/disclosure":          {nil, "disclosure control is pure, so that it can be reviewed separately: counts in, tables out"},
	"bot/admission":                     {[]string{"referral"}, "decides what counts without HTTP, storage or a clock, so that it can be tested alone"},
	"bot":                               {[]string{"bot/admission", "flows", "referral"}, "the dispatcher declares the storage interfaces it needs; store implements them"},
	"bot/telegram":                      {append([]string{"bot/secret"}, channel...), "a channel translates, nothing else; its token and webhook secret must never print"},
	"bot/telegram/telegramtest":         {nil, "a fake Bot API server, which shares no code with the channel that it tests"},
	"store/staffdb":                     {[]string{"flows/content/publishing", "store/postgres", "store/sqlite"}, "rows of staff in plain strings and numbers; what a role may do is not its business"},
	"bot/web/browsertest":               {nil, "Chromium and axe-core for the tests of pages; it knows no page"},
	"bot/web/frame":                     {[]string{"bot/style", "locales"}, "what pages outside bot/web need of the site; it imports no page"},
	"bot/staff/people":                  {[]string{"bot/report", "bot/staff", "referral", "store/staffdb"}, "policy of accounts and sessions, for pages and the command line alike; it knows no HTTP"},
	"bot/web/desk":                      {[]string{"bot/staff", "bot/web/desk/values", "bot/web/desk/wordings", "bot/web/frame", "bot/web/signin", "flows", "flows/audit", "flows/content", "flows/content/edit", "flows/content/linkcheck", "flows/content/publishing", "referral"}, "pages over the service that keeps drafts and editions; its forms follow from the types of the content, so it knows these and no storage"},
	"bot/web/desk/values":               {[]string{"flows/content/edit"}, "compares and writes Go values by reflection; it knows no content and no form"},
	"bot/web/desk/wordings":             {[]string{"flows", "flows/content", "flows/content/edit", "locales", "referral"}, "reads the files of a draft over the embedded ones, and the texts as they stand in them; package locales renders them"},
	"bot/web/signin":                    {[]string{"bot/admission", "bot/secret", "bot/staff", "bot/staff/people", "bot/web/frame", "referral", "store/staffdb"}, "signs staff in over their own store; it knows no conversation, no content and no figures"},
	"bot/web":                           {append([]string{"bot/admission", "bot/paper", "bot/report", "bot/secret", "bot/style", "bot/web/frame", "flows/advicecode", "flows/content", "referral"}, channel...), "a channel translates, nothing else; the page on how the advice is made shows the guide of the content, and that for advisers its sheet of a code on a day"},
	"bot/demo":                          {[]string{"bot", "flows", "flows/simulation", "locales", "referral"}, "calls the dispatcher as a channel does, for a synthetic population; the store is passed in"},
	"bot/settings":                      {[]string{"bot", "bot/admission", "bot/mail", "bot/secret", "bot/web", "bot/web/signin", "store"}, "what can be set, in the types of who uses it; it reads no environment"},
	"bot/app": {[]string{"bot", "bot/admission", "bot/demo", "bot/doctor", "bot/dossier", "bot/mail", "bot/monitor", "bot/report", "bot/secret", "bot/settings", "bot/share", "bot/staff", "bot/staff/people", "bot/telegram", "bot/web", "bot/web/desk", "bot/web/frame", "bot/web/office", "bot/web/signin",
		"flows", "flows/audit", "flows/content", "flows/content/linkcheck", "flows/content/publishing", "flows/simulation", "locales", "referral", "store", "store/figures", "store/figures/disclosure", "store/staffdb"}, "wires everything into one application, for tests and commands alike; it knows no command line"},
	"bot/secret":         {nil, "one type for all secrets, so that none is printed by mistake"},
	"bot/mail":           {[]string{"bot", "bot/report", "bot/secret", "bot/staff", "bot/style", "flows", "locales", "referral"}, "sends pages of staff by mail, and knows no other channel; the password of its server must never print"},
	"bot/mail/mailtest":  {nil, "a mail server for tests, which shares no code with the client that it tests"},
	"bot/web/office":     {[]string{"bot/admission", "bot/mail", "bot/share", "bot/staff", "bot/web/frame", "bot/web/signin", "flows", "flows/content", "referral", "store/figures"}, "the pages of the werkgroep beside its figures: they change nothing but through the desks of bot/staff and bot/mail"},
	"bot/doctor":         {nil, "looks at a site and a machine from outside, so that it believes nothing that the program says of itself"},
	"bot/monitor":        {[]string{"bot"}, "serves what the dispatcher knows of itself; no page and no channel"},
	"bot/terminal":       {channel, "a channel translates, nothing else"},
	"bot/style":          {nil, "the look of everything: values and files, no behaviour"},
	"bot/draw":           {[]string{"bot/style", "locales"}, "draws numbers and texts without interpreting them"},
	"bot/paper":          {[]string{"bot/draw", "bot/style"}, "lays out words that it is given; it knows no conversation"},
	"bot/dossier":        {[]string{"bot/dossier/fields", "bot/paper", "referral"}, "makes documents from facts that it is given, and reads no data, setting or clock"},
	"bot/dossier/fields": {[]string{"bot"}, "a list that tests compare with storage; it must not depend on what it is compared with"},
	"bot/report":         {[]string{"store/figures", "store/figures/disclosure", "referral", "bot/draw", "bot/style"}, "renders figures that it is given and reads none itself"},
	"bot/staff": {[]string{"bot/admission", "bot/report", "bot/share", "flows", "flows/content", "locales", "referral", "store/figures", "store/figures/disclosure"},
		"makes the same pages for every channel, so it depends on no channel and no dispatcher"},
	"bot/share":              {[]string{"bot/draw", "bot/style", "flows", "locales", "referral", "store/figures"}, "makes links, posters and partners' pages from its arguments"},
	"cmd/digiwijzer/grammar": {[]string{"bot/settings"}, "what kong reads and prints; it runs nothing"},
	"cmd/digiwijzer": {[]string{"bot/app", "bot/demo", "bot/dossier", "bot/report", "bot/secret", "bot/settings", "bot/share", "bot/staff", "bot/staff/people", "bot/terminal", "bot/web/signin",
		"flows", "flows/advicecode", "flows/audit", "flows/content", "flows/content/linkcheck", "flows/content/publishing", "flows/content/publishing/printing", "flows/simulation", "locales", "cmd/digiwijzer/grammar", "referral", "store", "store/figures", "store/figures/disclosure", "store/staffdb"}, "commands over the assembled application: no page, no dispatcher and no SQL, and never the fake Bot API"},
}

// channel lists what every channel may import.
var channel = []string{"bot", "bot/draw", "bot/staff", "flows", "locales"}

// reserved lists external packages that only some files may import.
var reserved = []struct {
	path    string // includes the packages below it
	allowed func(file string) bool
	reason  string
}{
	{"github.com/looplab/fsm", is("flows/machine.go"), "the machine is built per event and never kept: one file shows that"},
	{"github.com/go-telegram/bot", in("bot/telegram"), "only the Telegram channel depends on Telegram"},
	{"github.com/wneessen/go-mail", in("bot/mail"), "mail is sent in one place"},
	{"github.com/emersion", in("bot/mail/mailtest"), "a mail server is for tests only"},
	{"github.com/nicksnyder/go-i18n", in("locales"), "texts are rendered in one place"},
	{"github.com/jackc/pgx", in("store/postgres"), "every line of SQL is in an engine"},
	{"database/sql", in("store/sqlite", "store/postgres", "store/staffdb"), "every line of SQL is in an engine, but for the portable ones on staff"},
	{"github.com/mattn/go-sqlite3", in("store/sqlite"), "every line of SQL is in an engine"},
	{"github.com/prometheus/client_golang", in("bot/monitor"), "what is measured, and its labels, is in one place"},
	{"github.com/alecthomas/kong", in("cmd"), "only commands parse the command line"},
	{"codeberg.org/go-pdf/fpdf", in("bot/draw"), "drawings are rendered in one place"},
	{"golang.org/x/image/font", in("bot/draw"), "text is measured and rendered in one place"},
	{"testing", in("bot/mail/mailtest", "bot/telegram/telegramtest", "store/memdir", "store/storetest", "store/sqlite/sqlitetest", "store/postgres/pgtest"), "the program contains no test code"},
	{"github.com/stretchr/testify", in("bot/mail/mailtest", "bot/telegram/telegramtest", "store/storetest", "store/postgres/pgtest"), "the program contains no test code"},
	{"github.com/pelletier/go-toml", in("flows/content/edit"), "its parser of byte ranges is called unstable: one package would have to follow a change"},
	{"pgregory.net/rapid", never, "the program contains no test code"},
	{"digiwijzer/bot/telegram/telegramtest", never, "the fake Bot API is imported by tests only"},
	{"digiwijzer/store/postgres/pgtest", never, "servers for tests are imported by tests only"},
	{"digiwijzer/store/sqlite/sqlitetest", never, "folders for tests are imported by tests only"},
	{"digiwijzer/bot/mail/mailtest", never, "the mail server is imported by tests only"},
	{"digiwijzer/bot/web/browsertest", never, "the browser is imported by tests only"},
	{"digiwijzer/store/memdir", never, "a folder for tests"},
	{"digiwijzer/store/storetest", never, "the conformance suite is imported by tests only"},
}

// calls lists functions that only some files may call. Elsewhere their result is passed as an
// argument.
var calls = []struct {
	name    string
	allowed func(file string) bool
	reason  string
}{
	{"os.Getenv", never, "the environment is an argument of Run"},
	{"os.LookupEnv", never, "the environment is an argument of Run"},
	{"os.ExpandEnv", never, "the environment is an argument of Run"},
	{"os.Environ", is("cmd/digiwijzer/main.go"), "the environment is read in one place"},
	{"os.Exit", is("cmd/digiwijzer/main.go"), "only main ends the process"},
	{"log.Fatal", never, "return the error; only main ends the process"},
	{"figures.NewService", in("bot/app", "store/storetest"), "the figures are wired in one place; others take an interface or the types"},
	{"figures.Service", in("bot/app", "cmd"), "the figures are wired in one place; others take an interface or the types"},
	{"time.Now", outsideOf("referral", "flows", "locales", "store", "store/figures", "store/figures/disclosure", "bot/draw", "bot/report", "bot/staff"), "the clock is an argument"},
}

func is(want string) func(string) bool { return func(file string) bool { return file == want } }
func never(string) bool                { return false }

func in(dirs ...string) func(string) bool {
	return func(file string) bool {
		return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(file, dir+"/") })
	}
}

func outsideOf(packages ...string) func(string) bool {
	return func(file string) bool { return !slices.Contains(packages, path.Dir(file)) }
}

// source is a parsed Go file other than a test.
type source struct {
	file  string // path in the repository
	lines int
	ast   *ast.File
}

// sources returns every source file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := parsedSources()
	require.NoError(t, err)
	require.Greater(t, len(all), 30, "the whole repository must be read")
	return all
}

var parsedSources = sync.OnceValues(func() (all []source, err error) {
	root := os.DirFS("../..")
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ParseComments|parser.SkipObjectResolution)
		all = append(all, source{name, bytes.Count(content, []byte("\n")), parsed})
		return err
	})
	return all, err
})

func TestImportsKeepToTheLayers(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		dir := path.Dir(s.file)
		layer, listed := layers[dir]
		if !assert.True(t, listed, "%s: package %s is not listed", s.file, dir) {
			continue
		}
		for _, spec := range s.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if pkg, ok := strings.CutPrefix(imported, "digiwijzer/"); ok {
				assert.Contains(t, layer.allowed, pkg, "%s may not import %s: %s", s.file, pkg, layer.reason)
			}
			for _, r := range reserved {
				if imported == r.path || strings.HasPrefix(imported, r.path+"/") {
					assert.True(t, r.allowed(s.file), "%s may not import %s: %s", s.file, imported, r.reason)
				}
			}
		}
	}
}

// maxLines is how many lines a package has at most, tests not counted.
const maxLines = 4000

// large lists the packages that have more, each with the reason why it is one package.
var large = map[string]string{
	"flows":       "one pure state machine: questions, typed text, advice and pages are methods of the same turn",
	"flows/audit": "one gate over one walk of all outcomes; a stage on its own would walk them again",
	"bot/web":     "one site behind one filter for kiosks and headers; a page outside the package would escape it",
	"store":       "one policy over one lock and one kind of transaction: what is kept, counted, handed over and encrypted anew",
	"referral":    "one immutable catalogue: rules, actions, figures and region are loaded and checked together",
}

func TestPackagesStaySmall(t *testing.T) {
	t.Parallel()
	lines := map[string]int{}
	for _, s := range sources(t) {
		lines[path.Dir(s.file)] += s.lines
	}
	for dir, n := range lines {
		assert.Equal(t, n > maxLines, large[dir] != "", "%s has %d lines: split it, or keep the reason in large", dir, n)
	}
}

// maxExported is how many exported functions and types a package has at most. Methods, and constants
// and variables, belong to a type.
const maxExported = 40

// wide lists the packages that have more, each with the reason.
var wide = map[string]string{
	"referral":      "the terms of the field, which every layer uses, and the calendar",
	"flows":         "the types of a turn, which channels render and storage keeps",
	"flows/content": "every view of one edition: files, sources, table of the catalogue, guide and sheets",
	"bot":           "what channels and storage implement: small interfaces and the types in them",
	"store":         "the commands on a data folder or database, besides the interface that it implements",
	"store/engine":  "the rows of every table as plain values, and the interfaces over them",
	"store/figures": "the types of every report, which all forms of it are made from",
}

func TestPackagesExportLittle(t *testing.T) {
	t.Parallel()
	exported := map[string]int{}
	for _, s := range sources(t) {
		for _, decl := range s.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() {
					exported[path.Dir(s.file)]++
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if declared, ok := spec.(*ast.TypeSpec); ok && declared.Name.IsExported() {
						exported[path.Dir(s.file)]++
					}
				}
			}
		}
	}
	for dir, n := range exported {
		assert.Equal(t, n > maxExported, wide[dir] != "", "%s exports %d functions and types: split it, or keep the reason in wide", dir, n)
	}
}

func TestCallsAreMadeWhereAllowed(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, c := range calls {
				if strings.HasPrefix(pkg.Name+"."+selector.Sel.Name, c.name) {
					assert.True(t, c.allowed(s.file), "%s may not use %s: %s", s.file, c.name, c.reason)
				}
			}
			return true
		})
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, s := range sources(t) {
		dir := path.Dir(s.file)
		documented[dir] = documented[dir] || s.ast.Doc != nil
	}
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		assert.True(t, documented[dir], "%s has no package comment", dir)
	}
}

func TestNoInitFunctions(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, decl := range s.ast.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				assert.NotEqual(t, "init", f.Name.Name, "%s: an init function runs implicitly, in an order that is hard to see", s.file)
			}
		}
	}
}

func TestTopLevelFolders(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../..")
	require.NoError(t, err)
	code := []string{"bot", "cmd", "flows", "locales", "referral", "store"}
	other := []string{"LICENSES", "deploy", "docs", "data", "node_modules"}
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			assert.Contains(t, append(code, other...), entry.Name(), "six folders hold all code")
		}
	}
}
