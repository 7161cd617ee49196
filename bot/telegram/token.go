package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// Token is the bot's token. Whatever prints it prints stars.
type Token struct{ secret string }

// stars stand for a secret.
const stars = "***"

var tokenForm = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]{20,}$`)

// NewToken checks the form of a token, which is what BotFather gives: a number, a
// colon and letters. The error does not repeat it.
func NewToken(s string) (Token, error) {
	if s = strings.TrimSpace(s); !tokenForm.MatchString(s) {
		return Token{}, errors.New("the Telegram bot token does not look like one (123456:ABC…)")
	}
	return Token{s}, nil
}

func (Token) String() string { return stars }

// GoString is what %#v prints.
func (Token) GoString() string { return stars }

// LogValue is what slog prints.
func (Token) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalJSON is what encoding/json prints.
func (Token) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// scrub takes the token, and each half of it, out of a text.
func (t Token) scrub(s string) string {
	if t.secret == "" {
		return s
	}
	s = strings.ReplaceAll(s, t.secret, stars)
	_, half, _ := strings.Cut(t.secret, ":")
	return strings.ReplaceAll(s, half, stars)
}

// Secret is what Telegram sends along with every webhook request, kept as its hash.
type Secret struct {
	hash [sha256.Size]byte
	text string
}

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{32,256}$`)

// NewSecret checks that a webhook secret is long enough to be unguessable and of
// the characters that Telegram allows.
func NewSecret(s string) (Secret, error) {
	if !secretForm.MatchString(s) {
		return Secret{}, errors.New("the webhook secret must be 32 to 256 characters of A-Z, a-z, 0-9, _ and -")
	}
	return Secret{hash: sha256.Sum256([]byte(s)), text: s}, nil
}

func (Secret) String() string { return stars }

// GoString is what %#v prints.
func (Secret) GoString() string { return stars }

// LogValue is what slog prints.
func (Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalJSON is what encoding/json prints.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// matches compares in a time that tells nothing: the hashes are equally long, and
// an unset secret matches nothing.
func (s Secret) matches(given string) bool {
	hash := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(hash[:], s.hash[:]) == 1 && s.text != ""
}

// PublicAPI is the address of Telegram's own Bot API server.
const PublicAPI = "https://api.telegram.org"

// checkBase refuses an API address that could leak the token: only https, or plain http
// to this machine, without user or query. Over https an address inside the network is
// allowed: it comes from the operator alone, who may run a Bot API server of their own
// there, and the certificate tells that it is the right one. Other spellings of this
// machine's address (127.1, 0x7f000001, 0.0.0.0) are refused over http, since what they
// lead to depends on who reads them.
func checkBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, errors.New("the Bot API address is not a URL")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case u.User != nil:
		return nil, errors.New("the Bot API address must not hold a user or password")
	case u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "":
		return nil, errors.New("the Bot API address must be a scheme, a host and at most a path")
	case u.Scheme == "https", u.Scheme == "http" && local:
		return u, nil
	}
	return nil, errors.New("the Bot API address must be https, or http on this machine")
}
