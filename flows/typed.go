package flows

import (
	"strconv"
	"strings"

	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// typed acts on typed text. The text itself is not stored.
func (t *turn) typed() {
	page := t.s.Page
	t.s.Page = ""
	raw := []rune(t.in.Text)
	t.in.Text = string(raw[:min(len(raw), MaxText)])
	text := referral.Fold(t.in.Text)
	v := t.words[t.s.Lang]
	if v.mentions(v.alarm, text) {
		t.confirmIncident()
		return
	}
	if t.repliesTo(page, text, v) || t.typedCode() {
		return
	}
	if action := v.action(text, t.in.Text); action != "" {
		t.in.Action, t.in.Text = action, ""
		t.act()
		return
	}
	if t.inactive() {
		t.typedWithoutSession(text, v)
		return
	}
	if t.s.Phase == PhaseAsking && t.asksSource(t.s, t.route()) {
		t.typedAtSource(text, v)
		return
	}
	if t.typedAnswer(text, v) || t.typedSubject(text, v) {
		return
	}
	t.misunderstood()
}

// typedSubject answers a text about an initiative, or one that mentions a subject such as "kan ik
// iemand spreken?"
func (t *turn) typedSubject(text string, v *vocabulary) bool {
	if initiative, ok := t.Catalogue.Named(text); ok {
		t.about(initiative.ID)
		return true
	}
	action := v.subject(text)
	if action == "" {
		return false
	}
	t.in.Action = action
	t.act()
	return true
}

func (t *turn) typedWithoutSession(text string, v *vocabulary) {
	if t.typedSubject(text, v) {
		t.facts.Ended = t.s.Page == ""
		return
	}
	if t.before == pageCode {
		t.badCode(advicecode.ErrNoCode)
		return
	}
	t.begin()
	t.ask(true)
}

// maxMisses is the number of consecutive texts that are not understood before a staffed help desk
// is named.
const maxMisses = 2

// misunderstood handles a text without meaning here.
func (t *turn) misunderstood() {
	if t.before == pageCode {
		t.badCode(advicecode.ErrNoCode)
		return
	}
	reason := Say("chat.not_understood")
	if t.in.Form == Caption {
		reason = Say("talk.strange_caption")
	}
	if t.s.Misses++; t.s.Misses >= maxMisses {
		if desk, phone := t.desk(); phone != "" {
			reason = Say("talk.not_understood_again", "Name", desk.Name, "Phone", phone)
		}
	}
	t.staleFor(reason)
}

// repliesTo handles a reply to a page that asks for yes or no.
func (t *turn) repliesTo(page, text string, v *vocabulary) bool {
	if page == "" {
		return false
	}
	t.s.Page = page
	code := t.guess()
	t.s.Page = ""
	if code != "" {
		return t.repliesToGuess(code, text, v)
	}
	switch yes := v.yes[text]; {
	case page == pageAlarm && (yes || text == v.label["chat.alarm_yes"]):
		t.reportIncident()
	case strings.HasPrefix(page, pageOpenCode) && (yes || text == v.label["code.replace_yes"]):
		t.openKept(page)
	case page == pageErase && (yes || text == v.label["chat.erase_yes"]):
		t.erase()
	case yes, v.no[text], v.actions[text] == DoCancel, text == v.label["chat.alarm_no"], text == v.label["chat.erase_no"]:
		t.proceed()
	default:
		return false
	}
	return true
}

// repliesToGuess handles a reply to "Bedoel je Utrecht?": yes, possibly with more words or as an
// emoji, no, or no and another place.
func (t *turn) repliesToGuess(code, text string, v *vocabulary) bool {
	first, rest, _ := strings.Cut(text, " ")
	switch {
	case v.yes[text], v.yes[first], isApplause(t.in.Text):
		if t.typedQuestion() == idMunicipality {
			t.accept(t.current(t.route()), code)
		} else {
			t.ask(false)
		}
	case v.no[text], text == v.label["chat.guess_no"], v.actions[text] == DoCancel, v.no[first] && rest == "":
		t.ask(false)
	case v.no[first]:
		t.in.Text = rest
		return t.typedAnswer(rest, v)
	default:
		return false
	}
	return true
}

// typedQuestion returns the id of the question that typed words may answer, or "".
func (t *turn) typedQuestion() string {
	switch t.s.Phase {
	case PhaseAsking:
		if query := t.current(t.route()); query != nil {
			return query.ID
		}
	case PhaseAdvised:
		return idSatisfaction
	}
	return ""
}

// typedAnswer accepts typed words as an answer to the current question.
func (t *turn) typedAnswer(text string, v *vocabulary) bool {
	id := t.typedQuestion()
	query, ok := t.Questions.Query(id)
	if !ok || text == "" {
		return false
	}
	value := v.options[id][text]
	if value == "" && query.DontKnow && v.dontKnow[text] {
		value = referral.DontKnow
	}
	if value == "" {
		value = t.typedNumber(query, text, v)
	}
	if value == "" && query.OptionsFrom == fromMunicipalities {
		return t.typedPlace()
	}
	r := t.route()
	if value == "" || !t.offered(query, value) || t.Questions.hidden(query, value, r) {
		return false
	}
	if id == idSatisfaction {
		t.rate(value)
		return true
	}
	t.accept(query, value)
	return true
}

// typedNumber returns the option for a typed number: on size the number of people,
// elsewhere the position of the option on the screen.
func (t *turn) typedNumber(query *Query, text string, v *vocabulary) string {
	if query.ID == idSize {
		from, to := v.people(t.in.Text)
		if value := sizeOf(query, from); value == sizeOf(query, to) {
			return value
		}
		return ""
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return ""
	}
	r := t.route()
	for i := range query.Options {
		if t.Questions.hidden(query, query.Options[i].Value, r) {
			continue
		}
		if n--; n == 0 {
			return query.Options[i].Value
		}
	}
	return ""
}

// sizeOf returns the size option for a number of people: an option's value is the
// smallest number it includes.
func sizeOf(query *Query, people int) (value string) {
	for _, o := range query.Options {
		if from, err := strconv.Atoi(o.Value); err == nil && people >= from {
			value = o.Value
		}
	}
	return value
}

// typedPlace accepts a municipality, village or former name.
func (t *turn) typedPlace() bool {
	match := t.Catalogue.Region().Match(t.in.Text, t.in.Today)
	switch match.Kind {
	case referral.PlaceExact:
		if match.Place != match.Municipality.Name {
			t.notice(Say("chat.place_in", "Place", match.Place, "Municipality", match.Municipality.Name))
		}
		t.accept(t.current(t.route()), match.Municipality.Code)
	case referral.PlaceOutside:
		t.accept(t.current(t.route()), referral.Outside)
	case referral.PlaceGuess:
		if match.Other != nil {
			t.askWhich(match.Municipality, *match.Other)
			break
		}
		t.s.Page = pageGuess + match.Municipality.Code
		t.askGuess(match.Municipality.Code)
	case referral.PlacePostcode:
		t.stale("chat.postcode")
	default:
		return false
	}
	return true
}
