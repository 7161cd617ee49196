package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

// contentFlag is the flag of commands that read content.
type contentFlag struct {
	Content string `help:"cli.help.check_content" placeholder:"DIR"`
}

// folder returns the content folder, from the flag or else the environment; may be empty.
func (f contentFlag) folder(p *program) string { return cmp.Or(f.Content, p.Settings.Content) }

// load loads the content, without registered partners.
func (f contentFlag) load(p *program) (*content.Edition, error) { return content.Load(f.folder(p)) }

// loadWithPartners loads the content and adds the partners registered in the data folder.
func (f contentFlag) loadWithPartners(ctx context.Context, p *program) (*content.Edition, error) {
	return p.WithPartners(ctx, f.folder(p))
}

// startLink parses a start code of the command line. Unlike in a chat, an unknown part is an error: people
// test a link here before they publish it.
func (p *program) startLink(e *content.Edition, code string) (flows.Link, error) {
	link, unknown := e.Link(code)
	if unknown != "" {
		return link, p.BadInput("cli.bad.start", "Part", fmt.Sprintf("%q", unknown),
			"Partners", strings.Join(slices.Sorted(maps.Keys(e.Engine.Partners)), ", "), "Languages", strings.Join(e.Texts.Languages(), ", "))
	}
	return link, nil
}

type contentCmd struct {
	Export   exportCmd          `cmd:"" help:"cli.help.content_export"`
	Draft    draftCmd           `cmd:"" help:"cli.help.content_draft"`
	Check    contentCheckCmd    `cmd:"" help:"cli.help.content_check"`
	Publish  contentPublishCmd  `cmd:"" help:"cli.help.content_publish"`
	History  contentHistoryCmd  `cmd:"" help:"cli.help.content_history"`
	Rollback contentRollbackCmd `cmd:"" help:"cli.help.content_rollback"`
}

type exportCmd struct {
	Dir string `arg:"" help:"cli.help.content_dir"`
}

// Run writes an editable copy of the embedded content.
func (cmd *exportCmd) Run(p *program) error {
	copied, err := content.Export(cmd.Dir)
	if errors.Is(err, content.ErrNotEmpty) {
		return p.BadInput("cli.bad.not_empty", "Dir", cmd.Dir)
	}
	if err != nil {
		return err
	}
	return p.print(p.Say("cli.exported", "Files", fmt.Sprint(copied.Files), "Dir", cmd.Dir, "Content", copied.ID))
}
