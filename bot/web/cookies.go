package web

import (
	"net/http"
	"regexp"
	"time"

	"digiwijzer/bot"
)

const (
	cookieAge  = bot.RunRetention
	countedAge = 184 * 24 * time.Hour // the longest half-year
)

var conversationPattern = regexp.MustCompile(`^(balie-)?[A-Za-z0-9_-]{22}$`)

// cookieName adds the prefix that makes browsers require Secure, the root path and
// this exact host (RFC 6265bis, section 4.1.3).
func (s *site) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// conversation returns the id in the visitor's cookie; empty without a valid one.
func (s *site) conversation(r *http.Request) string {
	c, err := r.Cookie(s.cookieName("gesprek"))
	if err != nil || !conversationPattern.MatchString(c.Value) {
		return ""
	}
	return c.Value
}

// setConversation sets the conversation's cookie, or renews it.
func (s *site) setConversation(w http.ResponseWriter, conversation string) {
	age := cookieAge
	if isKiosk(conversation) {
		age = kioskIdle
	}
	s.setCookie(w, "gesprek", conversation, age)
}

// clearConversation removes everything about a conversation from the browser.
func (s *site) clearConversation(w http.ResponseWriter) {
	s.clearCookie(w, "gesprek")
	s.clearCookie(w, "begin")
}

func (s *site) clearCookie(w http.ResponseWriter, name string) { s.setCookie(w, name, "", -1) }

// countedBefore reports whether this browser was counted in this half-year.
func (s *site) countedBefore(r *http.Request) bool {
	c, err := r.Cookie(s.cookieName("counted"))
	return err == nil && c.Value == s.opts.Dispatcher.HalfYear()
}

func (s *site) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	s.putCookie(w, name, value, age, http.SameSiteLaxMode)
}

// putCookie sets a cookie; a negative age deletes it.
func (s *site) putCookie(w http.ResponseWriter, name, value string, age time.Duration, from http.SameSite) {
	c := &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure,
		SameSite: from, MaxAge: int(age / time.Second)}
	if age < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
