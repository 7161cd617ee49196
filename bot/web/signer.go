package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// signer derives the values that only this site can produce: form tokens, conversation
// ids and idempotency keys.
type signer struct{ key []byte }

// newNonce returns a unique value for each rendered form: the time in milliseconds, in 48 bits, and 80 random bits.
func newNonce(now time.Time) string {
	var b [16]byte
	rand.Read(b[6:]) // never fails
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// renderedAt returns when the form with a nonce was rendered.
func renderedAt(nonce string) (at time.Time, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 16 {
		return time.Time{}, false
	}
	var ms [8]byte
	copy(ms[2:], b[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))), true
}

// mac returns 128 bits of an HMAC-SHA256 over the purpose and the fields.
func (s signer) mac(purpose string, fields ...string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(purpose))
	for _, field := range fields {
		h.Write([]byte{0})
		h.Write([]byte(field))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// token binds a form to its conversation; the empty conversation is that of a visitor without one.
func (s signer) token(conversation, nonce string) string { return s.mac("form", conversation, nonce) }

func (s signer) valid(token, conversation, nonce string) bool {
	return nonce != "" && hmac.Equal([]byte(token), []byte(s.token(conversation, nonce)))
}

// conversationID returns the id of the conversation that a form starts. It depends on
// the form alone, so a form submitted twice before its cookie arrives starts one
// conversation.
func (s signer) conversationID(nonce string, kiosk bool) string {
	if kiosk {
		return kioskPrefix + s.mac("conversation", nonce)
	}
	return s.mac("conversation", nonce)
}
