// Package terminal holds the conversation in a terminal: options with a letter before
// them, typed words, and the same engine as everywhere else. It works as well with
// input from a file or pipe. Nothing is kept: the session lives as long as Run.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Engine leads the conversation.
type Engine interface {
	Step(s flows.Session, in flows.Input) flows.Turn
}

// Options are what a conversation in a terminal works with.
type Options struct {
	Engine Engine
	Texts  *locales.Texts
	// Begin is the first input: a start with link, language and day. Its language and
	// day go with every later input too.
	Begin flows.Input
	In    io.Reader
	Out   io.Writer
	Width int  // columns of the terminal; at least 20
	Color bool // the terminal shows colours
	Echo  bool // write down what was read, because the terminal does not: input from a pipe
}

// The channel's name, as it stands in sessions.
const channelName = "terminal"

// Run holds a conversation until the person stops, the input ends or ctx does. The
// error is about reading or writing; ending is none.
func Run(ctx context.Context, o Options) error {
	c := &conversation{Options: o, paper: newPaper(o.Out, o.Width, o.Color), commands: commandWords(o.Texts)}
	c.Begin.Kind, c.Begin.Channel, c.Begin.TryOut = flows.Start, channelName, true
	c.step(c.Begin)
	c.hint("cli.chat.how")
	lines, failed := read(ctx, o.In)
	for c.paper.err == nil && !c.over {
		c.prompt()
		select {
		case line, more := <-lines:
			if !more {
				c.paper.line("")
				return errors.Join(<-failed, c.paper.err)
			}
			c.heard(line)
		case <-ctx.Done():
			c.paper.line("")
			return c.paper.err
		}
	}
	return c.paper.err
}

// read gives the lines of in. It goes on in the background until the input ends, since
// reading from a terminal cannot be interrupted.
func read(ctx context.Context, in io.Reader) (<-chan string, <-chan error) {
	lines, failed := make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				failed <- nil
				return
			}
		}
		failed <- scanner.Err()
	}()
	return lines, failed
}

// conversation is one conversation under way.
type conversation struct {
	Options
	paper    *paper
	commands map[string]string // action by command word
	session  flows.Session
	screen   screen
	part     string          // the heading shown last
	shown    map[string]bool // answers shown already under that heading
	advised  map[string]bool // blocks of the advice shown last
	over     bool
}

// step gives the engine one input and shows what follows.
func (c *conversation) step(in flows.Input) {
	in.Channel, in.TryOut, in.Today = channelName, true, c.Begin.Today
	if in.Lang == "" {
		in.Lang = c.Begin.Lang
	}
	before := c.session.Phase
	turn := c.Engine.Step(c.session, in)
	c.session = turn.Session
	c.screen = newScreen(turn.Replies, c.label)
	for _, reply := range c.news(turn.Replies) {
		c.show(reply)
	}
	stopped := before != flows.PhaseStopped && turn.Facts.Ended && c.session.Phase == flows.PhaseStopped
	if c.over = stopped || turn.Facts.Erase; !c.over {
		c.choices()
	}
}

// heard takes a line that was typed.
func (c *conversation) heard(line string) {
	line = strings.TrimSpace(line)
	if c.Echo {
		c.paper.line(line)
	}
	if line == "" {
		return
	}
	if slices.Contains(c.farewells(), normal(line)) {
		c.over = true
		c.hint("cli.chat.bye")
		return
	}
	in, understood := c.screen.understand(line, c.commands)
	if !understood {
		in = flows.Input{Kind: flows.Text, Text: line}
	}
	c.step(in)
}

// farewells are the typed words that end the program, in the language of the
// conversation and in Dutch.
func (c *conversation) farewells() (words []string) {
	for _, lang := range []string{c.session.Lang, locales.Default} {
		for word := range strings.SplitSeq(c.Texts.Text(lang, "cli.chat.leave"), "|") {
			words = append(words, normal(word))
		}
	}
	return words
}

func (c *conversation) prompt() {
	c.paper.raw("> ")
}

// label puts the words of a button together: in full, where the label is shorter.
func (c *conversation) label(b flows.Button) string {
	if b.Full != nil {
		return c.say(*b.Full)
	}
	return c.say(b.Label)
}

// say puts a phrase into words. A text that fails shows its id: the conversation must
// go on, and whoever sees it can report it.
func (c *conversation) say(p flows.Phrase) string {
	text, err := c.Texts.Render(c.session.Lang, p)
	if err != nil {
		return fmt.Sprintf("[%s]", p.ID)
	}
	return text
}

func (c *conversation) hint(id string) {
	c.paper.block(dim, "", c.Texts.Text(c.session.Lang, id))
}
