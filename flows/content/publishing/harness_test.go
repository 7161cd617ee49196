package publishing_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/locales"
	"digiwijzer/store/memdir"
	"digiwijzer/store/staffdb"
)

const (
	chatFile      = "locales/chat.nl.toml"
	partnersFile  = "bot/share/partners.toml"
	questionsFile = "flows/questions.toml"
	kvkFile       = "referral/catalogue/kvk.toml"
)

var (
	anna = publishing.Editor{ID: "anna", Draft: true, Publish: true}
	bram = publishing.Editor{ID: "bram", Draft: true, Publish: true}
	cora = publishing.Editor{ID: "cora"} // sees, no more
)

// gate is the content gate of all tests: it keeps its walks.
var gate = sync.OnceValue(func() *audit.Gate { return audit.NewGate(content.EmbeddedStructure()) })

// world is a service on a real database, with the content in use.
type world struct {
	testing.TB
	*publishing.Service
	db     *staffdb.DB
	source *content.Source
	clock  time.Time
	checks int // how often the gate ran
	dir    string
	o      publishing.Options
}

func newWorld(t testing.TB, change ...func(*publishing.Options)) *world {
	t.Helper()
	w := &world{TB: t, clock: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), dir: memdir.New(t)}
	w.open(change...)
	return w
}

// open opens the database and starts the service, as a process does.
func (w *world) open(change ...func(*publishing.Options)) {
	w.Helper()
	db, err := staffdb.Open(w.Context(), w.dir)
	require.NoError(w, err)
	w.Cleanup(func() { _ = db.Close() })
	w.db = db
	verdicts := content.OpenVerdicts(w.dir, func() string { return "tests" }, []byte("a key for these tests only"))
	w.source, err = content.NewSource(w.Context(), content.SourceOptions{
		Published: publishing.Published(db.Editions()),
		Gate: content.Gate{Check: func(ctx context.Context, running, candidate *content.Edition) error {
			if faults := w.gate(ctx, running, candidate, audit.Options{From: "2026-11-28", Days: -1}).Faults; len(faults) > 0 {
				return errGate
			}
			return ctx.Err()
		}, Quick: func(e *content.Edition) bool { return gate().Knows(e.Structure()) }, Verdicts: verdicts},
	})
	require.NoError(w, err)
	texts, err := locales.BuiltIn()
	require.NoError(w, err)
	passed := func(e *content.Edition) { require.NoError(w, verdicts.Record(e.Hash())) }
	w.o = publishing.Options{Passed: passed, Store: db.Editions(), Live: w.source, Check: w.gate, Now: func() time.Time { return w.clock }, Words: texts}
	for _, c := range change {
		c(&w.o)
	}
	w.Service, err = publishing.New(w.o)
	require.NoError(w, err)
}

type gateError string

func (e gateError) Error() string { return string(e) }

const errGate = gateError("the gate found faults")

// gate checks the first day only, which is enough for these tests.
func (w *world) gate(ctx context.Context, running, candidate *content.Edition, o audit.Options) audit.Report {
	w.checks++
	before := audited(running)
	o.Days = -1
	return gate().Check(ctx, &before, audited(candidate), o)
}

func audited(e *content.Edition) audit.Content {
	return audit.Content{Questions: e.Questions, Catalogue: e.Catalogue, Texts: e.Texts, Engine: e.Engine, Structure: e.Structure()}
}

// set changes one value of a file in the draft of an editor.
func (w *world) set(who publishing.Editor, file, path string, value any) publishing.Draft {
	w.Helper()
	d, err := w.Change(w.Context(), who, setting(w, file, path, value))
	require.NoError(w, err)
	return d
}

// setting changes one value of a file.
func setting(t *world, file, path string, value any) func(map[string][]byte) error {
	return func(own map[string][]byte) error {
		p, err := edit.ParsePath(path)
		require.NoError(t, err)
		data, ok := own[file]
		if !ok && !strings.HasPrefix(file, "locales/") {
			data, err = t.embedded(file)
			require.NoError(t, err)
		}
		doc, err := edit.Parse(data)
		require.NoError(t, err)
		doc, err = doc.Set(p, value)
		require.NoError(t, err)
		own[file] = doc.Bytes()
		return nil
	}
}

func (w *world) embedded(file string) ([]byte, error) {
	e, err := content.LoadFiles(content.Files{})
	require.NoError(w, err)
	return e.ReadFile(file)
}

// publish publishes the draft of an editor as it is.
func (w *world) publish(who publishing.Editor, owner publishing.Editor, note string) (publishing.Edition, error) {
	w.Helper()
	d, err := w.Draft(w.Context(), owner)
	require.NoError(w, err)
	e, live, err := w.Publish(w.Context(), who, owner.ID, d.Hash(), note)
	require.NoError(w, live)
	return e, err
}

// refused asserts that something was refused for a reason.
func (w *world) refused(kind publishing.Kind, err error) {
	w.Helper()
	r, ok := publishing.AsRefusal(err)
	require.True(w, ok, "%v", err)
	require.Equal(w, kind, r.Kind, "%v", err)
	for _, lang := range []string{"nl", "en"} {
		require.NotContains(w, r.Text(w.o.Words, lang), "[", "the reason has words")
	}
}

func (w *world) text(id string) string { return w.source.Current().Texts.Text("nl", id) }
