package web

import (
	"net/http"
	"slices"

	"digiwijzer/flows"
)

// aside shows a page beside the conversation.
func (s *site) aside(action string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.beside(w, r, flows.Input{Kind: flows.Action, Action: action})
	}
}

// initiative tells of one initiative.
func (s *site) initiative(w http.ResponseWriter, r *http.Request) {
	s.beside(w, r, flows.Input{Kind: flows.Action, Action: flows.DoAbout, Option: r.PathValue("id")})
}

func (s *site) beside(w http.ResponseWriter, r *http.Request, in flows.Input) {
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
		s.showAside(w, r, v, turn, in.Action)
	}
}

// showAside sends a page beside the conversation. Its way back is a link: looking at
// it changed nothing.
func (s *site) showAside(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, action string) {
	sh := s.chatSheet(w, r, v, turn.Session)
	body := sh.reply(turn.Replies[len(turn.Replies)-1])
	if !sh.Chat {
		sh.lang = v.lang
	}
	body.raise()
	onward := sh.T("chat.continue")
	for _, k := range slices.Concat(body.Primary, body.Menu) {
		if isContinue(k) {
			onward = k.Text
		}
	}
	body.Primary = slices.DeleteFunc(body.Primary, isContinue)
	body.Menu = slices.DeleteFunc(body.Menu, isContinue)
	if action == flows.DoAnswers {
		sh.addAnswers(&body, turn)
	}
	sh.Notices = body.Notices
	sh.Title = firstOf(body.Title, body.Question)
	sh.Body = asideBody{reply: body, Onward: onward}
	s.render(w, http.StatusOK, "aside", sh)
}

type asideBody struct {
	reply
	Onward string // the words of the way back; empty: there is none
}

func isContinue(k key) bool { return k.Value == "d."+flows.DoContinue+".." }

// addAnswers pairs each answer with the button that changes it.
func (w words) addAnswers(v *reply, turn flows.Turn) {
	r := turn.Replies[len(turn.Replies)-1]
	var changes []flows.Button
	for _, row := range r.Keys {
		for _, b := range row {
			if b.Action == flows.DoChange {
				changes = append(changes, b)
			}
		}
	}
	v.Menu = slices.DeleteFunc(v.Menu, func(k key) bool {
		return slices.ContainsFunc(changes, func(b flows.Button) bool { return encode(b) == k.Value })
	})
	i := 0
	for _, b := range r.Blocks {
		if b.Style != flows.Done || i >= len(changes) {
			continue
		}
		v.Done[i].Change = key{Text: w.say(changes[i].Label), Value: encode(changes[i])}
		i++
	}
}

// answer takes "Sector: horeca" apart, for a table.
func (w words) answer(p flows.Phrase) answer {
	a := answer{Text: w.say(p)}
	topic, ok := p.Args["Topic"].(flows.Phrase)
	given, fits := p.Args["Answer"].(flows.Phrase)
	if ok && fits {
		a.Topic, a.Given = w.say(topic), w.say(given)
	}
	return a
}

// stopping asks how to stop.
func (s *site) stopping(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		sh := s.chatSheet(w, r, v, turn.Session)
		sh.Title = sh.T("web.stop.title")
		s.render(w, http.StatusOK, "stoppen", sh)
	}
}
