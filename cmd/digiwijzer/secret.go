package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// secret is a value that never prints: not in logs, errors, JSON or debug output.
// Only reveal gives it away.
type secret struct{ value string }

const hidden = "[hidden]"

func (s secret) reveal() string               { return s.value }
func (s secret) empty() bool                  { return s.value == "" }
func (s secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(hidden)) }
func (s secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (s secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// secretSource is where a secret comes from. It is read only by the command that
// needs it, so that someone who may not read the token can still make a report.
type secretSource struct {
	name  string // of the variable, without _FILE
	value secret
	file  string
}

// read returns the secret; empty when it is not set at all.
func (s secretSource) read() (secret, error) {
	if s.file == "" {
		return s.value, nil
	}
	content, err := os.ReadFile(s.file)
	if err != nil {
		return secret{}, fmt.Errorf("%s_FILE: %w", s.name, err)
	}
	value := strings.TrimSpace(string(content))
	if value == "" {
		return secret{}, fmt.Errorf("%s_FILE: %s is empty", s.name, s.file)
	}
	return secret{value}, nil
}
