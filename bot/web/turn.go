package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// sent is a form as it came in.
type sent struct {
	nonce, token string
	value        string // of the button
	text         string // typed
	viewed       string // the question on the page
	start        start
	lang         string
	langSet      bool
}

// read takes the fields out of a form. Whatever they hold, it is looked up or
// compared and never shown.
func (s *site) read(r *http.Request) (sent, error) {
	if err := r.ParseForm(); err != nil {
		return sent{}, err
	}
	get := func(name string) string {
		if value := r.PostForm.Get(name); utf8.ValidString(value) {
			return value
		}
		return ""
	}
	f := sent{nonce: get("n"), token: get("t"), value: get("k"), text: get("tekst"), viewed: get("v"),
		lang: get("l"), langSet: get("ls") == "1"}
	f.start = start{param: get("p"), counter: get("b") == "1"}
	f.start.link, f.start.partner, _ = s.Link(f.start.param)
	return f, nil
}

// sender tells whose form it is: the conversation of the cookie, or a new one for a
// form from a start page. ok is false for a form we did not make for this visitor.
func (s *site) sender(v visitor, f sent) (conversation string, ok bool) {
	fresh := s.seal.valid(f.token, "", f.nonce)
	switch {
	case fresh && (v.conversation == "" || f.start.counter):
		return s.seal.begin(f.nonce, f.start.counter), true
	case fresh, s.seal.valid(f.token, v.conversation, f.nonce):
		return v.conversation, true
	}
	return "", false
}

// turn takes a form and goes to the page that comes next.
func (s *site) turn(w http.ResponseWriter, r *http.Request) {
	f, err := s.read(r)
	v := s.visitor(r)
	if err == nil && slices.Contains(s.Texts().Languages(), f.lang) {
		v.lang = f.lang
	}
	conversation, ok := s.sender(v, f)
	if err != nil || !ok {
		s.stale(w, r, v)
		return
	}
	v.conversation = conversation
	turn, err := s.apply(r, v, f)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.answerWith(w, r, v, turn)
}

// apply does what the form asks. An answer always counts for the question that stood
// on the page: when the conversation has gone on since (another tab, the browser's
// back button) the question is opened again first.
func (s *site) apply(r *http.Request, v visitor, f sent) (flows.Turn, error) {
	in := f.input()
	now, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err != nil || !found {
		if err != nil {
			return flows.Turn{}, err
		}
		return s.handle(r, v, f, "", in)
	}
	question := f.viewed
	if in.Kind == flows.Answer {
		question = in.Question
	}
	if rev, offered := offers(now, question); offered || !about(in, question) {
		in.Rev = rev
		return s.handle(r, v, f, "", in)
	}
	if in.Kind == flows.Answer && (question == flows.SourceQuestion || now.Session.Answers[question] == in.Option) {
		return now, nil // sent twice, or asked only once
	}
	opened, err := s.handle(r, v, f, "open", flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: question})
	rev, offered := offers(opened, question)
	if err != nil || !offered {
		return opened, err
	}
	in.Rev = rev
	return s.handle(r, v, f, "", in)
}

// about tells whether an input is about the question that stood on the page.
func about(in flows.Input, question string) bool {
	return question != "" && (in.Kind == flows.Answer || in.Kind == flows.Text || in.Kind == flows.Action && in.Action == flows.DoBack)
}

// input is what the form means.
func (f sent) input() flows.Input {
	in := decode(f.value)
	if f.value == "t" {
		text := strings.TrimSpace(f.text)
		if runes := []rune(text); len(runes) > flows.MaxText {
			text = string(runes[:flows.MaxText])
		}
		in = flows.Input{Kind: flows.Text, Text: text}
	}
	if in.Action == flows.DoFollowUp {
		in = flows.Input{Kind: flows.Strange} // we have no way to ask later
	}
	in.Link = f.start.link
	in.Link.Lang = ""
	if f.langSet {
		in.Link.Lang = f.lang
	}
	return in
}

// handle gives one input to the desk. The key is that of this very button on this very
// page: sent again it has no effect.
func (s *site) handle(r *http.Request, v visitor, f sent, step string, in flows.Input) (flows.Turn, error) {
	ctx, cancel := context.WithTimeout(r.Context(), slowest)
	defer cancel()
	in.Lang = v.lang
	u := bot.Update{
		Chat:    bot.Chat{Channel: Channel, ID: v.conversation},
		Key:     Channel + ":" + s.seal.mark("update", v.conversation, f.nonce, f.value, f.text, step),
		Input:   in,
		Origin:  bot.Origin{Tap: true},
		Counted: s.counted(r) && !onDesk(v.conversation),
	}
	if onDesk(v.conversation) {
		u.Idle = deskIdle
	}
	return s.Desk.Handle(ctx, u)
}

// counted tells whether this browser was counted in this half-year.
func (s *site) counted(r *http.Request) bool {
	c, err := r.Cookie(s.cookieName("counted"))
	return err == nil && c.Value == s.Desk.HalfYear()
}

// answerWith goes to the page that a turn leads to. What cannot be asked for again,
// because it is about this one form, is shown at once.
func (s *site) answerWith(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	if len(turn.Replies) == 0 { // seen before
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return
	}
	if turn.Facts.Ended || turn.Facts.Erase {
		s.forget(w)
		s.withdraw(r, v.conversation)
		v.conversation = ""
		s.farewell(w, r, v, turn)
		return
	}
	s.remember(w, v.conversation)
	if o := turn.Facts.Outcome; o != nil && !turn.Session.TryOut && !onDesk(v.conversation) && !s.counted(r) {
		s.setCookie(w, "counted", s.Desk.HalfYear(), countedAge)
	}
	notices := noticesOf(turn)
	if len(notices) == 0 || turn.Session.Phase == flows.PhaseIncident {
		http.Redirect(w, r, addressOf(turn), http.StatusSeeOther)
		return
	}
	now, _, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	sh := words{s.Texts(), turn.Session.Lang}
	var said []string
	for _, n := range notices {
		said = append(said, sh.say(n))
	}
	s.show(w, r, v, now, said)
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

// farewell is the page after stopping or erasing.
func (s *site) farewell(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	sh := s.sheet(r, v, turn.Session.Lang)
	body := sh.reply(turn.Replies[len(turn.Replies)-1])
	body.Primary = []key{{Text: sh.T("chat.begin"), Href: "/"}}
	sh.Title, sh.Body = firstOf(body.Title, sh.T("web.stopped.title")), asideBody{reply: body}
	s.render(w, http.StatusOK, "aside", sh)
}

// finish is "Klaar" on a shared device: the conversation ends there and the next
// person finds the first question.
func (s *site) finish(w http.ResponseWriter, r *http.Request) {
	f, err := s.read(r)
	v := s.visitor(r)
	if err != nil || !s.seal.valid(f.token, v.conversation, f.nonce) || !onDesk(v.conversation) {
		s.stale(w, r, v)
		return
	}
	before, _, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil {
		_, err = s.handle(r, v, f, "", flows.Input{Kind: flows.Action, Action: flows.DoStop})
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.forget(w)
	http.Redirect(w, r, againAt(before.Session), http.StatusSeeOther)
}
