package settings

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"digiwijzer/bot/secret"
)

// Token returns the token of the bot; empty without one.
func (s Settings) Token() (secret.Value, error) {
	return readSecret("TELEGRAM_BOT_TOKEN", s.BotToken, s.BotTokenFile)
}

// HookSecret returns the secret of the webhook; empty without one.
func (s Settings) HookSecret() (secret.Value, error) {
	return readSecret("DIGIWIJZER_WEBHOOK_SECRET", s.WebhookSecret, s.WebhookSecretFile)
}

// A dashboard token is refused if it is shorter, or has fewer different characters: those of
// "openssl rand -hex 16" have 32, and fewer than eight different ones once in 28 million times.
const (
	minToken     = 16
	minDifferent = 8
)

// SharedToken returns the token of the dashboard; empty without one. For one that can be guessed it returns
// a Fault.
func (s Settings) SharedToken() (secret.Value, error) {
	token, err := readSecret("DIGIWIJZER_DASHBOARD_TOKEN", s.DashboardToken, s.DashboardTokenFile)
	if err != nil || token.Empty() {
		return token, err
	}
	if n := utf8.RuneCountInString(token.Reveal()); n < minToken {
		return secret.Value{}, Fault{"DIGIWIJZER_DASHBOARD_TOKEN", "dashboard_token", []any{"N", strconv.Itoa(n), "Min", strconv.Itoa(minToken)}}
	}
	if repetitive(token.Reveal()) {
		return secret.Value{}, Fault{"DIGIWIJZER_DASHBOARD_TOKEN", "dashboard_token_simple", nil}
	}
	return token, nil
}

// repetitive reports whether a token consists of few characters or repeats a part of itself.
func repetitive(token string) bool {
	runes := []rune(token)
	different := map[rune]bool{}
	for _, r := range runes {
		different[r] = true
	}
	if len(different) < minDifferent {
		return true
	}
	for period := minDifferent; period <= len(runes)/2; period++ {
		if slices.Equal(runes[period:], runes[:len(runes)-period]) {
			return true
		}
	}
	return false
}

// ClientSecret returns the secret at the organisation's own sign-in; empty without one.
func (s Settings) ClientSecret() (secret.Value, error) {
	return readSecret("DIGIWIJZER_OIDC_CLIENT_SECRET", s.OIDCSecret, s.OIDCSecretFile)
}

// MailServer returns the address of the server that sends mail; empty without one.
func (s Settings) MailServer() (secret.Value, error) {
	return readSecret("DIGIWIJZER_SMTP_URL", s.SMTPURL, s.SMTPURLFile)
}

// FileProblem is why a file that a setting names cannot be used.
type FileProblem string

// The problems.
const (
	Unreadable FileProblem = "file_unreadable"
	OpenToAll  FileProblem = "file_open"  // everybody on the machine can read the secret in it
	Empty      FileProblem = "file_empty" // without the secret
	NoPicture  FileProblem = "file_logo"  // or one that is too large
)

// FileError is a file that a setting names and that cannot be used.
type FileError struct {
	Setting string // the environment variable
	Path    string
	Problem FileProblem
	Err     error // nil: the file can be read
}

func (e *FileError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Setting, e.Err)
	}
	switch e.Problem {
	case OpenToAll:
		return fmt.Sprintf("%s: everybody on this machine can read %s: chmod 600 it", e.Setting, e.Path)
	case Empty:
		return fmt.Sprintf("%s: %s is empty", e.Setting, e.Path)
	}
	return fmt.Sprintf("%s: %s is not a picture of at most %d kB", e.Setting, e.Path, maxLogo>>10)
}

func (e *FileError) Unwrap() error { return e.Err }

// maxSecret is the most bytes read of a file with a secret.
const maxSecret = 4096

// readSecret returns a secret, from its file if there is one; empty if it is not set. A file that every user
// of the machine can read is refused, as for the key file.
func readSecret(name string, value secret.Value, path string) (secret.Value, error) {
	if path == "" {
		return value, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return secret.Value{}, &FileError{Setting: name + "_FILE", Path: path, Problem: Unreadable, Err: err}
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Mode().Perm()&0o007 != 0 {
		return secret.Value{}, &FileError{Setting: name + "_FILE", Path: path, Problem: OpenToAll}
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSecret))
	if err != nil {
		return secret.Value{}, &FileError{Setting: name + "_FILE", Path: path, Problem: Unreadable, Err: err}
	}
	if value = secret.New(strings.TrimSpace(string(text))); value.Empty() {
		return secret.Value{}, &FileError{Setting: name + "_FILE", Path: path, Problem: Empty}
	}
	return value, nil
}
