package audit

import (
	"maps"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// checkMessages says everything the engine can say, in every language.
func (g *gate) checkMessages() {
	languages := g.Texts.Languages()
	said := make([]int, len(languages))
	var wait sync.WaitGroup
	for i, lang := range languages {
		wait.Go(func() {
			s := &renderer{gate: g, lang: lang, taken: map[string]int{}}
			s.tour()
			s.phases()
			s.everyAdvice()
			s.everyPicture()
			said[i] = s.said
		})
	}
	wait.Wait()
	for _, n := range said {
		g.report.Coverage.Messages += n
	}
}

// renderer puts the engine through its words in one language.
type renderer struct {
	*gate
	lang  string
	taken map[string]int // how often an option was chosen
	said  int            // messages put into words
}

// actions are all that a person can ask for beside answering.
var actions = []string{
	flows.DoBack, flows.DoContinue, flows.DoAnswers, flows.DoRestart, flows.DoStop, flows.DoHelp, flows.DoPrivacy, flows.DoMyData,
	flows.DoErase, flows.DoErased, flows.DoLanguage, flows.DoPlaces, flows.DoPickSelf, flows.DoAlarm, flows.DoIncident, flows.DoWhy,
	flows.DoMore, flows.DoMenu, flows.DoFollowUp, flows.DoNoFollow, "an action that nobody knows",
}

func (s *renderer) step(session flows.Session, in flows.Input, where string) flows.Turn {
	in.Today, in.Lang, in.Channel = s.o.From, s.lang, "telegram"
	session.Lang, session.LangSet = s.lang, true
	turn := s.Engine.Step(session, in)
	s.checkTurn(turn, where)
	return turn
}

// tour goes through the questions until every option was chosen, each time with the
// options chosen least so far; the first three times with all side trips.
func (s *renderer) tour() {
	const enough = 200
	for n := range enough {
		if s.ctx.Err() != nil || !s.journey(n) && n > 8 {
			return
		}
	}
}

// journey is one time through; it tells whether an option was new.
func (s *renderer) journey(n int) (news bool) {
	start := flows.Input{Kind: flows.Start, TryOut: n%4 == 1}
	if n%4 == 2 {
		start.Link.Partner = auditPartner
	}
	turn := s.step(flows.Session{}, start, "start")
	for turn.Session.Phase == flows.PhaseAsking {
		id := s.Engine.Stands(turn.Session)
		value := s.leastTaken(id, turn.Session)
		if value == "" {
			return news // a dead end, reported by the walk
		}
		if n < 3 {
			s.sides(turn.Session, id)
		}
		news = news || s.taken[id+"="+value] == 0
		s.taken[id+"="+value]++
		turn = s.step(turn.Session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: turn.Session.Rev}, id)
	}
	return news
}

// leastTaken picks the option of a question chosen least so far.
func (s *renderer) leastTaken(id string, session flows.Session) (value string) {
	options := s.Engine.Allowed(id, s.o.From)
	if query, ok := s.Questions.Query(id); !ok || query.OptionsFrom == "" {
		options = buttons(s.Engine.Step(session, flows.Input{Kind: flows.Show, Today: s.o.From}), id)
	}
	for _, option := range options {
		if value == "" || s.taken[id+"="+option] < s.taken[id+"="+value] {
			value = option
		}
	}
	return value
}

// buttons are the options of a question on the screen.
func buttons(turn flows.Turn, question string) (options []string) {
	for _, reply := range turn.Replies {
		for _, row := range reply.Keys {
			for _, b := range row {
				if b.Question == question && b.Action == "" {
					options = append(options, b.Option)
				}
			}
		}
	}
	return options
}

// sides tries everything else that can be done at a point.
func (s *renderer) sides(session flows.Session, where string) {
	for _, action := range actions {
		turn := s.step(session, flows.Input{Kind: flows.Action, Action: action}, where+" → "+action)
		if action == flows.DoAlarm || action == flows.DoErase {
			s.step(turn.Session, flows.Input{Kind: flows.Text, Text: "ja"}, where+" → "+action+" → ja")
		}
	}
	for id, value := range session.Answers {
		changed := s.step(session, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: id}, where+" → change "+id)
		s.step(changed.Session, flows.Input{Kind: flows.Action, Action: flows.DoContinue}, where+" → keep "+id)
		s.step(session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: -1}, where+" → again")
	}
	for _, lang := range s.Texts.Languages() {
		s.step(session, flows.Input{Kind: flows.Action, Action: flows.DoLanguage, Option: lang}, where+" → "+lang)
	}
	for _, text := range []string{"qwrtpsdf", "zijst", "woedren", "1"} {
		s.step(session, flows.Input{Kind: flows.Text, Text: text}, where+" → "+text)
	}
	for _, kind := range []flows.Kind{flows.Strange, flows.Show, flows.Start} {
		s.step(session, flows.Input{Kind: kind}, where+" → "+string(kind))
	}
	s.step(session, flows.Input{Kind: flows.Answer, Question: "gone", Option: "gone", Rev: 1}, where+" → old button")
	s.renewed(session, where)
}

// renewed is what is said when other content came between two messages: an answer that
// is none any more, and a question put before the one on the screen.
func (s *renderer) renewed(session flows.Session, where string) {
	const last = "help_wanted"
	if id := s.Engine.Stands(session); id != "" {
		gone := session
		gone.Answers = maps.Clone(session.Answers)
		if gone.Answers == nil {
			gone.Answers = map[string]string{}
		}
		gone.Answers[id] = "gone"
		s.step(gone, flows.Input{Kind: flows.Show}, where+" → asked anew")
	}
	for _, option := range s.Engine.Allowed(last, s.o.From) {
		s.step(session, flows.Input{Kind: flows.Answer, Question: last, Option: option, Rev: session.Rev}, where+" → questions renewed")
	}
}

// phases tries everything in every phase, and asks about every initiative.
func (s *renderer) phases() {
	sessions := map[string]flows.Session{"new": {}, "stopped": {Phase: flows.PhaseStopped}}
	if len(s.advices) > 0 {
		for i := range s.advices {
			if s.advices[i].cyber == s.advices[i].assessed.cyber {
				advised := s.advised(&s.advices[i])
				sessions["advised"] = advised
				advised.Phase = flows.PhaseIncident
				sessions["incident"] = advised
				advised.Phase = flows.PhaseRated
				sessions["rated"] = advised
				advised.FollowUp = true
				sessions["follow-up"] = advised
				break
			}
		}
	}
	for name, session := range sessions {
		s.sides(session, name)
	}
	advised := sessions["advised"]
	s.changes(advised)
	if query, ok := s.Questions.Query("satisfaction"); ok {
		for _, o := range query.Options {
			s.step(advised, flows.Input{Kind: flows.Answer, Question: query.ID, Option: o.Value}, "rating")
		}
	}
	for _, i := range s.Catalogue.Initiatives() {
		s.step(flows.Session{}, flows.Input{Kind: flows.Text, Text: i.Name}, "about "+i.ID)
		s.step(advised, flows.Input{Kind: flows.Action, Action: flows.DoAbout, Option: i.ID}, "about "+i.ID)
	}
}

// changes gives every answer anew after the result, and another one where there is
// one.
func (s *renderer) changes(session flows.Session) {
	for id, value := range session.Answers {
		open := s.step(session, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: id}, "change "+id)
		for _, option := range buttons(open, id) {
			if option != value {
				value = option
				break
			}
		}
		s.step(open.Session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: open.Session.Rev}, "change "+id)
	}
}

// advised is a conversation that ended in an outcome.
func (s *renderer) advised(w *witness) flows.Session {
	phase := flows.PhaseAdvised
	if w.cyber == referral.CyberIncident {
		phase = flows.PhaseIncident
	}
	return flows.Session{Phase: phase, Answers: w.answers(), Outcome: true, Alarmed: w.alarmed, Rev: 1}
}

// everyAdvice shows every different advice, why, and more.
func (s *renderer) everyAdvice() {
	for i := range s.advices {
		if i%64 == 0 && s.ctx.Err() != nil {
			return
		}
		session := s.advised(&s.advices[i])
		s.step(session, flows.Input{Kind: flows.Show}, "advice")
		if session.Phase == flows.PhaseAdvised {
			s.step(session, flows.Input{Kind: flows.Action, Action: flows.DoWhy}, "why")
			s.step(session, flows.Input{Kind: flows.Action, Action: flows.DoMore}, "more")
			s.reasons(session.Answers)
		}
	}
}

// reasons says the reasons as they stand in an advice without a conversation.
func (s *renderer) reasons(answers referral.Answers) {
	result, err := s.Engine.Advise(answers, false, s.o.From)
	if err != nil {
		s.fault("walk.disagrees", location{file: "flows/questions.toml", id: err.Error()})
		return
	}
	for _, list := range [][]referral.Step{result.Advice.Steps, result.Advice.Closing, result.Advice.More, result.Advice.Notes} {
		for _, step := range list {
			s.words(s.Engine.Reason(step), s.lang, "advise")
		}
	}
}

// everyPicture shows every judgement, for the caption of the picture.
func (s *renderer) everyPicture() {
	businesses := map[string]*business{}
	for i := range s.advices {
		businesses[s.advices[i].business.context] = s.advices[i].business
	}
	for context, all := range s.space.assessed {
		for _, a := range all {
			if b := businesses[context]; b != nil {
				s.step(s.advised(&witness{business: b, assessed: a, cyber: a.cyber}), flows.Input{Kind: flows.Show}, "picture")
			}
		}
	}
}

// hear checks what a turn says.
func (s *renderer) checkTurn(turn flows.Turn, where string) {
	lang := turn.Session.Lang
	onward := false
	for i := range turn.Replies {
		reply := &turn.Replies[i]
		onward = onward || len(reply.Keys) > 0
		s.said++
		length := s.checkBlocks(reply, lang, where)
		limit, kind := s.limits.Message, "message.long"
		if reply.Slot == flows.Picture {
			limit, kind = s.limits.Caption, "caption.long"
		}
		if length > limit {
			s.fault(kind, location{id: where, lang: lang}, "N", length, "Max", limit)
		}
		for _, row := range reply.Keys {
			s.checkRow(row, lang, where)
		}
	}
	if !onward {
		s.fault("message.dead_end", location{id: where, lang: lang})
	}
}

// checkBlocks checks the text of a message and gives its length as Telegram counts.
func (s *renderer) checkBlocks(reply *flows.Reply, lang, where string) (length int) {
	const between = 2 + 4 // blank line, number or mark
	for _, block := range reply.Blocks {
		text, ok := s.words(block.Text, lang, where)
		if ok && strings.TrimSpace(text) == "" {
			s.fault("text.empty", textAt(block.Text.ID, lang))
		}
		length += units(text) + between
	}
	return length
}

func units(text string) int { return len(utf16.Encode([]rune(text))) }

// words puts a phrase into words and notes what it is made of.
func (s *renderer) words(p flows.Phrase, lang, where string) (string, bool) {
	s.asked.phrase(p)
	text, err := s.Texts.Render(lang, p)
	if err != nil {
		s.fault("text.unrendered", textAt(p.ID, lang), "Where", where, "Error", err.Error())
		return "", false
	}
	if strings.Contains(text, "{{") || strings.Contains(text, "}}") || strings.Contains(text, "<no value>") {
		s.fault("text.braces", textAt(p.ID, lang))
	}
	return text, true
}

// checkRow checks the labels of one row of buttons.
func (s *renderer) checkRow(row []flows.Button, lang, where string) {
	if len(row) == 0 {
		s.fault("label.empty_row", location{id: where, lang: lang})
		return
	}
	limit := s.limits.Label[min(len(row), len(s.limits.Label))-1]
	if len(row) > len(s.limits.Label) {
		s.fault("label.crowded", textAt(row[0].Label.ID, lang), "N", len(row), "Max", len(s.limits.Label))
	}
	for i := range row {
		label, ok := s.words(row[i].Label, lang, where)
		if !ok {
			continue
		}
		at := textAt(row[i].Label.ID, lang)
		if at.id == "" {
			at = location{file: "referral", id: label, lang: lang}
		}
		switch n := len([]rune(label)); {
		case !strings.ContainsFunc(label, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			s.fault("label.wordless", at, "Label", label)
		case !strings.ContainsFunc(label, unicode.IsLetter):
			s.fault("label.number", at, "Label", label)
		case n > limit:
			s.fault("label.long", at, "Label", label, "N", n, "Max", limit, "Row", strconv.Itoa(len(row)))
		}
	}
}

// textAt is where a text stands.
func textAt(id, lang string) location { return location{file: fileOf(id, lang), id: id, lang: lang} }

// fileOf is the file a text belongs in; an overlay may keep it elsewhere.
func fileOf(id, lang string) string {
	first, _, _ := strings.Cut(id, ".")
	name, ok := map[string]string{
		"question": "questions", "option": "questions", "label": "questions", "topic": "questions",
		"words": "chat", "source": "share", "reason": "rules", "note": "rules", "tip": "rules", "quadrant": "rules",
		"initiative": "initiatives", "list": "common", "language": "common",
	}[first]
	if !ok {
		name = first
	}
	return "locales/" + name + "." + lang + ".toml"
}
