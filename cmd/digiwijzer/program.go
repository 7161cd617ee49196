package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"digiwijzer/bot"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// program is one run of the command: where it reads and writes, and what the
// environment says.
type program struct {
	config config
	clock  bot.Clock
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	words  *locales.Texts // the embedded ones; content may bring others
}

// grammar is the command line. The words of its help are texts "cli.help.…".
type grammar struct {
	Serve     serveCmd     `cmd:"" help:"${cli_help_serve}"`
	Chat      chatCmd      `cmd:"" help:"${cli_help_chat}"`
	Advise    adviseCmd    `cmd:"" help:"${cli_help_advise}"`
	Check     checkCmd     `cmd:"" help:"${cli_help_check}"`
	Graph     graphCmd     `cmd:"" help:"${cli_help_graph}"`
	Report    reportCmd    `cmd:"" help:"${cli_help_report}"`
	Partner   partnerCmd   `cmd:"" help:"${cli_help_partner}"`
	Catalogue catalogueCmd `cmd:"" help:"${cli_help_catalogue}"`
	Simulate  simulateCmd  `cmd:"" help:"${cli_help_simulate}"`
	Content   contentCmd   `cmd:"" help:"${cli_help_content}"`
	Backup    backupCmd    `cmd:"" help:"${cli_help_backup}"`
	Restore   restoreCmd   `cmd:"" help:"${cli_help_restore}"`
	Purge     purgeCmd     `cmd:"" help:"${cli_help_purge}"`
	Version   versionCmd   `cmd:"" help:"${cli_help_version}"`
}

// The exit codes besides 0.
const (
	exitFailed   = 1
	exitBadInput = 2
)

// badInput is an error in what a person asked for or handed in.
type badInput struct{ error }

func (e badInput) Unwrap() error { return e.error }

// badInputf makes a badInput.
func badInputf(format string, args ...any) error { return badInput{fmt.Errorf(format, args...)} }

// errFound ends a command that has told what is wrong already: exit 1, nothing more
// to say.
var errFound = errors.New("faults were found")

// Run runs the program once and returns its exit code. env is a list of NAME=value.
// When ctx ends, the command in progress ends gracefully.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr}
	err := p.run(ctx, args, env)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitFailed
	}
	// One line per fault, whatever the error was made of.
	for line := range strings.Lines(strings.TrimSpace(err.Error())) {
		fmt.Fprintf(stderr, "digiwijzer: %s\n", strings.TrimSpace(line))
	}
	var bad badInput
	if errors.As(err, &bad) {
		return exitBadInput
	}
	return exitFailed
}

func (p *program) run(ctx context.Context, args, env []string) error {
	words, err := locales.Load(locales.Embedded())
	if err != nil {
		return err
	}
	p.words = words
	if p.config, err = readConfig(env); err != nil {
		return badInput{err}
	}
	p.clock = p.config.clock()

	var exited bool
	parser, err := p.parser(ctx, &exited)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	switch {
	case exited: // --help has been shown
		return nil
	case err != nil:
		return badInput{err}
	}
	return command.Run()
}

func (p *program) parser(ctx context.Context, exited *bool) (*kong.Kong, error) {
	return kong.New(&grammar{},
		kong.Name("digiwijzer"),
		kong.Description(p.say("cli.help.description")),
		kong.Vars(p.helpTexts()),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { *exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
}

// say puts a text of the command line into words, in the language of the terminal.
func (p *program) say(id string, pairs ...any) string {
	return p.words.Text(p.config.terminal.lang, id, pairs...)
}

// helpTexts returns the texts of the help by the names that the grammar uses: kong
// knows no dots in names.
func (p *program) helpTexts() map[string]string {
	texts := map[string]string{}
	for _, id := range p.words.IDs(locales.Default) {
		if strings.HasPrefix(id, "cli.help.") {
			texts[strings.ReplaceAll(id, ".", "_")] = p.say(id)
		}
	}
	return texts
}

// today is the day in the Netherlands, or the one asked for.
func (p *program) today(asked string) (referral.Date, error) {
	if asked == "" {
		return referral.DayOf(p.clock.Now()), nil
	}
	d, err := referral.ParseDate(asked)
	if err != nil {
		return "", badInputf("--date: %w", err)
	}
	return d, nil
}

// language checks a language asked for against the ones there are texts in.
func language(texts *locales.Texts, asked, otherwise string) (string, error) {
	if asked == "" {
		return otherwise, nil
	}
	for _, lang := range texts.Languages() {
		if lang == asked {
			return lang, nil
		}
	}
	return "", badInputf("--lang: %q is not a language here; choose from %s", asked, strings.Join(texts.Languages(), ", "))
}
