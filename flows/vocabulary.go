package flows

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/referral"
)

// vocabulary holds the folded words that people may type in one language: for actions
// and for options.
type vocabulary struct {
	alarm    []string            // words for an incident, anywhere in the text
	actions  map[string]string   // a whole text that means an action
	subjects map[string][]string // action → words, anywhere in a text without another meaning
	yes, no  map[string]bool
	skip     map[string]bool
	options  map[string]map[string]string // question → folded words → value
	dontKnow map[string]bool
	label    map[string]string // text id of a button → its folded words
	numbers  map[string]int    // number words
	around   map[string]bool   // words around a number of people
}

// typedActions are the actions that can be typed as words (words.<action> in the
// locales, alternatives separated by a bar).
var typedActions = []string{DoBack, DoContinue, DoAnswers, DoRestart, DoStop, DoHelp, DoPrivacy, DoMyData, DoErase, DoLanguage, DoWhy, DoMore, DoMenu,
	DoHuman, DoRobot, DoThank, DoCancel, DoNoFollow, DoCode}

// typedSubjects are the actions that a text can mention (words.mention.<action> in the locales).
var typedSubjects = []string{DoErase, DoHuman, DoRobot, DoThank}

// typedLabels are the buttons whose words can be typed, with what they do.
var typedLabels = map[string]string{
	"chat.back": DoBack, "chat.menu": DoMenu, "chat.keep": DoContinue, "chat.continue": DoContinue, "chat.begin": DoContinue,
	"chat.to_advice": DoContinue, "chat.alarm_no": DoContinue, "chat.erase_no": DoContinue, "chat.other_places": DoPlaces,
	"chat.large_places": DoPickSelf, "chat.guess_no": DoPickSelf, "chat.my_answers": DoAnswers, "chat.restart": DoRestart,
	"chat.stop_button": DoStop, "chat.help_button": DoHelp, "chat.privacy_button": DoPrivacy, "chat.my_data_button": DoMyData,
	"chat.erase_button": DoErase, "chat.alarm_button": DoAlarm, "chat.why_button": DoWhy, "chat.more_button": DoMore,
	"code.menu": DoCode, "code.open_button": DoOpenCode, "code.replace_no": DoContinue,
	"chat.followup_yes": DoFollowUp, "chat.followup_withdraw": DoNoFollow,
}

// confirmLabels are the buttons whose words count on their own page only.
var confirmLabels = []string{"chat.alarm_yes", "chat.erase_yes", "code.replace_yes"}

func newVocabulary(q *Questionnaire, lang string, words func(lang, id string) string) *vocabulary {
	v := &vocabulary{actions: map[string]string{}, subjects: map[string][]string{}, options: map[string]map[string]string{},
		label: map[string]string{}, numbers: map[string]int{}}
	if words == nil {
		return v
	}
	w := wordList{lang, words}
	v.alarm, v.yes, v.no = w.list("words.alarm"), w.set("words.yes"), w.set("words.no")
	v.skip, v.dontKnow, v.around = w.set("words.skip"), w.set("words.dont_know"), w.set("words.around_number")
	v.readLabels(w)
	for _, action := range typedActions {
		for _, word := range w.list("words." + action) {
			v.actions[word] = action
		}
	}
	for _, action := range typedSubjects {
		v.subjects[action] = w.list("words.mention." + action)
	}
	for _, entry := range strings.Split(words(lang, "words.numbers"), "|") {
		word, number, _ := strings.Cut(entry, "=")
		if n, err := strconv.Atoi(number); err == nil {
			v.numbers[referral.Fold(word)] = n
		}
	}
	for _, query := range q.Questions {
		v.options[query.ID] = optionWords(query, w)
	}
	return v
}

// wordList reads lists of words in one language, alternatives separated by a bar.
type wordList struct {
	lang  string
	words func(lang, id string) string
}

// list returns the folded alternatives.
func (w wordList) list(id string) (all []string) {
	for _, word := range strings.Split(w.words(w.lang, id), "|") {
		if folded := referral.Fold(word); folded != "" {
			all = append(all, folded)
		}
	}
	return all
}

func (w wordList) set(id string) map[string]bool {
	m := map[string]bool{}
	for _, word := range w.list(id) {
		m[word] = true
	}
	return m
}

func (v *vocabulary) readLabels(w wordList) {
	ids := append(slices.Collect(maps.Keys(typedLabels)), confirmLabels...)
	slices.Sort(ids)
	for _, id := range ids {
		folded := referral.Fold(w.words(w.lang, id))
		if folded == "" {
			continue
		}
		v.label[id] = folded
		if action := typedLabels[id]; action != "" && v.actions[folded] == "" {
			v.actions[folded] = action
		}
	}
}

// optionWords returns what may be typed for the options of a question: their words and
// labels, what the locales add (words.option.<question>.<value>), and single words that
// belong to one option only.
func optionWords(query *Query, w wordList) map[string]string {
	m := map[string]string{}
	single := map[string]string{} // word → value; "": of several options
	ignored := w.set("words.ignored")
	for _, o := range query.Options {
		full := w.words(w.lang, "option."+query.ID+"."+o.Value)
		label := w.words(w.lang, "label."+query.ID+"."+o.Value)
		for _, words := range []string{full, label, inParentheses.ReplaceAllString(full, " ")} {
			words = referral.Fold(words)
			if words != "" {
				m[words] = o.Value
			}
			for _, word := range strings.Fields(words) {
				if of, taken := single[word]; taken && of != o.Value {
					single[word] = ""
					continue
				}
				single[word] = o.Value
			}
		}
	}
	for _, o := range query.Options {
		for _, word := range typicalWords(query, o, w) {
			if single[word] == o.Value && m[word] == "" && !ignored[word] {
				m[word] = o.Value
			}
		}
		for _, id := range []string{"words.option.", "words."} { // such as trades of a sector
			for _, word := range w.list(id + query.ID + "." + o.Value) {
				m[word] = o.Value
			}
		}
	}
	if folded := referral.Fold(w.words(w.lang, "option."+query.ID+"."+referral.Outside)); folded != "" {
		m[folded] = referral.Outside
	}
	return m
}

// inParentheses matches the parts of an option that people leave out.
var inParentheses = regexp.MustCompile(`\([^)]*\)`)

// shortLabel is the maximum number of words of a label whose words each identify the option.
const shortLabel = 4

// typicalWords returns the words that identify an option: the first of its label, and all words of
// a short label.
func typicalWords(query *Query, o AnswerOption, w wordList) []string {
	label := w.words(w.lang, "label."+query.ID+"."+o.Value)
	if label == "" {
		label = w.words(w.lang, "option."+query.ID+"."+o.Value)
	}
	words := strings.Fields(referral.Fold(label))
	if len(words) > shortLabel {
		return words[:1]
	}
	return words
}

// mentions reports whether one of the words is in a text.
func (v *vocabulary) mentions(words []string, text string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(" "+text+" ", " "+word+" ") })
}

// action returns the action that a whole text means; "" for none.
func (v *vocabulary) action(text, raw string) string {
	if text == "" && isApplause(raw) {
		return DoThank
	}
	return v.actions[text]
}

// subject returns the action whose words are in a text; "" for none.
func (v *vocabulary) subject(text string) string {
	for _, action := range typedSubjects {
		if v.mentions(v.subjects[action], text) {
			return action
		}
	}
	return ""
}

// applause are the emoji by which people agree or say thanks.
const applause = "👍👌🙏👏💪😊🙂😀😃😄❤💚💙🧡💛🎉✅"

// isApplause reports whether a text consists of such emoji, in any skin tone.
func isApplause(raw string) bool {
	found := false
	for _, r := range raw {
		switch {
		case strings.ContainsRune(applause, r):
			found = true
		case r == ' ' || r == '\uFE0F' || r >= 0x1F3FB && r <= 0x1F3FF:
		default:
			return false
		}
	}
	return found
}

// people returns the number of people in a text, or the two ends of a range: "5", "ongeveer 12
// man", "vijf", "4 à 5", "met z'n tweeën". 0, 0 means none.
func (v *vocabulary) people(raw string) (from, to int) {
	raw = strings.TrimSpace(raw)
	if isNegative(raw) {
		return 0, 0
	}
	var found []int
	for _, word := range strings.Fields(referral.Fold(withoutThousands(raw))) {
		n, err := strconv.Atoi(word)
		if err != nil {
			n = v.numbers[word]
		}
		switch {
		case n > 0 && len(found) < 2:
			found = append(found, n)
		case n > 0 || !v.around[word]:
			return 0, 0
		}
	}
	if len(found) == 0 {
		return 0, 0
	}
	return found[0], found[len(found)-1]
}

// isNegative reports whether a text begins with a number below zero.
func isNegative(raw string) bool {
	for _, minus := range []string{"-", "−", "–"} {
		if rest, ok := strings.CutPrefix(raw, minus); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return true
		}
	}
	return false
}

// withoutThousands removes the thousands separators from numbers such as 1.000.
func withoutThousands(raw string) string {
	isDigit := func(i int) bool { return i >= 0 && i < len(raw) && raw[i] >= '0' && raw[i] <= '9' }
	var b strings.Builder
	for i := range len(raw) {
		if raw[i] == '.' && isDigit(i-1) && isDigit(i+1) && isDigit(i+2) && isDigit(i+3) && !isDigit(i+4) {
			continue
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}
