package main

import (
	"context"
	"os"

	"golang.org/x/term"

	"digiwijzer/bot/terminal"
	"digiwijzer/flows"
)

type chatCmd struct {
	Lang  string `help:"${cli_help_lang}" default:"nl" placeholder:"nl"`
	Start string `help:"${cli_help_chat_start}" placeholder:"CODE"`
	Date  string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
}

// Run holds the conversation in the terminal; nothing is kept.
func (cmd *chatCmd) Run(ctx context.Context, p *program) error {
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
	width, isTerminal := terminalOf(p.stdout)
	_, typing := terminalOf(p.stdin)
	return terminal.Run(ctx, terminal.Options{
		Engine: c.engine,
		Texts:  c.texts,
		Begin:  flows.Input{Lang: lang, Link: link, Today: today},
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
