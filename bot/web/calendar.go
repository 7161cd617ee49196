package web

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
	"unicode"

	"digiwijzer/referral"
)

const calendarDay = "20060102"

// event is a calendar entry with a reminder at nine in the morning of its day.
type event struct {
	ID            string    // globally unique
	Day, Made     time.Time // in the Netherlands, since Day is written without a zone
	Summary, Text string
	URL           string // may be empty
}

// calendar returns an iCalendar file with one event (RFC 5545). The event has an alarm: without one it is
// easily missed.
func calendar(e event) []byte {
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Digiwijzer//NL", "BEGIN:VEVENT",
		"UID:" + e.ID + "@digiwijzer", "DTSTAMP:" + e.Made.UTC().Format("20060102T150405Z"),
		"DTSTART;VALUE=DATE:" + e.Day.Format(calendarDay), "DTEND;VALUE=DATE:" + e.Day.AddDate(0, 0, 1).Format(calendarDay),
		"SUMMARY:" + calendarText(e.Summary), "DESCRIPTION:" + calendarText(e.Text),
	}
	if e.URL != "" {
		lines = append(lines, "URL:"+e.URL)
	}
	lines = append(lines, "TRANSP:TRANSPARENT",
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT9H", "DESCRIPTION:"+calendarText(e.Summary), "END:VALARM",
		"END:VEVENT", "END:VCALENDAR")
	var b strings.Builder
	for _, line := range lines {
		foldLine(&b, line)
	}
	return []byte(b.String())
}

// calendarText escapes a TEXT value (RFC 5545, section 3.3.11). Every Unicode line ending counts; other
// control characters are not text and are left out.
func calendarText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, text)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// foldLine writes a content line, folded after at most 75 octets and never within a
// character (RFC 5545, section 3.1).
func foldLine(b *strings.Builder, line string) {
	left := 75
	for _, r := range line {
		if size := len(string(r)); size > left {
			b.WriteString("\r\n ")
			left = 74
		}
		b.WriteRune(r)
		left -= len(string(r))
	}
	b.WriteString("\r\n")
}

func sendCalendar(w http.ResponseWriter, e event) {
	sendFile(w, "text/calendar; charset=utf-8", "digiwijzer.ics", calendar(e))
}

// stepDays is how many days after today the first action is planned.
const stepDays = 7

// stepEntry sends a calendar entry with the first action and who helps with it. Like the PDF it is generated
// on request and not stored.
func (s *site) stepEntry(w http.ResponseWriter, r *http.Request) {
	s.entry(w, r, func(l localizer, kept keepBody, e *event) bool {
		if len(kept.Advice.Actions) == 0 {
			return false
		}
		first := kept.Advice.Actions[0]
		e.Day = e.Made.AddDate(0, 0, stepDays)
		e.Summary = l.T("web.plan.step_summary", "Title", withoutStop(first.Title))
		parts := []string{first.How, first.Source + " " + first.URL}
		for _, i := range kept.Advice.Items {
			if i.Step {
				parts = append(parts, l.T("web.plan.help", "Line", i.line()))
				break
			}
		}
		e.Text = strings.Join(parts, "\n\n")
		return true
	})
}

// yearEntry sends a calendar entry to do the check again in a year.
func (s *site) yearEntry(w http.ResponseWriter, r *http.Request) {
	s.entry(w, r, func(l localizer, kept keepBody, e *event) bool {
		e.Day, e.URL = e.Made.AddDate(1, 0, 0), s.opts.PublicURL
		e.Summary = l.T("web.plan.year_summary")
		e.Text = l.T("web.plan.year_text", "Name", kept.Place.Title, "Link", s.opts.PublicURL)
		if code := kept.Advice.Code; code != "" {
			e.Text += "\n\n" + l.T("web.plan.year_code", "Code", code)
		}
		return true
	})
}

// entry sends a calendar entry about the advice, which fill completes; if it returns false there is none.
func (s *site) entry(w http.ResponseWriter, r *http.Request, fill func(localizer, keepBody, *event) bool) {
	kept, ok := s.toTakeAway(w, r)
	if !ok {
		return
	}
	e := event{ID: rand.Text(), Made: s.opts.Clock.Now().In(referral.Netherlands)}
	if !fill(localizer{s.opts.Texts(), kept.session.Lang}, kept, &e) {
		s.notFound(w, r)
		return
	}
	sendCalendar(w, e)
}
