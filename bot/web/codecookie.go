package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"digiwijzer/flows/advicecode"
)

// An advice code is the check itself, so it never stands in an address, a header that a
// browser sends to others, or a log. Between the form and the page it is in a cookie,
// encrypted, for ten minutes; the server keeps nothing.

const (
	codeCookie = "code"
	codeAge    = 10 * time.Minute
)

// vault encrypts what this site puts into cookies for itself.
type vault struct{ aead cipher.AEAD }

func newVault(key []byte) vault {
	derived, err := hkdf.Key(sha256.New, key, nil, "advice code in a cookie", 32)
	if err != nil {
		panic(err) // only for lengths that SHA-256 cannot derive
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic(err) // only for other lengths of key
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for other block ciphers
	}
	return vault{aead}
}

// seal returns a text encrypted, readable until a moment.
func (v vault) seal(text string, until time.Time) string {
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(until.Unix())), text...)
	return base64.RawURLEncoding.EncodeToString(v.aead.Seal(nil, nil, plain, []byte(codeCookie)))
}

// open returns a sealed text that is still readable.
func (v vault) open(sealed string, now time.Time) (text string, ok bool) {
	body, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", false
	}
	plain, err := v.aead.Open(nil, nil, body, []byte(codeCookie))
	if err != nil || len(plain) < 8 || now.Unix() >= int64(binary.BigEndian.Uint64(plain)) {
		return "", false
	}
	return string(plain[8:]), true
}

// keepCode keeps the code of a check in the visitor's browser for ten minutes. Its cookie is
// sent with no request that another site causes.
func (s *site) keepCode(w http.ResponseWriter, check advicecode.Check) {
	code, err := s.opts.Edition().CodeOf(check)
	if err != nil {
		s.opts.Log.Error("encoding code failed", "error", err) // it was decoded just now
		return
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(codeCookie), Value: s.vault.seal(code.String(), s.opts.Clock.Now().Add(codeAge)), Path: "/",
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode, MaxAge: int(codeAge / time.Second)})
}

// keptCode returns the check of the code that the visitor entered within ten minutes.
func (s *site) keptCode(r *http.Request) (check advicecode.Check, code string, ok bool) {
	c, err := r.Cookie(s.cookieName(codeCookie))
	if err != nil {
		return check, "", false
	}
	code, ok = s.vault.open(c.Value, s.opts.Clock.Now())
	if !ok {
		return check, "", false
	}
	check, err = s.opts.Edition().ReadCode(code)
	return check, code, err == nil
}

// unreferred has the browser tell nobody which page it came from.
func unreferred(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "no-referrer") }
