// Package terminal is the conversation in a terminal: options with a letter, typed
// words, and the same engine as every channel. It also reads its input from a file or
// pipe. It stores nothing: the session lives as long as Run.
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

// Engine steps the conversation.
type Engine interface {
	Step(s flows.Session, in flows.Input) flows.Turn
}

var _ Engine = (*flows.Engine)(nil)

// Options configure a conversation.
type Options struct {
	Engine Engine
	Texts  *locales.Texts
	// Begin is the first input: a start with link, language and day. Every later input
	// has the same language and day.
	Begin flows.Input
	In    io.Reader
	Out   io.Writer
	Width int  // columns of the terminal; at least 20
	Color bool // the terminal shows colours
	Echo  bool // repeat the input in the output, for input from a file or pipe
}

// channel is the name of this channel in sessions.
const channel = "terminal"

// Run runs a conversation until the person stops, the input ends or ctx is done, none of
// which is an error. It returns errors of reading and writing.
func Run(ctx context.Context, o Options) error {
	c := &conversation{opts: o, out: newWriter(o.Out, o.Width, o.Color), commands: commandWords(o.Texts)}
	start := o.Begin
	start.Kind = flows.Start
	c.step(start)
	c.hint("cli.chat.how")
	lines, failed := readLines(ctx, o.In)
	for c.out.err == nil && !c.over {
		c.out.raw("> ")
		select {
		case line, more := <-lines:
			if !more {
				c.out.line("")
				return errors.Join(<-failed, c.out.err)
			}
			c.handle(line)
		case <-ctx.Done():
			c.out.line("")
			return c.out.err
		}
	}
	return c.out.err
}

// readLines sends the lines of in. Its goroutine can outlive ctx until the next line,
// since a read from a terminal cannot be interrupted.
func readLines(ctx context.Context, in io.Reader) (<-chan string, <-chan error) {
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

// conversation is a running conversation.
type conversation struct {
	opts     Options
	out      *writer
	commands map[string]string // action by command word
	session  flows.Session
	choices  choices
	part     string          // the heading written last
	answers  map[string]bool // answers written below that heading
	advised  map[string]bool // blocks of the advice written last
	over     bool
}

// step gives the engine one input and writes the turn.
func (c *conversation) step(in flows.Input) {
	in.Channel, in.TryOut, in.Today = channel, true, c.opts.Begin.Today
	if in.Lang == "" {
		in.Lang = c.opts.Begin.Lang
	}
	before := c.session.Phase
	turn := c.opts.Engine.Step(c.session, in)
	c.session = turn.Session
	c.choices = newChoices(turn.Replies, c.label)
	for _, reply := range c.unseen(turn.Replies) {
		c.showReply(reply)
	}
	stopped := before != flows.PhaseStopped && turn.Facts.Ended && c.session.Phase == flows.PhaseStopped
	if c.over = stopped || turn.Facts.Erase; !c.over {
		c.showChoices()
	}
}

// handle handles a typed line.
func (c *conversation) handle(line string) {
	line = strings.TrimSpace(line)
	if c.opts.Echo {
		c.out.line(line)
	}
	if line == "" {
		return
	}
	if slices.Contains(c.exitWords(), normalize(line)) {
		c.over = true
		c.hint("cli.chat.bye")
		return
	}
	in, ok := c.choices.parse(line, c.commands)
	if !ok {
		in = flows.Input{Kind: flows.Text, Text: line}
	}
	c.step(in)
}

// exitWords returns the words that end the program, in the language of the conversation
// and in Dutch.
func (c *conversation) exitWords() (words []string) {
	for _, lang := range []string{c.session.Lang, locales.Default} {
		for word := range strings.SplitSeq(c.opts.Texts.Text(lang, "cli.chat.leave"), "|") {
			words = append(words, normalize(word))
		}
	}
	return words
}

// label returns the full text of a button.
func (c *conversation) label(b flows.Button) string {
	if b.Full != nil {
		return c.phrase(*b.Full)
	}
	return c.phrase(b.Label)
}

// phrase renders a phrase. A text terminal.<id>, if there is one, replaces wording that only fits buttons. A
// text that fails shows its id, so that the conversation continues and the missing text can be reported.
func (c *conversation) phrase(p flows.Phrase) string {
	if own := "terminal." + p.ID; p.ID != "" && c.opts.Texts.Has(locales.Default, own) {
		p.ID = own
	}
	text, err := c.opts.Texts.Render(c.session.Lang, p)
	if err != nil {
		return fmt.Sprintf("[%s]", p.ID)
	}
	return text
}

// text returns a text of the terminal itself.
func (c *conversation) text(id string, pairs ...any) string {
	return c.opts.Texts.Text(c.session.Lang, id, pairs...)
}

func (c *conversation) hint(id string) { c.out.block(dim, "", c.text(id)) }
