package web

import (
	"net/http"
	"net/url"

	"digiwijzer/flows"
)

// landing shows the first page.
func (s *site) landing(w http.ResponseWriter, r *http.Request) {
	e := entry{}
	if k := s.kiosk(r); k.param != "" {
		e = s.entryOf(k.param)
	}
	s.enter(w, r, e)
}

// enter shows the first question, or to someone with a conversation the ways to continue or to start over. On
// a kiosk every visit is the first.
func (s *site) enter(w http.ResponseWriter, r *http.Request, e entry) {
	v := s.visitor(r)
	why := r.URL.Query().Get("verder")
	if v.kiosk.on {
		e.kiosk = true
	}
	turn, found, err := s.currentTurn(r, v)
	switch {
	case err != nil:
		s.busy(w, r, err)
	case found && why == onBegun && v.beginning != nil: // the browser accepts cookies
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
	case v.kiosk.on:
		s.setKiosk(w, v.kiosk)
		if v.conversation != "" {
			s.vacate(w)
		}
		s.showLanding(w, r, v, e, "")
	case found && why != "":
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
	case found:
		s.showResume(w, r, v, e, turn)
	default:
		if v.conversation != "" {
			s.clearConversation(w)
		}
		s.showLanding(w, r, v, e, why)
	}
}

// showLanding shows the first question to someone without a conversation. It starts no conversation; why is
// the reason why the visitor was sent here.
func (s *site) showLanding(w http.ResponseWriter, r *http.Request, v visitor, e entry, why string) {
	v.conversation = ""
	if own := e.link.Lang; own != "" && !v.langSet {
		v.lang = own
	}
	link := e.link
	link.Lang = v.lang
	turn, _, err := s.peek(r, v, flows.Input{Kind: flows.Show, Link: link})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	page := s.landingPage(r, v, e)
	body := landingBody{Partner: e.partner.Name, Logo: s.logoURL(e.partner.Code), Questions: s.questionCount(), Example: page.example()}
	for _, reply := range turn.Replies {
		body.replyView = page.reply(reply)
	}
	page.Form.Viewed = body.Asks
	page.Card = s.cardOf(page.localizer, e)
	page.Notices = append(page.Notices, page.noticeOn(why)...)
	s.showFlash(w, r, page)
	page.Title, page.Body = page.T("web.landing.title"), body
	s.render(w, http.StatusOK, "landing", page)
}

// showResume shows the first page to someone with a conversation, who may be another person on the same
// device.
func (s *site) showResume(w http.ResponseWriter, r *http.Request, v visitor, e entry, turn flows.Turn) {
	if !v.langSet {
		v.lang = turn.Session.Lang
	}
	page := s.landingPage(r, v, e)
	page.Chat, page.TryOut = true, turn.Session.TryOut
	s.showFlash(w, r, page)
	page.Title = page.T("web.landing.title")
	page.Body = landingBody{Partner: e.partner.Name, Logo: s.logoURL(e.partner.Code), Resume: true, Advised: pathOf(turn) == "/advies"}
	s.render(w, http.StatusOK, "landing", page)
}

// landingPage starts a first page. A partner's is excluded from search engines: whoever comes through it is
// counted for the partner.
func (s *site) landingPage(r *http.Request, v visitor, e entry) *pageData {
	page := s.newPage(r, v, v.lang)
	page.Form.Param, page.Form.Kiosk, page.Frame, page.Kiosk = e.param, e.kiosk, e.frame, e.kiosk
	page.NoIndex = e.param != ""
	if page.Telegram != "" && e.param != "" {
		page.Telegram += "?start=" + url.QueryEscape(e.param)
	}
	return page
}

type landingBody struct {
	replyView
	Partner   string
	Logo      string       // address of the partner's logo; empty: it has none
	Resume    bool         // there is a conversation
	Advised   bool         // with its advice
	Questions int          // at most
	Example   []actionView // of what the check advises
}

// exampleActions are the actions that the landing page shows as an example of a result.
var exampleActions = []string{"receipts_same_day", "bank_feed", "twofa_mail"}

// questionCount returns how many questions the check has at most.
func (s *site) questionCount() (n int) {
	for _, q := range s.opts.Guide().Questions {
		if q.Part > 0 {
			n++
		}
	}
	return n
}

// example returns what the landing page shows of a result.
func (l localizer) example() (actions []actionView) {
	for _, id := range exampleActions {
		if title := "action." + id + ".title"; l.texts.Has(l.texts.Languages()[0], title) {
			actions = append(actions, actionView{Number: len(actions) + 1, Title: withoutStop(l.T(title))})
		}
	}
	return actions
}

// withoutStop returns a title without its full stop, for a list.
func withoutStop(title string) string {
	if n := len(title) - 1; n > 0 && title[n] == '.' {
		return title[:n]
	}
	return title
}
