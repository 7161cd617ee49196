package web

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// flash is what the next page shows about the previous form. A form is answered with a redirect to the page's own
// address, so a short-lived cookie carries it; the page that shows it removes the cookie.
type flash struct {
	Notices []string `json:"n,omitempty"`
	Error   string   `json:"e,omitempty"` // about the field of the page
	Typed   string   `json:"t,omitempty"` // the content of that field
}

const flashAge = time.Minute

func (s *site) setFlash(w http.ResponseWriter, f flash) {
	if len(f.Notices) == 0 && f.Error == "" {
		return
	}
	body, err := json.Marshal(f)
	if err != nil {
		s.opts.Log.Error("encoding notice failed", "error", err)
		return
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	s.setCookie(w, "melding", text+"."+s.signer.mac("notice", text), flashAge)
}

// showFlash moves the flash of the previous form to the page.
func (s *site) showFlash(w http.ResponseWriter, r *http.Request, page *pageData) {
	c, err := r.Cookie(s.cookieName("melding"))
	if err != nil || r.Method == http.MethodHead {
		return
	}
	s.clearCookie(w, "melding")
	var f flash
	text, sign, _ := strings.Cut(c.Value, ".")
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !hmac.Equal([]byte(sign), []byte(s.signer.mac("notice", text))) || json.Unmarshal(body, &f) != nil {
		return
	}
	page.Notices = append(page.Notices, f.Notices...)
	page.Error, page.Typed = f.Error, f.Typed
}
