package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"digiwijzer/flows"
)

// A conversation begins when the browser comes back with the cookie of its first answer.
// Until then the answer is in a signed cookie and nothing is stored or counted, so that a
// browser without cookies is told so, keeps its partner and counts as nobody.

const beginAge = 5 * time.Minute

// verder in the address of a first page tells why the visitor is there.
const (
	onBegun   = "1"    // the first answer was given
	onNone    = "geen" // there is no conversation
	onExpired = "oud"  // the form was too old
)

// begin keeps the first answer in the browser and sends it to where it is stored.
func (s *site) begin(w http.ResponseWriter, r *http.Request, v visitor, f submission) {
	fields := url.Values{"n": {f.nonce}, "k": {f.value}, "p": {f.entry.param}, "l": {f.lang}}
	if f.langSet {
		fields.Set("ls", "1")
	}
	if f.entry.kiosk {
		fields.Set("b", "1")
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(fields.Encode()))
	s.setConversation(w, v.conversation)
	s.setCookie(w, "begin", text+"."+s.signer.mac("begin", text), beginAge)
	next := s.entryAddress(v, f.entry, f, onBegun)
	if f.input().Action == flows.DoIncident {
		next = "/alarm/nu" // help in an incident needs no cookie
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// begun returns the first answer in the visitor's browser, if the cookie of its
// conversation is there too.
func (s *site) begun(r *http.Request, v visitor) (submission, bool) {
	c, err := r.Cookie(s.cookieName("begin"))
	if err != nil {
		return submission{}, false
	}
	text, sign, _ := strings.Cut(c.Value, ".")
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || sign != s.signer.mac("begin", text) {
		return submission{}, false
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return submission{}, false
	}
	f := s.submission(fields.Get)
	return f, v.conversation == s.signer.conversationID(f.nonce, f.entry.kiosk)
}

// arrive stores the first answer, now that the browser has shown that it keeps cookies.
func (s *site) arrive(w http.ResponseWriter, r *http.Request, v visitor, f submission) {
	if f.lang != "" {
		v.lang = f.lang
	}
	turn, err := s.apply(r, v, f)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.clearCookie(w, "begin")
	s.respond(w, r, v, f, turn)
}

// entryAddress returns the address of the first page for an entry.
func (s *site) entryAddress(v visitor, e entry, f submission, why string) string {
	query := url.Values{}
	if why != "" {
		query.Set("verder", why)
	}
	if e.kiosk || v.kiosk.on {
		query.Set("balie", "1")
	}
	if f.langSet || why == onExpired && f.lang != "" { // the language of the page before
		query.Set("lang", f.lang)
	}
	address := "/"
	if e.param != "" {
		address = "/p/" + e.param
	}
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}

// withoutConversation answers a request for a page of a conversation that is not there: by
// the first question, on a kiosk as if nobody had been there.
func (s *site) withoutConversation(w http.ResponseWriter, r *http.Request, v visitor, f submission, why string) {
	if v.kiosk.on {
		s.setKiosk(w, v.kiosk)
		s.vacate(w)
		if why == onExpired {
			s.setFlash(w, flash{Notices: []string{localizer{s.opts.Texts(), v.lang}.T("web.counter.again")}})
		}
		http.Redirect(w, r, v.kiosk.start(), http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, s.entryAddress(v, f.entry, f, why), http.StatusSeeOther)
}

// noticeOn returns the notice of a first page that the visitor was sent to.
func (p *pageData) noticeOn(why string) []string {
	switch why {
	case onBegun:
		if p.Telegram != "" {
			return []string{p.T("web.notice.cookies"), p.T("web.notice.cookies_telegram")}
		}
		return []string{p.T("web.notice.cookies")}
	case onNone:
		return []string{p.T("web.notice.none")}
	case onExpired:
		return []string{p.T("web.notice.gone")}
	}
	return nil
}

// isBegun reports whether there is a conversation to go on with.
func (s *site) isBegun(r *http.Request, v visitor) (flows.Turn, bool, error) {
	if v.conversation == "" {
		return flows.Turn{}, false, nil
	}
	return s.peek(r, v, flows.Input{Kind: flows.Show})
}
