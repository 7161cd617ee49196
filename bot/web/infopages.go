package web

import (
	"net/http"
	"slices"

	"digiwijzer/flows"
)

// infoPages are the pages that only show something of a conversation. They change
// nothing, so each has an address of its own.
var infoPages = []struct{ path, action string }{
	{"/antwoorden", flows.DoAnswers},
	{"/waarom", flows.DoWhy},
	{"/meer", flows.DoMore},
	{"/hulp", flows.DoHelp},
	{"/mijn-gegevens", flows.DoMyData},
	{"/wissen", flows.DoErase},
	{"/alarm", flows.DoAlarm},
}

// infoPath returns the address of the page that shows an action; empty when the
// action changes something.
func infoPath(action string) string {
	for _, p := range infoPages {
		if p.action == action {
			return p.path
		}
	}
	return ""
}

// infoPage shows the page of one action.
func (s *site) infoPage(action string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.serveInfo(w, r, flows.Input{Kind: flows.Action, Action: action})
	}
}

// initiative shows the page of one initiative.
func (s *site) initiative(w http.ResponseWriter, r *http.Request) {
	s.serveInfo(w, r, flows.Input{Kind: flows.Action, Action: flows.DoAbout, Option: r.PathValue("id")})
}

func (s *site) serveInfo(w http.ResponseWriter, r *http.Request, in flows.Input) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, in)
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !slices.ContainsFunc(turn.Replies, func(r flows.Reply) bool { return r.Slot == flows.Aside }):
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
	default:
		if !found {
			v.conversation = ""
		}
		s.showInfo(w, r, v, turn, in.Action)
	}
}

// showInfo renders an info page. Its way back is a link, not a form, because the page
// changed nothing.
func (s *site) showInfo(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, action string) {
	page := s.chatPage(w, r, v, turn.Session)
	body := page.reply(turn.Replies[len(turn.Replies)-1])
	if !page.Chat {
		page.lang = v.lang
	}
	body.promoteSteps()
	onward := page.T("chat.continue")
	for _, b := range slices.Concat(body.Primary, body.Menu) {
		if isContinue(b) {
			onward = b.Text
		}
	}
	body.Primary = slices.DeleteFunc(body.Primary, isContinue)
	body.Menu = slices.DeleteFunc(body.Menu, isContinue)
	if action == flows.DoAnswers {
		page.addAnswers(&body, turn)
	}
	page.Notices = body.Notices
	page.Title = firstOf(body.Title, body.Question)
	page.Body = infoBody{replyView: body, Continue: onward}
	s.render(w, http.StatusOK, "info", page)
}

type infoBody struct {
	replyView
	Continue string // text of the link back to the conversation; empty: no link
}

func isContinue(b button) bool { return b.Value == "d."+flows.DoContinue+".." }

// addAnswers attaches to each answer the button that changes it.
func (l localizer) addAnswers(v *replyView, turn flows.Turn) {
	r := turn.Replies[len(turn.Replies)-1]
	var changes []flows.Button
	for _, row := range r.Keys {
		for _, b := range row {
			if b.Action == flows.DoChange {
				changes = append(changes, b)
			}
		}
	}
	v.Menu = slices.DeleteFunc(v.Menu, func(own button) bool {
		return slices.ContainsFunc(changes, func(b flows.Button) bool { return encode(b) == own.Value })
	})
	i := 0
	for _, b := range r.Blocks {
		if b.Style != flows.Done || i >= len(changes) {
			continue
		}
		v.Done[i].Change = button{Text: l.phrase(changes[i].Label), Value: encode(changes[i])}
		i++
	}
}

// answer splits "Sector: horeca" into topic and answer, for a table.
func (l localizer) answer(p flows.Phrase) answer {
	a := answer{Text: l.phrase(p)}
	topic, ok := p.Args["Topic"].(flows.Phrase)
	given, fits := p.Args["Answer"].(flows.Phrase)
	if ok && fits {
		a.Topic, a.Given = l.phrase(topic), l.phrase(given)
	}
	return a
}

// confirmStop shows the ways to stop: for now, for good, or erasing everything.
func (s *site) confirmStop(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		page := s.chatPage(w, r, v, turn.Session)
		page.Title = page.T("web.stop.title")
		s.render(w, http.StatusOK, "stop", page)
	}
}
