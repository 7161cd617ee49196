package flows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// at returns a conversation that is at a question.
func at(t *testing.T, e *flows.Engine, question string) flows.Session {
	t.Helper()
	s := step(e, flows.Session{}, flows.Input{Kind: flows.Start, Lang: "nl", Link: flows.Link{Partner: "kvk-utrecht"}}).Session
	for e.Pending(s) != question {
		id := e.Pending(s)
		require.NotEmpty(t, id, "%s is not asked: %v", question, s.Answers)
		option := e.Allowed(id, today)[0]
		s = step(e, s, flows.Input{Kind: flows.Answer, Question: id, Option: option, Rev: s.Rev}).Session
	}
	return s
}

func step(e *flows.Engine, s flows.Session, in flows.Input) flows.Turn {
	in.Channel, in.Today = "telegram", today
	return e.Step(s, in)
}

func say(e *flows.Engine, s flows.Session, text string) flows.Turn {
	return step(e, s, flows.Input{Kind: flows.Text, Text: text})
}

// textIDs returns the ids of the texts of a turn.
func textIDs(turn flows.Turn) string {
	var ids []string
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			ids = append(ids, b.Text.ID)
		}
	}
	return strings.Join(ids, " ")
}

// People type numbers in words and with units (RasaHQ/rasa#2006, bespoken/virtual-alexa#4,
// RasaHQ/rasa_core#697), and the words of the buttons or the first of them
// (chaynHQ/little-window#39, baptisteArno/typebot.io#1622).
func TestTypedAnswers(t *testing.T) {
	e := engine(t)
	for question, answers := range map[string]map[string]string{
		"size": {
			"5": "2", "5 mensen": "2", "12 man": "10", "3 fte": "2", "ongeveer 5": "2", "vijf": "2", "tien": "10", "4 à 5": "2", "4-5": "2",
			"met z'n tweeën": "2", "met zn drieën": "2", "±4": "2", "10+": "10", "1️⃣": "1", "zzp": "1", "ZZP’er": "1", "Alleen ik": "1", "2 tot 9": "2",
			"tussen de 10 en 20": "10", "1.000 mensen": "250", "250 of meer": "250", "５": "2", "５０ mensen": "50", "ik alleen": "1",
			"-3": "", "8 tot 12": "", "nul": "", "veel": "", "9 tot 5": "2",
		},
		"sector": {
			"horeca": "horeca", "ict": "ict", "bouw": "bouw", "zorg": "zorg", "kapper": "persoonlijk", "winkel": "retail", "webshop": "retail", "anders": "anders",
			"Iets anders": "anders", "Horeca en verblijf": "horeca", "cafe\u0301": "horeca", "café": "horeca", "ＨＯＲＥＣＡ": "horeca", "media": "media", "3": "zakelijk", "en": "",
		},
		"login_code": {"nee": "a", "ja": "c", "sommige": "b", "weet ik niet": "x", "Ja, bij wat belangrijk is": "c", "bij": ""},
		"ai_use":     {"nee": "a", "ja": ""}, // two options begin with yes
	} {
		s := at(t, e, question)
		for text, want := range answers {
			turn := say(e, s, text)
			assert.Equal(t, want, turn.Session.Answers[question], "%s: %q", question, text)
		}
	}
}

// The replies to "Bedoel je Utrecht?".
func TestTypedRepliesToAGuess(t *testing.T) {
	e := engine(t)
	guess := say(e, at(t, e, "municipality"), "utregt").Session
	require.Equal(t, "guess:GM0344", guess.Page)
	for text, want := range map[string]string{
		"ja": "GM0344", "ja hoor": "GM0344", "Ja, Utrecht": "GM0344", "👍": "GM0344", "👍🏽": "GM0344",
		"nee": "", "Nee, ik kies zelf": "", "annuleer": "", "nee, Zeist": "GM0355", "Zeist": "GM0355",
	} {
		turn := say(e, guess, text)
		assert.Equal(t, want, turn.Session.Answers["municipality"], text)
		if want == "" {
			assert.Contains(t, textIDs(turn), "question.municipality.text", text)
			assert.NotContains(t, textIDs(turn), "chat.not_understood", text)
		}
	}
}

// What people say besides answering (baptisteArno/typebot.io#1622, AletheiaFact/aletheia#1347).
func TestTypedSubjects(t *testing.T) {
	e := engine(t)
	asking := at(t, e, "sector")
	advised := at(t, e, "help_wanted")
	advised = step(e, advised, flows.Input{Kind: flows.Answer, Question: "help_wanted", Option: "papier", Rev: advised.Rev}).Session
	require.True(t, advised.Outcome)
	for _, s := range []flows.Session{asking, advised, {}} {
		for text, want := range map[string]string{
			"verwijder mijn gegevens": "chat.erase", "Wilt u mijn gegevens wissen aub": "chat.erase",
			"mens": "talk.human_title", "mag ik iemand spreken?": "talk.human_title", "Kan ik een echt mens spreken": "talk.human_title",
			"ben jij een AI?": "talk.robot_title", "Praat ik met een chatbot": "talk.robot_title",
			"unsubscribe": "chat.followup_off", "annuleer": "chat.menu_title",
		} {
			turn := say(e, s, text)
			assert.Contains(t, textIDs(turn), want, text)
			assert.Equal(t, s.Answers, turn.Session.Answers, text)
			assert.False(t, turn.Facts.Started, text)
		}
		for _, text := range []string{"dank je wel!", "Bedankt hè", "👍", "🙏🏻", "thanks"} {
			turn := say(e, s, text)
			assert.Contains(t, textIDs(turn), "talk.thanked", text)
			assert.False(t, turn.Facts.Started, text)
		}
	}
	// "annuleer" leaves a question that was opened again as it was.
	open := step(e, advised, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: "sector"}).Session
	turn := say(e, open, "annuleer")
	assert.Contains(t, textIDs(turn), "talk.kept")
	assert.Equal(t, advised.Answers, turn.Session.Answers)
	// Words that only confirm on their own page do nothing elsewhere.
	assert.False(t, say(e, asking, "Ja, verwijder alles").Facts.Erase)
	assert.True(t, say(e, say(e, asking, "verwijder").Session, "Ja, verwijder alles").Facts.Erase)
	assert.False(t, say(e, say(e, asking, "verwijder").Session, "annuleer").Facts.Erase)
}

func TestDeskIsNamedAfterTheSecondMisunderstanding(t *testing.T) {
	e := engine(t)
	s := at(t, e, "sector")
	first := say(e, s, "qwerty")
	assert.Contains(t, textIDs(first), "chat.not_understood ")
	second := say(e, first.Session, "azerty")
	assert.Contains(t, textIDs(second), "talk.not_understood_again")
	assert.Contains(t, second.Replies[0].Blocks[0].Text.Args["Phone"], "0800")
	answered := say(e, first.Session, "bouw")
	assert.Zero(t, answered.Session.Misses)
	assert.NotContains(t, textIDs(say(e, answered.Session, "qwerty")), "again")
	shown := step(e, first.Session, flows.Input{Kind: flows.Show})
	assert.Equal(t, 1, shown.Session.Misses, "showing the screen changes nothing")
}

// Messages of kinds that cannot be an answer get their own reply (shridarpatil/whatomate#546,
// openclaw/openclaw#136674).
func TestUnrecognizedForms(t *testing.T) {
	e := engine(t)
	s := at(t, e, "sector")
	for form, want := range map[flows.Form]string{
		flows.Typed: "chat.strange ", flows.Voice: "talk.strange_voice", flows.Edited: "talk.strange_edited", flows.Forwarded: "talk.strange_forwarded",
	} {
		assert.Contains(t, textIDs(step(e, s, flows.Input{Kind: flows.Unrecognized, Form: form}))+" ", want)
	}
	caption := flows.Input{Kind: flows.Text, Form: flows.Caption, Text: "kijk eens"}
	assert.Contains(t, textIDs(step(e, s, caption)), "talk.strange_caption")
	caption.Text = "horeca"
	assert.Equal(t, "horeca", step(e, s, caption).Session.Answers["sector"], "a caption can answer")
	edited := step(e, flows.Session{}, flows.Input{Kind: flows.Unrecognized, Form: flows.Edited})
	assert.False(t, edited.Facts.Started, "Telegram reports edits that nobody made")
	assert.True(t, edited.Facts.Ended)
}

// "Laat mijn antwoord zo" closes the question and leads back; "aangepast" is said only when it is.
func TestKeepingAnAnswerAfterTheResult(t *testing.T) {
	e := engine(t)
	s := at(t, e, "help_wanted")
	s = step(e, s, flows.Input{Kind: flows.Answer, Question: "help_wanted", Option: "papier", Rev: s.Rev}).Session
	open := step(e, s, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: "paperwork"}).Session
	leadsBack := func(turn flows.Turn) {
		t.Helper()
		require.Equal(t, flows.Living, turn.Replies[0].Slot)
		require.Len(t, turn.Replies[0].Keys, 1)
		assert.Equal(t, flows.DoContinue, turn.Replies[0].Keys[0][0].Action)
		assert.Len(t, turn.Replies, 3)
	}
	kept := step(e, open, flows.Input{Kind: flows.Action, Action: flows.DoContinue})
	assert.Contains(t, textIDs(kept), "talk.kept")
	leadsBack(kept)
	same := step(e, open, flows.Input{Kind: flows.Answer, Question: "paperwork", Option: open.Answers["paperwork"], Rev: open.Rev})
	assert.Contains(t, textIDs(same), "talk.advice_same")
	leadsBack(same)
	other := e.Allowed("paperwork", today)[3]
	changed := step(e, open, flows.Input{Kind: flows.Answer, Question: "paperwork", Option: other, Rev: open.Rev})
	assert.Contains(t, textIDs(changed), "chat.advice_updated")
	leadsBack(changed)
}
