package share

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Seal signs the addresses of partners' figures and of year forms: an address opens only with its signature, which
// includes a stored version number. Raising that number revokes all earlier addresses. Key must be derived for one of
// the two purposes only.
type Seal struct{ Key []byte }

// FiguresPath returns the path of a partner's figures, signature included:
// "/p/<code>/cijfers/<22 characters>".
func (s Seal) FiguresPath(code string, version int) string {
	return "/p/" + code + "/cijfers/" + s.sign(code, version)
}

// Valid reports, in constant time, whether a signature opens the figures of a partner at
// its current version.
func (s Seal) Valid(code string, version int, signature string) bool {
	return hmac.Equal([]byte(s.sign(code, version)), []byte(signature))
}

// FormPath returns the path of the form of an initiative for a year, signature included:
// "/jaarformulier/<initiative>/<year>/<22 characters>".
func (s Seal) FormPath(initiative string, year, version int) string {
	return fmt.Sprintf("/jaarformulier/%s/%d/%s", initiative, year, s.signForm(initiative, year, version))
}

// OpensForm reports, in constant time, whether a signature opens the form of an initiative for
// a year at its current version. Version 0, that of a form without an address, opens nothing.
func (s Seal) OpensForm(initiative string, year, version int, signature string) bool {
	return version > 0 && hmac.Equal([]byte(s.signForm(initiative, year, version)), []byte(signature))
}

func (s Seal) signForm(initiative string, year, version int) string {
	return s.mac(fmt.Sprintf("year form\x00%s\x00%d\x00%d", initiative, year, version))
}

func (s Seal) sign(code string, version int) string {
	return s.mac(fmt.Sprintf("partner figures\x00%s\x00%d", strings.ToLower(code), version))
}

// mac truncates the HMAC to 128 bits, which cannot be guessed.
func (s Seal) mac(text string) string {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
