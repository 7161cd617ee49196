package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// PartnerLogos provides the logos for the pages of partners. Its zero value has none.
type PartnerLogos struct {
	Version func(code string) string                               // unique per picture; empty: there is none
	Picture func(ctx context.Context, code string) ([]byte, error) // a PNG for a page
}

// logos caches the pictures already read, by name. There are few: one for each partner, and one more whenever it
// changes.
type logos struct{ read sync.Map }

// logoURL returns the address of the logo of a partner; empty: it has none.
func (s *site) logoURL(code string) string {
	name := s.logoName(code)
	if name == "" {
		return ""
	}
	return "/logo/" + url.PathEscape(name)
}

func (s *site) logoName(code string) string {
	if code == "" || s.opts.Logos.Version == nil {
		return ""
	}
	version := s.opts.Logos.Version(code)
	if version == "" {
		return ""
	}
	return code + "." + version + ".png"
}

// partnerLogo serves the logo of a partner. Each picture has its own address, so that browsers may cache it.
func (s *site) partnerLogo(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	code, _, _ := strings.Cut(name, ".")
	if known := s.logoName(code); known == "" || known != name {
		s.notFound(w, r)
		return
	}
	content, found := s.logos.read.Load(name)
	if !found {
		picture, err := s.opts.Logos.Picture(r.Context(), code)
		if err != nil {
			s.busy(w, r, err)
			return
		}
		content, _ = s.logos.read.LoadOrStore(name, picture)
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(content.([]byte)) // the client may have disconnected
}
