package web

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// A kiosk is a device that one visitor after another uses, such as a tablet at a desk or a fair. A cookie without
// personal data marks the device, so that it remains a kiosk however a page is reached; "?balie=0" ends that.
// Every conversation on it is new, ends with "Klaar" or after kioskIdle, and leaves nothing for the next visitor:
// no page shows it, and nothing links to other sites or is downloaded.

// kioskPrefix marks conversations on a kiosk.
const kioskPrefix = "balie-"

const (
	kioskIdle = 10 * time.Minute
	// kioskWarning is how long before the end of kioskIdle the visitor is asked whether
	// they are still there (WCAG 2.2.1: at least 20 seconds to react).
	kioskWarning = time.Minute
	// kioskAge is the longest that browsers keep a cookie (RFC 6265bis, section 5.5); every
	// page renews it.
	kioskAge = 400 * 24 * time.Hour
)

// kiosk describes whether a device is a kiosk. The zero value is an ordinary device.
type kiosk struct {
	on    bool
	param string // of the start link it was opened with; may be empty
}

// kioskValue is the value of the cookie: 1, and the parameter of the link.
var kioskValue = regexp.MustCompile(`^1(?:\.([A-Za-z0-9_-]{1,64}))?$`)

// kioskOff are the values of "balie" in an address that make a device an ordinary one.
var kioskOff = []string{"0", "nee", "uit", "no", "off", "false"}

func isKiosk(conversation string) bool { return strings.HasPrefix(conversation, kioskPrefix) }

// start returns the address where the next visitor starts.
func (k kiosk) start() string {
	if k.param == "" {
		return "/?balie=1"
	}
	return "/p/" + k.param + "?balie=1"
}

// kiosk returns whether the request comes from a kiosk, by its address or else by its cookie. An address is read
// as people copy it: any "balie" except kioskOff counts.
func (s *site) kiosk(r *http.Request) kiosk {
	var k kiosk
	if c, err := r.Cookie(s.cookieName("balie")); err == nil {
		if found := kioskValue.FindStringSubmatch(c.Value); found != nil {
			k = kiosk{on: true, param: found[1]}
		}
	}
	switch value, said := kioskWish(r); {
	case said && slices.Contains(kioskOff, value):
		return kiosk{}
	case said:
		k.on = true
		if code, ok := strings.CutPrefix(r.URL.Path, "/p/"); ok {
			k.param = flows.CleanParameter(code)
		}
	}
	return k
}

// kioskWish returns the kiosk parameter of the address, in lower case and without surrounding text.
func kioskWish(r *http.Request) (value string, said bool) {
	for name, values := range r.URL.Query() {
		if strings.EqualFold(flows.CleanParameter(name), "balie") {
			return strings.ToLower(flows.CleanParameter(strings.Join(values, ""))), true
		}
	}
	return "", false
}

// keepKiosk sets or clears the kiosk cookie if the address requests it, then calls next. A kiosk that becomes an
// ordinary device loses its conversation.
func (s *site) keepKiosk(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, said := kioskWish(r); said {
			k := s.kiosk(r)
			s.setKiosk(w, k)
			if !k.on && isKiosk(s.conversation(r)) {
				s.clearConversation(w)
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *site) setKiosk(w http.ResponseWriter, k kiosk) {
	switch {
	case !k.on:
		s.setCookie(w, "balie", "", -1)
	case k.param == "":
		s.setCookie(w, "balie", "1", kioskAge)
	default:
		s.setCookie(w, "balie", "1."+k.param, kioskAge)
	}
}

// occupy keeps the conversation of a kiosk while someone reads its pages: reading is not an answer, but the device
// is not idle.
func (s *site) occupy(w http.ResponseWriter, r *http.Request, v *visitor) error {
	s.setKiosk(w, v.kiosk)
	if v.conversation == "" {
		return nil
	}
	s.setConversation(w, v.conversation)
	if v.beginning != nil {
		renewed := *v.beginning
		renewed.Until = s.opts.Clock.Now().Add(kioskIdle).Unix()
		v.beginning = &renewed
		return s.hold(w, v)
	}
	ctx, cancel := s.timeout(r)
	defer cancel()
	_, err := s.opts.Dispatcher.Handle(ctx, bot.Update{Chat: chatOf(*v), Input: channelInput(flows.Input{Kind: flows.Show, Lang: v.lang}), Idle: kioskIdle})
	return err
}

// vacate makes a kiosk ready for the next visitor. Clear-Site-Data removes the pages that
// the browser keeps for its back button.
func (s *site) vacate(w http.ResponseWriter) {
	s.clearConversation(w)
	s.clearCookie(w, "melding")
	s.clearCookie(w, codeCookie)
	w.Header().Set("Clear-Site-Data", `"cache"`)
}

// forget makes a visitor one without a conversation, for a page that needs none. On a kiosk the cookie of an ended
// one is removed too.
func (s *site) forget(w http.ResponseWriter, v *visitor) {
	if v.kiosk.on && v.conversation != "" {
		s.vacate(w)
	}
	v.conversation = ""
}

// endKiosk handles "Klaar": the conversation ends and the next visitor gets the first question. It always leads
// there: without a valid form only the cookie is removed.
func (s *site) endKiosk(w http.ResponseWriter, r *http.Request) {
	f := s.parse(r)
	v := s.sender(r, f)
	if !v.kiosk.on {
		s.expiredForm(w, r, v, f)
		return
	}
	if isKiosk(v.conversation) && s.signer.valid(f.token, v.conversation, f.nonce) {
		if s.tooSoon(r, f) {
			http.Redirect(w, r, cmp.Or(f.where, "/gesprek"), http.StatusSeeOther)
			return
		}
		if _, err := s.dispatch(r, v, f, "", flows.Input{Kind: flows.Action, Action: flows.DoStop}); err != nil {
			s.busy(w, r, err)
			return
		}
	}
	s.setKiosk(w, v.kiosk)
	s.vacate(w)
	http.Redirect(w, r, v.kiosk.start(), http.StatusSeeOther)
}

// stillThere asks the visitor of an idle kiosk whether to continue, before the conversation ends. It needs no
// script.
func (s *site) stillThere(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !v.kiosk.on:
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
	case !found:
		http.Redirect(w, r, v.kiosk.start(), http.StatusSeeOther)
	default:
		page := s.newPage(r, v, turn.Session.Lang)
		page.Chat = true
		page.refresh = refresh(kioskWarning, v.kiosk.start())
		page.Form.Where = localPath(r.URL.Query().Get("naar"))
		page.Title = page.T("web.counter.idle_title")
		page.Body = int(kioskWarning.Seconds())
		s.render(w, http.StatusOK, "idle", page)
	}
}

// stayThere keeps the conversation and leads back to the page that was idle.
func (s *site) stayThere(w http.ResponseWriter, r *http.Request) {
	f := s.parse(r)
	v := s.sender(r, f)
	if v.conversation == "" || !s.signer.valid(f.token, v.conversation, f.nonce) {
		s.expiredForm(w, r, v, f)
		return
	}
	if err := s.occupy(w, r, &v); err != nil {
		s.busy(w, r, err)
		return
	}
	http.Redirect(w, r, cmp.Or(f.where, "/gesprek"), http.StatusSeeOther)
}

// kioskSwitch shows staff whether the device is a kiosk, and how to make it an ordinary one.
func (s *site) kioskSwitch(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	if !v.kiosk.on {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if _, found, err := s.currentTurn(r, v); err == nil && !found {
		s.forget(w, &v)
	}
	v.conversation = ""
	page := s.newPage(r, v, v.lang)
	page.Title = page.T("web.counter.staff_title")
	s.render(w, http.StatusOK, "balie", page)
}

// endKioskMode makes the device an ordinary one.
func (s *site) endKioskMode(w http.ResponseWriter, r *http.Request) {
	f := s.parse(r)
	if !s.signer.valid(f.token, "", f.nonce) || s.tooSoon(r, f) {
		http.Redirect(w, r, "/balie", http.StatusSeeOther)
		return
	}
	s.vacate(w)
	s.setKiosk(w, kiosk{})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// refresh returns the value of a Refresh header.
func refresh(after time.Duration, to string) string {
	return strconv.Itoa(int(after.Seconds())) + "; url=" + to
}

// kioskRefresh returns where an idle page on a kiosk leads: to the question whether anyone is there, and without a
// conversation to the start.
func (p *pageData) kioskRefresh() string {
	if !p.Chat {
		return refresh(kioskIdle, p.kiosk.start())
	}
	return refresh(kioskIdle-kioskWarning, "/nog-bezig?"+url.Values{"naar": {p.Form.Where}}.Encode())
}
