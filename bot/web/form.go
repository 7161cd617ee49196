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

// submission is a submitted form.
type submission struct {
	nonce, token string
	value        string // of the button pressed
	text         string // typed
	viewed       string // the question on the page
	entry        entry
	lang         string
	langSet      bool
}

// parse reads the fields of a form. Their contents are looked up or compared, never
// shown.
func (s *site) parse(r *http.Request) (submission, error) {
	if err := r.ParseForm(); err != nil {
		return submission{}, err
	}
	get := func(name string) string {
		if value := r.PostForm.Get(name); utf8.ValidString(value) {
			return value
		}
		return ""
	}
	f := submission{nonce: get("n"), token: get("t"), value: get("k"), text: get("tekst"), viewed: get("v"),
		lang: get("l"), langSet: get("ls") == "1"}
	f.entry = entry{param: get("p"), kiosk: get("b") == "1"}
	f.entry.link, f.entry.partner, _ = s.opts.Link(f.entry.param)
	return f, nil
}

// conversationOf returns the conversation a form belongs to: that of the cookie, or a
// new one for a form from a landing page. ok is false for a form that was not made for
// this visitor.
func (s *site) conversationOf(v visitor, f submission) (conversation string, ok bool) {
	fresh := s.signer.valid(f.token, "", f.nonce)
	switch {
	case fresh && (v.conversation == "" || f.entry.kiosk):
		return s.signer.conversationID(f.nonce, f.entry.kiosk), true
	case fresh, s.signer.valid(f.token, v.conversation, f.nonce):
		return v.conversation, true
	}
	return "", false
}

// submit handles a form of the conversation and redirects to the next page.
func (s *site) submit(w http.ResponseWriter, r *http.Request) {
	f, err := s.parse(r)
	v := s.visitor(r)
	if err == nil && slices.Contains(s.opts.Texts().Languages(), f.lang) {
		v.lang = f.lang
	}
	conversation, ok := s.conversationOf(v, f)
	if err != nil || !ok {
		s.expiredForm(w, r, v)
		return
	}
	v.conversation = conversation
	turn, err := s.apply(r, v, f)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.respond(w, r, v, turn)
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
	return in
}

// dispatch sends one input to the dispatcher. The key identifies this button on this
// rendered page, which makes a repeated submission idempotent; step distinguishes the
// inputs of one form.
func (s *site) dispatch(r *http.Request, v visitor, f submission, step string, in flows.Input) (flows.Turn, error) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	in.Lang = v.lang
	kiosk := isKiosk(v.conversation)
	u := bot.Update{
		Chat:    bot.Chat{Channel: Channel, ID: v.conversation},
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

// respond redirects to the page that a turn leads to. Notices concern this one
// submission and would be lost by the redirect, so a turn with notices is rendered
// directly.
func (s *site) respond(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	if len(turn.Replies) == 0 { // a duplicate
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return
	}
	if turn.Facts.Ended || turn.Facts.Erase {
		s.clearConversation(w)
		s.withdrawFollowUp(r, v.conversation)
		v.conversation = ""
		s.showEnded(w, r, v, turn)
		return
	}
	s.setConversation(w, v.conversation)
	if o := turn.Facts.Outcome; o != nil && !turn.Session.TryOut && !isKiosk(v.conversation) && !s.countedBefore(r) {
		s.setCookie(w, "counted", s.opts.Dispatcher.HalfYear(), countedAge)
	}
	notices := noticesOf(turn)
	if len(notices) == 0 || turn.Session.Phase == flows.PhaseIncident {
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
		return
	}
	now, _, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	l := localizer{s.opts.Texts(), turn.Session.Lang}
	var texts []string
	for _, n := range notices {
		texts = append(texts, l.phrase(n))
	}
	s.showTurn(w, r, v, now, texts)
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

// showEnded renders the page after stopping or erasing.
func (s *site) showEnded(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	page := s.newPage(r, v, turn.Session.Lang)
	body := page.reply(turn.Replies[len(turn.Replies)-1])
	body.Primary = []button{{Text: page.T("chat.begin"), Href: "/"}}
	page.Title, page.Body = firstOf(body.Title, page.T("web.stopped.title")), infoBody{replyView: body}
	s.render(w, http.StatusOK, "info", page)
}

// endKiosk handles "Klaar" on a shared device: the conversation ends and the next
// person gets the first question.
func (s *site) endKiosk(w http.ResponseWriter, r *http.Request) {
	f, err := s.parse(r)
	v := s.visitor(r)
	if err != nil || !s.signer.valid(f.token, v.conversation, f.nonce) || !isKiosk(v.conversation) {
		s.expiredForm(w, r, v)
		return
	}
	before, _, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil {
		_, err = s.dispatch(r, v, f, "", flows.Input{Kind: flows.Action, Action: flows.DoStop})
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.clearConversation(w)
	http.Redirect(w, r, kioskStart(before.Session), http.StatusSeeOther)
}
