package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"digiwijzer/bot/terminal"
	"digiwijzer/flows"
	"digiwijzer/flows/audit"
)

type chatCmd struct {
	Lang    string `help:"${cli_help_lang}" default:"nl" placeholder:"nl"`
	Start   string `help:"${cli_help_chat_start}" placeholder:"CODE"`
	Date    string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
	Content string `help:"${cli_help_check_content}" placeholder:"DIR"`
	Record  string `help:"${cli_help_chat_record}" placeholder:"FILE"`
}

// Run holds the conversation in the terminal; nothing is kept, unless a transcript is
// asked for.
func (cmd *chatCmd) Run(ctx context.Context, p *program) error {
	if cmd.Content != "" {
		p.config.content = cmd.Content
	}
	c, err := p.livePartners(ctx)
	if err != nil { // the data folder cannot be read: a conversation needs nothing of it
		c, err = loadContent(p.config.content)
	}
	if err != nil {
		return err
	}
	lang, err := language(c.texts, cmd.Lang, "nl")
	if err != nil {
		return err
	}
	today, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	link, err := c.startLink(cmd.Start)
	if err != nil {
		return err
	}
	begin := flows.Input{Lang: lang, Link: link, Today: today}
	if cmd.Record == "" {
		return p.talk(ctx, c, c.engine, begin)
	}
	recorder := audit.NewRecorder(c.engine, c.texts, begin, cmd.Start)
	if err := p.talk(ctx, c, recorder, begin); err != nil {
		return err
	}
	var transcript bytes.Buffer
	player := audit.Player{Engine: c.engine, Texts: c.texts}
	if err := player.Play(strings.NewReader(recorder.Script()), &transcript); err != nil {
		return err
	}
	if err := replaceFile(cmd.Record, transcript.Bytes()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.chat.recorded", "File", cmd.Record))
	return err
}

func (p *program) talk(ctx context.Context, c *content, engine terminal.Engine, begin flows.Input) error {
	width, isTerminal := terminalOf(p.stdout)
	_, typing := terminalOf(p.stdin)
	return terminal.Run(ctx, terminal.Options{
		Engine: engine,
		Texts:  c.texts,
		Begin:  begin,
		In:     p.stdin,
		Out:    p.stdout,
		Width:  width,
		Color:  isTerminal && !p.config.terminal.noColor,
		Echo:   !typing,
	})
}

// usualWidth is taken where nobody says how wide the terminal is.
const usualWidth = 80

// terminalOf tells whether a stream is a terminal, and how wide.
func terminalOf(stream any) (width int, ok bool) {
	file, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return usualWidth, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = usualWidth
	}
	return width, true
}
