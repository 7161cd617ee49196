// Package secret holds values that must not be printed: tokens, passwords, keys.
package secret

import (
	"fmt"
	"log/slog"
)

// Mask is printed instead of a secret.
const Mask = "[hidden]"

// Value is a secret text. fmt, slog, encoding/json and encoding print Mask instead; only
// Reveal returns the text. The zero value is an empty secret.
type Value struct {
	// A pointer, because fmt prints unexported fields of structs without calling their
	// methods.
	text *string
}

var (
	_ fmt.Formatter  = Value{}
	_ slog.LogValuer = Value{}
)

// New returns a secret.
func New(text string) Value { return Value{&text} }

// Reveal returns the text.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Empty reports whether there is no text.
func (v Value) Empty() bool { return v.Reveal() == "" }

// UnmarshalText sets the value to the text of a setting.
func (v *Value) UnmarshalText(text []byte) error {
	*v = New(string(text))
	return nil
}

// Format implements fmt.Formatter for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Mask)) }

// LogValue implements slog.LogValuer.
func (v Value) LogValue() slog.Value { return slog.StringValue(Mask) }

// MarshalText implements encoding.TextMarshaler, which encoding/json uses as well.
func (v Value) MarshalText() ([]byte, error) { return []byte(Mask), nil }
