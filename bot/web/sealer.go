package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"

	"digiwijzer/bot/secret"
)

// sealer encrypts data that the browser keeps for the site: the next user of the device must not read it, and nobody
// can forge or change it.
type sealer struct{ secret.Sealer }

func newSealer(key []byte) sealer {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("seal"))
	return sealer{secret.NewSealer(h.Sum(nil))}
}

// seal encrypts a value as JSON; it can be opened for the same purpose only.
func (s sealer) seal(purpose string, value any) (string, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return s.Seal(purpose, body), nil
}

// open decrypts into value what seal returned, and reports whether it is authentic.
func (s sealer) open(purpose, sealed string, value any) bool {
	body, ok := s.Open(purpose, sealed)
	return ok && json.Unmarshal(body, value) == nil
}
