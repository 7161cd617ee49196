package flows

import "digiwijzer/referral"

// act handles navigation buttons and commands.
func (t *turn) act() {
	switch t.in.Action {
	case DoBack:
		t.back()
	case DoContinue, DoPickSelf:
		t.proceedOrPick()
	case DoChange:
		t.change()
	case DoAskUnknown:
		t.askUnknown()
	case DoRestart:
		t.restart()
	case DoStop:
		t.stop()
	case DoErased:
		t.erase()
	case DoLanguage:
		t.switchTo(t.in.Option)
	case DoPlaces:
		t.otherPlaces()
	case DoIncident:
		t.reportIncident()
	case DoFollowUp:
		t.setFollowUp(true)
	case DoNoFollow:
		t.setFollowUp(false)
	case DoThank:
		t.thanked()
	case DoCancel:
		t.cancel()
	case DoOpenCode:
		t.openKept(t.before)
	case DoStepTaken:
		t.stepTaken(t.in.Option)
	case DoStepResult:
		t.stepResult(t.in.Question, t.in.Option)
	default:
		t.page(t.in.Action)
	}
}

func (t *turn) proceedOrPick() {
	if t.in.Action == DoPickSelf && t.s.Phase == PhaseAsking {
		t.ask(false)
		return
	}
	t.proceed()
}

// privacy shows what is kept.
func (t *turn) privacy() {
	texts := []string{"chat.privacy_title", "chat.privacy_what", "chat.privacy_how", "chat.privacy_code", "chat.privacy_telegram", "chat.privacy_rights"}
	if t.in.ErasedLater {
		texts = append(texts, "chat.privacy_database")
	}
	t.aside(texts[0], texts[1:]...)
}

// page shows a page that leaves the conversation as it is.
func (t *turn) page(action string) {
	switch action {
	case DoHelp:
		t.aside("chat.help_title", "chat.help", "chat.help_commands")
	case DoPrivacy:
		t.privacy()
	case DoMyData:
		t.myData()
	case DoErase:
		t.askErase()
	case DoAnswers:
		t.overview()
	case DoMenu:
		t.menu()
	case DoCode:
		t.enterCode()
	case DoAlarm:
		t.confirmIncident()
	case DoWhy:
		t.why()
	case DoMore:
		t.more()
	case DoAbout:
		t.about(t.in.Option)
	case DoHuman:
		t.human()
	case DoRobot:
		t.aside("talk.robot_title", "talk.robot")
	default:
		t.stale("chat.old_button")
		return
	}
	if t.inactive() && t.s.Page == "" {
		t.facts.Ended = true // no conversation was started, so no session is stored
	}
}

// aside shows a title and paragraphs, with a button back.
func (t *turn) aside(title string, paragraphs ...string) {
	blocks := []Block{{Style: Title, Text: Say(title)}}
	for _, id := range paragraphs {
		blocks = append(blocks, Block{Text: Say(id)})
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: [][]Button{{t.onward()}}})
}

// onward returns the button that continues the conversation.
func (t *turn) onward() Button {
	label := "chat.continue"
	switch {
	case t.inactive():
		label = "chat.begin"
	case t.s.Phase.hasAdvice():
		label = "chat.to_advice"
	}
	return Button{Label: Say(label), Action: DoContinue, Role: RolePrimary}
}

// offerNext shows what can be done after the result.
func (t *turn) offerNext(text Phrase) {
	t.notice(text)
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Text: Say("chat.done_what_now")}}, Keys: [][]Button{
		{t.onward()},
		{{Label: Say("chat.my_answers"), Action: DoAnswers, Role: RoleMenu}, {Label: Say("chat.restart"), Action: DoRestart, Role: RoleMenu}},
	}})
}

func (t *turn) menu() {
	keys := [][]Button{
		{t.onward()},
		{{Label: Say("chat.my_answers"), Action: DoAnswers, Role: RoleMenu}, {Label: Say("chat.help_button"), Action: DoHelp, Role: RoleMenu}},
		{{Label: Say("chat.privacy_button"), Action: DoPrivacy, Role: RoleMenu}, {Label: Say("chat.my_data_button"), Action: DoMyData, Role: RoleMenu}},
		{{Label: Say("chat.restart"), Action: DoRestart, Role: RoleMenu}, {Label: Say("chat.stop_button"), Action: DoStop, Role: RoleMenu}},
		t.languageButtons(),
		{{Label: Say("code.menu"), Action: DoCode, Role: RoleMenu}},
		{{Label: Say("chat.alarm_button"), Action: DoAlarm, Role: RoleMenu}},
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Style: Title, Text: Say("chat.menu_title")}, {Text: Say("chat.menu_text")}}, Keys: keys})
}

func (t *turn) languages() {
	keys := [][]Button{}
	for _, lang := range t.Languages {
		keys = append(keys, []Button{{Label: t.languageName(lang), Action: DoLanguage, Option: lang, Role: RoleMenu, Chosen: lang == t.s.Lang}})
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Style: Question, Text: Say("chat.language")}}, Keys: append(keys, []Button{t.onward()})})
	if t.inactive() {
		t.facts.Ended = true
	}
}

// overview shows "Mijn antwoorden": every answer, with a button to change it.
func (t *turn) overview() {
	blocks := []Block{{Style: Title, Text: Say("chat.my_answers")}}
	var keys [][]Button
	var row []Button
	for _, id := range t.answered() {
		blocks = append(blocks, t.answerBlock(id))
		if row = append(row, t.changeButton(id)); len(row) == 2 {
			keys, row = append(keys, row), nil
		}
	}
	if len(row) > 0 {
		keys = append(keys, row)
	}
	if len(blocks) == 1 {
		blocks = append(blocks, Block{Text: Say("chat.no_answers")})
	} else {
		blocks = append(blocks, Block{Style: Hint, Text: Say("chat.change_hint")})
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: append(keys, []Button{t.onward()})})
}

func (t *turn) changeButton(id string) Button {
	return Button{Label: Say("chat.change", "Topic", t.forms[id].topic), Action: DoChange, Question: id, Role: RoleMenu}
}

// answered returns the ids of the questions of this route that have a valid answer.
func (t *turn) answered() []string {
	r := t.route()
	if r.next == nil {
		return r.asked
	}
	return r.asked[:len(r.asked)-1]
}

// myData shows everything that is stored of this conversation.
func (t *turn) myData() {
	blocks := []Block{{Style: Title, Text: Say("chat.my_data_title")}}
	answered := t.answered()
	for _, id := range answered {
		query, _ := t.Questions.Query(id)
		blocks = append(blocks, Block{Style: Done, Text: t.answerPhrase(query, t.s.Answers[id])})
	}
	if len(answered) == 0 {
		blocks = append(blocks, Block{Text: Say("chat.no_answers")})
	}
	if partner, ok := t.Partners[t.s.Partner]; ok {
		blocks = append(blocks, Block{Text: Say("chat.my_data_partner", "Partner", partner.Name)})
	}
	blocks = append(blocks, Block{Text: Say("chat.my_data_language", "Language", t.languageName(t.s.Lang))})
	for _, id := range t.retentionTexts() {
		blocks = append(blocks, Block{Text: Say(id)})
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: [][]Button{
		{t.onward()},
		{{Label: Say("chat.erase_button"), Action: DoErase, Role: RoleMenu}},
	}})
}

// retentionTexts returns the ids of the texts on how long what is stored is kept.
func (t *turn) retentionTexts() (ids []string) {
	switch {
	case t.s.TryOut:
		ids = append(ids, "chat.my_data_try_out")
	case t.s.FromCode:
		ids = append(ids, "code.my_data")
	case t.s.Outcome:
		ids = append(ids, "chat.my_data_after")
	default:
		ids = append(ids, "chat.my_data_before")
	}
	if t.s.FollowUp || t.in.FollowUpPending {
		ids = append(ids, "chat.my_data_followup")
	}
	return append(ids, "chat.my_data_figures")
}

func (t *turn) askErase() {
	t.s.Page = pageErase
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Style: Question, Text: Say("chat.erase")}, {Style: Hint, Text: Say("chat.erase_hint")}},
		Keys: [][]Button{
			{{Label: Say("chat.erase_yes"), Action: DoErased, Role: RoleDanger}},
			{{Label: Say("chat.erase_no"), Action: DoContinue, Role: RoleMenu}},
		}})
}

// about describes one initiative, also one that has ended, and then its alternatives.
func (t *turn) about(id string) {
	initiative, ok := t.Catalogue.Initiative(id)
	if !ok {
		t.stale("chat.not_understood")
		return
	}
	blocks := []Block{{Style: Title, Text: Name(initiative.Name)}, {Text: Say("initiative." + id + ".about")}}
	var keys [][]Button
	if initiative.Live(t.in.Today) {
		if !initiative.Trusted(t.in.Today) {
			blocks = append(blocks, Block{Style: Trust, Text: sincePhrase(initiative, initiative.Since(t.in.Today))})
		}
		if url, _ := initiative.Address(t.in.Today); !closed(initiative, t.in.Today) {
			keys = append(keys, t.linkTo(initiative.Name, url)...)
		}
	}
	for _, other := range t.alternatives(initiative) {
		blocks = append(blocks, Block{Style: Note, Text: Say("chat.instead", "Name", other.Name, "Pitch", Say("initiative."+other.ID+".pitch"))})
		url, _ := other.Address(t.in.Today)
		keys = append(keys, t.linkTo(other.Name, url)...)
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: append(keys, []Button{t.onward()})})
}

// alternatives returns the initiatives that replace one that has ended.
func (t *turn) alternatives(i *referral.Initiative) (others []*referral.Initiative) {
	for _, id := range append([]string{i.Successor}, i.Instead...) {
		if other, ok := t.Catalogue.Initiative(id); ok && other.Live(t.in.Today) {
			others = append(others, other)
		}
	}
	return others
}

func (t *turn) linkTo(name, url string) [][]Button {
	if url == "" {
		return nil
	}
	return [][]Button{{{Label: Say("chat.go_to", "Name", name), URL: url, Role: RoleLink}}}
}

// more shows the initiatives beyond the steps, and the tips.
func (t *turn) more() {
	if !t.s.Outcome || !t.s.Phase.hasAdvice() {
		t.stale("chat.no_advice_yet")
		return
	}
	a := t.assess()
	blocks := []Block{{Style: Title, Text: Say("chat.more_title")}}
	var keys [][]Button
	for _, step := range a.Advice.More {
		if step.Extra {
			blocks = append(blocks, Block{Style: Title, Text: Say("chat.or_begin_here")})
		}
		blocks = append(blocks, t.stepBlocks(step, 0)...)
		keys = append(keys, t.linkTo(step.Name, step.URL)...)
	}
	if len(a.Advice.More) == 0 {
		blocks = append(blocks, Block{Text: Say("chat.no_more")})
	}
	blocks = append(blocks, tipBlocks(a.Assessment)...)
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: append(keys, []Button{t.onward()},
		[]Button{{Label: Say("chat.alarm_button"), Action: DoAlarm, Role: RoleMenu}})})
}

func tipBlocks(a referral.Assessment) []Block {
	blocks := []Block{{Style: Title, Text: Say("chat.tips_title")}}
	for _, id := range a.Tips {
		blocks = append(blocks, Block{Style: Note, Text: Say("tip." + id)})
	}
	return blocks
}

// deskID is the initiative where people answer every entrepreneur.
const deskID = "kvk"

// desk returns the staffed help desk and its phone number; empty if there is none.
func (t *turn) desk() (desk *referral.Initiative, phone string) {
	desk, ok := t.Catalogue.Initiative(deskID)
	if !ok || !desk.Live(t.in.Today) {
		return nil, ""
	}
	return desk, desk.Phone(t.in.Today)
}

// human explains where to speak to a person.
func (t *turn) human() {
	blocks := []Block{{Style: Title, Text: Say("talk.human_title")}, {Text: Say("talk.human")}}
	var keys [][]Button
	if desk, phone := t.desk(); desk != nil {
		url, _ := desk.Address(t.in.Today)
		blocks = append(blocks, Block{Style: StepName, URL: url, Text: Say("result.step", "Name", desk.Name, "Pitch", Say("initiative."+desk.ID+".pitch"))})
		blocks = append(blocks, callBlocks(desk.Name, phone)...)
		keys = t.linkTo(desk.Name, url)
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: append(keys, []Button{t.onward()})})
}

// thanked answers thanks.
func (t *turn) thanked() {
	switch {
	case t.s.Phase == PhaseIncident:
		t.notice(Say("talk.thanked"))
		t.incidentCard()
	case t.s.Phase == PhaseAsking:
		t.notice(Say("talk.thanked"))
		t.ask(false)
	default:
		t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Text: Say("talk.thanked_after")}}, Keys: [][]Button{{t.onward()}}})
		t.facts.Ended = t.inactive()
	}
}

// cancel leaves a re-opened question as it was; anything else is chosen in the menu.
func (t *turn) cancel() {
	if t.s.Phase == PhaseAsking && t.s.Open != "" {
		t.proceed()
		return
	}
	t.page(DoMenu)
}
