package web

import (
	"cmp"
	"net/http"
	"slices"

	"digiwijzer/flows"
)

// infoPages are the pages that only show something of a conversation. They change nothing, so each has its own
// address.
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
	case !found && in.Action == flows.DoErase:
		http.Redirect(w, r, "/mijn-gegevens"+languageOf(r), http.StatusSeeOther)
	default:
		if !found {
			s.forget(w, &v)
			turn.Session.Lang = v.lang
		}
		s.showInfo(w, r, v, turn, in.Action)
	}
}

// showInfo renders an info page. Its way back is a link, not a form, because the page
// changed nothing.
func (s *site) showInfo(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, action string) {
	page, err := s.chatPage(w, r, v, turn.Session)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.showFlash(w, r, page)
	body := page.reply(turn.Replies[len(turn.Replies)-1])
	if v.conversation == "" && (action == flows.DoMyData || action == flows.DoAnswers) {
		body = replyView{Title: body.Title, Items: []item{{block: block{Text: page.T("web.data.none")}}}}
	}
	body.promoteSteps()
	onward := page.T("chat.continue")
	for _, b := range slices.Concat(body.Primary, body.Menu) {
		if isContinue(b) {
			onward = b.Text
		}
	}
	if turn.Session.Phase == flows.PhaseIncident && page.Chat {
		onward = "" // continuing changes the conversation: it stays a button
	} else {
		body.Primary = slices.DeleteFunc(body.Primary, isContinue)
		body.Menu = slices.DeleteFunc(body.Menu, isContinue)
	}
	if action == flows.DoAnswers {
		page.addAnswers(&body, turn)
	}
	if action == flows.DoWhy { // the sources of the questions are at the end
		for _, hint := range body.Hints {
			body.Items = append(body.Items, item{block: block{Text: hint}})
		}
		body.Hints = nil
	}
	page.Title = cmp.Or(body.Title, body.Question)
	if page.Kiosk && action == flows.DoAbout { // titles stay in the browser's history
		page.Title = page.T("web.counter.title")
	}
	page.Body = newInfoBody(body, onward, action == flows.DoIncident)
	s.render(w, http.StatusOK, "info", page)
}

type infoBody struct {
	replyView
	Continue string        // text of the link back to the conversation; empty: no link
	Incident *incidentView // nil except on the incident page
}

func newInfoBody(v replyView, onward string, incident bool) infoBody {
	body := infoBody{replyView: v, Continue: onward}
	if incident {
		body.Incident = v.incident()
	}
	return body
}

// incidentView is the list of what to do when something is wrong now.
type incidentView struct {
	How   []item // before the list
	Steps []item // numbered
	Title string // of what not to do
	Donts []item
	Later []item // what can wait
}

func (v replyView) incident() *incidentView {
	in := &incidentView{}
	for _, i := range v.Items {
		switch {
		case i.Step:
			in.Steps = append(in.Steps, i)
		case i.Style == flows.Title:
			in.Title = i.Text
		case i.Style == flows.Note:
			in.Donts = append(in.Donts, i)
		case len(in.Steps) == 0:
			in.How = append(in.How, i)
		default:
			in.Later = append(in.Later, i)
		}
	}
	return in
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

// confirm serves a page that asks for confirmation before something ends; id is that of its template.
func (s *site) confirm(id string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := s.visitor(r)
		turn, found, err := s.currentTurn(r, v)
		var page *pageData
		if err == nil && found {
			page, err = s.chatPage(w, r, v, turn.Session)
		}
		switch {
		case err != nil:
			s.busy(w, r, err)
		case !found:
			s.withoutConversation(w, r, v, submission{}, "")
		default:
			page.Title = page.T("web." + id + ".title")
			page.Body = confirmBody{Advised: turn.Session.Outcome}
			s.render(w, http.StatusOK, id, page)
		}
	}
}

type confirmBody struct {
	Advised bool // there is advice: it is kept for a day, not a week
}
