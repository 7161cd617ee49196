package web

import (
	"cmp"
	"errors"
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
	held         string // the beginning of a conversation, sealed
}

// readForm parses the form of a request before it is handled; one that is too large or malformed changes nothing.
func (s *site) readForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var large *http.MaxBytesError
		switch err := r.ParseForm(); {
		case err == nil || r.Method != http.MethodPost:
			next.ServeHTTP(w, r)
		case errors.As(err, &large):
			s.message(w, r, http.StatusRequestEntityTooLarge, "web.large", "")
		default:
			s.message(w, r, http.StatusBadRequest, "web.broken", "")
		}
	})
}

// parse returns the fields of a form. Their contents are looked up or compared; only typed text is shown again,
// in its own field.
func (s *site) parse(r *http.Request) submission {
	get := func(name string) string {
		if value := r.PostForm.Get(name); utf8.ValidString(value) {
			return value
		}
		return ""
	}
	f := submission{nonce: get("n"), token: get("t"), value: get("k"), text: get("tekst"), viewed: get("v"),
		where: localPath(get("w")), lang: get("l"), langSet: get("ls") == "1", held: get("s")}
	if !slices.Contains(s.opts.Texts().Languages(), f.lang) {
		f.lang, f.langSet = "", false
	}
	f.entry = s.entryOf(get("p"))
	f.entry.kiosk = get("b") == "1"
	return f
}

// minReading is the time in which nobody can read a page and answer. It is the usual interval of a double click,
// half a second.
const minReading = 500 * time.Millisecond

// tooSoon reports whether a form comes so soon after its page was rendered that it must be
// the second half of a double click. Only browsers, which send Fetch Metadata, have a
// pointer that can be double-clicked.
func (s *site) tooSoon(r *http.Request, f submission) bool {
	at, ok := renderedAt(f.nonce)
	since := s.opts.Clock.Now().Sub(at)
	return ok && since >= 0 && since < minReading && r.Header.Get("Sec-Fetch-Mode") != ""
}

// sender returns who submitted a form: the visitor, completed by fields of the form. On a kiosk the cookie may be
// gone.
func (s *site) sender(r *http.Request, f submission) visitor {
	v := s.visitor(r)
	if f.entry.kiosk && !v.kiosk.on {
		v.kiosk = kiosk{on: true, param: f.entry.param}
	}
	if f.lang != "" {
		v.lang = f.lang
	}
	return s.held(v, f.held)
}

// submit handles a form of the conversation and redirects to the next page. A form is either
// of the visitor's conversation, or of a page from before it began.
func (s *site) submit(w http.ResponseWriter, r *http.Request) {
	f := s.parse(r)
	v := s.sender(r, f)
	f.entry.kiosk = v.kiosk.on
	fresh := s.signer.valid(f.token, "", f.nonce)
	own := v.conversation != "" && s.signer.valid(f.token, v.conversation, f.nonce)
	switch {
	case !fresh && !own:
		s.expiredForm(w, r, v, f)
	case s.tooSoon(r, f):
		http.Redirect(w, r, cmp.Or(f.where, "/gesprek"), http.StatusSeeOther)
	case fresh && (v.conversation == "" || v.kiosk.on):
		s.begin(w, r, v, f, false)
	default:
		s.goOn(w, r, v, f, fresh)
	}
}

// goOn handles a form in the visitor's conversation. If that is gone it begins again under another id: this one
// may have been chosen by someone else.
func (s *site) goOn(w http.ResponseWriter, r *http.Request, v visitor, f submission, fresh bool) {
	before, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	opens := true
	if err == nil && found && fresh {
		opens, err = s.opens(r, f)
	}
	switch {
	case err != nil:
		s.busy(w, r, err)
		return
	case !opens, !found && v.kiosk.on:
		s.expiredForm(w, r, v, f)
		return
	case !found:
		f.langSet = f.langSet || f.lang != "" // in the language of the previous page
		s.begin(w, r, v, f, !fresh)
		return
	}
	var old *flows.QuadrantPicture
	if before.Session.Outcome {
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

// adapted describes how a changed answer affected the result; nothing when the result is not shown again.
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
	now, _, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err != nil {
		return flows.Turn{}, err
	}
	in.Link = flows.Link{} // a running conversation has its own link
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
	if in.Action == flows.DoCode {
		in.Text = f.text
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
		Chat:      chatOf(v),
		Key:       Channel + ":" + s.signer.mac("update", v.conversation, f.nonce, f.value, f.text, step),
		Input:     in,
		Beginning: s.beginningOf(v),
		Origin:    bot.Origin{Tap: true},
		Visit:     s.visit(r, v, f),
		Counted:   s.countedBefore(r) && !kiosk,
	}
	if kiosk {
		u.Idle = kioskIdle
	}
	return s.opts.Dispatcher.Handle(ctx, u)
}

// respond redirects to the page that a turn leads to, with the notices of the turn.
func (s *site) respond(w http.ResponseWriter, r *http.Request, v visitor, f submission, turn flows.Turn, notices ...string) {
	if v.beginning != nil {
		s.clearCookie(w, "begin") // it is stored now, or has ended
	}
	if len(turn.Replies) == 0 { // a duplicate
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return
	}
	if turn.Facts.Ended || turn.Facts.Erase {
		s.respondEnded(w, r, v, f, turn)
		return
	}
	s.setConversation(w, v.conversation)
	if o := turn.Facts.Outcome; o != nil && turn.Session.Counted() && !isKiosk(v.conversation) && !s.countedBefore(r) {
		s.setCookie(w, "counted", s.opts.Dispatcher.HalfYear(), countedAge)
	}
	l := localizer{s.opts.Texts(), turn.Session.Lang}
	next := pathOf(turn)
	var told flash
	if len(notices) == 0 {
		notices = l.notices(turn)
	}
	told.Notices = notices
	switch in := f.input(); {
	case in.Kind == flows.Text && len(notices) > 0 && askedQuestion(turn) == f.viewed:
		told = flash{Error: l.T(typedFault(in.Text))}
		if couldBePlace(in.Text) {
			told.Typed = in.Text
		}
	case in.Action == flows.DoLanguage && f.where != "":
		next = f.where
	case in.Question == satisfactionQuestion && in.Kind == flows.Answer:
		told.Notices, next = nil, "/advies#mening" // the page shows the thanks there
	}
	if turn.Session.Phase != flows.PhaseIncident {
		s.setFlash(w, told)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// satisfactionQuestion is the question under the advice.
const satisfactionQuestion = "satisfaction"

// couldBePlace reports whether a typed text may be the name of a place. It is shown again then, so that it
// can be corrected; anything else may be an address or a number, which is not repeated.
func couldBePlace(typed string) bool {
	return placeLike.MatchString(typed) && utf8.RuneCountInString(typed) <= longestPlace && !longNumber.MatchString(typed)
}

// longestPlace is not part of placeLike: compiling its letters sixty times took 10 ms of every start.
const longestPlace = 60

var (
	placeLike  = regexp.MustCompile(`^[\p{L}\p{M}\d '’\x60.()/-]+$`)
	longNumber = regexp.MustCompile(`\d{5}`)
)

var postcode = regexp.MustCompile(`^\d{4} ?([A-Za-z]{2})?$`)

// typedFault returns the id of the text that describes what is wrong with a typed place.
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
	if turn.Session.Lang != s.visitor(r).lang { // the conversation had another
		address += "?lang=" + turn.Session.Lang
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// notices returns the notices of a turn.
func (l localizer) notices(turn flows.Turn) (all []string) {
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			if b.Style == flows.Notice {
				all = append(all, l.phrase(b.Text))
			}
		}
	}
	return all
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
