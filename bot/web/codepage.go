package web

import (
	"net/http"
	"slices"

	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

// The page where a person enters the code of their own check: to see the advice again, to continue on
// another device, or to compare it with a new check. The engine decides what happens, as in every channel.

const (
	codePath       = "/code"
	codeResultPath = "/code/beeld"
)

// codeForm shows the form for a person's own code.
func (s *site) codeForm(w http.ResponseWriter, r *http.Request) {
	s.showEnter(w, r, personEntry, http.StatusOK, enterBody{Expired: r.URL.Query().Has("verlopen")}, "", "")
}

// givesCode is the value of a form with a code.
const givesCode = "d." + flows.DoCode + ".."

// enterCode submits the code of a form to the visitor's conversation. Without one it begins one, which the
// browser keeps like any other beginning: nothing is stored, and viewing the advice needs no more. The token
// of a form from before the conversation is not bound to it, so the page is then shown again, to be sent once
// more.
func (s *site) enterCode(w http.ResponseWriter, r *http.Request) {
	unreferred(w)
	f := s.parse(r)
	v := s.sender(r, f)
	f.entry.kiosk = v.kiosk.on
	fresh := s.signer.valid(f.token, "", f.nonce)
	if !fresh && !s.signer.valid(f.token, v.conversation, f.nonce) {
		s.expiredForm(w, r, v, f)
		return
	}
	check, ok := s.enteredCode(w, r, personEntry)
	if !ok {
		return
	}
	code, err := s.opts.Edition().CodeOf(check)
	f.value, f.text = givesCode, code.String()
	found := false
	if err == nil {
		_, found, err = s.currentTurn(r, v)
	}
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.begin(w, r, v, f, false)
	case fresh:
		s.showEnter(w, r, personEntry, http.StatusConflict, enterBody{}, code.String(), localizer{s.opts.Texts(), v.lang}.T("adviser.error.begun"))
	default:
		s.giveCode(w, r, v, f, check)
	}
}

// giveCode submits the code of a form to the visitor's conversation and redirects to the result.
func (s *site) giveCode(w http.ResponseWriter, r *http.Request, v visitor, f submission, check advicecode.Check) {
	turn, err := s.dispatch(r, v, f, "", f.input())
	beside := len(turn.Replies) == 0 || aside(turn) // without replies it is a duplicate
	if err == nil && beside {
		err = s.keepCode(w, check)
	}
	switch {
	case err != nil:
		s.busy(w, r, err)
	case beside:
		if v.beginning != nil {
			s.clearCookie(w, "begin")
		}
		http.Redirect(w, r, codeResultPath+languageOf(r), http.StatusSeeOther)
	default:
		s.respond(w, r, v, f, turn)
	}
}

// aside reports whether a turn ends on a page outside the questions.
func aside(turn flows.Turn) bool {
	return turn.Replies[len(turn.Replies)-1].Slot == flows.Aside
}

// codeResult shows the engine's reply to the code in the cookie: how far the business came, or a question.
func (s *site) codeResult(w http.ResponseWriter, r *http.Request) {
	unreferred(w)
	v := s.visitor(r)
	check, code, ok := s.keptCode(r)
	if !ok {
		http.Redirect(w, r, codePath+"?verlopen=1", http.StatusSeeOther)
		return
	}
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoCode, Text: code})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found || !aside(turn):
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
	case says(turn, "code.progress"):
		s.showProgress(w, r, v, turn, check)
	default:
		s.showInfo(w, r, v, turn, flows.DoCode)
	}
}

// says reports whether a turn shows a text.
func says(turn flows.Turn, id string) bool {
	return slices.ContainsFunc(turn.Replies, func(r flows.Reply) bool {
		return slices.ContainsFunc(r.Blocks, func(b flows.Block) bool { return b.Text.ID == id })
	})
}

// progressBody is how far a business came since an earlier check.
type progressBody struct {
	content.Progress
	Title string
	Moved []string // the quadrant then and now, in words
	Bars  []progressBar
	Note  string // how both were scored
}

// progressBar is a score then and now, from 0 to 100.
type progressBar struct{ Label, Then, Now string }

// showProgress shows how far a business came since the check of a code.
func (s *site) showProgress(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, check advicecode.Check) {
	page, err := s.chatPage(w, r, v, turn.Session)
	var progress content.Progress
	if err == nil {
		progress, err = s.opts.Edition().Progress(page.lang, check, turn.Session.Answers, referral.DayOf(s.opts.Clock.Now()))
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	reply := page.reply(turn.Replies[len(turn.Replies)-1])
	body := progressBody{Progress: progress, Title: reply.Title}
	for _, i := range reply.Items {
		if i.Style == "" && len(body.Moved) == 0 {
			body.Moved = append(body.Moved, i.Text)
		}
	}
	if len(reply.Hints) > 0 {
		body.Note = reply.Hints[0]
	}
	if progress.Known {
		body.Bars = []progressBar{
			{page.T("web.result.impact"), rounded(progress.Then.Impact), rounded(progress.Now.Impact)},
			{page.T("web.result.readiness"), rounded(progress.Then.Readiness), rounded(progress.Now.Readiness)},
		}
	}
	page.Title, page.Body = reply.Title, body
	s.render(w, http.StatusOK, "progress", page)
}
