package web

import (
	"net/http"
	"net/url"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// A conversation is stored, and counted, with its second form. Until then the browser keeps the first
// answer, sealed, in a cookie and in the forms of the next page. So someone who gives one answer and leaves
// takes no space; and a browser without cookies shows a notice, keeps its partner and is never counted.

// beginAge is how long a first answer is kept. The store recognises a begun conversation for longer than
// this, so that one that has ended does not begin again.
const beginAge = 24 * time.Hour

// maxHeld bounds the sealed text; ours stay under 500 bytes.
const maxHeld = 1 << 10

// The parameter verder in the address of a first page is the reason why the visitor is there.
const (
	onBegun   = "1"    // the first answer was given
	onNone    = "geen" // there is no conversation
	onExpired = "oud"  // the form was too old
)

// beginning is the first form of a conversation that is not stored yet.
type beginning struct {
	Conversation string `json:"c"`
	Value        string `json:"k"`           // of the button pressed
	Code         string `json:"o,omitempty"` // the advice code that the conversation is opened from
	Param        string `json:"p,omitempty"`
	Lang         string `json:"l"`
	LangSet      bool   `json:"s,omitempty"`
	Expired      bool   `json:"x,omitempty"` // the form was of a conversation that has expired
	Age          int64  `json:"g"`           // of its page when it was submitted, in milliseconds
	At           int64  `json:"a"`           // when it was submitted, in seconds since 1970
	Until        int64  `json:"u"`           // when it expires
}

// begin begins a conversation with its first form: the browser keeps it, and nothing is stored. expired:
// the form belongs to a conversation that is gone.
func (s *site) begin(w http.ResponseWriter, r *http.Request, v visitor, f submission, expired bool) {
	now := s.opts.Clock.Now()
	v.conversation = s.signer.conversationID(f.nonce, f.entry.kiosk)
	b := beginning{Conversation: v.conversation, Value: f.value, Param: f.entry.param, Lang: v.lang, LangSet: f.langSet,
		Expired: expired, Age: s.age(f).Milliseconds(), At: now.Unix(), Until: now.Add(heldFor(v)).Unix()}
	if b.Value == givesCode {
		b.Code = f.text
	}
	if len(b.Value) > maxHeld/2 {
		b.Value = "" // not one of our buttons
	}
	turn, _, err := s.peek(r, visitor{lang: v.lang}, s.inputOf(b))
	if err == nil && pathOf(turn) == "/" { // the button does not begin a conversation
		http.Redirect(w, r, s.entryAddress(v, f.entry, f, ""), http.StatusSeeOther)
		return
	}
	if err == nil && turn.Session.Phase != flows.PhaseIncident && s.opts.Dispatcher.Full() {
		err = bot.ErrFull
	}
	if err == nil {
		s.setConversation(w, v.conversation)
		v.beginning = &b
		err = s.hold(w, &v)
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.setFlash(w, flash{Notices: localizer{s.opts.Texts(), turn.Session.Lang}.notices(turn)})
	next := s.entryAddress(v, f.entry, f, onBegun)
	if turn.Session.Phase == flows.PhaseIncident {
		next = pathOf(turn) // incident help needs no cookie
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// heldFor returns how long a first answer is kept without another.
func heldFor(v visitor) time.Duration {
	if isKiosk(v.conversation) {
		return kioskIdle
	}
	return beginAge
}

// hold seals the beginning of a visitor's conversation and stores it in the browser.
func (s *site) hold(w http.ResponseWriter, v *visitor) (err error) {
	if v.sealed, err = s.sealer.seal("begin", v.beginning); err == nil {
		s.setCookie(w, "begin", v.sealed, heldFor(*v))
	}
	return err
}

// held adds the beginning in a sealed text to a visitor, if it belongs to their conversation and has not
// expired.
func (s *site) held(v visitor, sealed string) visitor {
	var b beginning
	if v.beginning != nil || v.conversation == "" || len(sealed) > maxHeld || !s.sealer.open("begin", sealed, &b) {
		return v
	}
	if now := s.opts.Clock.Now().Unix(); b.Conversation == v.conversation && b.At <= now && now < b.Until {
		v.beginning, v.sealed = &b, sealed
	}
	return v
}

// inputOf returns the input of the first form of a conversation.
func (s *site) inputOf(b beginning) flows.Input {
	f := submission{value: b.Value, text: b.Code, entry: s.entryOf(b.Param), lang: b.Lang, langSet: b.LangSet}
	in := f.input()
	in.Lang, in.Expired = b.Lang, b.Expired
	return in
}

// beginningOf returns what the dispatcher needs to begin the conversation of a visitor; nil if the browser
// keeps no beginning.
func (s *site) beginningOf(v visitor) *bot.Beginning {
	if v.beginning == nil {
		return nil
	}
	return &bot.Beginning{
		Key:   Channel + ":" + s.signer.mac("begin", v.conversation),
		Input: s.inputOf(*v.beginning),
		At:    time.Unix(v.beginning.At, 0),
	}
}

// opens reports whether a first page has the button of this form: no other form of it may
// change a conversation that began after the page was shown.
func (s *site) opens(r *http.Request, f submission) (bool, error) {
	in := f.input()
	first, _, err := s.peek(r, visitor{lang: f.lang}, flows.Input{Kind: flows.Show})
	return in.Action == flows.DoIncident || in.Kind == flows.Answer && in.Question == askedQuestion(first), err
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
	if f.langSet || why == onExpired && f.lang != "" { // the language of the previous page
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

// withoutConversation answers a request for a page of a conversation that does not exist: with the first
// question, on a kiosk without a notice.
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

// currentTurn returns the current screen of the visitor's conversation; found is false if there is none.
func (s *site) currentTurn(r *http.Request, v visitor) (turn flows.Turn, found bool, err error) {
	if v.conversation == "" {
		return flows.Turn{}, false, nil
	}
	return s.peek(r, v, flows.Input{Kind: flows.Show})
}
