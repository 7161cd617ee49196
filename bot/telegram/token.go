package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"

	"digiwijzer/bot/secret"
)

// The errors of NewToken and NewSecret.
var (
	ErrToken  = errors.New("the Telegram bot token does not look like one (123456:ABC…)")
	ErrSecret = errors.New("the webhook secret must be 32 to 256 characters of A-Z, a-z, 0-9, _ and -")
)

// Token is the bot's token.
type Token struct{ secret.Value }

var tokenForm = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]{20,}$`)

// NewToken returns a token, or ErrToken if it does not have the form that BotFather issues:
// a number, a colon and letters. The error does not contain it.
func NewToken(s string) (Token, error) {
	if s = strings.TrimSpace(s); !tokenForm.MatchString(s) {
		return Token{}, ErrToken
	}
	return Token{secret.New(s)}, nil
}

// bot returns the id of the bot, the part of the token that is no secret.
func (t Token) bot() string {
	id, _, _ := strings.Cut(t.Reveal(), ":")
	return id
}

// redact removes the token, and the secret half of it, from a text.
func (t Token) redact(s string) string {
	if t.Empty() {
		return s
	}
	s = strings.ReplaceAll(s, t.Reveal(), secret.Mask)
	_, half, _ := strings.Cut(t.Reveal(), ":")
	return strings.ReplaceAll(s, half, secret.Mask)
}

// Secret is the secret that Telegram sends with every webhook request.
type Secret struct{ secret.Value }

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{32,256}$`)

// NewSecret returns a webhook secret, or ErrSecret if it is too short to be unguessable or
// has characters that Telegram does not allow
// (https://core.telegram.org/bots/api#setwebhook).
func NewSecret(s string) (Secret, error) {
	if !secretForm.MatchString(s) {
		return Secret{}, ErrSecret
	}
	return Secret{secret.New(s)}, nil
}

// matches reports whether given is the secret, in constant time: the hashes have the same
// length. An empty secret matches nothing.
func (s Secret) matches(given string) bool {
	want, got := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && !s.Empty()
}

// publicAPI is the address of Telegram's own Bot API server.
const publicAPI = "https://api.telegram.org"

// checkBase parses the address of a Bot API server and rejects those that could leak the
// token: it allows https, and http to a loopback address, without user or query. Private
// addresses are allowed over https: the operator may run a Bot API server there, and its
// certificate identifies it. Other notations of loopback addresses (127.1, 0x7f000001,
// 0.0.0.0) are rejected over http: resolvers interpret them differently.
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
