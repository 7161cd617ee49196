package demo

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Channels of the visitors.
const (
	pushing  = "telegram" // sends the follow-up itself
	browsing = "web"      // where people are reminded by their own calendar
)

const (
	rating      = "satisfaction" // the question about the advice
	returnAfter = 30             // number of visitors after which someone may return: weeks, never days
)

// visitor is an invented person in one conversation. Its behaviour is drawn in advance.
type visitor struct {
	chat            bot.Chat
	lang            string
	partner         string // through which it comes; may be empty
	answers         map[string]string
	leavesAfter     int  // number of answers; 0: stays until the advice
	rates           bool // the advice
	wantsFollowUp   bool
	answersFollowUp bool
	tookStep        bool
	took            time.Duration // from the first answer to the advice: one of durations
	random          *rand.Rand    // for choices that depend on the conversation

	turn     flows.Turn // that of the first answer
	advised  []string   // initiatives
	promised bool       // the follow-up is scheduled
}

// durations are how long visitors take, the shortest first.
var durations = []time.Duration{3 * time.Minute, 5 * time.Minute, 6 * time.Minute, 11 * time.Minute, 25 * time.Minute, 26 * time.Hour}

// drawDuration draws one of durations.
func drawDuration(i int) time.Duration {
	at := rand.New(rand.NewPCG(seed+1, uint64(i))).IntN(20)
	for j, last := range []int{6, 10, 14, 17, 18} {
		if at <= last {
			return durations[j]
		}
	}
	return durations[len(durations)-1]
}

// newVisitor draws number i. The shares are invented too.
func newVisitor(i int, answers map[string]string, partners []string) *visitor {
	random := rand.New(rand.NewPCG(seed, uint64(i)))
	chance := func(share float64) bool { return random.Float64() < share }
	v := &visitor{chat: bot.Chat{Channel: pushing, ID: "demo-" + strconv.Itoa(i)}, lang: locales.Default, answers: answers, took: drawDuration(i), random: random}
	if chance(0.45) {
		v.chat.Channel = browsing
	}
	if chance(0.04) && i > returnAfter { // someone who came before
		v.chat.ID = "demo-" + strconv.Itoa(i-returnAfter)
	}
	if chance(0.1) {
		v.lang = "en"
	}
	if chance(0.55) && len(partners) > 0 {
		v.partner = partners[random.IntN(len(partners))]
	}
	if chance(0.2) {
		v.leavesAfter = 1 + random.IntN(12)
	}
	v.rates, v.wantsFollowUp, v.answersFollowUp, v.tookStep = chance(0.7), chance(0.8), chance(0.7), chance(0.5)
	v.answers[rating] = strconv.Itoa(min(5, 2+random.IntN(5)))
	return v
}

// begin starts the conversation and gives the first answer.
func (v *visitor) begin(ctx context.Context, d *bot.Dispatcher, pending bot.PendingQuestioner) (err error) {
	v.turn, err = v.send(ctx, d, v.chat, flows.Input{Kind: flows.Start, Link: flows.Link{Partner: v.partner}})
	if err != nil {
		return err
	}
	v.turn, err = v.answer(ctx, d, v.turn.Session, pending.Pending(v.turn.Session))
	return err
}

// visit runs the rest of the conversation, to the rating of the advice or to where the visitor leaves. It also leaves when an
// answer is not accepted.
func (v *visitor) visit(ctx context.Context, d *bot.Dispatcher, pending bot.PendingQuestioner, today time.Time) (err error) {
	turn := v.turn
	for n := 1; !turn.Session.Outcome; n++ {
		question, rev := pending.Pending(turn.Session), turn.Session.Rev
		if question == "" || v.leavesAfter > 0 && n >= v.leavesAfter {
			return nil
		}
		if turn, err = v.answer(ctx, d, turn.Session, question); err != nil || turn.Session.Rev == rev {
			return err
		}
	}
	if !v.rates {
		return nil
	}
	if turn, err = v.answer(ctx, d, turn.Session, rating); err != nil || turn.Facts.Outcome == nil {
		return err
	}
	v.advised = turn.Facts.Outcome.Referrals
	if !v.wantsFollowUp {
		return nil
	}
	v.promised = true
	if v.chat.Channel == browsing {
		return d.ScheduleFollowUp(ctx, v.calendar(), today.AddDate(0, 0, bot.FollowUpDays))
	}
	_, err = v.send(ctx, d, v.chat, flows.Input{Kind: flows.Action, Action: flows.DoFollowUp})
	return err
}

// answer answers a question. The visitor does not answer through whom it came.
func (v *visitor) answer(ctx context.Context, d *bot.Dispatcher, s flows.Session, question string) (flows.Turn, error) {
	option, ok := v.answers[question]
	if !ok {
		option = flows.SourceSkip
	}
	return v.send(ctx, d, v.chat, flows.Input{Kind: flows.Answer, Question: question, Option: option, Rev: s.Rev})
}

// answerFollowUp answers both questions of the follow-up.
func (v *visitor) answerFollowUp(ctx context.Context, d *bot.Dispatcher) error {
	chat, step := v.chat, flows.StepNone
	if v.chat.Channel == browsing {
		chat = v.calendar()
	}
	if v.tookStep && len(v.advised) > 0 {
		step = v.advised[0]
	}
	turn, err := v.send(ctx, d, chat, flows.Input{Kind: flows.Action, Action: flows.DoStepTaken, Option: step})
	if err != nil {
		return err
	}
	var results []flows.Button
	for _, reply := range turn.Replies {
		for _, row := range reply.Keys {
			for _, button := range row {
				if button.Action == flows.DoStepResult {
					results = append(results, button)
				}
			}
		}
	}
	if len(results) == 0 {
		return nil
	}
	chosen := results[min(v.random.IntN(len(results)), v.random.IntN(len(results)))] // the first are the likeliest
	_, err = v.send(ctx, d, chat, flows.Input{Kind: flows.Action, Action: chosen.Action, Question: chosen.Question, Option: chosen.Option})
	return err
}

// calendar is the chat for follow-up answers of people who are reminded by their own calendar.
func (v *visitor) calendar() bot.Chat {
	return bot.Chat{Channel: browsing, ID: v.chat.ID + "-follow-up"}
}

func (v *visitor) send(ctx context.Context, d *bot.Dispatcher, chat bot.Chat, in flows.Input) (flows.Turn, error) {
	in.Lang = v.lang
	in.Can = flows.Can{Push: chat.Channel == pushing, Quote: chat.Channel == pushing}
	return d.Handle(ctx, bot.Update{Chat: chat, Input: in})
}
