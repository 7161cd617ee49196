package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// ceremonyAge is how long a challenge can be answered.
const ceremonyAge = 10 * time.Minute

// ceremony is a sign-in in progress. The browser keeps it, encrypted, so that nobody can fill the server's memory by
// starting sign-ins; that it was used is stored with its result.
type ceremony struct {
	Expires time.Time       `json:"expires"`
	Next    string          `json:"next,omitempty"`   // where the person wanted to go
	Invite  string          `json:"invite,omitempty"` // the token of the invitation
	Person  string          `json:"person,omitempty"` // id of the person adding a passkey
	WebAuth json.RawMessage `json:"webauthn,omitempty"`
	State   string          `json:"state,omitempty"` // of OIDC, like the next two
	Nonce   string          `json:"nonce,omitempty"`
	Proof   string          `json:"proof,omitempty"` // the PKCE verifier
}

// The kinds of ceremonies: one cannot be used as another.
const (
	accepting = "invitation"
	adding    = "passkey"
	entering  = "sign-in"
	visiting  = "oidc"
	leaving   = "sign-out"
)

var errCeremony = errors.New("the sign-in in progress is missing, altered or too old")

// begin stores a ceremony in the browser.
func (s *SignIn) begin(w http.ResponseWriter, kind string, c ceremony) error {
	c.Expires = s.opts.Clock.Now().Add(ceremonyAge)
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	s.setCookie(w, ceremonyCookie, s.sealer.Seal(kind, plain), ceremonyAge)
	return nil
}

// under returns the ceremony of a kind that the browser keeps.
func (s *SignIn) under(r *http.Request, kind string) (c ceremony, err error) {
	plain, ok := s.sealer.Open(kind, s.cookie(r, ceremonyCookie))
	if !ok {
		return c, errCeremony
	}
	if err := json.Unmarshal(plain, &c); err != nil {
		return c, err
	}
	if !s.opts.Clock.Now().Before(c.Expires) {
		return c, errCeremony
	}
	return c, nil
}
