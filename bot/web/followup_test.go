package web_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/bot/web"
)

// pending returns the chats whose follow-up can be answered some time from now.
func (h *harness) pending(after time.Duration) []bot.Chat {
	h.t.Helper()
	chats, err := h.store.FollowUps(context.Background(), h.clock.Now().Add(after), 100)
	require.NoError(h.t, err)
	return chats
}

// remind runs the daily job that asks the follow-up questions.
func (h *harness) remind() {
	h.t.Helper()
	for _, chat := range h.pending(0) {
		each, err := h.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{chat}, Do: func(tx bot.Tx) error {
			_, _, err := tx.Remind(chat, h.clock.Now())
			return err
		}}})
		require.NoError(h.t, err)
		require.NoError(h.t, each[0])
	}
}

const month = 31 * 24 * time.Hour

// rate finishes a check and rates the advice.
func (h *harness) rate(t *testing.T) *browser {
	b := h.visit(t)
	b.get("/")
	b.finish(1)
	b.press("a.satisfaction.4")
	return b.at("/advies")
}

func (b *browser) at(path string) *browser { b.t.Helper(); b.get(path); return b }

// ticket downloads the calendar entry and returns the path of its link.
func (b *browser) ticket() string {
	b.t.Helper()
	for form := range b.page.all("form") {
		if attr(form, "action") != "/herinnering" {
			continue
		}
		values := url.Values{}
		for n := range form.Descendants() {
			if n.Data == "input" {
				values.Set(attr(n, "name"), attr(n, "value"))
			}
		}
		b.post("/herinnering", values)
		require.Equal(b.t, "text/calendar; charset=utf-8", b.page.header.Get("Content-Type"))
		unfolded := strings.ReplaceAll(b.page.text, "\r\n ", "")
		return regexp.MustCompile(`/vervolg/[^\s\\]+`).FindString(unfolded)
	}
	b.t.Fatal("no calendar entry offered")
	return ""
}

func TestFollowUp(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	b := h.rate(t)
	link := b.ticket()
	for line := range strings.SplitSeq(strings.TrimSuffix(b.page.text, "\r\n"), "\r\n") {
		assert.LessOrEqual(t, len(line), 75, line)
	}
	assert.Equal(t, link, b.at("/advies").ticket(), "one ticket per conversation")
	assert.Len(t, h.pending(2*month), 1)
	assert.NotContains(t, link, b.cookie("gesprek"))

	reader := h.visit(t) // another device
	assert.Contains(t, reader.get(link).main(), h.texts.Text("nl", "web.early.text"))

	h.clock.advance(42 * 24 * time.Hour)
	h.remind()
	reader.get(link)
	assert.Equal(t, h.texts.Text("nl", "followup.which"), reader.page.first("h1"))
	reader.press("d.step_taken..kvk")
	assert.Equal(t, h.texts.Text("nl", "followup.helped"), reader.page.first("h1"))
	assert.Len(t, h.pending(2*month), 1, "one question is left")
	reader.press("d.step_result.kvk.ja")
	assert.Contains(t, reader.page.main(), h.texts.Text("nl", "followup.thanks"))
	assert.Empty(t, h.pending(2*month), "answered")
	assert.Contains(t, reader.page.main(), h.texts.Text("nl", "web.to_start"), "a way on")
	assert.Contains(t, reader.get(link).main(), h.texts.Text("nl", "web.answered.text"), "once")
	assert.Empty(t, reader.page.header.Values("Set-Cookie"))

	for _, made := range []string{"/vervolg/x", "/vervolg/" + strings.Repeat("A", 22) + ".2026", "/vervolg/%3Cscript%3E"} {
		assert.Equal(t, http.StatusNotFound, reader.get(made).status)
	}
	reader.get("/vervolg/" + strings.Repeat("A", 22) + ".20260101")
	assert.Contains(t, reader.page.main(), h.texts.Text("nl", "web.answered.text"), "an unknown ticket")
}

// TestFollowUpOfOneWhoDoesNotCount: uncounted people are served like everybody, and leave nothing behind.
func TestFollowUpOfOneWhoDoesNotCount(t *testing.T) {
	guard := admission.NewGuard()
	h := newGuarded(t, guard, func(o *web.Options) { o.PublicURL, o.Admission = "http://check.example", guard })
	local := admission.Visit{Source: guard.Source(netip.MustParseAddr("127.0.0.1")), FormAge: time.Minute}
	for range admission.FreePerHour {
		require.Equal(t, admission.Counted, guard.Begin(local, "", h.clock.Now()))
	}
	link := h.rate(t).ticket()
	assert.Empty(t, h.pending(2*month))
	reader := h.visit(t)
	assert.Contains(t, reader.get(link).main(), h.texts.Text("nl", "web.early.text"))

	h.clock.advance(42 * 24 * time.Hour)
	reader.get(link)
	reader.press("d.step_taken..kvk")
	reader.press("d.step_result.kvk.ja")
	assert.Contains(t, reader.page.main(), h.texts.Text("nl", "followup.thanks"))
	assert.Empty(t, h.pending(2*month))
	parts := strings.Split(link, ".")
	assert.Equal(t, http.StatusNotFound, reader.get(strings.Join([]string{parts[0], "20260101", parts[2]}, ".")).status)
}

// TestFollowUpDayIsSealed: the question cannot be asked before its day, and an answer to a ticket that waits for none
// leaves nothing in the store.
func TestFollowUpDayIsSealed(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	link := h.rate(t).ticket()
	parts := strings.Split(strings.TrimPrefix(link, "/vervolg/"), ".")
	require.Len(t, parts, 3)
	reader := h.visit(t)
	earlier := "/vervolg/" + parts[0] + ".20260101." + parts[2]
	assert.Equal(t, http.StatusNotFound, reader.get(earlier).status)
	assert.Contains(t, reader.get(link).main(), h.texts.Text("nl", "web.early.text"))
	assert.Equal(t, link, reader.get(link+">").url.Path, "as people copy it")

	h.clock.advance(42 * 24 * time.Hour)
	h.remind()
	reader.get(link)
	answer, _ := reader.page.form("d.step_taken..kvk")
	before := h.dispatcher.Counters().Updates
	for _, forged := range []string{earlier, "/vervolg/" + strings.Repeat("A", 22) + ".20260101", "/vervolg/x"} {
		reader.post(forged, answer)
	}
	assert.Equal(t, before, h.dispatcher.Counters().Updates, "nothing reached the dispatcher")
	unsealed := "/vervolg/" + parts[0] + "." + parts[1] // as in calendars of before
	assert.Equal(t, h.texts.Text("nl", "followup.which"), reader.get(unsealed).first("h1"))
	reader.press("d.step_taken..kvk")
	assert.Equal(t, h.texts.Text("nl", "followup.helped"), reader.page.first("h1"))
}

// TestCalendarUsesDaysInTheNetherlands: on a server in UTC, a quarter to one at night in the Netherlands is the day
// before. The days of the entries and of the link are the Dutch ones, also when summer time ends in between.
func TestCalendarUsesDaysInTheNetherlands(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	h.clock.freezeAt(time.Date(2026, time.October, 20, 22, 45, 0, 0, time.UTC)) // 21 October, 00:45
	b := h.rate(t)
	link := b.ticket()
	assert.Contains(t, link, ".20261202.")
	assert.Contains(t, b.page.text, "DTSTAMP:20261020T224500Z")
	assert.Contains(t, b.page.text, "DTSTART;VALUE=DATE:20261202\r\nDTEND;VALUE=DATE:20261203")
	assert.Contains(t, b.get("/advies/eerste-stap.ics").text, "DTSTART;VALUE=DATE:20261028\r\nDTEND;VALUE=DATE:20261029")
	assert.Contains(t, b.get("/advies/over-een-jaar.ics").text, "DTSTART;VALUE=DATE:20271021\r\nDTEND;VALUE=DATE:20271022")

	reader := h.visit(t)
	h.clock.freezeAt(time.Date(2026, time.December, 1, 22, 30, 0, 0, time.UTC)) // 23:30
	h.remind()
	assert.Contains(t, reader.get(link).main(), h.texts.Text("nl", "web.early.text"))
	h.clock.freezeAt(time.Date(2026, time.December, 1, 23, 30, 0, 0, time.UTC)) // 2 December, 00:30
	assert.Equal(t, h.texts.Text("nl", "followup.which"), reader.get(link).first("h1"))
	reader.press("d.step_taken..kvk")
	assert.Equal(t, h.texts.Text("nl", "followup.helped"), reader.page.first("h1"))
}

func TestFollowUpWithdrawn(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	for _, end := range []string{"/stoppen d.stop..", "/wissen d.erased.."} {
		b := h.rate(t)
		b.ticket()
		require.Len(t, h.pending(2*month), 1)
		path, value, _ := strings.Cut(end, " ")
		b.at(path).press(value)
		assert.Empty(t, h.pending(2*month), end)
	}
	b := h.rate(t)
	link := b.ticket()
	h.clock.advance(42 * 24 * time.Hour)
	h.remind()
	b.at(link).press("d.nofollow..")
	assert.Empty(t, h.pending(2*month))
}

func TestFollowUpNotOffered(t *testing.T) {
	for name, h := range map[string]*harness{
		"no address": newHarness(t, nil),
		"counter":    newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" }),
	} {
		b := h.visit(t)
		b.get("/")
		if name == "counter" {
			b.get("/p/kvk-utrecht?balie=1")
		}
		b.finish(1)
		b.press("a.satisfaction.4")
		b.get("/advies")
		assert.NotContains(t, b.page.text, "/herinnering", name)
	}
}
