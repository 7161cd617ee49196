package main

import (
	"bytes"
	"context"
	"os"
	"strings"

	"golang.org/x/term"

	"digiwijzer/bot/terminal"
	"digiwijzer/flows"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
)

type chatCmd struct {
	caseFlags
	Start  string `help:"cli.help.chat_start" placeholder:"CODE"`
	Record string `help:"cli.help.chat_record" placeholder:"FILE"`
}

// Run runs the conversation in the terminal. Only the transcript of --record is stored.
func (cmd *chatCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil { // the data folder may be unreadable; a conversation works without its partners too
		c, err = cmd.load(p)
	}
	if err != nil {
		return err
	}
	lang, today, err := cmd.check(p, c.Texts)
	if err != nil {
		return err
	}
	link, err := p.startLink(c, cmd.Start)
	if err != nil {
		return err
	}
	begin := flows.Input{Lang: lang, Link: link, Today: today}
	if cmd.Record == "" {
		return p.talk(ctx, c, c.Engine, begin)
	}
	recorder := audit.NewRecorder(c.Engine, c.Texts, begin, cmd.Start)
	if err := p.talk(ctx, c, recorder, begin); err != nil {
		return err
	}
	var transcript bytes.Buffer
	player := audit.Player{Engine: c.Engine, Texts: c.Texts}
	if err := player.Play(strings.NewReader(recorder.Script()), &transcript); err != nil {
		return err
	}
	if err := content.WriteFile(cmd.Record, transcript.Bytes()); err != nil {
		return err
	}
	return p.print(p.Say("cli.chat.recorded", "File", cmd.Record))
}

func (p *program) talk(ctx context.Context, c *content.Edition, engine terminal.Engine, begin flows.Input) error {
	width, isTerminal := terminalOf(p.stdout)
	_, typing := terminalOf(p.stdin)
	return terminal.Run(ctx, terminal.Options{
		Engine: engine,
		Texts:  c.Texts,
		Begin:  begin,
		In:     p.stdin,
		Out:    p.stdout,
		Width:  width,
		Color:  isTerminal && !p.noColor,
		Echo:   !typing,
	})
}

// usualWidth is the width in columns if the terminal does not report it.
const usualWidth = 80

// terminalOf reports whether a stream is a terminal, and its width in columns.
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
