package flows

import (
	"strconv"
	"strings"

	"digiwijzer/referral"
)

// vocabulary holds the folded words that people may type in one language: for actions
// and for options.
type vocabulary struct {
	alarm    []string          // words for an incident, anywhere in the text
	actions  map[string]string // a whole text that means an action
	yes, no  map[string]bool
	skip     map[string]bool
	options  map[string]map[string]string // question → folded words → value
	dontKnow map[string]bool
}

// typedActions are the actions that can be typed as words (words.<action> in the
// locales, alternatives separated by a bar).
var typedActions = []string{DoBack, DoContinue, DoAnswers, DoRestart, DoStop, DoHelp, DoPrivacy, DoMyData, DoErase, DoLanguage, DoWhy, DoMore, DoMenu}

func newVocabulary(q *Questionnaire, lang string, words func(lang, id string) string) *vocabulary {
	v := &vocabulary{actions: map[string]string{}, options: map[string]map[string]string{}}
	if words == nil {
		return v
	}
	list := func(id string) (all []string) {
		for _, word := range strings.Split(words(lang, id), "|") {
			if folded := referral.Fold(word); folded != "" {
				all = append(all, folded)
			}
		}
		return all
	}
	set := func(id string) map[string]bool {
		m := map[string]bool{}
		for _, word := range list(id) {
			m[word] = true
		}
		return m
	}
	v.skip = set("words.skip")
	v.alarm, v.yes, v.no, v.dontKnow = list("words.alarm"), set("words.yes"), set("words.no"), set("words.dont_know")
	for _, action := range typedActions {
		for _, word := range list("words." + action) {
			v.actions[word] = action
		}
	}
	for _, query := range q.Questions {
		v.options[query.ID] = optionWords(query, lang, words)
	}
	return v
}

func optionWords(query *Query, lang string, words func(lang, id string) string) map[string]string {
	m := map[string]string{}
	for _, o := range query.Options {
		for _, kind := range []string{"option.", "label."} {
			if folded := referral.Fold(words(lang, kind+query.ID+"."+o.Value)); folded != "" {
				m[folded] = o.Value
			}
		}
	}
	if folded := referral.Fold(words(lang, "option."+query.ID+"."+referral.Outside)); folded != "" {
		m[folded] = referral.Outside
	}
	return m
}

// typed acts on typed text. The text itself is not stored.
func (t *turn) typed() {
	page := t.s.Page
	t.s.Page = ""
	raw := []rune(t.in.Text)
	text := referral.Fold(string(raw[:min(len(raw), MaxText)]))
	v := t.words[t.s.Lang]
	for _, word := range v.alarm {
		if strings.Contains(" "+text+" ", " "+word+" ") {
			t.confirmIncident()
			return
		}
	}
	if t.repliesTo(page, text, v) {
		return
	}
	if action, ok := v.actions[text]; ok {
		t.in.Action = action
		t.act()
		return
	}
	if t.inactive() {
		t.typedWithoutSession(text)
		return
	}
	if t.s.Phase == PhaseAsking && t.asksSource(t.s, t.route()) {
		t.typedAtSource(text, v)
		return
	}
	if t.typedAnswer(text, v) {
		return
	}
	if initiative, ok := t.Catalogue.Named(t.in.Text); ok {
		t.about(initiative.ID)
		return
	}
	t.stale("chat.not_understood")
}

func (t *turn) typedWithoutSession(text string) {
	if initiative, ok := t.Catalogue.Named(text); ok {
		t.about(initiative.ID)
		t.facts.Ended = true
		return
	}
	t.begin()
	t.ask(true)
}

// repliesTo handles yes and no on a page that asks for it.
func (t *turn) repliesTo(page, text string, v *vocabulary) bool {
	if page == "" || (!v.yes[text] && !v.no[text]) {
		return false
	}
	yes := v.yes[text]
	t.s.Page = page
	code := t.guess()
	t.s.Page = ""
	switch {
	case page == pageAlarm && yes:
		t.reportIncident()
	case page == pageErase && yes:
		t.erase()
	case code != "" && yes && t.typedQuestion() == idMunicipality:
		t.accept(t.current(t.route()), code)
	case code != "":
		t.ask(false)
	default:
		t.proceed()
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
		value = t.typedNumber(query, text)
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
func (t *turn) typedNumber(query *Query, text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return ""
	}
	if query.ID == idSize {
		return sizeOf(query, n)
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
	match := t.Catalogue.Region().Match(string([]rune(t.in.Text)[:min(len([]rune(t.in.Text)), MaxText)]), t.in.Today)
	switch match.Kind {
	case referral.PlaceExact:
		if match.Place != match.Municipality.Name {
			t.notice(Say("chat.place_in", "Place", match.Place, "Municipality", match.Municipality.Name))
		}
		t.accept(t.current(t.route()), match.Municipality.Code)
	case referral.PlaceOutside:
		t.accept(t.current(t.route()), referral.Outside)
	case referral.PlaceGuess:
		t.s.Page = pageGuess + match.Municipality.Code
		t.askGuess(match.Municipality.Code)
	default:
		return false
	}
	return true
}
