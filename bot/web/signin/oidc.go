package signin

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"

	"golang.org/x/oauth2"

	"digiwijzer/bot/staff/people"
)

// toProvider sends a person to the organisation's own sign-in. It is a link and not a form, since the content
// security policy lets no form lead to another site.
func (s *SignIn) toProvider(w http.ResponseWriter, r *http.Request) {
	if s.opts.Provider == nil {
		s.back(w, r, Path)
		return
	}
	origin, err := s.ownOrigin(r)
	if err != nil {
		s.showSignIn(w, r, http.StatusBadRequest, "signin.bad.host")
		return
	}
	c := ceremony{State: rand.Text(), Nonce: rand.Text(), Proof: oauth2.GenerateVerifier(), Next: r.URL.Query().Get("naar")}
	if len(c.Next) > maxNext {
		c.Next = ""
	}
	address, err := s.opts.Provider.visit(r.Context(), origin.String()+callbackPath, c)
	if err == nil {
		err = s.begin(w, visiting, c)
	}
	if err != nil {
		s.refuseProvider(w, r, err)
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// fromProvider signs in the person whom the provider sends back.
func (s *SignIn) fromProvider(w http.ResponseWriter, r *http.Request) {
	if s.opts.Provider == nil {
		s.back(w, r, Path)
		return
	}
	token, next, err := s.arrived(r)
	if err == nil {
		err = s.enter(w, r, token)
	}
	if err != nil {
		s.setCookie(w, ceremonyCookie, "", -1)
		s.refuseProvider(w, r, err)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *SignIn) arrived(r *http.Request) (token, next string, err error) {
	c, err := s.under(r, visiting)
	if err != nil {
		return "", "", err
	}
	query := r.URL.Query()
	issuer := query.Get("iss") // RFC 9207
	switch {
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.State)) != 1:
		return "", "", errCeremony
	case query.Get("error") != "", query.Get("code") == "", issuer != "" && issuer != s.opts.Provider.options.Issuer:
		return "", "", errRefused
	}
	origin, err := s.ownOrigin(r)
	if err != nil {
		return "", "", err
	}
	who, err := s.opts.Provider.redeem(r.Context(), origin.String()+callbackPath, query.Get("code"), c)
	if err != nil {
		return "", "", err
	}
	who.Hint = s.sealer.Seal(leaving, []byte(who.Hint)) // it identifies the person, so it must not be in a copy of the data
	token, p, err := s.opts.People.SignInExternal(r.Context(), who, people.Answer{Challenge: []byte(c.State), Expires: c.Expires, Device: deviceOf(r)})
	return token, s.next(c.Next, p, s.opts.Frame.Words(r)), err
}

// refuseProvider shows why the organisation's sign-in failed, in one line.
func (s *SignIn) refuseProvider(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errNoRole):
		s.opts.Log.Warn("audit", "event", "sign-in without a role refused")
		s.noRole(w, r)
		return
	case errors.Is(err, errDown):
		s.opts.Log.Warn("the provider cannot be reached", "error", err)
		w.Header().Set("Retry-After", "10")
		s.showSignIn(w, r, http.StatusServiceUnavailable, "signin.bad.down")
		return
	case errors.Is(err, errRefused), errors.Is(err, errCeremony), errors.Is(err, people.ErrSpent):
		status, id := http.StatusForbidden, "signin.bad.provider"
		if !s.mayTry(w, r, "sign-in refused") {
			status, id = http.StatusTooManyRequests, "signin.bad.often"
		}
		s.showSignIn(w, r, status, id)
		return
	}
	s.opts.Frame.Failed(w, r, err)
}

// leave stores in the browser what the provider needs to sign the person out there too.
func (s *SignIn) leave(w http.ResponseWriter, hint string) {
	if s.opts.Provider != nil && len(hint) < maxCookie {
		s.setCookie(w, leaveCookie, hint, ceremonyAge)
	}
}

// maxCookie is the size that browsers must support (RFC 6265, section 6.1), minus the name.
const maxCookie = 4000

// signedOut confirms that a person is signed out, and continues to the provider to sign out there. That cannot be the
// response to the form: the content security policy lets no form lead elsewhere.
func (s *SignIn) signedOut(w http.ResponseWriter, r *http.Request) {
	words := s.opts.Frame.Words(r)
	farewell := ""
	if sealed := s.cookie(r, leaveCookie); sealed != "" && s.opts.Provider != nil {
		s.setCookie(w, leaveCookie, "", -1)
		hint, ok := s.sealer.Open(leaving, sealed)
		origin, away := s.ownOrigin(r)
		if ok && away == nil {
			farewell = s.opts.Provider.farewell(r.Context(), string(hint), origin.String()+Path)
		}
	}
	if farewell != "" {
		w.Header().Set("Refresh", "0; url="+farewell)
	}
	s.page(w, r, http.StatusOK, "out", words, words.T("signin.out.title"))
}
