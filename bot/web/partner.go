package web

import (
	"net/http"
	"net/url"
	"strings"

	"digiwijzer/flows"
)

// entryOf reads the parameter of a start link. That of an unknown or paused partner still has its municipality and
// language.
func (s *site) entryOf(param string) entry {
	e := entry{param: flows.CleanParameter(param)}
	if len(e.param) > flows.MaxParameter {
		e.param = ""
	}
	e.link, e.partner, _ = s.opts.Link(e.param)
	return e
}

// partner shows the page of a partner's link or QR code: the first question under the partner's name, and a link to
// Telegram. Posters outlive partners: for a former one it is the general first page, with the rest of the link.
func (s *site) partner(w http.ResponseWriter, r *http.Request) {
	if s.redirectToClean(w, r, "/p/") {
		return
	}
	e := s.entryOf(r.PathValue("code"))
	if e.link == (flows.Link{}) && !s.kiosk(r).on {
		s.redirect(w, r, "/")
		return
	}
	s.enter(w, r, e)
}

// embed shows the first question for a frame on a partner's own site. Answering opens
// the site in a new window, so the frame needs no cookie.
func (s *site) embed(w http.ResponseWriter, r *http.Request) {
	allowFraming(w)
	if s.redirectToClean(w, r, "/embed/") {
		return
	}
	e := s.entryOf(r.PathValue("code"))
	e.frame = true
	v := s.visitor(r)
	v.conversation, v.kiosk = "", kiosk{} // a frame is part of the partner's page
	s.showLanding(w, r, v, e, "")
}

// redirectToClean redirects an address with text around the code to the intended one.
func (s *site) redirectToClean(w http.ResponseWriter, r *http.Request, prefix string) bool {
	code := flows.CleanParameter(r.PathValue("code"))
	if code == r.PathValue("code") {
		return false
	}
	s.redirect(w, r, prefix+code)
	return true
}

// redirect redirects to another path, with the query.
func (s *site) redirect(w http.ResponseWriter, r *http.Request, path string) {
	to := url.URL{Path: path, RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.RequestURI(), http.StatusSeeOther)
}

// mistyped redirects an unknown address to the one that was probably intended: without surrounding text, in lower
// case.
func (s *site) mistyped(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	meant := strings.TrimRight(flows.Mend(r.URL.Path), ".,;:!?)]}>'\"»”’/ ")
	if !strings.HasPrefix(meant, "/vervolg/") { // tickets have capitals
		meant = strings.ToLower(meant)
	}
	if meant == r.URL.Path || meant == "" || strings.HasPrefix(meant, "//") {
		return false
	}
	s.redirect(w, r, meant)
	return true
}
