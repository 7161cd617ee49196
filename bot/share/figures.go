package share

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Seal signs the address of a partner's own figures, so that only people who were given
// it can open them. The signature depends on a version number kept with the partner:
// raising it revokes every earlier address. Key is derived for this purpose alone.
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

// sign truncates the HMAC to 128 bits, which cannot be guessed.
func (s Seal) sign(code string, version int) string {
	mac := hmac.New(sha256.New, s.Key)
	fmt.Fprintf(mac, "partner figures\x00%s\x00%d", strings.ToLower(code), version)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
