package content

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// testGate refuses every edition in which the text of a question contains a marker.
type testGate struct {
	checked []string // ids of editions
	quick   bool
	wait    time.Duration
}

var errRefused = errors.New("locales/mine.nl.toml: refused by the gate")

func (g *testGate) gate(v *Verdicts) Gate {
	return Gate{
		Check: func(ctx context.Context, _, e *Edition) error {
			g.checked = append(g.checked, e.ID)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(g.wait):
			}
			if strings.Contains(textOf(e), "refuse") {
				return errRefused
			}
			return nil
		},
		Quick:    func(*Edition) bool { return g.quick },
		Verdicts: v,
	}
}

func textOf(e *Edition) string { return e.Texts.Text("nl", "question.size.text") }

func textFiles(t testing.TB, text string) Files {
	t.Helper()
	f, err := NewFiles(map[string][]byte{textFile: []byte(`"question.size.text" = "` + text + `"`)})
	require.NoError(t, err)
	return f
}

// started returns a source after its first check.
func started(t testing.TB, o SourceOptions) *Source {
	t.Helper()
	s, err := NewSource(t.Context(), o)
	require.NoError(t, err)
	s.finishStart(t.Context())
	return s
}

// TestOnlyCheckedContentIsUsed tries every way in: what the gate refuses is not used by any.
func TestOnlyCheckedContentIsUsed(t *testing.T) {
	t.Parallel()
	for _, quick := range []bool{true, false} {
		g := &testGate{quick: quick}
		dir := folder(t, textFile, `"question.size.text" = "refuse me"`)
		s := started(t, SourceOptions{Folder: dir, Gate: g.gate(nil)})
		require.ErrorIs(t, s.Refused(), errRefused)
		assert.True(t, s.Current().IsEmbedded(), "at the start")
		assert.False(t, s.Checking())

		write(t, filepath.Join(dir, textFile), `"question.size.text" = "Goed"`)
		s.Reload(t.Context())
		require.NoError(t, s.Refused())
		assert.Equal(t, "Goed", textOf(s.Current()))

		write(t, filepath.Join(dir, textFile), `"question.size.text" = "refuse me too"`)
		s.Reload(t.Context())
		s.Reload(t.Context())
		require.ErrorIs(t, s.Refused(), errRefused)
		assert.Equal(t, "Goed", textOf(s.Current()), "a reload")
		assert.Len(t, g.checked, 3, "each edition once")

		require.ErrorIs(t, s.Offer(t.Context(), textFiles(t, "Goed")), ErrFolder)
	}

	g := &testGate{}
	published := textFiles(t, "refuse me")
	s := started(t, SourceOptions{Gate: g.gate(nil), Published: func(context.Context) (Publication, bool, error) {
		return Publication{Files: published}, true, nil
	}})
	require.ErrorIs(t, s.Refused(), errRefused)
	assert.True(t, s.Current().IsEmbedded(), "published")
	require.ErrorIs(t, s.Offer(t.Context(), textFiles(t, "refuse this")), errRefused)
	assert.True(t, s.Current().IsEmbedded(), "offered")
	published = textFiles(t, "Gepubliceerd")
	require.NoError(t, s.Offer(t.Context(), published))
	require.NoError(t, s.Refused())
	assert.Equal(t, "Gepubliceerd", textOf(s.Current()))
	n := len(g.checked)
	s.Reload(t.Context())
	assert.Len(t, g.checked, n, "what was offered is what is published")

	s, err := NewSource(t.Context(), SourceOptions{Folder: folder(t, textFile, `"question.size.text" = "Goed"`)})
	require.NoError(t, err)
	s.finishStart(t.Context())
	require.Error(t, s.Refused())
	assert.True(t, s.Current().IsEmbedded(), "without a gate")
}

// TestRefusalStaysWhenPartnersChange: an edition that is put in use clears the refusal in health, also if only its
// partners changed.
func TestRefusalStaysWhenPartnersChange(t *testing.T) {
	t.Parallel()
	g := &testGate{quick: true}
	s := started(t, SourceOptions{Folder: folder(t, textFile, `"question.size.text" = "refuse me"`), Gate: g.gate(nil)})
	var registered Registered
	require.NoError(t, s.Register(t.Context(), func(context.Context) (Registered, error) { return registered, nil }))
	shown := s.Refused()
	s.Watch(Watcher{Changed: func(*Edition) { shown = nil }, Refused: func(err error) { shown = err }})
	require.ErrorIs(t, shown, errRefused)
	registered.Partners = []flows.Partner{{Code: "rabo", Name: "Rabobank", Kind: flows.PartnerBank}}
	s.Reload(t.Context())
	assert.Contains(t, s.Current().Engine.Partners, "rabo")
	require.ErrorIs(t, shown, errRefused)
	assert.Len(t, g.checked, 1)
}

// TestPublishedEditionThatCannotBeReadIsReported: the edition in use stays, and health shows why no newer one
// comes into use, in place of an earlier refusal and until it can be read again.
func TestPublishedEditionThatCannotBeReadIsReported(t *testing.T) {
	t.Parallel()
	published, broken := textFiles(t, "Goed"), error(nil)
	g := &testGate{quick: true}
	start := func() *Source {
		return started(t, SourceOptions{Gate: g.gate(nil), Published: func(context.Context) (Publication, bool, error) {
			return Publication{Files: published}, true, broken
		}})
	}
	s := start()
	var got subscriber
	got.subscribe(s)
	broken = errors.New("disk full")
	s.Reload(t.Context())
	var unread UnreadError
	require.ErrorAs(t, s.Refused(), &unread)
	require.ErrorIs(t, unread.Err, broken)
	assert.Equal(t, "Goed", textOf(s.Current()))
	s.Reload(t.Context())
	assert.Len(t, got.refused, 1, "the same error is reported once")
	broken = nil
	s.Reload(t.Context())
	require.NoError(t, s.Refused())
	assert.Equal(t, []error{unread, nil}, got.refused)
	assert.Len(t, g.checked, 1, "the files are the same")

	published = textFiles(t, "refuse me")
	s.Reload(t.Context())
	broken = errors.New("disk full")
	s.Reload(t.Context())
	require.ErrorAs(t, s.Refused(), &unread)
	broken = nil
	s.Reload(t.Context())
	require.ErrorIs(t, s.Refused(), errRefused, "what was refused still is")
	assert.Len(t, g.checked, 2)

	published, broken = textFiles(t, "Goed"), errors.New("disk full")
	s = start()
	require.ErrorAs(t, s.Refused(), &unread, "at the start")
	assert.True(t, s.Current().IsEmbedded())
	broken = nil
	s.Reload(t.Context())
	require.NoError(t, s.Refused())
	assert.Equal(t, "Goed", textOf(s.Current()))
}

// TestEmbeddedContentIsNotCheckedAgain: the tests of the program check it.
func TestEmbeddedContentIsNotCheckedAgain(t *testing.T) {
	t.Parallel()
	g := &testGate{}
	mine := filepath.Join(t.TempDir(), "mine")
	_, err := Export(mine)
	require.NoError(t, err)
	for _, dir := range []string{"", mine} {
		s := started(t, SourceOptions{Folder: dir, Gate: g.gate(nil)})
		require.NoError(t, s.Refused())
	}
	assert.Empty(t, g.checked)
}

// TestVerdictsOutliveARestart: what passed is in use at once after a restart, what failed
// leaves the last good edition, and a verdict of another program counts for nothing.
func TestVerdictsOutliveARestart(t *testing.T) {
	t.Parallel()
	data, key := t.TempDir(), []byte("key of this data folder")
	dir := folder(t, textFile, `"question.size.text" = "Goed"`)
	g := &testGate{}
	restart := func(program string, key []byte) *Source {
		s, err := NewSource(t.Context(), SourceOptions{Folder: dir, Gate: g.gate(OpenVerdicts(data, named(program), key))})
		require.NoError(t, err)
		return s
	}
	s := restart("one", key)
	assert.True(t, s.Checking())
	assert.True(t, s.Current().IsEmbedded(), "until it has passed")
	s.finishStart(t.Context())
	assert.Equal(t, "Goed", textOf(s.Current()))
	require.Len(t, g.checked, 1)

	s = restart("one", key)
	assert.False(t, s.Checking())
	assert.Equal(t, "Goed", textOf(s.Current()), "at once")
	assert.Len(t, g.checked, 1)

	s = restart("two", key)
	assert.True(t, s.Checking(), "another program")
	assert.Equal(t, "Goed", textOf(s.Current()), "the whole edition serves until the new program has checked it")

	for _, broken := range []string{`"question.size.text" = "refuse me"`, `"question.size.text" = `} {
		write(t, filepath.Join(dir, textFile), broken)
		s = restart("one", key)
		assert.Equal(t, "Goed", textOf(s.Current()), "the last good edition")
		s.finishStart(t.Context())
		require.Error(t, s.Refused())
		assert.Equal(t, "Goed", textOf(s.Current()))
	}

	s = restart("one", []byte("another key"))
	assert.True(t, s.Current().IsEmbedded(), "files that were sealed with another key are not used")
	for _, file := range []string{verdictsFile, goodFile} {
		info, err := os.Stat(filepath.Join(data, file))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}

	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	s = restart("one", key)
	assert.True(t, s.Current().IsEmbedded())
	write(t, filepath.Join(dir, textFile), `"question.size.text" = `)
	s = restart("one", key)
	assert.True(t, s.Current().IsEmbedded(), "the embedded content was the last good one")
}

// TestVerdictsCannotBeForged: neither a verdict nor an edition that was changed on disk counts.
func TestVerdictsCannotBeForged(t *testing.T) {
	t.Parallel()
	data, key := t.TempDir(), []byte("key")
	v := OpenVerdicts(data, named("one"), key)
	require.NoError(t, v.Record("aa"))
	e, err := LoadFiles(textFiles(t, "Goed"))
	require.NoError(t, err)
	require.NoError(t, v.KeepGood(e))
	again := OpenVerdicts(data, named("one"), key)
	assert.True(t, again.Passed("aa"))
	good, ok := again.Good()
	require.True(t, ok)
	assert.Equal(t, e.Hash(), good.Hash())
	assert.False(t, OpenVerdicts(data, named(""), key).Passed("aa"), "a program that is not known")
	assert.False(t, OpenVerdicts(data, named("one"), nil).Passed("aa"), "without a key")

	file := filepath.Join(data, verdictsFile)
	write(t, file, strings.ReplaceAll(read(t, file), `"aa"`, `"bb"`))
	assert.False(t, OpenVerdicts(data, named("one"), key).Passed("bb"))

	other := OpenVerdicts(t.TempDir(), named("one"), []byte("another"))
	worse, err := LoadFiles(textFiles(t, "refuse me"))
	require.NoError(t, err)
	require.NoError(t, other.KeepGood(worse))
	write(t, filepath.Join(data, goodFile), read(t, filepath.Join(other.dir, goodFile)))
	_, ok = again.Good()
	assert.False(t, ok)

	for i := range 2 * maxVerdicts {
		require.NoError(t, v.Record(strings.Repeat("c", i+1)))
	}
	assert.Len(t, v.passed, maxVerdicts)
}

// TestCheckingEndsWithTheProgram: a check that takes long does not hold up the end.
func TestCheckingEndsWithTheProgram(t *testing.T) {
	dir := folder(t, textFile, `"question.size.text" = "Goed"`)
	synctest.Test(t, func(t *testing.T) {
		g := &testGate{wait: time.Hour}
		s, err := NewSource(t.Context(), SourceOptions{Folder: dir, Gate: g.gate(nil)})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, synctestClock{}, nil) }()
		synctest.Wait()
		assert.True(t, s.Checking())
		began := time.Now()
		cancel()
		require.NoError(t, <-done)
		assert.Zero(t, time.Since(began))
		assert.True(t, s.Current().IsEmbedded())
	})
}

type synctestClock struct{}

func (synctestClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// named is a program of that name.
func named(program string) func() string { return func() string { return program } }
