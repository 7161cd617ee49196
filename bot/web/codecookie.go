package web

import (
	"net/http"
	"time"

	"digiwijzer/flows/advicecode"
)

// An advice code is the check itself, so it is never put in an address, a header that a browser sends to
// others, or a log. Between the form and the page it is in a cookie, encrypted, for ten minutes; the server
// stores nothing.

const (
	codeCookie = "code"
	codeAge    = 10 * time.Minute
)

// heldCode is what the cookie holds.
type heldCode struct {
	Code  string    `json:"c"`
	Until time.Time `json:"u"`
}

// keepCode stores the code of a check in the visitor's browser for ten minutes. Its cookie is not sent with
// requests caused by other sites.
func (s *site) keepCode(w http.ResponseWriter, check advicecode.Check) error {
	code, err := s.opts.Edition().CodeOf(check)
	if err != nil {
		return err
	}
	sealed, err := s.sealer.seal(codeCookie, heldCode{code.String(), s.opts.Clock.Now().Add(codeAge)})
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(codeCookie), Value: sealed, Path: "/",
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode, MaxAge: int(codeAge / time.Second)})
	return nil
}

// keptCode returns the check of the code that the visitor entered within ten minutes.
func (s *site) keptCode(r *http.Request) (check advicecode.Check, code string, ok bool) {
	c, err := r.Cookie(s.cookieName(codeCookie))
	var held heldCode
	if err != nil || !s.sealer.open(codeCookie, c.Value, &held) || !s.opts.Clock.Now().Before(held.Until) {
		return check, "", false
	}
	check, err = s.opts.Edition().ReadCode(held.Code)
	return check, held.Code, err == nil
}

// unreferred tells the browser to send no Referer header from this page.
func unreferred(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "no-referrer") }
