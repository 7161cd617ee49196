package web

import "net/http"

// partner shows the page behind a partner's link or QR code: the first question under
// the partner's name, and a link to Telegram.
func (s *site) partner(w http.ResponseWriter, r *http.Request) {
	param := r.PathValue("code")
	link, partner, ok := s.opts.Link(param)
	if !ok {
		// Posters are read long after a partner has left: the check itself still works.
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.showLanding(w, r, s.visitor(r), entry{param: param, link: link, partner: partner, kiosk: r.URL.Query().Get("balie") == "1"}, "")
}

// embed shows the first question for a frame on a partner's own site. Answering opens
// the site in a new window, so the frame needs no cookie.
func (s *site) embed(w http.ResponseWriter, r *http.Request) {
	param := r.PathValue("code")
	link, partner, ok := s.opts.Link(param)
	if !ok {
		s.notFound(w, r)
		return
	}
	allowFraming(w)
	v := s.visitor(r)
	v.conversation = ""
	s.showLanding(w, r, v, entry{param: param, link: link, partner: partner, frame: true}, "")
}
