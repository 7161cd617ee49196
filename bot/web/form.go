package web

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// submission is a submitted form.
type submission struct {
	nonce, token string
	value        string // of the button pressed
	text         string // typed
	viewed       string // the question on the page
	where        string // the address of the page; empty: unknown
	entry        entry
	lang         string
	langSet      bool
}

// parse reads the fields of a form. Their contents are looked up or compared; only what was
// typed is shown again, in its own field.
func (s *site) parse(r *http.Request) (submission, error) {
	if err := r.ParseForm(); err != nil {
		return submission{}, err
	}
	return s.submission(r.PostForm.Get), nil
}

func (s *site) submission(field func(string) string) submission {
	get := func(name string) string {
		if value := field(name); utf8.ValidString(value) {
			return value
		}
		return ""
	}
	f := submission{nonce: get("n"), token: get("t"), value: get("k"), text: get("tekst"), viewed: get("v"),
		where: localPath(get("w")), lang: get("l"), langSet: get("ls") == "1"}
	if !slices.Contains(s.opts.Texts().Languages(), f.lang) {
		f.lang, f.langSet = "", false
	}
	f.entry = s.entryOf(get("p"))
	f.entry.kiosk = get("b") == "1"
	return f
}

// minReading is the time in which nobody reads a page and answers. It covers the usual
// interval of a double click, half a second.
const minReading = 500 * time.Millisecond

// tooSoon reports whether a form comes so soon after its page was rendered that it must be
// the second half of a double click. Only browsers, which send Fetch Metadata, have a
// pointer that can be double-clicked.
func (s *site) tooSoon(r *http.Request, f submission) bool {
	at, ok := renderedAt(f.nonce)
	since := s.opts.Clock.Now().Sub(at)
	return ok && since >= 0 && since < minReading && r.Header.Get("Sec-Fetch-Mode") != ""
}

// at adds to a visitor what a form of theirs says: on a kiosk its cookie may be gone.
func (v visitor) at(f submission) visitor {
	if f.entry.kiosk && !v.kiosk.on {
		v.kiosk = kiosk{on: true, param: f.entry.param}
	}
	if f.lang != "" {
		v.lang = f.lang
	}
	return v
}

// conversationOf returns the conversation a form belongs to: that of the cookie, or a
// new one for a form from a first page. ok is false for a form that was not made for
// this visitor.
func (s *site) conversationOf(v visitor, f submission) (conversation string, isNew, ok bool) {
	fresh := s.signer.valid(f.token, "", f.nonce)
	switch {
	case fresh && (v.conversation == "" || f.entry.kiosk):
		return s.signer.conversationID(f.nonce, f.entry.kiosk), true, true
	case fresh, s.signer.valid(f.token, v.conversation, f.nonce):
		return v.conversation, false, true
	}
	return "", false, false
}

// submit handles a form of the conversation and redirects to the next page.
func (s *site) submit(w http.ResponseWriter, r *http.Request) {
	f, err := s.parse(r)
	v := s.visitor(r).at(f)
	f.entry.kiosk = v.kiosk.on
	conversation, isNew, ok := s.conversationOf(v, f)
	switch {
	case err != nil || !ok:
		s.expiredForm(w, r, v, f)
		return
	case s.tooSoon(r, f):
		http.Redirect(w, r, firstOf(f.where, "/gesprek"), http.StatusSeeOther)
		return
	case isNew:
		v.conversation = conversation
		s.begin(w, r, v, f)
		return
	}
	v.conversation = conversation
	before, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && !found && v.kiosk.on {
		s.expiredForm(w, r, v, f)
		return
	}
	f.langSet = f.langSet || !found && f.lang != "" // an expired conversation begins again in its language
	var old *flows.QuadrantPicture
	if err == nil && before.Session.Outcome {
		old, err = s.result(r, v)
	}
	var turn flows.Turn
	if err == nil {
		turn, err = s.apply(r, v, f)
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.respond(w, r, v, f, turn, s.adapted(turn, old)...)
}

// result returns the result of a conversation as it is before the form.
func (s *site) result(r *http.Request, v visitor) (*flows.QuadrantPicture, error) {
	turn, _, err := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoContinue})
	return pictureOf(turn), err
}

func pictureOf(turn flows.Turn) *flows.QuadrantPicture {
	for _, reply := range turn.Replies {
		if reply.Picture != nil {
			return reply.Picture
		}
	}
	return nil
}

// adapted returns what a changed answer did to the result; nothing when the result is not
// shown again.
func (s *site) adapted(turn flows.Turn, old *flows.QuadrantPicture) (notices []string) {
	now := pictureOf(turn)
	if old == nil || now == nil || turn.Facts.Outcome == nil {
		return nil
	}
	l := localizer{s.opts.Texts(), turn.Session.Lang}
	text := l.T("web.notice.adapted")
	changed := false
	for _, axis := range []struct {
		id       string
		old, now float64
	}{{"readiness", old.Readiness, now.Readiness}, {"impact", old.Impact, now.Impact}} {
		if before, after := math.Round(axis.old), math.Round(axis.now); before != after {
			text += " " + l.T("web.notice.adapted_"+axis.id, "Old", int(before), "New", int(after))
			changed = true
		}
	}
	if !changed {
		text += " " + l.T("web.notice.adapted_same")
	}
	return []string{text}
}

// apply applies the form to the conversation. An answer counts for the question on the
// page it was given on: if the conversation has moved on (another tab, the browser's
// back button), that question is re-opened first.
func (s *site) apply(r *http.Request, v visitor, f submission) (flows.Turn, error) {
	in := f.input()
	now, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err != nil || !found {
		if err != nil {
			return flows.Turn{}, err
		}
		return s.dispatch(r, v, f, "", in)
	}
	in.Link = flows.Link{} // a running conversation knows where it came from
	question := f.viewed
	if in.Kind == flows.Answer {
		question = in.Question
	}
	if rev, offered := optionsRev(now, question); offered || !isAbout(in, question) {
		in.Rev = rev
		return s.dispatch(r, v, f, "", in)
	}
	if in.Kind == flows.Answer && (question == flows.SourceQuestion || now.Session.Answers[question] == in.Option) {
		return now, nil // a duplicate, or a question that is asked only once
	}
	opened, err := s.dispatch(r, v, f, "open", flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: question})
	rev, offered := optionsRev(opened, question)
	if err != nil || !offered {
		return opened, err
	}
	in.Rev = rev
	return s.dispatch(r, v, f, "", in)
}

// isAbout reports whether an input concerns the question on the page.
func isAbout(in flows.Input, question string) bool {
	return question != "" && (in.Kind == flows.Answer || in.Kind == flows.Text || in.Kind == flows.Action && in.Action == flows.DoBack)
}

// input returns the engine's input for the form.
func (f submission) input() flows.Input {
	in := decode(f.value)
	if f.value == "t" {
		text := strings.TrimSpace(f.text)
		if runes := []rune(text); len(runes) > flows.MaxText {
			text = string(runes[:flows.MaxText])
		}
		in = flows.Input{Kind: flows.Text, Text: text}
	}
	if in.Action == flows.DoFollowUp {
		in = flows.Input{Kind: flows.Unrecognized} // this channel cannot push
	}
	in.Link = f.entry.link
	in.Link.Lang = ""
	if f.langSet {
		in.Link.Lang = f.lang
	}
	return channelInput(in)
}

// dispatch sends one input to the dispatcher. The key identifies this button on this
// rendered page, which makes a repeated submission idempotent; step distinguishes the
// inputs of one form.
func (s *site) dispatch(r *http.Request, v visitor, f submission, step string, in flows.Input) (flows.Turn, error) {
	ctx, cancel := s.timeout(r)
	defer cancel()
	in = channelInput(in)
	in.Lang = v.lang
	kiosk := isKiosk(v.conversation)
	u := bot.Update{
		Chat:    chatOf(v),
		Key:     Channel + ":" + s.signer.mac("update", v.conversation, f.nonce, f.value, f.text, step),
		Input:   in,
		Origin:  bot.Origin{Tap: true},
		Counted: s.countedBefore(r) && !kiosk,
	}
	if kiosk {
		u.Idle = kioskIdle
	}
	return s.opts.Dispatcher.Handle(ctx, u)
}

// respond redirects to the page that a turn leads to; the notices of the turn go with it.
func (s *site) respond(w http.ResponseWriter, r *http.Request, v visitor, f submission, turn flows.Turn, notices ...string) {
	if len(turn.Replies) == 0 { // a duplicate
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return
	}
	if turn.Facts.Ended || turn.Facts.Erase {
		s.respondEnded(w, r, v, f, turn)
		return
	}
	s.setConversation(w, v.conversation)
	if o := turn.Facts.Outcome; o != nil && turn.Session.Counts() && !isKiosk(v.conversation) && !s.countedBefore(r) {
		s.setCookie(w, "counted", s.opts.Dispatcher.HalfYear(), countedAge)
	}
	l := localizer{s.opts.Texts(), turn.Session.Lang}
	next := pathOf(turn)
	var told flash
	if len(notices) == 0 {
		for _, n := range noticesOf(turn) {
			notices = append(notices, l.phrase(n))
		}
	}
	told.Notices = notices
	switch in := f.input(); {
	case in.Kind == flows.Text && len(notices) > 0 && askedQuestion(turn) == f.viewed:
		told = flash{Error: l.T(typedFault(in.Text))}
		if placeLike.MatchString(in.Text) && !longNumber.MatchString(in.Text) {
			told.Typed = in.Text
		}
	case in.Action == flows.DoLanguage && f.where != "":
		next = f.where
	case in.Question == satisfactionQuestion && in.Kind == flows.Answer:
		told.Notices, next = nil, "/advies#mening" // the page thanks there
	}
	if turn.Session.Phase != flows.PhaseIncident {
		s.setFlash(w, told)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// satisfactionQuestion is the question under the advice.
const satisfactionQuestion = "satisfaction"

// What was typed is shown again so that it can be mended, unless it cannot be a place: then
// it may be an address or a number, which we do not repeat.
var (
	placeLike  = regexp.MustCompile(`^[\p{L}\p{M}\d '’\x60.()/-]{1,60}$`)
	longNumber = regexp.MustCompile(`\d{5}`)
)

var postcode = regexp.MustCompile(`^\d{4} ?([A-Za-z]{2})?$`)

// typedFault returns the id of the text that says what is wrong with a typed place.
func typedFault(text string) string {
	switch {
	case text == "":
		return "web.error.empty"
	case postcode.MatchString(text):
		return "web.error.postcode"
	}
	return "web.error.place"
}

// respondEnded redirects after stopping or erasing: on a kiosk to the next visitor's start.
func (s *site) respondEnded(w http.ResponseWriter, r *http.Request, v visitor, f submission, turn flows.Turn) {
	s.withdrawFollowUp(r, v.conversation)
	if v.kiosk.on {
		s.setKiosk(w, v.kiosk)
		s.vacate(w)
		http.Redirect(w, r, v.kiosk.start(), http.StatusSeeOther)
		return
	}
	s.clearConversation(w)
	address := "/gestopt"
	if turn.Facts.Erase {
		address = "/gewist"
	}
	if turn.Session.Lang != s.visitor(r).lang { // the conversation knew it
		address += "?lang=" + turn.Session.Lang
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

func noticesOf(turn flows.Turn) (notices []flows.Phrase) {
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			if b.Style == flows.Notice {
				notices = append(notices, b.Text)
			}
		}
	}
	return notices
}

// ended serves the page after stopping or erasing; title and text are ids.
func (s *site) ended(title, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := s.visitor(r)
		v.conversation = ""
		page := s.newPage(r, v, v.lang)
		page.NoIndex = true
		page.Title = page.T(title)
		body := replyView{Title: page.Title, Items: []item{{block: block{Text: page.phrase(flows.Say(text))}}}}
		body.Primary = []button{{Text: page.T("chat.begin"), Href: "/" + page.LangQuery()}}
		page.Body = infoBody{replyView: body}
		s.render(w, http.StatusOK, "info", page)
	}
}
