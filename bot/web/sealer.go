package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// sealer encrypts data that the browser keeps for the site: the next user of the device must not read it, and nobody
// can forge or change it.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) sealer {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("seal"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		panic("aes refuses a 32-byte key: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("gcm refuses aes: " + err.Error())
	}
	return sealer{aead}
}

// seal encrypts a value as JSON; it can be opened for the same purpose only.
func (s sealer) seal(purpose string, value any) (string, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, body, []byte(purpose))), nil
}

// open decrypts into value what seal returned, and reports whether it is authentic.
func (s sealer) open(purpose, text string, value any) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	body, err := s.aead.Open(nil, nil, sealed, []byte(purpose))
	return err == nil && json.Unmarshal(body, value) == nil
}
