package web

import (
	"cmp"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

// The follow-up asks, some weeks after the advice, which step was taken. This channel
// cannot push, so people add the question to their own calendar, with a link that takes
// one answer.

// remindDays is how many days after the advice the calendar entry is. The store accepts
// answers from one day earlier, so that a time zone cannot make the link fail.
const remindDays = bot.FollowUpDays

// ticketPattern matches a ticket, its day and the seal of both as people copy them, possibly followed by other
// text.
var ticketPattern = regexp.MustCompile(`^([A-Za-z0-9_-]{22})\.(\d{8})\.([A-Za-z0-9_-]{22})`)

// unsealedPattern matches the links that were issued until 28 November 2026 and are in calendars until six weeks
// later.
var unsealedPattern = regexp.MustCompile(`^([A-Za-z0-9_-]{22})\.(\d{8})(?:\D|$)`)

// ticketOf returns the follow-up ticket of a conversation: always the same one, from
// which the conversation cannot be derived without the key.
func (s *site) ticketOf(conversation string) string { return s.signer.mac("follow-up", conversation) }

// dayOfTicket returns the part of a link after the ticket: its day, sealed so that nobody can get the question
// earlier. The seal also covers whether the answer counts: uncounted people are asked as well, and nothing of
// their answers is stored.
func (s *site) dayOfTicket(ticket, day string, counted bool) string {
	purpose := "follow-up day"
	if !counted {
		purpose = "follow-up day, not counted"
	}
	return day + "." + s.signer.mac(purpose, ticket, day)
}

func ticketChat(ticket string) bot.Chat { return bot.Chat{Channel: Channel, ID: "vervolg-" + ticket} }

// offersReminder reports whether the advice offers the calendar entry.
func (s *site) offersReminder(v visitor, session flows.Session) bool {
	return s.opts.PublicURL != "" && session.Outcome && session.Countable() && !v.kiosk.on
}

// reminder sends the calendar entry, and stores that its link may take one answer.
func (s *site) reminder(w http.ResponseWriter, r *http.Request) {
	f := s.parse(r)
	v := s.sender(r, f)
	if v.conversation == "" || !s.signer.valid(f.token, v.conversation, f.nonce) {
		s.expiredForm(w, r, v, f)
		return
	}
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && (!found || !s.offersReminder(v, turn.Session)) {
		s.expiredForm(w, r, v, f)
		return
	}
	now := s.opts.Clock.Now().In(referral.Netherlands)
	day := now.AddDate(0, 0, remindDays)
	ticket := s.ticketOf(v.conversation)
	counted := turn.Session.Counted()
	if err == nil && counted {
		ctx, cancel := s.timeout(r)
		defer cancel()
		err = s.opts.Dispatcher.ScheduleFollowUp(ctx, ticketChat(ticket), day.AddDate(0, 0, -1))
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	l := localizer{s.opts.Texts(), turn.Session.Lang}
	link := s.opts.PublicURL + "/vervolg/" + ticket + "." + s.dayOfTicket(ticket, day.Format(calendarDay), counted)
	sendCalendar(w, event{ID: ticket, Day: day, Made: now, Summary: l.T("web.remind.summary"), Text: l.T("web.remind.text", "Link", link), URL: link})
}

// withdrawFollowUp revokes the ticket of a conversation that is stopped or erased.
func (s *site) withdrawFollowUp(r *http.Request, conversation string) {
	ctx, cancel := s.timeout(r)
	defer cancel()
	if err := s.opts.Dispatcher.ScheduleFollowUp(ctx, ticketChat(s.ticketOf(conversation)), time.Time{}); err != nil {
		s.opts.Log.Error("withdrawing follow-up failed", "error", err)
	}
}

// followUp shows the question, or that it was answered.
func (s *site) followUp(w http.ResponseWriter, r *http.Request) {
	t, ok := s.readTicket(r)
	if !ok {
		s.notFound(w, r)
		return
	}
	if t.clean != r.PathValue("ticket") {
		s.redirect(w, r, "/vervolg/"+t.clean)
		return
	}
	v := s.visitor(r)
	v.conversation = ""
	if now := s.opts.Clock.Now().In(referral.Netherlands); now.Format(calendarDay) < t.day {
		s.message(w, r, http.StatusOK, "web.early", "/")
		return
	}
	ctx, cancel := s.timeout(r)
	defer cancel()
	promised, err := s.promised(ctx, t)
	if err == nil && !promised {
		s.message(w, r, http.StatusOK, "web.answered", "/")
		return
	}
	turn, _, errPeek := s.peek(r, v, flows.Input{Kind: flows.Remind})
	if err := errors.Join(err, errPeek); err != nil {
		s.busy(w, r, err)
		return
	}
	s.showFollowUp(w, r, v, turn)
}

// ticket is the content of the link of a follow-up.
type ticket struct {
	id, day string
	clean   string // the end of its address, without trailing text
	counted bool   // the answer to it counts
}

// readTicket returns the ticket of the address. The store checks that it exists and is used
// once.
func (s *site) readTicket(r *http.Request) (t ticket, ok bool) {
	path := flows.Mend(r.PathValue("ticket"))
	if parts := ticketPattern.FindStringSubmatch(path); parts != nil {
		for _, counted := range []bool{true, false} {
			sealed := s.dayOfTicket(parts[1], parts[2], counted)
			if hmac.Equal([]byte(sealed), []byte(parts[2]+"."+parts[3])) {
				return ticket{id: parts[1], day: parts[2], clean: parts[1] + "." + sealed, counted: counted}, true
			}
		}
		return ticket{}, false
	}
	if parts := unsealedPattern.FindStringSubmatch(path); parts != nil {
		return ticket{id: parts[1], day: parts[2], clean: parts[1] + "." + parts[2], counted: true}, true
	}
	return ticket{}, false
}

// promised reports whether a ticket waits for an answer. One that does not count is not stored, so it always
// does.
func (s *site) promised(ctx context.Context, t ticket) (bool, error) {
	if !t.counted {
		return true, nil
	}
	return s.opts.Dispatcher.HasFollowUp(ctx, ticketChat(t.id))
}

// answerable reports whether the ticket of the address waits for an answer today. Any other answer is refused
// before anything of it is stored.
func (s *site) answerable(r *http.Request) (t ticket, ok bool, err error) {
	t, ok = s.readTicket(r)
	if !ok || s.opts.Clock.Now().In(referral.Netherlands).Format(calendarDay) < t.day {
		return t, false, nil
	}
	ctx, cancel := s.timeout(r)
	defer cancel()
	ok, err = s.promised(ctx, t)
	return t, ok, err
}

// answerFollowUp handles one of the two questions of the follow-up.
func (s *site) answerFollowUp(w http.ResponseWriter, r *http.Request) {
	f := s.parse(r)
	in := decode(f.value)
	v := s.sender(r, f)
	allowed := in.Action == flows.DoStepTaken || in.Action == flows.DoStepResult || in.Action == flows.DoNoFollow
	if !allowed || !s.signer.valid(f.token, "", f.nonce) || s.tooSoon(r, f) {
		s.followUp(w, r)
		return
	}
	t, ok, err := s.answerable(r)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	if !ok {
		s.followUp(w, r)
		return
	}
	ctx, cancel := s.timeout(r)
	defer cancel()
	in.Lang, in.TryOut = v.lang, !t.counted
	turn, err := s.opts.Dispatcher.Handle(ctx, bot.Update{Chat: ticketChat(t.id), Input: in,
		Key: Channel + ":" + s.signer.mac("follow-up answer", t.id, f.nonce, f.value)})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case len(turn.Replies) == 0: // a duplicate
		s.followUp(w, r)
	default:
		s.showFollowUp(w, r, v, turn)
	}
}

func (s *site) showFollowUp(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	v.conversation = ""
	page := s.newPage(r, v, v.lang)
	page.NoIndex = true
	body := followUpBody{replyView: page.reply(turn.Replies[len(turn.Replies)-1]), Action: r.URL.EscapedPath()}
	body.Menu = slices.DeleteFunc(body.Menu, isContinue)
	body.Primary = slices.DeleteFunc(body.Primary, isContinue)
	if body.Question == "" {
		body.Primary = append(body.Primary, button{Text: page.T("web.to_start"), Href: "/" + page.LangQuery()})
	}
	page.Title, page.Body = cmp.Or(body.Question, body.Title, page.T("web.remind.summary")), body
	s.render(w, http.StatusOK, "followup", page)
}

type followUpBody struct {
	replyView
	Action string
}

// date returns the day in the Netherlands at t in words, such as "22 november 2026".
func (l localizer) date(t time.Time) string {
	t = t.In(referral.Netherlands)
	return l.T("web.date", "Day", t.Day(), "Month", l.T(fmt.Sprintf("web.month.%d", t.Month())), "Year", strconv.Itoa(t.Year()))
}
