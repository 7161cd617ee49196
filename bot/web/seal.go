package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"time"

	"digiwijzer/bot"
)

// seal makes and checks what only we can have made: the token of a form and the
// conversation that begins with a form.
type seal struct{ key []byte }

// newNonce is what makes one rendered form differ from every other: 128 random bits.
func newNonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// mark is 128 bits that depend on the key, the purpose and the words.
func (s seal) mark(purpose string, words ...string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(purpose))
	for _, word := range words {
		mac.Write([]byte{0})
		mac.Write([]byte(word))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// token seals a form for the conversation it was made in; the empty one is that of
// someone who has not answered anything yet.
func (s seal) token(conversation, nonce string) string { return s.mark("form", conversation, nonce) }

func (s seal) valid(token, conversation, nonce string) bool {
	return nonce != "" && hmac.Equal([]byte(token), []byte(s.token(conversation, nonce)))
}

// begin is the name of the conversation that begins with the form. A form that is
// sent twice before its cookie arrives begins one conversation, not two.
func (s seal) begin(nonce string, desk bool) string {
	if desk {
		return deskPrefix + s.mark("conversation", nonce)
	}
	return s.mark("conversation", nonce)
}

// deskPrefix marks the conversations on a shared device, which are forgotten when
// someone says "done" or after ten idle minutes.
const deskPrefix = "balie-"

const (
	cookieAge  = bot.RunRetention
	deskIdle   = 10 * time.Minute
	countedAge = 184 * 24 * time.Hour // no half-year is longer
)

var cookieForm = regexp.MustCompile(`^(balie-)?[A-Za-z0-9_-]{22}$`)

// cookieName has the prefix that makes browsers insist on Secure, the root path and
// this very host.
func (s *site) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// conversation is the name of the visitor's conversation, or empty.
func (s *site) conversation(r *http.Request) string {
	c, err := r.Cookie(s.cookieName("gesprek"))
	if err != nil || !cookieForm.MatchString(c.Value) {
		return ""
	}
	return c.Value
}

func onDesk(conversation string) bool { return strings.HasPrefix(conversation, deskPrefix) }

// remember sets the conversation's cookie, or keeps it for another while.
func (s *site) remember(w http.ResponseWriter, conversation string) {
	age := cookieAge
	if onDesk(conversation) {
		age = deskIdle
	}
	s.setCookie(w, "gesprek", conversation, age)
}

func (s *site) forget(w http.ResponseWriter) { s.setCookie(w, "gesprek", "", -1) }

func (s *site) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second)}
	if age < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
