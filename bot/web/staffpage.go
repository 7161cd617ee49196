package web

import (
	"cmp"
	"net/http"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
)

var _ frame.Frame = (*Site)(nil)

// Page implements frame.Frame.
func (s *Site) Page(w http.ResponseWriter, r *http.Request, p frame.Page) {
	page, words := s.site.staffPage(r)
	menu := s.site.opts.Menu(r, words)
	page.Staff = &menu
	page.Title, page.Body, page.Styles, page.Scripts = p.Title, p.Body, p.Styles, p.Scripts
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	s.site.render(w, max(p.Status, http.StatusOK), "staff", page)
}

// staffPage starts a page outside conversations.
func (s *site) staffPage(r *http.Request) (*pageData, frame.Words) {
	v := s.visitor(r)
	v.conversation, v.sealed, v.kiosk = "", "", kiosk{}
	page := s.newPage(r, v, v.lang)
	page.NoIndex = true
	return page, frame.Words{Texts: page.texts, Lang: page.lang, Query: page.LangQuery()}
}

// Words implements frame.Frame.
func (s *Site) Words(r *http.Request) frame.Words {
	_, words := s.site.staffPage(r)
	return words
}

// Message implements frame.Frame.
func (s *Site) Message(w http.ResponseWriter, r *http.Request, status int, id, next string) {
	page, _ := s.site.staffPage(r)
	page.Title = page.T(id + ".title")
	page.Languages = nil
	page.Body = messageBody{Text: page.T(id + ".text"), Next: cmp.Or(next, "/"+page.LangQuery()), Label: page.T("web.on")}
	s.site.render(w, status, "message", page)
}

// Failed implements frame.Frame.
func (s *Site) Failed(w http.ResponseWriter, r *http.Request, err error) { s.site.busy(w, r, err) }

// Reader returns the person of a request that carries a session of the shared token.
func (s *Site) Reader(r *http.Request) (staff.Person, bool) {
	if s.site.board == nil {
		return staff.Person{}, false
	}
	_, ok := s.site.board.tokenSession(r)
	return staff.Shared(), ok
}
