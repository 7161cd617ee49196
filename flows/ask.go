package flows

import (
	"maps"
	"slices"

	"digiwijzer/referral"
)

// ask shows the current question, or the result when none is left. fresh starts a
// new message instead of editing the previous one.
func (t *turn) ask(fresh bool) {
	r := t.route()
	query := t.current(r)
	switch {
	case query == nil && t.checks():
		t.askCheck(fresh)
		return
	case query == nil:
		t.advise()
		return
	}
	if t.asksSource(t.s, r) {
		t.askSource(fresh)
		return
	}
	t.dropInvalidAnswer(query)
	f := t.forms[query.ID]
	reply := Reply{Slot: Living, Fresh: fresh, Blocks: t.head(query, r)}
	reply.At, reply.Of = t.progress(query, r)
	reply.Blocks = append(reply.Blocks, Block{Style: Question, Text: t.wording(f)})
	if f.hint != nil {
		reply.Blocks = append(reply.Blocks, Block{Style: Hint, Text: *f.hint})
	}
	if query.OptionsFrom == fromMunicipalities {
		reply.Blocks = append(reply.Blocks, Block{Style: Hint, Text: Say("chat.type_place")})
		reply.Keys = t.placeKeys(t.largest(), true)
	} else {
		reply.Blocks = t.spellOut(reply.Blocks, f, r)
		reply.Keys = t.optionKeys(f, r)
	}
	reply.Keys = t.navigation(reply.Keys, query, r)
	t.addReply(reply)
}

// progress returns which question this is, and of how many.
func (t *turn) progress(query *Query, r *route) (at, of int) {
	return slices.Index(r.asked, query.ID) + 1, len(r.asked) + t.Questions.remaining(r)
}

// dropInvalidAnswer drops an answer whose option no longer exists, because of new content or a
// changed earlier answer, and announces that once.
func (t *turn) dropInvalidAnswer(query *Query) {
	if _, answered := t.s.Answers[query.ID]; !answered || t.s.Open == query.ID {
		return
	}
	t.s.Answers = maps.Clone(t.s.Answers)
	delete(t.s.Answers, query.ID)
	t.notice(Say("chat.asked_anew"))
}

// head returns the blocks above a question: the welcome above the first one, then
// the part of the check with the answers given in it.
func (t *turn) head(query *Query, r *route) []Block {
	part := t.partBlocks(query.Part, query.ID, r)
	if r.asked[0] != query.ID {
		return part
	}
	var welcome []Block
	if t.s.Open == "" {
		welcome = append(welcome, Block{Text: Say("chat.welcome")}, Block{Style: Hint, Text: Say("chat.welcome_privacy")})
	}
	if t.s.TryOut {
		welcome = append(welcome, Block{Style: Caveat, Text: Say("chat.try_out")})
	}
	return append(welcome, part...)
}

// partBlocks returns the name of a part and the answers given in it, those before
// one question or, without such a question, all.
func (t *turn) partBlocks(part int, before string, r *route) []Block {
	blocks := make([]Block, 0, 8) // with its own blocks a question seldom needs more
	blocks = append(blocks, Block{Style: Part, Text: t.parts[part]})
	for _, id := range r.asked {
		if id == before {
			break
		}
		if t.Questions.partOf(id) == part {
			blocks = append(blocks, t.answerBlock(id))
		}
	}
	if t.s.Place && part == t.Questions.partOf(idMunicipality) && !slices.Contains(r.asked, idMunicipality) {
		blocks = append(blocks, t.answerBlock(idMunicipality))
	}
	return blocks
}

func (t *turn) answerBlock(id string) Block {
	query, _ := t.Questions.Query(id)
	return Block{Style: Done, Text: t.answerPhrase(query, t.s.Answers[id])}
}

// closingReply returns the last state of a part's message: its answers, without
// buttons.
func (t *turn) closingReply(query *Query, value string) Reply {
	blocks := t.partBlocks(query.Part, query.ID, t.route())
	return Reply{Slot: Living, Blocks: append(blocks, Block{Style: Done, Text: t.answerPhrase(query, value)})}
}

func (t *turn) wording(f *form) Phrase {
	if f.query.Team && t.s.Answers[idSize] != "1" {
		return f.team
	}
	return f.text
}

// spellOut adds the full texts of the options where their labels are shorter.
func (t *turn) spellOut(blocks []Block, f *form, r *route) []Block {
	if !f.spelled {
		return blocks
	}
	for i := range f.options {
		if !t.isHidden(f, &f.options[i], r) {
			blocks = append(blocks, Block{Style: Option, Text: f.options[i].full})
		}
	}
	return blocks
}

func (t *turn) isHidden(f *form, o *option, r *route) bool {
	return o.hidden && t.Questions.hidden(f.query, o.value, r)
}

func (t *turn) optionKeys(f *form, r *route) [][]Button {
	buttons := make([]Button, 0, len(f.options)+1)
	for i := range f.options {
		if o := &f.options[i]; !t.isHidden(f, o, r) {
			buttons = append(buttons, t.optionButton(f, o, RoleOption))
		}
	}
	keys := make([][]Button, 0, len(f.options)+4) // and the rows of navigation
	keys = slices.AppendSeq(keys, slices.Chunk(buttons, max(f.query.Columns, 1)))
	if f.dontKnow != nil {
		buttons = append(buttons, t.optionButton(f, f.dontKnow, RoleDontKnow))
		keys = append(keys, buttons[len(buttons)-1:])
	}
	return keys
}

func (t *turn) optionButton(f *form, o *option, role Role) Button {
	b := Button{Label: o.label, Question: f.query.ID, Option: o.value, Rev: t.s.Rev, Role: role,
		Chosen: t.s.Answers[f.query.ID] == o.value, Hint: o.hint}
	if f.spelled {
		b.Full = &o.full
	}
	return b
}

func (t *turn) placeButton(value string, label Phrase) Button {
	return Button{Label: label, Question: idMunicipality, Option: value, Rev: t.s.Rev, Role: RoleOption,
		Chosen: t.s.Answers[idMunicipality] == value}
}

func (t *turn) largest() []referral.Municipality { return t.Catalogue.Region().Largest(t.in.Today) }

// placeKeys returns the municipalities as buttons, two in a row, with a button to
// the other page.
func (t *turn) placeKeys(places []referral.Municipality, first bool) [][]Button {
	buttons := make([]Button, 0, len(places)+2)
	for _, m := range places {
		buttons = append(buttons, t.placeButton(m.Code, Name(m.Name)))
	}
	if first {
		buttons = append(buttons, Button{Label: Say("chat.other_places"), Action: DoPlaces, Role: RoleOption})
	} else {
		buttons = append(buttons, Button{Label: Say("chat.large_places"), Action: DoPickSelf, Role: RoleOption})
	}
	buttons = append(buttons, t.placeButton(referral.Outside, Say("option.municipality."+referral.Outside)))
	return slices.Collect(slices.Chunk(buttons, 2))
}

// otherPlaces shows the municipalities that are not among the largest.
func (t *turn) otherPlaces() {
	r := t.route()
	query := t.current(r)
	if t.s.Phase != PhaseAsking || query == nil || query.ID != idMunicipality {
		t.stale("chat.old_button")
		return
	}
	large := t.largest()
	others := slices.DeleteFunc(slices.Clone(t.Catalogue.Region().Municipalities(t.in.Today)), func(m referral.Municipality) bool {
		return slices.ContainsFunc(large, func(l referral.Municipality) bool { return l.Code == m.Code })
	})
	reply := Reply{Slot: Living, Blocks: append(t.head(query, r),
		Block{Style: Question, Text: t.wording(t.forms[query.ID])}, Block{Style: Hint, Text: Say("chat.type_place")})}
	reply.At, reply.Of = t.progress(query, r)
	reply.Keys = t.navigation(t.placeKeys(others, false), query, r)
	t.addReply(reply)
}

// askGuess asks to confirm a typed place: "Bedoel je Zeist?"
func (t *turn) askGuess(code string) {
	r := t.route()
	query := t.current(r)
	m, _ := t.Catalogue.Region().Municipality(code, t.in.Today)
	if query == nil || query.ID != idMunicipality {
		t.ask(false)
		return
	}
	yes := t.placeButton(code, Say("chat.guess_yes", "Place", m.Name))
	yes.Role, yes.Chosen = RolePrimary, false
	reply := Reply{Slot: Living, Blocks: append(t.head(query, r), Block{Style: Question, Text: Say("chat.guess", "Place", m.Name)}),
		Keys: [][]Button{{yes}, {{Label: Say("chat.guess_no"), Action: DoPickSelf, Role: RoleMenu}}}}
	reply.At, reply.Of = t.progress(query, r)
	t.addReply(reply)
}

// askWhich asks which of two municipalities a place belongs to.
func (t *turn) askWhich(a, b referral.Municipality) {
	r := t.route()
	query := t.current(r)
	reply := Reply{Slot: Living, Blocks: append(t.head(query, r), Block{Style: Question, Text: Say("chat.guess_which")})}
	for _, m := range []referral.Municipality{a, b} {
		reply.Keys = append(reply.Keys, []Button{t.placeButton(m.Code, Name(m.Name))})
	}
	reply.Keys = append(reply.Keys, []Button{{Label: Say("chat.guess_no"), Action: DoPickSelf, Role: RoleMenu}})
	t.addReply(reply)
}

// The rows that are the same in every turn. They are shared and must not be changed.
var (
	keepRow  = []Button{{Label: Say("chat.keep"), Action: DoContinue, Role: RolePrimary}}
	placeRow = []Button{{Label: Say("chat.change_place"), Action: DoChange, Question: idMunicipality, Role: RoleMenu}}
	alarmRow = []Button{{Label: Say("chat.alarm_button"), Action: DoAlarm, Role: RoleMenu}}
	backRow  = []Button{{Label: Say("chat.back"), Action: DoBack, Role: RoleBack}, {Label: Say("chat.menu"), Action: DoMenu, Role: RoleMenu}}
)

// navigation appends the last rows of a question: back, menu, and what applies to
// this question only.
func (t *turn) navigation(keys [][]Button, query *Query, r *route) [][]Button {
	if t.s.Open != "" {
		keys = append(keys, keepRow)
	}
	if t.s.Place && query.ID != idMunicipality && query.Part == t.Questions.partOf(idMunicipality) {
		keys = append(keys, placeRow)
	}
	if query.Axis == string(referral.AxisCyber) {
		keys = append(keys, alarmRow)
	}
	if r.asked[0] == query.ID {
		return append(keys, t.languageButtons())
	}
	return append(keys, backRow)
}

// languageButtons returns a button for each other language.
func (t *turn) languageButtons() []Button { return t.switchers[t.s.Lang] }

// languageName returns the name of a language in that language.
func (e *Engine) languageName(lang string) Phrase {
	if e.Words != nil {
		if name := e.Words(lang, "language.name"); name != "" {
			return Name(name)
		}
	}
	return Name(lang)
}

func (e *Engine) newSwitchers(own string) (row []Button) {
	for _, lang := range e.Languages {
		if lang != own {
			row = append(row, Button{Label: e.languageName(lang), Action: DoLanguage, Option: lang, Role: RoleMenu})
		}
	}
	return row
}

// offer adds a button to the last reply.
func (t *turn) offer(b Button) {
	last := &t.replies[len(t.replies)-1]
	last.Keys = append(last.Keys, []Button{b})
}
