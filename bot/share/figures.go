package share

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Seal signs the address of a partner's own figures, so that only someone who was
// given it can open them. The signature depends on a version number kept with the
// partner: raising it makes every earlier address worthless. Key is a secret for this
// purpose alone.
type Seal struct{ Key []byte }

// FiguresPath is the path of a partner's figures, signature included:
// "/p/<code>/cijfers/<22 characters>".
func (s Seal) FiguresPath(code string, version int) string {
	return "/p/" + code + "/cijfers/" + s.sign(code, version)
}

// Valid tells, in constant time, whether a signature opens the figures of a partner at
// its present version.
func (s Seal) Valid(code string, version int, signature string) bool {
	return hmac.Equal([]byte(s.sign(code, version)), []byte(signature))
}

// sign gives 128 bits: more than can be guessed.
func (s Seal) sign(code string, version int) string {
	mac := hmac.New(sha256.New, s.Key)
	fmt.Fprintf(mac, "partner figures\x00%s\x00%d", strings.ToLower(code), version)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
