package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// pauses are the revisions at which half of the people wait for the next publication, so that
// it changes content under them however fast the machine is.
var pauses = []int{6, 9, 12}

// TestPublishingUnderLoad: an editor publishes one question more and one option less while
// people are doing the check, undoes it and publishes it again. Everyone gets an advice
// and is counted once.
func TestPublishingUnderLoad(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	original := embeddedQuestions(t)
	dir := folder(t, "locales/extra.nl.toml", extraWords, "locales/extra.en.toml", extraWords,
		"flows/questions.toml", original)
	h := newHarness(t, env...).with("DIGIWIJZER_CONTENT=" + dir)
	h.passed(dir)
	write(t, filepath.Join(dir, "flows/questions.toml"), withOneMoreAndOneLess(t, original))
	h.passed(dir)
	write(t, filepath.Join(dir, "flows/questions.toml"), original)
	s := h.serve()

	crowd := startPersistent(t, fake, size(12, 50))
	for i, questions := range []string{withOneMoreAndOneLess(t, original), original, withOneMoreAndOneLess(t, original)} {
		crowd.paused[i].Wait()
		before, _ := s.health()
		write(t, filepath.Join(dir, "flows/questions.toml"), questions)
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		eventually(t, "the new content is in use", func() bool {
			status, _ := s.health()
			return status.Content.OK && status.Content.Version != before.Content.Version
		})
		close(crowd.published[i])
	}
	crowd.running.Wait()
	for _, p := range crowd.people {
		assert.NotEmpty(t, advice(p), p.Screen())
	}
	assert.NotZero(t, crowd.askedMore.Load(), "nobody was asked the question that was added")
	assert.Empty(t, fake.BadRequests())
	assert.Equal(t, len(crowd.people), h.report().Totals.Completed)
	assert.Zero(t, s.stop(), s.stderr)
}

func embeddedQuestions(t *testing.T) string {
	t.Helper()
	file, err := flows.Embedded().Open("questions.toml")
	require.NoError(t, err)
	defer file.Close()
	var b strings.Builder
	_, err = io.Copy(&b, file)
	require.NoError(t, err)
	return b.String()
}

const extraWords = `
"question.printer.text" = "Heb je een printer?"
"topic.printer" = "Printer"
"option.printer.a" = "Nee"
"option.printer.b" = "Ja"
`

// withOneMoreAndOneLess returns the questions with one more in the second part, and without an
// answer that people have given by now.
func withOneMoreAndOneLess(t *testing.T, questions string) string {
	t.Helper()
	const at = "[[question]]\nid = \"learning\""
	const gone = "  {value = \"c\", points = 67, dii = {11 = 0}},\n"
	require.Equal(t, 1, strings.Count(questions, at))
	require.Equal(t, 1, strings.Count(questions, gone))
	more := "[[question]]\nid = \"printer\"\npart = 2\noptions = [{value = \"a\"}, {value = \"b\"}]\n\n"
	return strings.Replace(strings.Replace(questions, at, more+at, 1), gone, "", 1)
}

// persistentCrowd does the check as people do whose button is refused: they look at the
// screen and choose again.
type persistentCrowd struct {
	people    []*telegramtest.Person
	running   sync.WaitGroup
	askedMore atomic.Int32      // times that the added question was on a screen
	paused    []*sync.WaitGroup // half of the people have reached this pause
	published []chan struct{}   // closed to end this pause
}

func startPersistent(t *testing.T, fake *telegramtest.Server, people int) *persistentCrowd {
	t.Helper()
	ctx := waitContext(t)
	c := &persistentCrowd{}
	for range pauses {
		paused := &sync.WaitGroup{}
		paused.Add(people / 2)
		c.paused, c.published = append(c.paused, paused), append(c.published, make(chan struct{}))
	}
	for i := range people {
		p := fake.Person(int64(7000+i), "nl")
		c.people = append(c.people, p)
		c.running.Go(func() {
			p.Start("")
			assert.NoError(t, c.persist(ctx, p, i))
		})
	}
	return c
}

func (c *persistentCrowd) persist(ctx context.Context, p *telegramtest.Person, i int) error {
	screen, pausedAt := "", 0
	for range 200 {
		var now asked
		var looked string
		err := p.Wait(ctx, func(p *telegramtest.Person) bool {
			now, looked = look(p), p.Screen()
			return len(now.buttons) > 0 && looked != screen
		})
		if err != nil || now.question == "satisfaction" {
			return err
		}
		if i%2 == 0 && pausedAt < len(pauses) && now.rev >= pauses[pausedAt] {
			c.paused[pausedAt].Done()
			select {
			case <-c.published[pausedAt]:
			case <-ctx.Done():
				return ctx.Err()
			}
			pausedAt++
		}
		if now.question == "printer" {
			c.askedMore.Add(1)
		}
		screen = looked
		if err := p.PressWhere(same(now.buttons[(i+now.rev)%len(now.buttons)])); err != nil {
			screen = "" // the keyboard has changed: look again
		}
	}
	return errors.New("the check does not end")
}
