package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// TestPublishingUnderLoad: an editor publishes while fifty people are in the middle of
// the check, a question more and an option less, and takes it back. Everyone reaches
// an advice, and everyone is counted once.
func TestPublishingUnderLoad(t *testing.T) {
	fake, env := telegramAPI(t)
	original := embeddedQuestions(t)
	dir := folder(t, "locales/extra.nl.toml", extraWords, "locales/extra.en.toml", extraWords,
		"flows/questions.toml", original)
	h := newHouse(t, env...).with("DIGIWIJZER_CONTENT=" + dir)
	s := h.serve()

	var askedMore atomic.Int32
	people, done := persistentCrowd(t, fake, 50, &askedMore)
	for _, questions := range []string{withOneMoreAndOneLess(t, original), original, withOneMoreAndOneLess(t, original)} {
		before, _ := s.health()
		halfway(t, people)
		write(t, filepath.Join(dir, "flows/questions.toml"), questions)
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		eventually(t, "the new content is in use", func() bool {
			status, _ := s.health()
			return status.Content.OK && status.Content.Version != before.Content.Version
		})
	}
	done()
	for _, p := range people {
		assert.NotEmpty(t, advice(p), p.Screen())
	}
	assert.NotZero(t, askedMore.Load(), "nobody met the new content on the way")
	assert.Empty(t, fake.BadRequests())
	assert.Equal(t, len(people), h.report().Totals.Completed)
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

// withOneMoreAndOneLess is the questions with one more in the second part, and without one answer that
// people have given by now.
func withOneMoreAndOneLess(t *testing.T, questions string) string {
	t.Helper()
	const at = "[[question]]\nid = \"learning\""
	const gone = "  {value = \"c\", points = 67, dii = {11 = 0}},\n"
	require.Equal(t, 1, strings.Count(questions, at))
	require.Equal(t, 1, strings.Count(questions, gone))
	more := "[[question]]\nid = \"printer\"\npart = 2\noptions = [{value = \"a\"}, {value = \"b\"}]\n\n"
	return strings.Replace(strings.Replace(questions, at, more+at, 1), gone, "", 1)
}

// halfway waits until half of the people who are still busy stand in the second part or
// further, so that content changes under them.
func halfway(t *testing.T, people []*telegramtest.Person) {
	t.Helper()
	eventually(t, "people are in the middle of the check", func() bool {
		under := 0
		for _, p := range people {
			if now := look(p); now.rev > 5 || now.question == "satisfaction" {
				under++
			}
		}
		return under >= len(people)/2
	})
}

// persistentCrowd lets people do the check as a person does who sees their button
// refused: they look at the screen and choose again. askedMore counts those who were
// asked the question that was added.
func persistentCrowd(t *testing.T, fake *telegramtest.Server, n int, askedMore *atomic.Int32) (people []*telegramtest.Person, done func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	var everyone sync.WaitGroup
	for i := range n {
		p := fake.Person(int64(7000+i), "nl")
		people = append(people, p)
		everyone.Go(func() {
			p.Start("")
			assert.NoError(t, persist(ctx, p, i, askedMore))
		})
	}
	return people, func() { everyone.Wait(); cancel() }
}

func persist(ctx context.Context, p *telegramtest.Person, seed int, askedMore *atomic.Int32) error {
	screen := ""
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
		if now.question == "printer" {
			askedMore.Add(1)
		}
		screen = looked
		if err := p.PressWhere(same(now.buttons[(seed+now.rev)%len(now.buttons)])); err != nil {
			screen = "" // the keyboard changed under the finger: look again
		}
	}
	return context.DeadlineExceeded
}
