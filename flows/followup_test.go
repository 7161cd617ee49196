package flows_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
)

// everything is what a channel such as Telegram allows.
var everything = flows.Can{Push: true, Quote: true}

// asked is the follow-up as sent.
func asked(t *testing.T, lang string) flows.Turn {
	t.Helper()
	return engine(t).Step(flows.Session{Lang: lang, Channel: "telegram"}, flows.Input{Kind: flows.Remind, Today: today, Can: everything})
}

// taken presses a button of a turn, long after its conversation has gone.
func taken(t *testing.T, turn flows.Turn, option string) flows.Turn {
	t.Helper()
	for _, row := range turn.Replies[0].Keys {
		for _, b := range row {
			if b.Option == option {
				in := audit.Press(b)
				in.Today, in.Expired = today, true
				return engine(t).Step(flows.Session{}, in)
			}
		}
	}
	require.Fail(t, "no such button", option)
	return flows.Turn{}
}

func TestFollowUpAsksForTheStep(t *testing.T) {
	turn := asked(t, "en")
	require.Len(t, turn.Replies, 1)
	r := turn.Replies[0]
	assert.Equal(t, flows.Advice, r.ReplyTo)
	assert.Len(t, r.Keys, 8+3)
	requireWords(t, texts(t), r, "the question")
	assert.Equal(t, flows.Facts{Ended: true}, turn.Facts, "nothing is kept of a question")
	seen := map[string]bool{}
	for _, row := range r.Keys {
		require.Len(t, row, 1)
		assert.False(t, seen[row[0].Option], row[0].Option)
		seen[row[0].Option] = true
	}
	for _, id := range []string{"kvk", "cyberveilig-check", "mkb-werkplaats-utrecht", flows.StepOther, flows.StepNone} {
		assert.True(t, seen[id], id)
	}
	assert.False(t, seen["mijn-digitale-zaak"], "a closed subsidy is no step")
}

func TestFollowUpTakesTheAnswerInTwoTaps(t *testing.T) {
	for _, c := range []struct {
		step, second string
		want         flows.Followed
	}{
		{"kvk", "beetje", flows.Followed{Initiative: "kvk", Result: "beetje"}},
		{flows.StepOther, "ja", flows.Followed{Initiative: flows.StepOther, Result: "ja"}},
		{flows.StepNone, "tijd", flows.Followed{Initiative: flows.StepNone, Reason: "tijd"}},
	} {
		first := taken(t, asked(t, "nl"), c.step)
		assert.Equal(t, flows.Facts{Followed: &flows.Followed{Initiative: c.step}, Ended: true}, first.Facts)
		assert.False(t, first.Facts.Followed.Complete())
		requireWords(t, texts(t), first.Replies[0], c.step)
		second := taken(t, first, c.second)
		assert.Equal(t, flows.Facts{Followed: &c.want, Ended: true}, second.Facts)
		assert.True(t, second.Facts.Followed.Complete())
	}
}

func TestFollowUpKeepsNothingThatIsNotOffered(t *testing.T) {
	for _, in := range []flows.Input{
		{Action: flows.DoStepResult, Question: "kvk", Option: "tijd"},
		{Action: flows.DoStepResult, Question: flows.StepNone, Option: "ja"},
		{Action: flows.DoStepResult, Question: "kvk", Option: "whatever"},
		{Action: flows.DoStepResult},
	} {
		in.Kind, in.Today = flows.Action, today
		turn := engine(t).Step(flows.Session{}, in)
		assert.Nil(t, turn.Facts.Followed, "%+v", in)
		assert.NotEmpty(t, turn.Replies)
	}
	gone := engine(t).Step(flows.Session{}, flows.Input{Kind: flows.Action, Action: flows.DoStepTaken, Option: "left-the-catalogue", Today: today})
	assert.Equal(t, flows.StepOther, gone.Facts.Followed.Initiative)
}

func TestMyDataShowsAFollowUpWithoutConversation(t *testing.T) {
	tells := func(waits bool) (told bool) {
		turn := engine(t).Step(flows.Session{}, flows.Input{Kind: flows.Action, Action: flows.DoMyData, FollowUpPending: waits, Today: today})
		for _, b := range turn.Replies[0].Blocks {
			told = told || b.Text.ID == "chat.my_data_followup"
		}
		return told
	}
	assert.True(t, tells(true))
	assert.False(t, tells(false))
}

func TestFollowUpDoesNotChangeAConversation(t *testing.T) {
	e := engine(t)
	s := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today, Channel: "telegram", Can: everything}).Session
	s = e.Step(s, flows.Input{Kind: flows.Answer, Question: "size", Option: "2", Rev: s.Rev, Today: today}).Session
	for _, in := range []flows.Input{
		{Action: flows.DoStepTaken, Option: "kvk"}, {Action: flows.DoStepResult, Question: "kvk", Option: "ja"}, {Action: flows.DoNoFollow},
	} {
		in.Kind, in.Today = flows.Action, today
		turn := e.Step(s, in)
		assert.Equal(t, s, turn.Session)
		assert.False(t, turn.Facts.Ended)
	}
	never := e.Step(flows.Session{}, flows.Input{Kind: flows.Action, Action: flows.DoNoFollow, Today: today})
	assert.Equal(t, flows.Facts{FollowUp: flows.No, Ended: true}, never.Facts, "one who wants no more questions gets no first one")
}

// TestFollowUpIsPromisedIfItCanBeSent: the words of the button can be typed where it is not shown.
func TestFollowUpIsPromisedIfItCanBeSent(t *testing.T) {
	t.Parallel()
	advised := flows.Session{Phase: flows.PhaseRated, Answers: bakery, Outcome: true, SourceAsked: true, Rev: 1, Lang: "nl"}
	tryOut, ofTest, fromCode := advised, advised, advised
	tryOut.TryOut, ofTest.Partner, fromCode.FromCode = true, flows.TestPartner, true
	for name, c := range map[string]struct {
		session flows.Session
		can     flows.Can
		want    bool
	}{
		"counted": {advised, everything, true}, "no push": {advised, flows.Can{Quote: true}, false},
		"try-out": {tryOut, everything, false}, "test partner": {ofTest, everything, false}, "from a code": {fromCode, everything, false},
	} {
		turn := engine(t).Step(c.session, flows.Input{Kind: flows.Text, Text: texts(t).Text("nl", "chat.followup_yes"), Today: today, Can: c.can})
		assert.Equal(t, c.want, turn.Facts.FollowUp == flows.Yes, name)
		assert.Equal(t, c.want, turn.Session.FollowUp, name)
		if c.want {
			assert.Contains(t, textsOf(turn), "chat.followup_on", name)
		} else {
			assert.Contains(t, textsOf(turn), "chat.old_button", name)
			assert.NotContains(t, textsOf(turn), "chat.followup_on", name)
		}
	}
}
