package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/style"
)

func TestWholeCheckByForms(t *testing.T) {
	h := newHarness(t, nil)
	for n := range 5 {
		b := h.visit(t)
		b.get("/")
		b.finish(n)
		assert.Equal(t, http.StatusOK, b.page.status)
		assert.Contains(t, b.page.text, "<svg", "the figure")
		if none := h.texts.Text("nl", "quadrant.none.title"); strings.HasSuffix(b.page.first("h1"), none) {
			assert.NotContains(t, b.page.main(), "van 100", "scores without a result")
			assert.Contains(t, b.page.text, `value="d.skipped.."`, "the skipped questions")
		} else {
			assert.Contains(t, b.page.main(), "van 100", "the figure as text")
			assert.Contains(t, b.page.text, `class="bars"`, "the scores as bars")
		}
		assert.Equal(t, 8, strings.Count(b.page.text, `<span class="level`), "a line per topic")
		assert.Equal(t, 3, strings.Count(b.page.text, "<details"), "three actions")
		assert.Equal(t, 1, strings.Count(b.page.text, "<details open"), "the first unfolded")
		b.press("a.satisfaction.4")
		forged, action := b.page.form("d.language..en")
		forged.Set("k", "d.followup..")
		b.post(action, forged)
		assert.NotContains(t, b.get("/mijn-gegevens").main(), h.texts.Text("nl", "chat.my_data_followup"), "no push in a browser")
		b.get("/advies")
		assert.NotContains(t, b.page.main(), h.texts.Text("nl", "question.satisfaction.text"), "rated")
		assert.NotContains(t, b.page.text, "[web.", "a text is missing")
		assert.NotContains(t, b.page.text, "[chat.", "a text is missing")
		assert.NotContains(t, b.page.text, "[result.", "a text is missing")

		b.get("/advies/bewaren")
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "topic.sector"))
		assert.Equal(t, 3, strings.Count(b.page.text, "<details open"), "all unfolded on paper")
		for _, path := range []string{"/waarom", "/meer", "/antwoorden", "/mijn-gegevens", "/hulp", "/alarm", "/stoppen", "/wissen"} {
			b.get(path)
			assert.Equal(t, path, b.page.url.Path)
			assert.Equal(t, http.StatusOK, b.page.status, path)
		}
	}
}

func TestGetHasNoEffect(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	for _, path := range []string{"/", "/gesprek", "/vraag/sector", "/advies", "/antwoorden", "/hulp", "/p/kvk-utrecht", "/embed/kvk-utrecht", "/privacy", "/over", "/stoppen"} {
		b.get(path)
		assert.Empty(t, b.page.header.Values("Set-Cookie"), path)
	}
	b.get("/advies")
	assert.Equal(t, http.StatusOK, b.page.status)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.none"))
	assert.Zero(t, h.dispatcher.Counters().Updates, "a turn was stored")
}

func TestBackAndChangeAnswer(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	b.press("a.sector.horeca")
	b.press("d.back..")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.chosen"), "marks the answer given")
	b.press("a.sector.bouw")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)

	b.get("/antwoorden")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.sector.bouw"))
	b.press("d.change.size.")
	assert.Equal(t, "/vraag/size", b.page.url.Path)
	b.press("d.continue..")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)
	b.press("a.municipality.GM0355")
	b.finish(1)
	b.get("/antwoorden")
	b.press("d.change.sector.")
	b.press("a.sector.zorg")
	assert.Equal(t, "/advies", b.page.url.Path)
	b.get("/advies/bewaren")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.sector.zorg"))
}

// TestBrowserBackButton: the browser's back button shows an earlier page, from its cache
// or loaded again. An answer on it counts for the question on that page.
func TestBrowserBackButton(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	cached := b.page
	b.press("a.sector.horeca")
	b.press("a.municipality.GM0355")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path)

	b.get("/vraag/sector") // loaded again
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.chosen"))
	b.press("d.back..")
	assert.Equal(t, "/vraag/size", b.page.url.Path)
	b.get("/vraag/sector")
	b.press("a.sector.bouw")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path, "continues with the open question")
	b.get("/antwoorden")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.sector.bouw"))

	b.page = cached // from the cache: the same form, another answer
	b.press("a.sector.zorg")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path)
	b.get("/antwoorden")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.sector.zorg"))

	b.get("/vraag/help_wanted") // not asked yet
	assert.Equal(t, "/vraag/self_image", b.page.url.Path)
	b.get("/vraag/%3Cscript%3E")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path)
}

func TestDuplicateFormHasNoEffect(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	first := b.page
	b.press("a.size.2")
	conversation := b.cookie("gesprek")
	require.NotEmpty(t, conversation)

	other := h.visit(t) // the same first form, before its cookie came back
	other.page = first
	other.press("a.size.2")
	assert.Equal(t, conversation, other.cookie("gesprek"), "one form starts one conversation")
	assert.Equal(t, "/vraag/sector", other.page.url.Path)

	second := b.page
	b.press("a.sector.horeca")
	before := h.dispatcher.Counters().Updates
	for range 3 {
		b.page = second
		b.press("a.sector.horeca")
		assert.Equal(t, "/vraag/municipality", b.page.url.Path)
	}
	assert.Equal(t, before, h.dispatcher.Counters().Updates, "duplicates")

	b.page = second
	back := second
	b.press("d.back..")
	b.page = back
	b.press("d.back..")
	assert.Equal(t, "/vraag/size", b.page.url.Path, "a duplicate")

	b.get("/opnieuw")
	third, started := b.page, h.weekly().Started
	for range 3 {
		b.page = third
		b.press("d.restart..")
	}
	assert.Equal(t, started+1, h.weekly().Started, "one restart")
}

func TestTwoTabs(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	right := b.page
	b.press("a.size.2")
	left := b.page
	b.page = right // the second tab still shows the first page
	b.press("a.size.1")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	b.page = left
	b.press("a.sector.ict")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)
	b.get("/antwoorden")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.size.1"), "the last answer counts")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.sector.ict"))
}

func TestTypedMunicipality(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	typed := func(text string) {
		values, action := b.page.form("t")
		require.NotEmpty(t, action)
		values.Set("tekst", text)
		b.post(action, values)
	}
	typed("<script>alert(1)</script>")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.error.place"))
	assert.NotContains(t, b.page.text, "alert(1)", "no place: not repeated")
	typed("zijst")
	assert.Contains(t, b.page.first("h1"), "Zeist")
	b.press("d.pick..")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)
	b.get("/vraag/municipality?alle=1")
	assert.Contains(t, b.page.text, "a.municipality.GM0310", "De Bilt is on the second page")
	b.press("a.municipality.GM0310")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path)
}

func TestStopRestartErase(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	b.get("/opnieuw")
	b.press("d.restart..")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "chat.restarted"))
	b.press("a.size.1")
	b.get("/stoppen")
	b.press("d.stop..")
	assert.Equal(t, "/gestopt", b.page.url.Path)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "chat.stopped"))
	assert.Empty(t, b.cookie("gesprek"))

	b.get("/")
	b.finish(1)
	assert.NotEmpty(t, b.cookie("counted"))
	b.get("/wissen")
	erasePage := b.page
	b.press("d.erased..")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "chat.erased"))
	assert.Empty(t, b.cookie("gesprek"))
	assert.NotEmpty(t, b.cookie("counted"), "erasing must not lead to a second count")
	staged, _, _, err := h.store.Waiting(context.Background(), h.clock.Now())
	require.NoError(t, err)
	assert.Zero(t, staged)
	b.page = erasePage
	b.press("d.erased..") // an old page of an erased conversation
	assert.Equal(t, http.StatusOK, b.page.status)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.gone"))
}

func TestExpiry(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	old := b.page
	h.clock.advance(8 * 24 * time.Hour)
	b.page = old
	b.press("a.sector.horeca")
	assert.Equal(t, http.StatusOK, b.page.status)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "chat.expired"))
	assert.Equal(t, h.texts.Text("nl", "question.size.text"), b.page.first("h1"))
	b.press("a.size.1")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
}

func TestIncident(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/alarm")
	b.press("d.incident..")
	assert.Equal(t, "/alarm/nu", b.page.url.Path)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "incident.title"))
	assert.Equal(t, 3, strings.Count(b.page.text, string(style.Icon("cross"))), "only what not to do is crossed out")
	b.get("/gesprek")
	assert.Equal(t, "/alarm/nu", b.page.url.Path, "until the person continues")
	b.press("d.continue..")
	assert.Equal(t, "/vraag/size", b.page.url.Path)
	assert.NotContains(t, b.page.text, "[")
	b.finish(0)
	assert.NotContains(t, b.get("/waarom").text, string(style.Icon("cross")), "the steps of an advice are no alarm")
}

// TestWishIsMarked: of every sentence about a wish the part that says what is wanted.
func TestWishIsMarked(t *testing.T) {
	h := newHarness(t, nil)
	for _, lang := range h.texts.Languages() {
		for _, id := range h.texts.IDs(lang) {
			if wish, ok := strings.CutPrefix(id, "result.wish."); ok {
				assert.Contains(t, h.texts.Text(lang, id), h.texts.Text(lang, "web.wish."+wish))
			}
		}
	}
	b := h.visit(t)
	b.get("/")
	b.finish(0)
	assert.Equal(t, h.texts.Text("nl", "result.wish.klanten"), textOf(b.page.class("wish")))
	assert.Equal(t, h.texts.Text("nl", "web.wish.klanten"), b.page.first("mark"))
	assert.Equal(t, h.texts.Text("nl", "web.wish.klanten"), b.get("/advies/bewaren").first("mark"))
}

// TestTitleSaysHowFar: a screen reader reads the title first, and tabs and the history show it.
func TestTitleSaysHowFar(t *testing.T) {
	t.Parallel()
	b := newHarness(t, nil).visit(t)
	b.get("/")
	b.press("a.size.2")
	assert.Equal(t, "In welke branche werk je vooral? (vraag 2 van 23) – Digiwijzer", b.page.first("title"))
	b.press("a.sector.horeca")
	values, action := b.page.form("t")
	values.Set("k", "t")
	values.Set("tekst", "xyzzy")
	assert.Regexp(t, `^Fout: .* \(vraag 3 van 23\) – Digiwijzer$`, b.post(action, values).first("title"))
}
