package grammar

import (
	"bytes"
	"digiwijzer/bot/settings"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// Translate replaces the ids of texts in the tags of a grammar by the texts. The variables of kong
// would do the same, but it substitutes all of them for every flag, which takes longer than many
// commands.
func Translate(model *kong.Application, say Say) {
	text := func(help *string) {
		if strings.HasPrefix(*help, "cli.help.") {
			*help = say(*help)
		}
	}
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Application:
			text(&node.Help)
		case *kong.Node:
			text(&node.Help)
		case *kong.Value:
			text(&node.Help)
		}
		return next(nil) // never an error
	})
}

// helpWords are the fixed words in the help of kong, and the texts "cli.help.head.…" for them.
var helpWords = []struct{ kong, id string }{
	{"Usage:", "usage"},
	{"Arguments:", "arguments"},
	{"Flags:", "flags"},
	{"Commands:", "commands"},
	{`Run "digiwijzer <command> --help" for more information on a command.`, "more"},
}

// Help prints the help of kong with its fixed words translated, and without a command the settings
// too.
func Help(o kong.HelpOptions, ctx *kong.Context, say Say) error {
	var printed bytes.Buffer
	stdout := ctx.Stdout
	ctx.Stdout = &printed
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = stdout
	if err != nil {
		return err
	}
	text := printed.String()
	for _, word := range helpWords {
		text = strings.Replace(text, word.kong, say("cli.help.head."+word.id), 1)
	}
	if _, err = fmt.Fprint(stdout, text); err != nil || ctx.Selected() != nil {
		return err
	}
	return helpSettings(stdout, say)
}

// helpSettings lists every setting with its meaning and default.
func helpSettings(stdout io.Writer, say Say) error {
	fields, err := Fields(&settings.Settings{}, say)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\n%s\n", say("cli.help.head.settings"))
	for _, s := range fields {
		text := s.Help
		if s.Default != "" {
			text += " " + say("cli.help.head.default", "Value", s.Default)
		}
		fmt.Fprintf(stdout, "  %s\n      %s\n", s.Envs[0], text)
	}
	return nil
}

// usageErrors are the common errors of kong, which have no types, and the texts "cli.bad.…" for them. Any
// other error is printed as it is.
var usageErrors = []struct {
	id    string
	error *regexp.Regexp // its groups become A, B and C
}{
	{"flag", regexp.MustCompile(`^unknown flag (\S+?)(?:, did you mean .*)?$`)},
	{"argument", regexp.MustCompile(`^unexpected argument (.+?)(?:, did you mean .*)?$`)},
	{"incomplete", regexp.MustCompile(`^expected (?:one of )?((?:"|<).+)$`)},
	{"missing", regexp.MustCompile(`^missing flags: (.+)$`)},
	{"choice", regexp.MustCompile(`^(--\S+) must be one of (.+) but got (.*)$`)},
	{"together", regexp.MustCompile(`^(--\S+) and (--\S+) must be used together$`)},
	{"exclusive", regexp.MustCompile(`^(--\S+) and (--\S+) can't be used together$`)},
	{"no_value", regexp.MustCompile(`^(--\S+): .*"EOL".*$`)},
	{"no_value", regexp.MustCompile(`^(--\S+): missing value.*$`)},
	{"value", regexp.MustCompile(`^(--\S+): expected .* but got ("[^"]*").*$`)},
}

// UsageError returns an error of kong in the language of the terminal.
func UsageError(err error, say Say) string {
	for _, known := range usageErrors {
		if m := known.error.FindStringSubmatch(err.Error()); m != nil {
			groups := append(m[1:], "", "")
			return say("cli.bad."+known.id, "A", groups[0], "B", groups[1], "C", groups[2])
		}
	}
	return err.Error()
}
