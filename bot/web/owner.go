package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Owner is the organisation behind the site: the controller in the sense of the GDPR. Every field may be empty;
// without a name the site is marked as a trial version.
type Owner struct {
	Name  string
	Email string
	Phone string
	// PrivacyURL is its own privacy statement, A11yURL its accessibility statement in the
	// public register.
	PrivacyURL, A11yURL string
	// Logo is a picture of the media type LogoType.
	Logo     []byte
	LogoType string

	logoURL string // of Logo; empty: none
}

// LogoURL returns the address of the logo; empty: there is none.
func (o Owner) LogoURL() string { return o.logoURL }

// addLogo makes the logo of the owner an asset of the site.
func (s *site) addLogo() {
	o := &s.opts.Owner
	extension, known := map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/svg+xml": ".svg", "image/webp": ".webp", "image/gif": ".gif"}[o.LogoType]
	if len(o.Logo) > 0 && known {
		s.assets.add("owner"+extension, o.LogoType, o.Logo)
		o.logoURL = s.assets.url("owner" + extension)
	}
}

// securityDays is how long security.txt is valid. It is generated on each request, so that it does not expire while
// the site runs; RFC 9116 advises less than a year.
const securityDays = 90

// securityText serves the contact for people who find a vulnerability (RFC 9116). Without a
// contact there is none.
func (s *site) securityText(w http.ResponseWriter, r *http.Request) {
	o := s.opts.Owner
	var b strings.Builder
	if o.Email != "" {
		fmt.Fprintf(&b, "Contact: mailto:%s\n", o.Email)
	}
	if o.Phone != "" {
		fmt.Fprintf(&b, "Contact: %s\n", telephone(o.Phone))
	}
	if b.Len() == 0 {
		s.notFound(w, r)
		return
	}
	expires := s.opts.Clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, securityDays)
	fmt.Fprintf(&b, "Expires: %s\nPreferred-Languages: %s\n", expires.Format(time.RFC3339), strings.Join(s.opts.Texts().Languages(), ", "))
	if s.opts.PublicURL != "" {
		fmt.Fprintf(&b, "Canonical: %s/.well-known/security.txt\n", s.opts.PublicURL)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(b.String())) // the client may have disconnected
}
