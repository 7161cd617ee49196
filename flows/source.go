package flows

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"digiwijzer/referral"
)

// Some clients drop the parameter of a start link, and many people come without one.
// Without a known partner, "Hoe kwam je hier?" is asked once, after the first part. It
// is not part of the questionnaire: it is neither stored as an answer nor scored.

// SourceQuestion is the question id on the buttons of "Hoe kwam je hier?"; their
// options are partner codes and SourceSkip.
const (
	SourceQuestion = "source"
	SourceSkip     = "skip"
)

const (
	maxSources  = 8  // buttons on one screen; other partners can be typed
	sourceLabel = 26 // runes of a name that fit on a button of a phone
	sourceAfter = 1  // the part after which it is asked
)

// asksSource reports whether "Hoe kwam je hier?" comes before the next question.
func (e *Engine) asksSource(s Session, r *route) bool {
	if s.Partner != "" || s.SourceAsked || s.FromCode || s.Open != "" || r.next == nil || r.next.Part <= sourceAfter {
		return false
	}
	before := len(r.asked) - 2 // the last one asked is next
	return before >= 0 && e.Questions.partOf(r.asked[before]) == sourceAfter && len(e.sources(s)) > 0
}

// sources returns the codes of the partners that someone in this municipality is
// likely to know: those of the municipality, then those of the region, then those
// without a place, each by name.
func (e *Engine) sources(s Session) []string {
	here := e.latestMunicipality(s.Answers[idMunicipality])
	near := map[string]int{}
	for code, p := range e.Partners {
		place := e.latestMunicipality(p.Municipality)
		switch {
		case code == TestPartner:
		case p.Municipality == "":
			near[code] = 3
		case place.Code == here.Code:
			near[code] = 1
		case place.Region == here.Region && !p.local():
			near[code] = 2
		}
	}
	codes := make([]string, 0, len(near))
	for code := range near {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(near[a], near[b]), cmp.Compare(e.Partners[a].Name, e.Partners[b].Name), cmp.Compare(a, b))
	})
	return codes[:min(len(codes), maxSources)]
}

// allSources returns all possible answers: the partner codes except the test partner, sorted,
// and SourceSkip.
func (e *Engine) allSources() []string {
	codes := slices.Sorted(maps.Keys(e.Partners))
	codes = slices.DeleteFunc(codes, func(code string) bool { return code == TestPartner })
	return append(codes, SourceSkip)
}

// latestMunicipality returns a municipality, or the last successor of a dissolved one.
func (e *Engine) latestMunicipality(code string) referral.Municipality {
	m, _ := e.Catalogue.Region().Municipality(code, referral.MaxDate)
	return m
}

// askSource asks it, below the answers of the first part.
func (t *turn) askSource(fresh bool) {
	r := t.route()
	reply := Reply{Slot: Living, Fresh: fresh, Blocks: t.partBlocks(sourceAfter, "", r)}
	reply.Blocks = append(reply.Blocks, Block{Style: Question, Text: Say("source.text")}, Block{Style: Hint, Text: Say("source.hint")})
	for _, code := range t.sources(t.s) {
		name := t.Partners[code].Name
		b := Button{Label: Name(name), Question: SourceQuestion, Option: code, Rev: t.s.Rev, Role: RoleOption}
		if short := shortened(name); short != name {
			full := Name(name)
			b.Label, b.Full = Name(short), &full
			reply.Blocks = append(reply.Blocks, Block{Style: Option, Text: full})
		}
		reply.Keys = append(reply.Keys, []Button{b})
	}
	reply.Keys = append(reply.Keys, []Button{{Label: Say("source.skip"), Question: SourceQuestion, Option: SourceSkip, Rev: t.s.Rev, Role: RoleDontKnow}})
	before, _ := t.Questions.Query(r.asked[len(r.asked)-2])
	reply.Keys = t.navigation(reply.Keys, before, r)
	t.addReply(reply)
}

// shortened cuts a name, at a space, to the length of a button.
func shortened(name string) string {
	if utf8.RuneCountInString(name) <= sourceLabel {
		return name
	}
	cut := string([]rune(name)[:sourceLabel-1])
	if at := strings.LastIndexByte(cut, ' '); at > 0 {
		cut = cut[:at]
	}
	return cut + "…"
}

// answerSource handles a button of "Hoe kwam je hier?".
func (t *turn) answerSource() {
	_, known := t.Partners[t.in.Option]
	known = known && t.in.Option != TestPartner
	switch {
	case t.s.Phase == PhaseAsking && t.in.Rev == t.s.Rev && t.asksSource(t.s, t.route()) && (known || t.in.Option == SourceSkip):
		t.acceptSource(t.in.Option)
	case known && t.s.Partner == t.in.Option:
		t.stale("chat.already")
	default:
		t.stale("chat.old_button")
	}
}

// acceptSource records the partner. It is final: it is counted at once.
func (t *turn) acceptSource(option string) {
	closing := Reply{Slot: Living, Blocks: t.partBlocks(sourceAfter, "", t.route())}
	t.s.SourceAsked = true
	t.s.Rev++
	if option != SourceSkip {
		t.s.Partner = option
		t.facts.PartnerLearned = option
		closing.Blocks = append(closing.Blocks, Block{Style: Done, Text: Say("chat.answer", "Topic", Say("topic.source"), "Answer", t.Partners[option].Name)})
	}
	t.addReply(closing)
	t.ask(true)
}

// typedAtSource handles text typed at "Hoe kwam je hier?".
func (t *turn) typedAtSource(text string, v *vocabulary) {
	if t.typedSource(text, v) || t.typedSubject(text, v) {
		return
	}
	t.stale("source.not_known")
}

// typedSource accepts a name, code or part of it, the number of a button, or a word
// for skipping. It reports whether the text was one of these.
func (t *turn) typedSource(text string, v *vocabulary) bool {
	if v.skip[text] || v.dontKnow[text] {
		t.acceptSource(SourceSkip)
		return true
	}
	offered := t.sources(t.s)
	if n, err := strconv.Atoi(text); err == nil {
		choices := append(offered, SourceSkip)
		if n < 1 || n > len(choices) {
			return false
		}
		t.acceptSource(choices[n-1])
		return true
	}
	code := cmp.Or(t.sourceNamed(text, offered), t.sourceNamed(text, t.allSources()))
	if code == "" {
		return false
	}
	t.acceptSource(code)
	return true
}

// sourceNamed returns the partner with this name or code, or else the only one with
// all these words in its name or code.
func (t *turn) sourceNamed(text string, codes []string) (found string) {
	several := false
	for _, code := range codes {
		folded, name := referral.Fold(code), referral.Fold(t.Partners[code].Name)
		switch {
		case code == SourceSkip || text == "":
		case text == folded || text == name:
			return code
		case hasWords(folded+" "+name, text):
			several = several || found != ""
			found = code
		}
	}
	if several {
		return ""
	}
	return found
}

// hasWords reports whether all contains every word of some.
func hasWords(all, some string) bool {
	words := strings.Fields(all)
	for word := range strings.FieldsSeq(some) {
		if !slices.Contains(words, word) {
			return false
		}
	}
	return true
}
