package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// Some weeks after the advice there is one question: which step did you take? A
// browser cannot be written to, so people put it in their own calendar, with a link
// that takes one answer.

// remindDays is how long after the advice the calendar reminds. The storage takes
// answers from the day before, so that nobody finds a closed door.
const remindDays = bot.FollowUpDays

const calendarDay = "20060102"

var ticketForm = regexp.MustCompile(`^([A-Za-z0-9_-]{22})\.(\d{8})$`)

// ticketOf names the follow-up of a conversation: one each, however often it is asked
// for, and without the key nobody can tell which conversation it came from.
func (s *site) ticketOf(conversation string) string { return s.seal.mark("follow-up", conversation) }

func ticketChat(ticket string) bot.Chat { return bot.Chat{Channel: Channel, ID: "vervolg-" + ticket} }

// reminds tells whether the page offers the calendar entry.
func (s *site) reminds(v visitor, session flows.Session) bool {
	return s.PublicURL != "" && session.Phase == flows.PhaseRated && !session.TryOut && !onDesk(v.conversation)
}

// reminder gives the calendar entry, and keeps that its link may take one answer.
func (s *site) reminder(w http.ResponseWriter, r *http.Request) {
	f, err := s.read(r)
	v := s.visitor(r)
	if err != nil || v.conversation == "" || !s.seal.valid(f.token, v.conversation, f.nonce) {
		s.stale(w, r, v)
		return
	}
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && (!found || !s.reminds(v, turn.Session)) {
		s.stale(w, r, v)
		return
	}
	day := s.Clock.Now().AddDate(0, 0, remindDays)
	ticket := s.ticketOf(v.conversation)
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), slowest)
		defer cancel()
		err = s.Desk.Promise(ctx, ticketChat(ticket), day.AddDate(0, 0, -1))
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	words := words{s.Texts(), turn.Session.Lang}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="digiwijzer.ics"`)
	link := s.PublicURL + "/vervolg/" + ticket + "." + day.Format(calendarDay)
	_, _ = w.Write([]byte(calendar(ticket, day, s.Clock.Now(), words.T("web.remind.summary"), words.T("web.remind.text", "Link", link), link)))
}

// withdraw takes a promise back, when its conversation is stopped or erased.
func (s *site) withdraw(r *http.Request, conversation string) {
	ctx, cancel := context.WithTimeout(r.Context(), slowest)
	defer cancel()
	if err := s.Desk.Promise(ctx, ticketChat(s.ticketOf(conversation)), time.Time{}); err != nil {
		s.Log.Error("a follow-up could not be withdrawn", "error", err)
	}
}

// calendar is one whole-day entry as RFC 5545 wants it.
func calendar(ticket string, day, now time.Time, summary, text, link string) string {
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Digiwijzer//NL", "BEGIN:VEVENT",
		"UID:" + ticket + "@digiwijzer", "DTSTAMP:" + now.UTC().Format("20060102T150405Z"),
		"DTSTART;VALUE=DATE:" + day.Format(calendarDay), "DTEND;VALUE=DATE:" + day.AddDate(0, 0, 1).Format(calendarDay),
		"SUMMARY:" + calendarText(summary), "DESCRIPTION:" + calendarText(text), "URL:" + link,
		"TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR",
	}
	var b strings.Builder
	for _, line := range lines {
		fold(&b, line)
	}
	return b.String()
}

// calendarText escapes what has a meaning in a calendar.
func calendarText(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// fold writes a line, broken after at most 75 octets and never within a character.
func fold(b *strings.Builder, line string) {
	room := 75
	for _, r := range line {
		if size := len(string(r)); size > room {
			b.WriteString("\r\n ")
			room = 74
		}
		b.WriteRune(r)
		room -= len(string(r))
	}
	b.WriteString("\r\n")
}

// followUp shows the question.
func (s *site) followUp(w http.ResponseWriter, r *http.Request) {
	day, ok := s.ticketDay(r)
	if !ok {
		s.notFound(w, r)
		return
	}
	v := s.visitor(r)
	v.conversation = ""
	if now := s.Clock.Now(); now.Format(calendarDay) < day {
		s.message(w, r, http.StatusOK, "web.early", "/")
		return
	}
	turn, _, err := s.peek(r, v, flows.Input{Kind: flows.Remind})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.showFollowUp(w, r, v, turn)
}

// ticketDay is the day of the ticket in the address. That nobody made it up, and that it
// is used once, is for the storage to know.
func (s *site) ticketDay(r *http.Request) (day string, ok bool) {
	parts := ticketForm.FindStringSubmatch(r.PathValue("ticket"))
	if parts == nil {
		return "", false
	}
	return parts[2], true
}

// followed takes one of the two taps of the answer.
func (s *site) followed(w http.ResponseWriter, r *http.Request) {
	_, ok := s.ticketDay(r)
	f, err := s.read(r)
	in := decode(f.value)
	v := s.visitor(r)
	if slices.Contains(s.Texts().Languages(), f.lang) {
		v.lang = f.lang
	}
	allowed := in.Action == flows.DoStepTaken || in.Action == flows.DoStepResult || in.Action == flows.DoNoFollow
	if err != nil || !ok || !allowed || !s.seal.valid(f.token, "", f.nonce) {
		s.followUp(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), slowest)
	defer cancel()
	ticket, _, _ := strings.Cut(r.PathValue("ticket"), ".")
	in.Lang = v.lang
	turn, err := s.Desk.Handle(ctx, bot.Update{Chat: ticketChat(ticket), Input: in,
		Key: Channel + ":" + s.seal.mark("follow-up answer", ticket, f.nonce, f.value)})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case len(turn.Replies) == 0: // sent twice
		s.followUp(w, r)
	default:
		v.conversation = ""
		s.showFollowUp(w, r, v, turn)
	}
}

func (s *site) showFollowUp(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	v.conversation = ""
	sh := s.sheet(r, v, v.lang)
	sh.NoIndex = true
	body := followUpBody{reply: sh.reply(turn.Replies[len(turn.Replies)-1]), Action: r.URL.EscapedPath()}
	body.Menu = slices.DeleteFunc(body.Menu, isContinue)
	body.Primary = slices.DeleteFunc(body.Primary, isContinue)
	sh.Title, sh.Body = firstOf(body.Question, body.Title, sh.T("web.remind.summary")), body
	s.render(w, http.StatusOK, "followup", sh)
}

type followUpBody struct {
	reply
	Action string
}

// dayInWords is a day as people write it.
func (w words) dayInWords(t time.Time) string {
	return w.T("web.date", "Day", t.Day(), "Month", w.T(fmt.Sprintf("web.month.%d", t.Month())), "Year", strconv.Itoa(t.Year()))
}
