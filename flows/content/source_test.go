package content

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

const textFile = "locales/mine.nl.toml"

// subscriber records what it is notified of.
type subscriber struct {
	changed  []string // ids of editions
	checking int
	refused  []error
}

func (s *subscriber) subscribe(source *Source) {
	source.Watch(Watcher{
		Changed:  func(e *Edition) { s.changed = append(s.changed, e.ID) },
		Checking: func() { s.checking++ },
		Refused:  func(err error) { s.refused = append(s.refused, err) },
	})
}

// newTestSource returns a source whose gate passes everything at once.
func newTestSource(t testing.TB, folder string) (*Source, error) {
	return NewSource(t.Context(), SourceOptions{Folder: folder, Gate: Gate{
		Check: func(context.Context, *Edition, *Edition) error { return nil },
		Quick: func(*Edition) bool { return true },
	}})
}

func TestReloadSwapsAnEditionAsAWhole(t *testing.T) {
	dir := folder(t, textFile, `"question.size.text" = "Hoeveel mensen werken er?"`)
	source, err := newTestSource(t, dir)
	require.NoError(t, err)
	require.NoError(t, source.Refused())
	var got subscriber
	got.subscribe(source)
	first := source.Current()
	source.Reload(t.Context())
	assert.Same(t, first, source.Current(), "nothing changed")

	write(t, filepath.Join(dir, textFile), `"question.size.text" = "{{.Kapot"`)
	source.Reload(t.Context())
	assert.Same(t, first, source.Current(), "files with faults are not used")
	require.ErrorContains(t, source.Refused(), "question.size.text")
	source.Reload(t.Context())
	assert.Len(t, got.refused, 1, "the same faults are reported once")

	write(t, filepath.Join(dir, textFile), `"question.size.text" = "Met zijn hoevelen?"`)
	source.Reload(t.Context())
	require.NoError(t, source.Refused())
	assert.Equal(t, "Met zijn hoevelen?", source.Current().Texts.Text("nl", "question.size.text"))
	assert.Equal(t, []string{source.Current().ID}, got.changed)
	assert.NotEqual(t, first.ID, source.Current().ID)
	assert.Equal(t, "Hoeveel mensen werken er?", first.Texts.Text("nl", "question.size.text"), "an edition never changes")
}

func TestFaultsAtTheStartLeaveTheEmbeddedContent(t *testing.T) {
	dir := folder(t, "flows/questions.toml", "question_set = ")
	source, err := newTestSource(t, dir)
	require.NoError(t, err)
	require.ErrorContains(t, source.Refused(), "questions.toml")
	embedded, err := Load("")
	require.NoError(t, err)
	assert.Equal(t, embedded.ID, source.Current().ID)

	require.NoError(t, os.Remove(filepath.Join(dir, "flows/questions.toml")))
	source.Reload(t.Context())
	require.NoError(t, source.Refused())
}

func TestReloadAddsRegisteredPartners(t *testing.T) {
	source, err := newTestSource(t, "")
	require.NoError(t, err)
	var got subscriber
	got.subscribe(source)
	var registered Registered
	var broken error
	registry := func(context.Context) (Registered, error) { return registered, broken }
	require.NoError(t, source.Register(t.Context(), registry))
	assert.Empty(t, got.changed)

	registered.Partners = []flows.Partner{{Code: "rabo", Name: "Rabobank", Kind: flows.PartnerBank}}
	source.Reload(t.Context())
	assert.Len(t, got.changed, 1)
	assert.Contains(t, source.Current().Engine.Partners, "rabo")

	broken = errors.New("disk full")
	registered.Paused = map[string]bool{"rabo": true}
	source.Reload(t.Context())
	assert.Contains(t, source.Current().Engine.Partners, "rabo", "until the storage can be read")
	broken = nil
	source.Reload(t.Context())
	assert.NotContains(t, source.Current().Engine.Partners, "rabo")
	assert.Empty(t, got.refused)
}

// TestCandidateIsKeptUntilTheRegistryCanBeRead: content that waits for its check at the start is not lost if the
// registered partners cannot be read then.
func TestCandidateIsKeptUntilTheRegistryCanBeRead(t *testing.T) {
	g := &testGate{}
	source, err := NewSource(t.Context(), SourceOptions{Folder: folder(t, textFile, `"question.size.text" = "Goed"`), Gate: g.gate(nil)})
	require.NoError(t, err)
	var broken error
	require.NoError(t, source.Register(t.Context(), func(context.Context) (Registered, error) { return Registered{}, broken }))
	broken = errors.New("disk full")
	source.finishStart(t.Context())
	assert.True(t, source.Current().IsEmbedded())
	assert.True(t, source.Checking(), "it still waits")

	broken = nil
	source.Reload(t.Context())
	assert.Equal(t, "Goed", textOf(source.Current()))
	assert.False(t, source.Checking())
	assert.Len(t, g.checked, 1)
}

type bubbleClock struct{}

func (bubbleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func TestRunReloadsOnTriggerAndByTime(t *testing.T) {
	dir := folder(t, textFile, `"question.size.text" = "Een"`)
	synctest.Test(t, func(t *testing.T) {
		source, err := newTestSource(t, dir)
		require.NoError(t, err)
		text := func() string { return source.Current().Texts.Text("nl", "question.size.text") }
		ctx, cancel := context.WithCancel(t.Context())
		trigger := make(chan os.Signal)
		ended := make(chan error)
		go func() { ended <- source.Run(ctx, bubbleClock{}, trigger) }()

		write(t, filepath.Join(dir, textFile), `"question.size.text" = "Twee"`)
		synctest.Wait()
		assert.Equal(t, "Een", text())
		trigger <- os.Interrupt
		synctest.Wait()
		assert.Equal(t, "Twee", text(), "at once")

		write(t, filepath.Join(dir, textFile), `"question.size.text" = "Drie"`)
		time.Sleep(PollInterval + time.Second)
		synctest.Wait()
		assert.Equal(t, "Drie", text(), "by itself")
		cancel()
		require.NoError(t, <-ended)
	})
}

// TestChangeIsInUseInTime changes the content just after it was looked at, with a check that takes longer than
// on a busy machine.
func TestChangeIsInUseInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var files atomic.Value
		files.Store(textFiles(t, "Een"))
		published := func(context.Context) (Publication, bool, error) {
			return Publication{Files: files.Load().(Files)}, true, nil
		}
		source, err := NewSource(t.Context(), SourceOptions{Published: published, Gate: (&testGate{wait: 30 * time.Second}).gate(nil)})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- source.Run(ctx, bubbleClock{}, nil) }()
		time.Sleep(30*time.Second + PollInterval)
		synctest.Wait()
		assert.Equal(t, "Een", textOf(source.Current()))
		files.Store(textFiles(t, "Twee"))
		time.Sleep(InUseWithin)
		synctest.Wait()
		assert.Equal(t, "Twee", textOf(source.Current()))
		cancel()
		require.NoError(t, <-ended)
	})
}
