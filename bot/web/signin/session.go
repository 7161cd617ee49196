package signin

import (
	"net/http"
	"strings"
	"time"

	"digiwijzer/bot/staff/people"
)

// The cookies of a session and of a sign-in in progress.
const (
	sessionCookie  = "medewerker"
	ceremonyCookie = "aanmelden"
	leaveCookie    = "afmelden"
)

// cookieName adds the prefix that makes browsers require Secure, the root path and this exact
// host (RFC 6265bis, section 4.1.3).
func (s *SignIn) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie; a negative age deletes it. Lax, because a person who follows a link from a mail or returns
// from a provider must still be signed in.
func (s *SignIn) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second)}
	if age < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// cookie returns the value of a cookie; empty without one.
func (s *SignIn) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// session returns the session of a request.
func (s *SignIn) session(r *http.Request) (people.Session, bool, error) {
	token := s.cookie(r, sessionCookie)
	if token == "" {
		return people.Session{}, false, nil
	}
	return s.opts.People.Session(r.Context(), token)
}

// enter gives the browser a new session. The previous one ends, whoever's it was.
func (s *SignIn) enter(w http.ResponseWriter, r *http.Request, token string) error {
	if before, ok, err := s.session(r); err != nil {
		return err
	} else if ok {
		if err := s.opts.People.SignOut(r.Context(), before); err != nil {
			return err
		}
	}
	s.setCookie(w, sessionCookie, token, people.SessionAge)
	s.setCookie(w, ceremonyCookie, "", -1)
	return nil
}

// signOut ends the session on the server and in the browser.
func (s *SignIn) signOut(w http.ResponseWriter, r *http.Request) {
	session, ok, err := s.session(r)
	if err == nil && ok {
		err = s.opts.People.SignOut(r.Context(), session)
	}
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	s.setCookie(w, sessionCookie, "", -1)
	if session.Hint != "" {
		s.leave(w, session.Hint)
	}
	http.Redirect(w, r, signedOutPath+s.opts.Frame.Words(r).Query, http.StatusSeeOther)
}

// deviceOf returns a recognisable name of a device: browser and system. The rest of the header is not
// needed.
func deviceOf(r *http.Request) string {
	agent := r.UserAgent()
	var parts []string
	for _, list := range [][][2]string{
		{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}},
		{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}},
	} {
		for _, known := range list {
			if strings.Contains(agent, known[0]) {
				parts = append(parts, known[1])
				break
			}
		}
	}
	return strings.Join(parts, ", ")
}
