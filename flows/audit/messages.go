package audit

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// checkMessages renders every message of the engine in every language.
func (g *gate) checkMessages(ctx context.Context) {
	g.inEveryLanguage(func(r *renderer) {
		r.questions(ctx)
		r.phases()
		r.advice(ctx)
		r.pictures()
		r.actions()
	})
}

// inEveryLanguage calls render for every language whose messages may have changed, and reports the faults in the
// order of the languages.
func (g *gate) inEveryLanguage(render func(*renderer)) {
	var all []*renderer
	var running errgroup.Group
	running.SetLimit(g.o.Workers)
	for _, lang := range g.toRender() {
		r := &renderer{gate: g, lang: lang, chosen: map[string]int{}, faulty: map[place]bool{}}
		all = append(all, r)
		running.Go(func() error {
			render(r)
			return nil
		})
	}
	_ = running.Wait() // returns no error
	for _, r := range all {
		for _, f := range r.faults {
			g.fault(f.kind, f.at, f.pairs...)
		}
		g.report.Coverage.Messages += r.rendered
	}
}

// renderer makes the engine send every message in one language and checks each.
type renderer struct {
	*gate
	lang     string
	chosen   map[string]int // how often "question=option" was chosen
	rendered int            // messages
	faults   []noted
	faulty   map[place]bool // of faults
}

// place is a kind of fault and where it is.
type place struct {
	kind string
	at   location
}

// fault notes a fault once per kind and location.
func (r *renderer) fault(kind string, at location, pairs ...any) {
	if p := (place{kind, at}); !r.faulty[p] {
		r.faulty[p] = true
		r.faults = append(r.faults, noted{kind, at, pairs})
	}
}

// actions are all actions of buttons and commands, and one that does not exist.
var actions = []string{
	flows.DoBack, flows.DoContinue, flows.DoAnswers, flows.DoRestart, flows.DoStop, flows.DoHelp, flows.DoPrivacy, flows.DoMyData,
	flows.DoErase, flows.DoErased, flows.DoLanguage, flows.DoPlaces, flows.DoPickSelf, flows.DoAlarm, flows.DoIncident, flows.DoWhy,
	flows.DoMore, flows.DoMenu, flows.DoAskUnknown, flows.DoFollowUp, flows.DoNoFollow, flows.DoHuman, flows.DoRobot, flows.DoThank, flows.DoCancel,
	flows.DoCode, flows.DoOpenCode,
	"an action that nobody knows",
}

func (r *renderer) step(session flows.Session, in flows.Input, where string) flows.Turn {
	in.Today, in.Lang, in.Channel, in.Can = r.o.From, r.lang, "telegram", flows.Can{Push: true, Quote: true, Copy: true, Check: in.Can.Check}
	session.Lang, session.LangSet = r.lang, true
	turn := r.Engine.Step(session, in)
	r.checkTurn(turn, where)
	return turn
}

// questions answers all questions again and again, until every option was chosen: each
// time the options chosen least so far. The first three times it also tries everything
// else at each question.
func (r *renderer) questions(ctx context.Context) {
	const most = 200
	for n := range most {
		if ctx.Err() != nil || !r.conversation(n) && n > 8 {
			return
		}
	}
}

// conversation answers all questions once and reports whether an option was new.
func (r *renderer) conversation(n int) (found bool) {
	start := flows.Input{Kind: flows.Start, TryOut: n%4 == 1}
	if n%4 == 2 {
		start.Link.Partner = auditPartner
	}
	turn := r.step(flows.Session{}, start, "start")
	for turn.Session.Phase == flows.PhaseAsking {
		id := r.Engine.Pending(turn.Session)
		value := r.leastChosen(id, turn.Session)
		if value == "" {
			return found // a dead end, which checkPaths reports
		}
		if n < 3 {
			r.detours(turn.Session, id)
		}
		found = found || r.chosen[id+"="+value] == 0
		r.chosen[id+"="+value]++
		turn = r.step(turn.Session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: turn.Session.Rev}, id)
	}
	return found
}

// leastChosen returns the option of a question chosen least so far; "" without options.
func (r *renderer) leastChosen(id string, session flows.Session) (value string) {
	options := r.Engine.Allowed(id, r.o.From)
	if query, ok := r.Questions.Query(id); !ok || query.OptionsFrom == "" {
		options = buttons(r.Engine.Step(session, flows.Input{Kind: flows.Show, Today: r.o.From}), id)
	}
	for _, option := range options {
		if value == "" || r.chosen[id+"="+option] < r.chosen[id+"="+value] {
			value = option
		}
	}
	return value
}

// buttons returns the options of a question that a turn offers as buttons.
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

// detours tries everything a person can do in a session besides answering.
func (r *renderer) detours(session flows.Session, where string) {
	for _, action := range actions {
		turn := r.step(session, flows.Input{Kind: flows.Action, Action: action}, where+" → "+action)
		if action == flows.DoAlarm || action == flows.DoErase {
			r.step(turn.Session, flows.Input{Kind: flows.Text, Text: "ja"}, where+" → "+action+" → ja")
		}
	}
	r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoPrivacy, ErasedLater: true}, where+" → "+flows.DoPrivacy+", in a database")
	for _, id := range slices.Sorted(maps.Keys(session.Answers)) {
		changed := r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: id}, where+" → change "+id)
		r.step(changed.Session, flows.Input{Kind: flows.Action, Action: flows.DoContinue}, where+" → keep "+id)
		r.step(session, flows.Input{Kind: flows.Answer, Question: id, Option: session.Answers[id], Rev: -1}, where+" → again")
	}
	for _, lang := range r.Texts.Languages() {
		r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoLanguage, Option: lang}, where+" → "+lang)
	}
	for _, text := range []string{"qwrtpsdf", "zijst", "woedren", "1", "maarssen", "tienhoven", "3581", "1011"} {
		r.step(session, flows.Input{Kind: flows.Text, Text: text}, where+" → "+text)
	}
	again := r.step(session, flows.Input{Kind: flows.Text, Text: "qwrtpsdf"}, where+" → not understood")
	r.step(again.Session, flows.Input{Kind: flows.Text, Text: "qwrtpsdf"}, where+" → not understood again")
	r.step(session, flows.Input{Kind: flows.Text, Text: "qwrtpsdf", Form: flows.Caption}, where+" → a caption")
	for _, form := range []flows.Form{flows.Voice, flows.Edited, flows.Forwarded} {
		r.step(session, flows.Input{Kind: flows.Unrecognized, Form: form}, where+" → "+string(form))
	}
	for _, kind := range []flows.Kind{flows.Unrecognized, flows.Show, flows.Start} {
		r.step(session, flows.Input{Kind: kind}, where+" → "+string(kind))
	}
	r.step(session, flows.Input{Kind: flows.Answer, Question: "gone", Option: "gone", Rev: 1}, where+" → old button")
	r.contentChanged(session, where)
}

// contentChanged renders what follows when the content changes during a conversation: an
// answer that no longer exists, and a question inserted before the current one.
func (r *renderer) contentChanged(session flows.Session, where string) {
	const last = "help_wanted"
	if id := r.Engine.Pending(session); id != "" {
		gone := session
		gone.Answers = maps.Clone(session.Answers)
		if gone.Answers == nil {
			gone.Answers = map[string]string{}
		}
		gone.Answers[id] = "gone"
		r.step(gone, flows.Input{Kind: flows.Show}, where+" → asked anew")
	}
	for _, option := range r.Engine.Allowed(last, r.o.From) {
		r.step(session, flows.Input{Kind: flows.Answer, Question: last, Option: option, Rev: session.Rev}, where+" → questions renewed")
	}
}

// phases tries everything in every phase, and the details of every initiative.
func (r *renderer) phases() {
	sessions := r.sessions()
	for _, name := range slices.Sorted(maps.Keys(sessions)) {
		r.detours(sessions[name], name)
	}
	advised := sessions["advised"]
	r.codes(sessions)
	r.changeAnswers(advised)
	if unconfirmed := advised; advised.Outcome {
		unconfirmed.Phase, unconfirmed.Outcome = flows.PhaseAsking, false
		r.step(unconfirmed, flows.Input{Kind: flows.Show, Can: flows.Can{Check: true}}, "answers to confirm")
	}
	if query, ok := r.Questions.Query("satisfaction"); ok {
		for _, o := range query.Options {
			r.step(advised, flows.Input{Kind: flows.Answer, Question: query.ID, Option: o.Value}, "rating")
		}
	}
	for _, i := range r.Catalogue.Initiatives() {
		r.step(flows.Session{}, flows.Input{Kind: flows.Text, Text: i.Name}, "about "+i.ID)
		r.step(advised, flows.Input{Kind: flows.Action, Action: flows.DoAbout, Option: i.ID}, "about "+i.ID)
	}
}

// sessions returns a session in every phase. Those after the advice are missing if no
// outcome can be reached without reporting an incident.
func (r *renderer) sessions() map[string]flows.Session {
	sessions := map[string]flows.Session{"new": {}, "stopped": {Phase: flows.PhaseStopped}}
	i := slices.IndexFunc(r.walk.Advices, func(s sample) bool { return !s.Alarmed })
	if i < 0 {
		return sessions
	}
	session := r.walk.Advices[i].session()
	sessions["advised"] = session
	session.Phase = flows.PhaseIncident
	sessions["incident"] = session
	session.Phase = flows.PhaseRated
	sessions["rated"] = session
	session.FollowUp = true
	sessions["follow-up"] = session
	return sessions
}

// changeAnswers changes every answer after the advice, to another one if there is one.
func (r *renderer) changeAnswers(session flows.Session) {
	for _, id := range slices.Sorted(maps.Keys(session.Answers)) {
		value := session.Answers[id]
		open := r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: id}, "change "+id)
		r.step(open.Session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: open.Session.Rev}, "keep "+id)
		for _, option := range buttons(open, id) {
			if option != value {
				value = option
				break
			}
		}
		r.step(open.Session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: open.Session.Rev}, "change "+id)
	}
}

// whyOneIn is how many advices have one explanation rendered: it finds out what would
// change the advice by advising some eighty other businesses. The reasons in it are
// rendered for every advice.
const whyOneIn = 16

// advice renders every different advice, its reasons, and what else there is.
func (r *renderer) advice(ctx context.Context) {
	for i := range r.walk.Advices {
		if i%64 == 0 && ctx.Err() != nil {
			return
		}
		session := r.walk.Advices[i].session()
		r.step(session, flows.Input{Kind: flows.Show}, "advice")
		if session.Phase == flows.PhaseAdvised {
			if i%whyOneIn == 0 {
				r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoWhy}, "why")
			}
			r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoMore}, "more")
			r.reasons(session.Answers)
		}
	}
}

// reasons renders the reasons of an advice given without a conversation.
func (r *renderer) reasons(answers referral.Answers) {
	result, err := r.Engine.Advise(answers, false, r.o.From)
	if err != nil {
		r.fault("walk.disagrees", location{file: questionsFile, id: err.Error()})
		return
	}
	for _, list := range [][]referral.Step{result.Advice.Steps, result.Advice.Closing, result.Advice.More, result.Advice.Notes} {
		for _, step := range list {
			r.render(r.Engine.Reason(step), r.lang, "advise")
		}
	}
}

// pictures renders every judgement, for the caption of the picture.
func (r *renderer) pictures() {
	for i := range r.walk.Pictures {
		r.step(r.walk.Pictures[i].session(), flows.Input{Kind: flows.Show}, "picture")
	}
}
