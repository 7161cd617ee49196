package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"digiwijzer/bot/app"
	"digiwijzer/cmd/digiwijzer/grammar"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// program is one run of the command with its streams.
type program struct {
	app.Base
	noColor bool // of the terminal
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	faults  error // in the environment; only doctor runs with any
}

// commands declare the command line for kong. Their help texts are "cli.help.…".
type commands struct {
	Serve     serveCmd     `cmd:"" help:"cli.help.serve"`
	Chat      chatCmd      `cmd:"" help:"cli.help.chat"`
	Advise    adviseCmd    `cmd:"" help:"cli.help.advise"`
	Code      codeCmd      `cmd:"" help:"cli.help.code"`
	Check     checkCmd     `cmd:"" help:"cli.help.check"`
	Graph     graphCmd     `cmd:"" help:"cli.help.graph"`
	Report    reportCmd    `cmd:"" help:"cli.help.report"`
	Partner   partnerCmd   `cmd:"" help:"cli.help.partner"`
	Catalogue catalogueCmd `cmd:"" help:"cli.help.catalogue"`
	Simulate  simulateCmd  `cmd:"" help:"cli.help.simulate"`
	Content   contentCmd   `cmd:"" help:"cli.help.content"`
	Backup    backupCmd    `cmd:"" help:"cli.help.backup"`
	Restore   restoreCmd   `cmd:"" help:"cli.help.restore"`
	Purge     purgeCmd     `cmd:"" help:"cli.help.purge"`
	Migrate   migrateCmd   `cmd:"" help:"cli.help.migrate"`
	Key       keyCmd       `cmd:"" help:"cli.help.key"`
	Staff     staffCmd     `cmd:"" help:"cli.help.staff"`
	Doctor    doctorCmd    `cmd:"" help:"cli.help.doctor"`
	SBOM      sbomCmd      `cmd:"" name:"sbom" help:"cli.help.sbom"`
	Dossier   dossierCmd   `cmd:"" help:"cli.help.dossier"`
	Version   versionCmd   `cmd:"" help:"cli.help.version"`
}

// The exit codes besides 0.
const (
	exitFailed   = 1
	exitBadInput = 2
)

// badInputf returns a formatted BadInput.
func badInputf(format string, args ...any) error {
	return app.BadInput{Err: fmt.Errorf(format, args...)}
}

// errFound ends a command that has already printed what is wrong, with exit code 1.
var errFound = errors.New("faults were found")

// Run runs the program once and returns its exit code. env is a list of NAME=value. When ctx ends, the command
// in progress ends gracefully.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr}
	err := p.run(ctx, args, env)
	if p.Words != nil {
		err = p.Explain(err)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitFailed
	}
	// Joined errors have one line each.
	for line := range strings.Lines(strings.TrimSpace(err.Error())) {
		fmt.Fprintf(stderr, "digiwijzer: %s\n", strings.TrimSpace(line))
	}
	var bad app.BadInput
	if errors.As(err, &bad) {
		return exitBadInput
	}
	return exitFailed
}

func (p *program) run(ctx context.Context, args, env []string) error {
	words, err := locales.BuiltIn()
	if err != nil {
		return err
	}
	p.Words = words
	variables := grammar.Split(env)
	p.Lang, p.noColor = variables.Terminal()
	p.Settings, p.faults = grammar.Read(variables, p.Say)
	if p.faults != nil && (len(args) == 0 || args[0] != "doctor") {
		return app.BadInput{Err: p.faults}
	}
	p.Clock = p.Settings.Clock()

	var helped bool
	parser, err := p.parser(ctx, &helped)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(args[1:len(args):len(args)], "--help")
	}
	command, err := parser.Parse(args)
	switch {
	case helped:
		return nil
	case err != nil:
		return app.BadInput{Err: errors.New(grammar.UsageError(err, p.Say))}
	}
	return command.Run()
}

func (p *program) parser(ctx context.Context, helped *bool) (*kong.Kong, error) {
	parser, err := kong.New(&commands{},
		kong.Name("digiwijzer"),
		kong.Description(p.Say("cli.help.description")),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { *helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(func(o kong.HelpOptions, ctx *kong.Context) error {
			if *helped { // --help was given more than once
				return nil
			}
			return grammar.Help(o, ctx, p.Say)
		}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return nil, err
	}
	grammar.Translate(parser.Model, p.Say)
	parser.Model.HelpFlag.Help = p.Say("cli.help.help")
	return parser, nil
}

// print prints lines.
func (p *program) print(lines ...string) (err error) {
	for _, line := range lines {
		if _, err = fmt.Fprintln(p.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// today parses the date of a flag; without one it is today in the Netherlands.
func (p *program) today(flag string) (referral.Date, error) {
	if flag == "" {
		return referral.DayOf(p.Clock.Now()), nil
	}
	d, err := referral.ParseDate(flag)
	if err != nil {
		return "", p.BadInput("cli.bad.date", "Value", strconv.Quote(flag))
	}
	return d, nil
}
