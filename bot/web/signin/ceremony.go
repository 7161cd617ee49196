package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
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
	s.setCookie(w, ceremonyCookie, s.sealer.seal(kind, plain), ceremonyAge)
	return nil
}

// under returns the ceremony of a kind that the browser keeps.
func (s *SignIn) under(r *http.Request, kind string) (c ceremony, err error) {
	plain, err := s.sealer.open(kind, s.cookie(r, ceremonyCookie))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(plain, &c); err != nil {
		return c, err
	}
	if !s.opts.Clock.Now().Before(c.Expires) {
		return c, errCeremony
	}
	return c, nil
}

// sealer encrypts with AES-256-GCM and random nonces.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) sealer {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("the key has another size: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // never for AES
	}
	return sealer{aead}
}

func (s sealer) seal(kind string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(kind)))
}

func (s sealer) open(kind, sealed string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || sealed == "" {
		return nil, errCeremony
	}
	plain, err := s.aead.Open(nil, nil, raw, []byte(kind))
	if err != nil {
		return nil, errCeremony
	}
	return plain, nil
}
