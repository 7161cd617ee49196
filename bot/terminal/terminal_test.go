package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/terminal"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// options returns the options of a conversation on the embedded content, on a fixed day.
func options(t *testing.T) terminal.Options {
	t.Helper()
	questions, err := flows.BuiltIn()
	require.NoError(t, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	engine := flows.NewEngine(flows.Content{
		Questions: questions, Catalogue: catalogue, Languages: texts.Languages(),
		Words: func(lang, id string) string {
			if !texts.Has(lang, id) {
				return ""
			}
			return texts.Text(lang, id)
		},
	})
	return terminal.Options{Engine: engine, Texts: texts, Width: 80, Echo: true,
		Begin: flows.Input{Lang: "nl", Today: "2026-11-22"}}
}

// play types the lines and returns the output.
func play(t *testing.T, o terminal.Options, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	o.In, o.Out = strings.NewReader(strings.Join(lines, "\n")), &out
	require.NoError(t, terminal.Run(t.Context(), o))
	return out.String()
}

// tail returns the output after a typed line.
func tail(shown, typed string) string {
	_, after, _ := strings.Cut(shown, "> "+typed+"\n")
	return after
}

var bakery = []string{"2", "retail", "zeist", "c", "b", "b", "a", "b", "a", "b", "a", "a", "b", "b", "c", "c", "c", "c", "b", "b", "a", "a"}

func TestWholeConversation(t *testing.T) {
	o := options(t)
	shown := play(t, o, append([]string{"2", "winkel of webshop"}, append(bakery[2:], "5", "meer", "einde")...)...)
	for _, want := range []string{"Nu aan zet", "●", "1. CyberVeilig Check", "MKB Werkplaats Utrecht",
		"https://mkbwerkplaatsutrecht.nl", "Bedankt voor je mening", "Dit kun je vandaag zelf doen", "Tot ziens"} {
		assert.Contains(t, shown, want)
	}
	assert.Equal(t, 1, strings.Count(shown, "1. CyberVeilig Check"), "rating does not repeat the advice")
}

func TestNumberOnSizeMeansPeople(t *testing.T) {
	assert.Contains(t, play(t, options(t), "3"), "✓ Aantal mensen: 2 tot 9 mensen")
	assert.Contains(t, play(t, options(t), "c"), "✓ Aantal mensen: 10 tot 49 mensen")
	assert.Contains(t, play(t, options(t), "C)"), "✓ Aantal mensen: 10 tot 49 mensen")
	assert.Contains(t, play(t, options(t), "alleen ik"), "✓ Aantal mensen: Alleen ik (zzp)")
}

func TestAmbiguousPrefixChoosesNothing(t *testing.T) {
	shown := play(t, options(t), "b", "zor", "vorige", "xyzzy")
	assert.Contains(t, shown, "✓ Branche: Zorg en welzijn", "an unambiguous prefix")
	after := tail(play(t, options(t), "b", "ict", "c", "ni"), "ni")
	require.NotEmpty(t, after, "the line was read")
	assert.NotContains(t, after, "✓", "two letters are too few")
}

func TestBackCommandsAndLanguage(t *testing.T) {
	shown := play(t, options(t), "b", "terug")
	assert.Contains(t, tail(shown, "terug"), "Met hoeveel mensen")
	assert.Contains(t, tail(shown, "terug"), "• b) 2 tot 9 mensen", "the answer given is marked")
	assert.Contains(t, tail(play(t, options(t), "/privacy"), "/privacy"), "Wat we bewaren")
	assert.Contains(t, tail(play(t, options(t), "english"), "english"), "How many people")
	assert.Contains(t, tail(play(t, options(t), "/language en"), "/language en"), "How many people")
	assert.Contains(t, tail(play(t, options(t), "/onzin"), "/onzin"), "Met hoeveel mensen", "an unknown command repeats the question")
}

func TestNothingSpeaksOfButtons(t *testing.T) {
	shown := play(t, options(t), "b", "xyzzy", "hulp", "?")
	assert.Contains(t, tail(shown, "xyzzy"), "Typ een letter uit de lijst, of typ hulp.")
	assert.Contains(t, tail(shown, "hulp"), "Hoe werkt het?")
	assert.Contains(t, tail(shown, "?"), "Hoe werkt het?")
	assert.Contains(t, shown, "menu · hulp · einde")
	assert.NotContains(t, shown, "knop")
}

func TestTypedPlace(t *testing.T) {
	shown := play(t, options(t), "b", "bouw en installatie", "zijst", "a")
	assert.Contains(t, shown, "Bedoel je Zeist?")
	assert.Contains(t, shown, "✓ Gemeente: Zeist")
}

func TestDontKnowIsX(t *testing.T) {
	shown := play(t, options(t), "b", "e", "e", "x")
	assert.Contains(t, shown, "x) Weet ik niet")
	assert.Contains(t, shown, "✓ Eigen indruk: Weet ik niet")
}

func TestStopEndsTheProgram(t *testing.T) {
	shown := play(t, options(t), "b", "/stop", "2")
	assert.NotContains(t, shown, "> 2\n")
}

func TestColoursOnlyWhenEnabled(t *testing.T) {
	o := options(t)
	assert.NotContains(t, play(t, o, "2"), "\x1b")
	o.Color = true
	assert.Contains(t, play(t, o, "2"), "\x1b[1mMet hoeveel mensen")
}

func TestLinesFitTheWidth(t *testing.T) {
	o := options(t)
	lines := append([]string{"2", "winkel of webshop"}, append(bakery[2:], "5", "waarom", "meer")...)
	for _, o.Width = range []int{20, 40, 80, 500} {
		for line := range strings.Lines(play(t, o, lines...)) {
			line = strings.TrimRight(line, "\n")
			if strings.Contains(line, "://") || o.Width == 20 {
				continue // addresses are not wrapped; at 20 columns neither are long words
			}
			assert.LessOrEqual(t, len([]rune(line)), min(o.Width, 84), "width %d: %q", o.Width, line)
		}
	}
}

func TestDotIsInItsQuadrant(t *testing.T) {
	field := func(answers ...string) (upper, lower string) {
		shown := play(t, options(t), append([]string{"b", "winkel of webshop", "zeist", "c"}, answers...)...)
		_, picture, ok := strings.Cut(shown, "100 ┌")
		require.True(t, ok, shown)
		upper, lower, _ = strings.Cut(picture, " 50 ├")
		lower, _, _ = strings.Cut(lower, "  0 └")
		return upper, lower
	}
	left, right := regexp.MustCompile(`│ *● *│ *│`), regexp.MustCompile(`│ *│ *● *│`)
	upper, lower := field(bakery[4:]...)
	assert.Regexp(t, left, upper, "impact high, readiness low")
	assert.NotContains(t, lower, "●")

	upper, lower = field(strings.Fields("a a a a a a a a a a a a a a a a a twijfel")...)
	assert.NotContains(t, upper, "●")
	assert.Regexp(t, left, lower, "both low")

	upper, lower = field(strings.Fields("e d c d d d d c c c d d d c c c j a")...)
	assert.Regexp(t, right, upper, "both high")
	assert.NotContains(t, lower, "●")
}

// TestCancelIsNoError: ctx is cancelled while the program waits for input, as by Ctrl-C.
func TestCancelIsNoError(t *testing.T) {
	o := options(t)
	in, typing := io.Pipe()
	defer typing.Close()
	shown := &promptSignal{prompted: make(chan struct{}, 1)}
	o.In, o.Out = in, shown
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- terminal.Run(ctx, o) }()
	<-shown.prompted
	cancel()
	require.NoError(t, <-done)
}

// promptSignal signals when the prompt is written.
type promptSignal struct{ prompted chan struct{} }

func (s *promptSignal) Write(p []byte) (int, error) {
	if string(p) == "> " {
		s.prompted <- struct{}{}
	}
	return len(p), nil
}

func TestWriteErrorIsReturned(t *testing.T) {
	o := options(t)
	o.In, o.Out = strings.NewReader("2\n"), failingWriter{}
	require.ErrorIs(t, terminal.Run(t.Context(), o), errBroken)
}

type failingWriter struct{}

var errBroken = errors.New("write failed")

func (failingWriter) Write([]byte) (int, error) { return 0, errBroken }
