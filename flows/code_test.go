package flows_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/audit"
	"digiwijzer/referral"
)

// codeOf returns the code of a check made in a half-year.
func codeOf(t *testing.T, e *flows.Engine, answers map[string]string, halfYear string) string {
	t.Helper()
	code, err := advicecode.Encode(e.Questions.Layouts, advicecode.Check{Layout: e.Questions.Version, HalfYear: halfYear, Answers: answers})
	require.NoError(t, err)
	return code.String()
}

// shownCode returns the code that a turn shows; "" for none.
func shownCode(turn flows.Turn) string {
	for _, reply := range turn.Replies {
		for _, b := range reply.Blocks {
			if b.Style == flows.Code {
				return b.Text.Args["Name"].(string)
			}
		}
	}
	return ""
}

func sayTo(s flows.Session, e *flows.Engine, text string) flows.Turn {
	return e.Step(s, flows.Input{Kind: flows.Text, Text: text, Today: today, Channel: "telegram", Lang: "nl", Can: everything})
}

// pressOn presses the button of an action, which the turn must show.
func pressOn(t *testing.T, e *flows.Engine, turn flows.Turn, action string) flows.Turn {
	t.Helper()
	require.Contains(t, buttonsOf(turn), action)
	return e.Step(turn.Session, flows.Input{Kind: flows.Action, Action: action, Today: today, Channel: "telegram", Lang: "nl", Can: everything})
}

// TestCodeOfEveryPathLeadsBack: every set of answers has a code, and the code leads to the same answers and the same
// advice, in a conversation that is never counted.
func TestCodeOfEveryPathLeadsBack(t *testing.T) {
	t.Parallel()
	e := engine(t)
	codes, none := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 17))
		turn := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today, Channel: "telegram", Lang: "nl", Can: everything})
		for turn.Session.Phase == flows.PhaseAsking {
			id := e.Pending(turn.Session)
			options := e.Allowed(id, today)
			if id == "municipality" {
				options = append(options[:3:3], referral.Outside)
			}
			value := options[r.IntN(len(options))]
			if id != "municipality" && id != "size" && id != "sector" && r.IntN(int(seed%8)+2) == 0 {
				value = referral.DontKnow
			}
			turn = e.Step(turn.Session, flows.Input{Kind: flows.Answer, Question: id, Option: value, Rev: turn.Session.Rev, Today: today, Channel: "telegram", Lang: "nl", Can: everything})
		}
		code := shownCode(turn)
		if turn.Facts.Outcome.Quadrant == string(referral.NoQuadrant) {
			require.Empty(t, code, "seed %d: without a quadrant there is nothing to take along", seed)
			none++
			continue
		}
		require.NotEmpty(t, code, "seed %d", seed)
		codes++
		c, err := e.ReadCode(strings.ToLower(code))
		require.NoError(t, err)
		require.Equal(t, turn.Session.Answers, c.Answers)
		opened := sayTo(flows.Session{}, e, code)
		require.Equal(t, turn.Session.Answers, opened.Session.Answers)
		require.False(t, opened.Session.Countable())
		require.Equal(t, flows.Facts{}, opened.Facts)
		require.Equal(t, code, shownCode(opened))
		result, err := e.AdviseCode(c, today)
		require.NoError(t, err)
		require.Equal(t, turn.Facts.Outcome.Quadrant, string(result.Quadrant))
		require.Equal(t, code, e.Code(result).String())
	}
	t.Logf("%d codes, %d results without one", codes, none)
	require.Greater(t, codes, 100)
	require.Greater(t, none, 5)
}

// bakery are answers that lead to a result, without the skipped questions.
var bakery = map[string]string{
	"size": "2", "sector": "retail", "municipality": "GM0355", "self_image": "2", "online_presence": "b", "administration": "a",
	"access_anywhere": "a", "ai_use": "a", "learning": "b", "plan_and_budget": "a", "login_code": "b", "updates": "c", "backups": "b",
	"customer_demand": "c", "revenue_at_risk": "b", "paperwork": "d", "staffing": "b", "digital_requirements": "b",
	"new_competitors": "a", "obstacle": "tijd", "help_wanted": "papier",
}

// TestConversationFromCodeIsNeverCounted: whatever happens to a conversation that was opened
// from a code, until another one begins it adds nothing to the figures.
func TestConversationFromCodeIsNeverCounted(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		turn := sayTo(flows.Session{}, e, codeOf(t, e, bakery, "2026H1"))
		require.True(t, turn.Session.FromCode)
		for range 60 {
			in := anyInput(r, turn.Replies)
			turn = e.Step(turn.Session, in)
			f := turn.Facts
			if f.Started || f.Ended || !turn.Session.FromCode {
				break
			}
			require.Nil(t, f.Outcome, "seed %d: %+v", seed, in)
			require.Nil(t, f.Transition, "seed %d: %+v", seed, in)
			require.Empty(t, f.StoppedAt, "seed %d: %+v", seed, in)
			require.NotEqual(t, flows.Yes, f.FollowUp, "seed %d: %+v", seed, in)
			require.Empty(t, f.PartnerLearned, "seed %d: %+v", seed, in)
		}
	}
}

// TestCodeIsTakenInEveryState: a code can be typed anywhere, and no answers are replaced
// without a question.
func TestCodeIsTakenInEveryState(t *testing.T) {
	e := engine(t)
	code := codeOf(t, e, with(bakery, "help_wanted", "klanten"), "2026H1")
	asking := flows.Session{Phase: flows.PhaseAsking, Lang: "nl", Rev: 3, Answers: map[string]string{"size": "10"}}
	incident := flows.Session{Phase: flows.PhaseIncident, Lang: "nl", Rev: 3, Answers: bakery, Alarmed: true}
	for name, s := range map[string]flows.Session{"asking": asking, "incident": incident} {
		turn := sayTo(s, e, "mijn code is "+code)
		require.Contains(t, textsOf(turn), "code.replace", name)
		require.Equal(t, s.Answers, turn.Session.Answers, name)
		kept := pressOn(t, e, turn, flows.DoContinue)
		require.Equal(t, s.Answers, kept.Session.Answers, name)
		for _, opened := range []flows.Turn{pressOn(t, e, turn, flows.DoOpenCode), sayTo(turn.Session, e, "ja")} {
			require.Equal(t, "klanten", opened.Session.Answers["help_wanted"], name)
			require.Equal(t, flows.PhaseRated, opened.Session.Phase, "a rating would be counted")
			require.Contains(t, textsOf(opened), "code.may_differ")
			require.NotContains(t, buttonsOf(opened), flows.DoFollowUp)
		}
	}
	stopped := pressOn(t, e, sayTo(asking, e, code), flows.DoOpenCode)
	require.Equal(t, "sector", stopped.Facts.StoppedAt, "the check that it replaced did end")
	for name, s := range map[string]flows.Session{"new": {}, "stopped": {Phase: flows.PhaseStopped}, "begun": {Phase: flows.PhaseAsking, Rev: 1}} {
		require.Contains(t, textsOf(sayTo(s, e, code)), "code.opened", name)
	}
	unfinished := maps.Clone(bakery)
	delete(unfinished, "help_wanted")
	turn := sayTo(flows.Session{}, e, codeOf(t, e, unfinished, "2026H2"))
	require.Equal(t, "help_wanted", e.Pending(turn.Session), "one goes on where one was")
	require.NotContains(t, textsOf(turn), "code.may_differ")
}

// TestCommandForCodes: /code asks for a code and explains what is wrong with one.
func TestCommandForCodes(t *testing.T) {
	e := engine(t)
	code := codeOf(t, e, bakery, "2026H1")
	for name, s := range map[string]flows.Session{"new": {}, "asking": {Phase: flows.PhaseAsking, Rev: 1, Answers: map[string]string{"size": "2"}}} {
		asked := e.Step(s, flows.Input{Kind: flows.Action, Action: flows.DoCode, Today: today, Can: everything})
		require.Contains(t, textsOf(asked), "code.enter", name)
		require.False(t, asked.Facts.Ended, "the page is remembered")
		for text, want := range map[string]string{
			"qwrtpsdf": "code.none", code[:28]: "code.length", code[:28] + "U": "code.typo", "Z" + code[1:]: "code.unknown",
			"menu": "chat.menu_title", "privacy": "chat.privacy_title",
		} {
			require.Contains(t, textsOf(sayTo(asked.Session, e, text)), want, "%s: %s", name, text)
		}
	}
	direct := e.Step(flows.Session{}, flows.Input{Kind: flows.Action, Action: flows.DoCode, Text: code, Today: today, Can: everything})
	require.Contains(t, textsOf(direct), "code.opened")
	advised := flows.Session{Phase: flows.PhaseRated, Outcome: true, Answers: bakery, Lang: "nl", Rev: 30}
	own := e.Step(advised, flows.Input{Kind: flows.Action, Action: flows.DoCode, Today: today, Can: everything})
	require.Equal(t, codeOf(t, e, bakery, "2026H2"), shownCode(own))
	require.Contains(t, textsOf(sayTo(advised, e, shownCode(own))), "code.same")
}

// TestProgressSinceACode: the code of an earlier half-year, given after the result, shows what changed and leaves one
// transition for the figures.
func TestProgressSinceACode(t *testing.T) {
	e := engine(t)
	better := with(bakery, "administration", "d", "customer_data", "c", "ai_use", "d", "learning", "d", "plan_and_budget", "d", "online_presence", "a",
		"access_anywhere", "c", "login_code", "c", "backups", "c")
	now := flows.Session{Phase: flows.PhaseAdvised, Outcome: true, Answers: better, Lang: "nl", Rev: 30}
	turn := sayTo(now, e, codeOf(t, e, bakery, "2026H1"))
	require.Equal(t, &flows.Transition{Since: "2026H1", Then: "vulnerable", Now: "leading", Up: 7, Down: 1}, turn.Facts.Transition)
	require.Equal(t, flows.Facts{Transition: turn.Facts.Transition}, turn.Facts)
	require.Contains(t, textsOf(turn), "code.moved")
	require.Contains(t, textsOf(turn), "code.next")
	require.Equal(t, now.Answers, turn.Session.Answers)
	opened := pressOn(t, e, turn, flows.DoOpenCode)
	require.Equal(t, bakery, opened.Session.Answers)
	require.True(t, opened.Facts.Freeze, "the result before it is final")

	now.TryOut = true
	require.Nil(t, sayTo(now, e, codeOf(t, e, bakery, "2026H1")).Facts.Transition)
	unknown := with(bakery, "revenue_at_risk", "x", "paperwork", "x", "customer_demand", "x", "new_competitors", "x")
	now.TryOut = false
	turn = sayTo(now, e, codeOf(t, e, unknown, "2026H1"))
	require.Nil(t, turn.Facts.Transition)
	require.Contains(t, textsOf(turn), "code.too_little")
}

// TestProgressComparesWhatIsKnownInBoth: a newly answered question is no progress.
func TestProgressComparesWhatIsKnownInBoth(t *testing.T) {
	e := engine(t)
	p := e.Progress(with(bakery, "learning", "x"), with(bakery, "learning", "a"), today)
	assert.Equal(t, p.Then.Readiness, p.Now.Readiness)
	assert.Equal(t, p.Then.Quadrant, p.Now.Quadrant)
	for _, topic := range p.Topics {
		assert.Zero(t, topic.Change(), topic.Now.Topic)
		assert.Equal(t, topic.Now.Topic == referral.TopicLearning, topic.Then.Level == referral.LevelUnknown)
	}
	same := e.Progress(bakery, bakery, today)
	assert.Equal(t, same.Then, same.Now)
	up := e.Progress(bakery, with(bakery, "learning", "d"), today)
	assert.Greater(t, up.Now.Readiness, up.Then.Readiness)
}

// TestChangedCodeIsOfToday: the half-year of a code stays until an answer changes.
func TestChangedCodeIsOfToday(t *testing.T) {
	e := engine(t)
	turn := sayTo(flows.Session{}, e, codeOf(t, e, bakery, "2026H1"))
	require.Equal(t, "2026H1", turn.Session.HalfYear)
	turn = e.Step(turn.Session, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: "help_wanted", Today: today, Can: everything})
	turn = e.Step(turn.Session, flows.Input{Kind: flows.Answer, Question: "help_wanted", Option: "leren", Rev: turn.Session.Rev, Today: today, Can: everything})
	require.Equal(t, codeOf(t, e, with(bakery, "help_wanted", "leren"), "2026H2"), shownCode(turn))
}

// TestUnpublishedQuestionsHaveNoCode: a code of questions that changed under the same number could not be read.
func TestUnpublishedQuestionsHaveNoCode(t *testing.T) {
	c := content(t)
	changed := *c.Questions
	changed.Version = 99
	c.Questions = &changed
	result, err := flows.NewEngine(c).Advise(bakery, false, today)
	require.NoError(t, err)
	require.True(t, flows.NewEngine(c).Code(result).Empty())
	result, err = engine(t).Advise(bakery, true, today)
	require.NoError(t, err)
	require.True(t, engine(t).Code(result).Empty(), "in an incident nothing is to be taken along")
}

// TestTranscriptOfACodeWithItsCommand: the code after the command is played, and recorded.
func TestTranscriptOfACodeWithItsCommand(t *testing.T) {
	t.Parallel()
	e := engine(t)
	code := codeOf(t, e, bakery, "2026H1")
	given := flows.Input{Kind: flows.Action, Action: flows.DoCode, Text: code, Today: today, Lang: "nl", Channel: "telegram", Can: everything}
	begin := flows.Input{Kind: flows.Start, Today: today, Lang: "nl", Channel: "telegram", Can: everything}
	r := audit.NewRecorder(e, texts(t), begin, "")
	menu := r.Step(r.Step(flows.Session{}, begin).Session, flows.Input{Kind: flows.Action, Action: flows.DoMenu, Today: today, Can: everything})
	require.Contains(t, buttonsOf(menu), flows.DoCode, "its button is of the same action")
	r.Step(menu.Session, given)
	require.Contains(t, r.Script(), "\n> /code "+code+"\n")
	var played bytes.Buffer
	player := audit.Player{Engine: e, Texts: texts(t)}
	require.NoError(t, player.Play(strings.NewReader(r.Script()), &played))
	_, opened, _ := strings.Cut(texts(t).Text("nl", "code.opened", "When", "|"), "|")
	assert.Contains(t, played.String(), opened)
}
