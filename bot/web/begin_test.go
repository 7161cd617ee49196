package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/sqlite"
)

// rows returns how many rows of a table are stored.
func (h *harness) rows(table string) (n int) {
	h.t.Helper()
	db, err := sqlite.OpenReader(context.Background(), h.data, true)
	require.NoError(h.t, err)
	defer db.Close()
	require.NoError(h.t, db.Conn(sqlite.StateFile).QueryRowContext(context.Background(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// TestOneAnswerIsNotStored: someone who gives one answer leaves no row, whatever they look
// at; the second answer stores both, and counts the conversation once.
func TestOneAnswerIsNotStored(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/p/kvk-utrecht_GM0307")
	b.press("a.size.10")
	for _, path := range []string{"/vraag/sector", "/antwoorden", "/mijn-gegevens", "/hulp", "/vraag/size", "/p/kvk-utrecht", "/stoppen", "/gesprek"} {
		b.get(path)
	}
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	assert.Contains(t, b.get("/antwoorden").main(), h.texts.Text("nl", "option.size.10"), "the answer is known")
	for _, table := range []string{"session", "seen", "tick", "staged", "outbox"} {
		assert.Zero(t, h.rows(table), table)
	}
	assert.Zero(t, h.weekly().Started)

	b.get("/vraag/sector")
	second := b.page
	for range 3 { // a duplicate
		b.page = second
		b.press("a.sector.horeca")
		assert.Equal(t, "/vraag/self_image", b.page.url.Path)
	}
	assert.Equal(t, 1, h.rows("session"))
	assert.Equal(t, 1, h.weekly().Started)
	assert.Equal(t, 1, h.weekly().Partners["kvk-utrecht"])
	assert.Empty(t, b.cookie("begin"))
	assert.Contains(t, b.get("/antwoorden").main(), h.texts.Text("nl", "option.size.10"))
	b.get("/gesprek")
	b.finish(1)
	assert.Equal(t, 1, h.weekly().Completed)
}

// TestFormCarriesTheFirstAnswer: without its cookie the first answer is in the form.
func TestFormCarriesTheFirstAnswer(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.10")
	b.drop("begin")
	b.press("a.sector.horeca")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)
	assert.Contains(t, b.get("/antwoorden").main(), h.texts.Text("nl", "option.size.10"))
	assert.Equal(t, 1, h.weekly().Started)
}

// TestFirstAnswerIsSealed: nobody can read, change or exchange it, and it expires.
func TestFirstAnswerIsSealed(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.10")
	good, conversation := b.cookie("begin"), b.cookie("gesprek")
	assert.NotContains(t, good, "size")
	other := h.visit(t)
	other.get("/")
	other.press("a.size.2")
	for name, bad := range map[string]string{
		"changed": strings.ToUpper(good), "short": good[1:], "another's": other.cookie("begin"), "long": strings.Repeat("A", 3000), "none": "",
	} {
		b.set("begin", bad)
		b.get("/vraag/sector")
		assert.Equal(t, "/", b.page.url.Path, name)
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.none"), name)
		b.set("gesprek", conversation)
	}
	b.set("begin", good)
	assert.Equal(t, "/vraag/sector", b.get("/vraag/sector").url.Path)
	h.clock.advance(25 * time.Hour)
	assert.Equal(t, "/", b.get("/vraag/sector").url.Path)
	assert.Zero(t, h.rows("session"))
}

// TestEndedConversationDoesNotBeginAgain: what the browser still keeps of an ended conversation does not count anyone
// twice.
func TestEndedConversationDoesNotBeginAgain(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	first := b.page
	b.press("a.size.10")
	begin, conversation, second := b.cookie("begin"), b.cookie("gesprek"), b.page
	b.press("a.sector.horeca")
	b.get("/stoppen")
	b.press("d.stop..")
	for range 2 {
		b.set("begin", begin)
		b.set("gesprek", conversation)
		b.page = second
		b.press("a.sector.bouw")
		assert.Equal(t, "/", b.page.url.Path)
		b.page = first // from the browser's cache
		b.press("a.size.2")
		b.press("a.sector.bouw")
		assert.Equal(t, "/", b.page.url.Path)
	}
	assert.Equal(t, 1, h.weekly().Started)
	assert.Zero(t, h.rows("session"))
	b.get("/")
	b.finish(1)
	assert.Equal(t, 2, h.weekly().Started, "a new form begins a new conversation")
}

// TestChosenConversationIsNotAdopted: a conversation gets an id of ours, whatever cookie the
// browser sends.
func TestChosenConversationIsNotAdopted(t *testing.T) {
	h := newHarness(t, nil)
	const chosen = "ATTACKERCHOSENVALUE000"
	for _, first := range []string{"/", "/hulp", "/alarm/nu"} {
		b := h.visit(t)
		b.get("/")
		form, action := b.page.form("a.size.2")
		b.set("gesprek", chosen)
		b.get(first)
		b.set("gesprek", chosen)
		b.post(action, form)
		b.press("a.sector.horeca")
		assert.Equal(t, "/vraag/municipality", b.page.url.Path)
		assert.NotEqual(t, chosen, b.cookie("gesprek"))
		spy := h.visit(t)
		spy.set("gesprek", chosen)
		assert.NotContains(t, spy.get("/antwoorden").text, h.texts.Text("nl", "option.sector.horeca"))
	}
}

// TestFormOfAFirstPage: in a conversation that began since, it can only answer the first
// question; and no page without a conversation has any other button.
func TestFormOfAFirstPage(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	stranger, action := b.page.form("a.size.2")
	b.finish(1)
	for _, forged := range []string{"d.erased..", "d.stop..", "d.restart..", "d.language..en", "a.sector.bouw", "d.continue..", "t"} {
		stranger.Set("k", forged)
		b.post(action, stranger)
		assert.Equal(t, "/advies", b.page.url.Path, forged)
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.expired"), forged)
	}
	stranger.Set("k", "a.size.10")
	b.post(action, stranger)
	assert.Equal(t, "/advies", b.page.url.Path)
	assert.Contains(t, b.get("/antwoorden").main(), h.texts.Text("nl", "option.size.10"), "another tab")

	for _, path := range addresses {
		for button := range h.visit(t).get(path).all("button") {
			if value := attr(button, "value"); value != "" {
				assert.Regexp(t, `^(a\.size\.|d\.incident\.)`, value, path)
			}
		}
	}
}

// TestExpiredInAnotherLanguage: an expired conversation begins again in its language.
func TestExpiredInAnotherLanguage(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/?lang=en")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	old, conversation := b.page, b.cookie("gesprek")
	h.clock.advance(8 * 24 * time.Hour)
	b.page = old
	b.press("a.municipality.GM0355")
	assert.Equal(t, "/vraag/size", b.page.url.Path)
	assert.Equal(t, "en", b.page.lang())
	assert.Contains(t, b.page.main(), h.texts.Text("en", "chat.expired"))
	assert.NotEqual(t, conversation, b.cookie("gesprek"))
	assert.Zero(t, h.rows("session"))
}

// TestKioskKeepsTheFirstAnswer only as long as someone is there.
func TestKioskKeepsTheFirstAnswer(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get(kioskStart)
	b.press("a.size.2")
	for range 3 {
		h.clock.advance(9 * time.Minute)
		assert.Equal(t, "/vraag/sector", b.get("/vraag/sector").url.Path)
	}
	assert.Zero(t, h.rows("session"))
	h.clock.advance(11 * time.Minute)
	assert.Equal(t, kioskStart, b.get("/vraag/sector").url.RequestURI())
	assert.Empty(t, b.cookie("begin"))
	b.press("a.size.2")
	b.press("")
	assert.Equal(t, kioskStart, b.page.url.RequestURI())
	assert.Empty(t, b.cookie("begin"))
	assert.Equal(t, 1, h.weekly().Started, `"Klaar" is a second form`)
}

// TestFullDisk: a new check is refused with a plain page; help in an incident, and every running check, still work.
func TestFullDisk(t *testing.T) {
	h := newHarness(t, nil)
	old, one, late := h.visit(t), h.visit(t), h.visit(t)
	old.get("/")
	old.press("a.size.2")
	old.press("a.sector.horeca")
	one.get("/")
	one.press("a.size.2")
	late.get("/")
	h.full.Store(true)
	require.NoError(t, h.dispatcher.RunJobs(context.Background()))

	refused := func(b *browser) {
		assert.Equal(t, http.StatusServiceUnavailable, b.page.status)
		assert.Equal(t, "3600", b.page.header.Get("Retry-After"))
		assert.Equal(t, h.texts.Text("nl", "web.full.title"), b.page.first("h1"))
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.full.text"))
	}
	late.press("a.size.2")
	refused(late)
	assert.Empty(t, late.cookie("gesprek"))
	one.press("a.sector.horeca")
	refused(one)
	late.get("/alarm")
	late.press("d.incident..")
	assert.Contains(t, late.page.main(), h.texts.Text("nl", "incident.title"))
	assert.Equal(t, 1, h.rows("session"))
	old.finish(1)
	assert.Equal(t, 1, h.weekly().Completed)

	h.full.Store(false)
	require.NoError(t, h.dispatcher.RunJobs(context.Background()))
	one.get("/vraag/sector")
	one.press("a.sector.horeca")
	assert.Equal(t, "/vraag/municipality", one.page.url.Path, "the first answer was kept")
}

// set makes the browser send a cookie.
func (b *browser) set(name, value string) {
	b.t.Helper()
	address, err := url.Parse(b.harness.URL)
	require.NoError(b.t, err)
	b.client.Jar.SetCookies(address, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
