package mail

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Link is a link in a mail. It works without signing in, for whoever reads the mail.
type Link string

// The links.
const (
	ConfirmLink     Link = "bevestigen"
	UnsubscribeLink Link = "afmelden"
)

// Path returns the path of a link of the subscription with an id.
func (p *Post) Path(l Link, id string) string {
	return "/werkgroep/mail/" + string(l) + "/" + id + "/" + p.sign(string(l), id)
}

// opens reports whether a signature is valid for a link.
func (p *Post) opens(l Link, id, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(p.sign(string(l), id)))
}

// sign returns 128 bits of an HMAC-SHA256 over the purpose and the fields.
func (p *Post) sign(purpose string, fields ...string) string {
	h := hmac.New(sha256.New, p.o.Key)
	h.Write([]byte(purpose))
	for _, f := range fields {
		h.Write([]byte{0})
		h.Write([]byte(f))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}
