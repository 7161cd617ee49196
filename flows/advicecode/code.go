package advicecode

import (
	"fmt"
	"log/slog"
	"strings"

	"digiwijzer/bot/secret"
)

// Code is an advice code. Everything that prints values, like fmt, slog and encoding/json,
// prints secret.Mask instead; only String, called by name, returns the code. The zero value
// is no code.
type Code struct{ characters secret.Value }

var (
	_ fmt.Formatter  = Code{}
	_ slog.LogValuer = Code{}
)

func newCode(characters string) Code { return Code{secret.New(characters)} }

// The form of a code as people see it.
const (
	Characters = codeBytes * 8 / 5 // in a code, without hyphens
	groupOf    = 4
)

// String returns the code in groups, such as "0A5F-2M9X-…": 29 characters; "" for no code.
func (c Code) String() string {
	characters := c.characters.Reveal()
	groups := make([]string, 0, Characters/groupOf)
	for ; len(characters) >= groupOf; characters = characters[groupOf:] {
		groups = append(groups, characters[:groupOf])
	}
	return strings.Join(groups, "-")
}

// Empty reports whether there is no code.
func (c Code) Empty() bool { return c.characters.Empty() }

// Format implements fmt.Formatter for every verb.
func (c Code) Format(f fmt.State, verb rune) { c.characters.Format(f, verb) }

// LogValue implements slog.LogValuer.
func (c Code) LogValue() slog.Value { return c.characters.LogValue() }

// MarshalText implements encoding.TextMarshaler, which encoding/json uses as well.
func (c Code) MarshalText() ([]byte, error) { return c.characters.MarshalText() }
