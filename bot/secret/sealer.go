package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
)

// Sealer encrypts what somebody else keeps, such as a browser, with AES-256-GCM and random nonces: it can be neither
// read nor changed there. A sealed text opens for the purpose that it was sealed for only.
type Sealer struct{ aead cipher.AEAD }

// NewSealer returns a Sealer for a key of 32 bytes; another length is a mistake of the caller, so it panics.
func NewSealer(key []byte) Sealer {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("secret: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("secret: " + err.Error()) // never for AES
	}
	return Sealer{aead}
}

// Seal encrypts a text, and encodes it as base64url.
func (s Sealer) Seal(purpose string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(purpose)))
}

// Open decrypts what Seal returned for the purpose; ok is false for anything else.
func (s Sealer) Open(purpose, sealed string) (plain []byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, false
	}
	plain, err = s.aead.Open(nil, nil, raw, []byte(purpose))
	return plain, err == nil
}
