package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// secret is a value that never prints: not in logs, errors, JSON or debug output.
// Only reveal gives it away. It stands behind a pointer because fmt looks straight
// into the unexported fields of a struct around it, past every method.
type secret struct{ value *string }

func newSecret(value string) secret { return secret{&value} }

const hidden = "[hidden]"

func (s secret) empty() bool                  { return s.reveal() == "" }
func (s secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(hidden)) }
func (s secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (s secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

func (s secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// secretSource is where a secret comes from. It is read only by the command that
// needs it, so that someone who may not read the token can still make a report.
type secretSource struct {
	name  string // of the variable, without _FILE
	value secret
	file  string
}

// maxSecret is far more than any secret takes.
const maxSecret = 4096

// read returns the secret; empty when it is not set at all. A file that everybody on
// the machine can read is refused, as the key file is.
func (s secretSource) read() (secret, error) {
	if s.file == "" {
		return s.value, nil
	}
	file, err := os.Open(s.file)
	if err != nil {
		return secret{}, fmt.Errorf("%s_FILE: %w", s.name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Mode().Perm()&0o007 != 0 {
		return secret{}, fmt.Errorf("%s_FILE: everybody on this machine can read %s: chmod 600 it", s.name, s.file)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecret))
	if err != nil {
		return secret{}, fmt.Errorf("%s_FILE: %w", s.name, err)
	}
	value := strings.TrimSpace(string(content))
	if value == "" {
		return secret{}, fmt.Errorf("%s_FILE: %s is empty", s.name, s.file)
	}
	return newSecret(value), nil
}
