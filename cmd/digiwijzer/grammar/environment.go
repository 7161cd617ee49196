// Package grammar adapts kong to the language of the terminal: the help, the errors of a command
// line, and the settings in the environment.
package grammar

import (
	"cmp"
	"digiwijzer/bot/settings"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Variables are the environment, by name.
type Variables map[string]string

// Split returns the variables of a list of NAME=value.
func Split(env []string) Variables {
	v := Variables{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		v[name] = strings.TrimSpace(value)
	}
	return v
}

// Terminal returns the language of the terminal, "nl" or "en", and whether colours are off. The
// locale is read in the order of POSIX. Anything but English is Dutch: most machines that do not
// set a language are in the region.
func (v Variables) Terminal() (lang string, noColor bool) {
	lang = "nl"
	if strings.HasPrefix(cmp.Or(v["LC_ALL"], v["LC_MESSAGES"], v["LANG"]), "en") {
		lang = "en"
	}
	return lang, v["NO_COLOR"] != "" || v["TERM"] == "dumb"
}

// Say renders a text of the command line.
type Say func(id string, pairs ...any) string

// Read decodes the environment; a blank variable counts as not set. The error joins all faults,
// each with the name of its variable.
func Read(env Variables, say Say) (settings.Settings, error) {
	var c settings.Settings
	fields, err := Fields(&c, say)
	if err != nil {
		return c, err
	}
	var faults []error
	for _, f := range fields {
		text := cmp.Or(env[f.Envs[0]], f.Default)
		if text == "" {
			continue
		}
		value := kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: text})
		if err := f.Mapper.Decode(&kong.DecodeContext{Value: f.Value, Scan: value}, f.Target); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", f.Envs[0], err))
		}
	}
	for _, f := range c.Faults() {
		faults = append(faults, fmt.Errorf("%s: %s", f.Variable, say("cli.bad."+f.ID, f.Pairs...)))
	}
	return c, errors.Join(faults...)
}

// Fields returns the fields of settings as kong reads their tags. Kong does not parse them itself:
// it stops at the first fault.
func Fields(c *settings.Settings, say Say) ([]*kong.Flag, error) {
	options := []kong.Option{kong.NoDefaultHelp()}
	parsers := settings.Parsers()
	for _, kind := range slices.Sorted(maps.Keys(parsers)) {
		options = append(options, kong.NamedMapper(kind, decode(say, parsers[kind])))
	}
	parser, err := kong.New(c, options...)
	if err != nil {
		return nil, err
	}
	Translate(parser.Model, say)
	return parser.Model.Flags, nil
}

// decode returns a mapper whose errors are in the language of the terminal.
func decode(say Say, parse settings.Parser) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		value, err := parse(ctx.Scan.Pop().String())
		var bad settings.Fault
		if errors.As(err, &bad) {
			return errors.New(say("cli.bad."+bad.ID, bad.Pairs...))
		}
		if err != nil {
			return err
		}
		target.Set(reflect.ValueOf(value))
		return nil
	}
}
