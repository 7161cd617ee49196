package flows

import (
	"reflect"
	"slices"
	"strings"

	"digiwijzer/referral"
)

// start handles /start, a start link and a first visit.
func (t *turn) start() {
	switch {
	case t.inactive():
		t.begin()
		t.ask(true)
	case t.s.Phase == PhaseIncident:
		t.incidentCard()
	default:
		before := t.s.Partner
		t.applyLink()
		if before == "" && t.s.Countable() {
			t.facts.PartnerLearned = t.s.Partner
		}
		if t.s.Phase == PhaseAsking {
			t.notice(Say("chat.welcome_back"))
			t.ask(true)
			t.offer(Button{Label: Say("chat.restart"), Action: DoRestart, Role: RoleMenu})
			return
		}
		t.offerNext(Say("chat.done_already"))
	}
}

// begin opens a new conversation; language, partner and try-out are kept.
func (t *turn) begin() {
	old := t.s
	t.s = Session{Phase: old.Phase.after(evBegin), Rev: old.Rev + 1, Lang: old.Lang, LangSet: old.LangSet,
		Partner: old.Partner, SourceAsked: old.SourceAsked, Channel: old.Channel, TryOut: old.TryOut}
	t.walked = nil
	t.applyLink()
	t.facts.Started = true
}

// applyLink applies the start link. Its language replaces the current one; its partner and municipality
// are used only if none is set. Without a language in the link, that of the partner or else of the
// client is used, unless the person chose one.
func (t *turn) applyLink() {
	link := t.in.Link
	partner, known := t.Partners[link.Partner]
	if known && t.s.Partner == "" {
		t.s.Partner = link.Partner
		t.s.TryOut = t.s.TryOut || link.Partner == TestPartner
	}
	switch {
	case slices.Contains(t.Languages, link.Lang):
		t.s.Lang, t.s.LangSet = link.Lang, true
	case !t.s.LangSet:
		t.s.Lang = t.language(partner.Lang, t.in.Lang, t.s.Lang)
	}
	place := link.Municipality
	if place == "" {
		place = partner.Municipality
	}
	if _, ok := t.Catalogue.Region().Municipality(place, t.in.Today); ok && t.s.Answers[idMunicipality] == "" {
		t.set(idMunicipality, place)
		t.s.Place = true
	}
}

// show repeats the current screen and changes nothing. Without a conversation it shows
// the first question, without starting one.
func (t *turn) show() {
	before := t.s
	switch {
	case t.inactive():
		t.applyLink()
		t.s.Rev = 0
		t.ask(true)
		t.facts = Facts{Ended: true}
	case t.s.Phase == PhaseIncident:
		t.incidentCard()
	case t.s.Phase == PhaseAsking && t.guess() != "":
		t.askGuess(t.guess())
	case t.s.Phase == PhaseAsking:
		t.ask(false)
	default:
		t.result()
	}
	if t.s.Phase == before.Phase {
		t.s = before
	}
}

// answer handles a button of a question.
func (t *turn) answer() {
	if t.inactive() {
		t.answerWithoutSession()
		return
	}
	if t.in.Question == idSatisfaction {
		t.rate(t.in.Option)
		return
	}
	if t.in.Question == SourceQuestion {
		t.answerSource()
		return
	}
	if t.in.Question == CheckQuestion {
		t.answerCheck()
		return
	}
	r := t.route()
	query := t.current(r)
	if t.s.Phase != PhaseAsking || t.asksSource(t.s, r) || query == nil || query.ID != t.in.Question || t.in.Rev != t.s.Rev ||
		!t.offered(query, t.in.Option) || t.Questions.hidden(query, t.in.Option, r) {
		if t.postponed(r) {
			t.acceptPostponed()
			return
		}
		t.stale(t.staleReason())
		return
	}
	t.accept(query, t.in.Option)
}

// postponed reports whether the button is on the screen but its question now comes later, because
// new content put another one before it. There is no other reason why a button of the current rev
// lacks its question.
func (t *turn) postponed(r *route) bool {
	query, known := t.Questions.Query(t.in.Question)
	if !known || query.Part == 0 || t.s.Phase != PhaseAsking || t.in.Rev != t.s.Rev || t.s.Open != "" || t.s.Answers[query.ID] != "" {
		return false
	}
	return !slices.Contains(r.asked, query.ID) && t.offered(query, t.in.Option) && !t.Questions.hidden(query, t.in.Option, r)
}

// acceptPostponed stores an answer to a question that now comes later.
func (t *turn) acceptPostponed() {
	t.set(t.in.Question, t.in.Option)
	t.notice(Say("chat.content_changed"))
	t.ask(false)
}

// answerWithoutSession handles an answer without a conversation: to the first question
// as shown by Show, or from a conversation that has expired.
func (t *turn) answerWithoutSession() {
	first := t.route().next
	firstShown := t.in.Rev == 0 && first != nil && first.ID == t.in.Question && t.offered(first, t.in.Option)
	t.begin()
	if query := t.route().next; firstShown && query != nil && query.ID == t.in.Question {
		t.accept(query, t.in.Option)
		return
	}
	t.notice(Say("chat.expired"))
	t.ask(true)
}

func (t *turn) staleReason() string {
	if t.in.Option != "" && t.s.Answers[t.in.Question] == t.in.Option {
		return "chat.already"
	}
	return "chat.old_button"
}

// accept stores a valid answer and asks the next question.
func (t *turn) accept(query *Query, value string) {
	before := t.s
	t.set(query.ID, value)
	next := t.route().next
	if next != nil && (next.Part == query.Part || t.asksSource(t.s, t.route())) {
		t.ask(false)
		return
	}
	if next == nil && t.checks() {
		t.askCheck(true)
		return
	}
	closing := t.closingReply(query, value)
	if next != nil {
		t.addReply(closing)
		t.ask(true)
		return
	}
	if t.s.Outcome {
		news := "chat.advice_updated"
		if t.adviceIsThatOf(before) {
			news = "talk.advice_same"
		}
		t.leadBack(closing, news)
		return
	}
	t.addReply(closing)
	t.advise()
}

// leadBack closes a question that was re-opened after the result, with a way to the advice, which
// may be far above.
func (t *turn) leadBack(closing Reply, news string) {
	closing.Blocks = append(closing.Blocks, Block{Style: Note, Text: Say(news)})
	t.addReply(closing)
	t.advise()
	for i := range t.replies {
		if t.replies[i].Slot == Living {
			t.replies[i].Keys = [][]Button{{t.onward()}}
		}
	}
}

// adviceIsThatOf reports whether the advice is the same as that of another session.
func (t *turn) adviceIsThatOf(other Session) bool {
	old := &turn{Engine: t.Engine, s: other, in: t.in}
	a, b := t.assess(), old.assess()
	return reflect.DeepEqual(t.pictureReply(a), old.pictureReply(b)) && reflect.DeepEqual(withoutKeys(t.adviceReply(a)), withoutKeys(old.adviceReply(b)))
}

// withoutKeys returns a reply without its buttons, which carry the rev, and without the code,
// which every answer changes.
func withoutKeys(r Reply) Reply {
	r.Keys = nil
	r.Blocks = slices.DeleteFunc(r.Blocks, func(b Block) bool { return b.Style == Code })
	return r
}

// stale handles an input that has no effect: it shows why, and the current screen.
func (t *turn) stale(reason string) { t.staleFor(Say(reason)) }

func (t *turn) staleFor(reason Phrase) {
	switch {
	case t.inactive():
		t.begin()
		if t.in.Expired {
			t.notice(Say("chat.expired"))
		}
		t.ask(true)
	case t.s.Phase == PhaseIncident:
		t.notice(reason)
		t.incidentCard()
	case t.s.Phase == PhaseAsking:
		t.repeated = reason.ID == "chat.already" || reason.ID == "chat.old_button"
		t.notice(reason)
		t.ask(false)
	default:
		t.repeated = reason.ID == "chat.already"
		t.offerNext(reason)
	}
}

// back re-opens the question asked before the current one.
func (t *turn) back() {
	if t.s.Phase.hasAdvice() {
		asked := t.route().asked
		t.reopen(asked[len(asked)-1])
		return
	}
	if t.s.Phase != PhaseAsking {
		t.stale("chat.old_button")
		return
	}
	r := t.route()
	query := t.current(r)
	if query == nil {
		t.reopen(r.asked[len(r.asked)-1])
		return
	}
	at := slices.Index(r.asked, query.ID)
	if at <= 0 {
		t.stale("chat.first")
		return
	}
	t.reopen(r.asked[at-1])
}

// reopen asks an answered question again; its answer stays until it is replaced.
func (t *turn) reopen(question string) {
	if t.s.Phase.hasAdvice() {
		t.fire(evReopen)
	}
	t.s.Open = question
	t.s.Rev++
	t.ask(false)
}

// change re-opens the question a person picked in the overview.
func (t *turn) change() {
	_, answered := t.s.Answers[t.in.Question]
	asks := t.s.Phase == PhaseAsking || t.s.Phase.hasAdvice()
	if !asks || !answered || !slices.Contains(t.route().asked, t.in.Question) {
		t.stale("chat.old_button")
		return
	}
	t.reopen(t.in.Question)
}

// restart ends this run and begins another; a municipality that came with the link
// stays filled in.
func (t *turn) restart() {
	t.closeRun()
	place, fromLink := t.s.Answers[idMunicipality], t.s.Place
	t.s.Phase = PhaseNew
	t.begin()
	if fromLink && t.s.Answers[idMunicipality] == "" {
		t.set(idMunicipality, place)
		t.s.Place = true
	}
	t.notice(Say("chat.restarted"))
	t.ask(true)
}

// closeRun states the facts of the run that ends: final, or stopped at a question.
func (t *turn) closeRun() {
	if t.s.FromCode {
		return
	}
	if t.s.Outcome {
		t.facts.Freeze = true
	} else {
		t.facts.StoppedAt = t.Pending(t.s)
	}
}

// stop ends the conversation and clears the session.
func (t *turn) stop() {
	t.closeRun()
	t.facts.FollowUp = No
	t.facts.Ended = true
	t.fire(evStop)
	t.s = Session{Phase: PhaseStopped, Rev: t.s.Rev + 1, Lang: t.s.Lang, LangSet: t.s.LangSet, Channel: t.s.Channel, TryOut: t.s.TryOut}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: t.farewell(Block{Text: Say("chat.stopped")}),
		Keys: [][]Button{{{Label: Say("chat.begin"), Action: DoContinue, Role: RolePrimary}}}})
}

// erase deletes everything stored about this person.
func (t *turn) erase() {
	t.facts = Facts{Erase: true, Ended: true, FollowUp: No}
	t.s = Session{Phase: PhaseStopped, Rev: t.s.Rev + 1, Lang: t.s.Lang, LangSet: t.s.LangSet, Channel: t.s.Channel, TryOut: t.s.TryOut}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: t.farewell(Block{Style: Title, Text: Say("chat.erased")}, Block{Text: Say("chat.erased_more")}),
		Keys: [][]Button{{{Label: Say("chat.begin"), Action: DoContinue, Role: RolePrimary}}}})
}

// farewell adds what happens to the messages, if the channel keeps them.
func (t *turn) farewell(said ...Block) []Block {
	if !t.in.Can.Push {
		return said
	}
	return append(said, Block{Text: Say("chat.yours_stays")})
}

// proceed continues the check from any phase.
func (t *turn) proceed() {
	switch {
	case t.inactive():
		t.begin()
		t.ask(true)
	case t.s.Phase == PhaseIncident:
		t.fire(evResume)
		t.s.Alarmed = true
		t.s.Rev++
		t.ask(true)
	case t.s.Phase == PhaseAsking:
		if t.s.Open != "" {
			t.keepAnswer()
			return
		}
		t.ask(true)
	default:
		t.result()
		for i := range t.replies {
			t.replies[i].Fresh = true // the person asked to see it: a new message, not an edit far above
		}
	}
}

// keepAnswer leaves the re-opened question as it was.
func (t *turn) keepAnswer() {
	query, _ := t.Questions.Query(t.s.Open)
	t.s.Open = ""
	t.s.Rev++
	if query == nil || t.route().next != nil || !t.s.Outcome {
		t.ask(true)
		return
	}
	t.leadBack(t.closingReply(query, t.s.Answers[query.ID]), "talk.kept")
}

// switchTo changes the language and repeats the current screen in it.
func (t *turn) switchTo(lang string) {
	if !slices.Contains(t.Languages, lang) {
		t.languages()
		return
	}
	t.s.Lang, t.s.LangSet = lang, true
	if t.inactive() {
		t.begin()
		t.s.Lang, t.s.LangSet = lang, true
		t.ask(true)
		return
	}
	t.notice(Say("chat.language_set"))
	switch t.s.Phase {
	case PhaseIncident:
		t.incidentCard()
	case PhaseAsking:
		t.ask(false)
	default:
		t.result()
	}
}

// rate stores the satisfaction, after the result.
func (t *turn) rate(value string) {
	query, ok := t.Questions.Query(idSatisfaction)
	if !ok || !t.s.Phase.hasAdvice() || !query.has(value) || t.s.FromCode {
		t.stale("chat.old_button")
		return
	}
	if t.s.Answers[idSatisfaction] == value {
		t.stale("chat.already")
		return
	}
	rev := t.s.Rev
	t.set(idSatisfaction, value)
	t.s.Rev = rev
	t.fire(evRate)
	advice := t.assess()
	t.stage(advice)
	t.addReply(t.adviceReply(advice, Block{Style: Notice, Text: Say("chat.thanks")}))
}

// canFollowUp reports whether a follow-up would be sent.
func (t *turn) canFollowUp() bool { return t.s.Countable() && t.in.Can.Push }

// setFollowUp requests or withdraws the follow-up after six weeks.
func (t *turn) setFollowUp(want bool) {
	if !t.s.Phase.hasAdvice() || want && !t.canFollowUp() {
		if want {
			t.stale("chat.old_button")
		} else {
			t.cancelFollowUp()
		}
		return
	}
	t.s.FollowUp = want
	t.facts.FollowUp = No
	text := "chat.followup_off"
	if want {
		t.facts.FollowUp, text = Yes, "chat.followup_on"
	}
	t.addReply(t.adviceReply(t.assess(), Block{Style: Notice, Text: Say(text)}))
}

// advise shows the result and stages its outcome, when every question has an answer.
func (t *turn) advise() {
	t.fire(evAdvise)
	t.s.Outcome = true
	if t.s.Answers[idSatisfaction] != "" || t.s.FromCode { // a rating would be counted
		t.fire(evRate)
	}
	t.stage(t.result())
}

// confirmIncident asks whether there is an incident now.
func (t *turn) confirmIncident() {
	t.s.Page = pageAlarm
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Style: Question, Text: Say("chat.alarm")}, {Style: Hint, Text: Say("chat.alarm_hint")}},
		Keys: [][]Button{
			{{Label: Say("chat.alarm_yes"), Action: DoIncident, Role: RolePrimary}},
			{{Label: Say("chat.alarm_no"), Action: DoContinue, Role: RoleMenu}},
		}})
}

// reportIncident handles the confirmation of an incident.
func (t *turn) reportIncident() {
	if t.inactive() {
		t.begin()
	}
	if t.s.Phase != PhaseIncident {
		t.fire(evAlarm)
		t.s.Alarmed = true
		t.s.Rev++
	}
	t.incidentCard()
}

// The pages that wait for a typed yes or no.
const (
	pageAlarm = "alarm"
	pageErase = "erase"
	pageGuess = "guess:" // followed by a GM code
)

// guess returns the GM code that the guess page asks to confirm, or "".
func (t *turn) guess() string {
	code, isGuess := strings.CutPrefix(t.s.Page, pageGuess)
	if _, ok := t.Catalogue.Region().Municipality(code, t.in.Today); !isGuess || !ok || code == referral.Outside {
		return ""
	}
	return code
}
