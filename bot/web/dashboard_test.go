package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image/png"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/frame"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

const token = "a long enough token"

// hostile is a name as somebody might try it.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

// withDashboard starts a site with a dashboard, its figures read from the real store.
func withDashboard(t testing.TB, change func(*web.Options)) *harness {
	t.Helper()
	var h *harness
	h = newHarness(t, func(o *web.Options) {
		o.Dashboard = &web.Dashboard{
			Token: sha256.Sum256([]byte(token)),
			Staff: &testStaff{harness: func() *harness { return h }},
		}
		if change != nil {
			change(o)
		}
	})
	for _, name := range []string{hostile, "=1+1"} { // partners appear by code here
		_, err := h.store.Apply(t.Context(), []bot.Work{{Do: func(tx bot.Tx) error {
			return tx.Tick(bot.TickStarted, name, referral.WeekOf(h.clock.Now()))
		}}})
		require.NoError(t, err)
	}
	return h
}

// testStaff reads figures from the store of the harness.
type testStaff struct {
	harness  func() *harness
	invented bool
	levels   []disclosure.Level // that were asked for
}

var _ web.Staff = (*testStaff)(nil)

func (s *testStaff) ClosedQuarters(context.Context, int) ([]string, error) {
	return []string{"2026Q3"}, nil
}

func (s *testStaff) Page(context.Context, staff.Request) (staff.Page, error) {
	line := func(text string) flows.Block { return flows.Block{Text: flows.Name(text)} }
	item := func(text string) flows.Block { return flows.Block{Style: staff.Item, Text: flows.Name(text)} }
	return staff.Page{Parts: []staff.Part{{line("Dit moet:"), item(hostile), item("KVK")}, {line("Klaar")}}}, nil
}

// Figures returns a report of thirteen weeks, or of the requested week.
func (s *testStaff) Figures(ctx context.Context, r staff.Request) (report.Rendering, error) {
	s.levels = append(s.levels, r.Level)
	h := s.harness()
	c, err := loadContent()
	if err != nil {
		return report.Rendering{}, err
	}
	made := report.Rendering{Report: figures.Report{Level: disclosure.Internal, Invented: s.invented}, Words: report.Words{
		Lang:       r.Lang,
		Text:       func(id string, pairs ...any) string { return h.texts.Text(r.Lang, id, pairs...) },
		Has:        func(id string) bool { return h.texts.Has(r.Lang, id) },
		Initiative: func(id string) string { return id + hostile },
		Partner:    func(code string) string { return code },
		Values: func(d disclosure.Dimension) []string {
			return map[disclosure.Dimension][]string{disclosure.BySector: {"horeca", "bouw"}, disclosure.ByHelp: {"papier"}}[d]
		},
	}}
	now := h.clock.Now()
	period, err := figures.ParseWeeks(referral.WeekOf(now.AddDate(0, 0, -84)), referral.WeekOf(now))
	if r.Page == staff.Week {
		period, err = figures.ParseWeek(r.About)
	}
	switch r.Page {
	case staff.Year:
		_, err = figures.ParseYear(r.About)
	case staff.Quarter:
		var q figures.Quarter
		q, err = figures.ParseQuarter(r.About)
		made.Pending = &figures.NotClosedError{Span: figures.Span(q), Settles: "2027-01-30"}
		made.Offer = &report.Offer{Catalogue: c.catalogue, Today: referral.DayOf(h.clock.Now()), Spots: []referral.WhiteSpot{
			{Quadrant: referral.Vulnerable, Region: referral.RegionGooi, Size: "1", Sector: "horeca", Wish: "papier", Offer: referral.NoOffer, Firms: 1012},
			{Quadrant: referral.Vulnerable, Region: referral.RegionGooi, Size: "1", Sector: "bouw", Wish: "papier", Offer: referral.UncheckedOffer, Firms: 166, Estimate: true}}}
	case staff.Weeks:
		from, to, _ := strings.Cut(r.About, staff.RangeSeparator)
		_, err = figures.ParseWeeks(from, to)
	}
	if err != nil {
		return made, staff.ErrNoPeriod
	}
	f, err := store.OpenFigures(ctx, h.data, h.key)
	if err != nil {
		return made, err
	}
	defer f.Close()
	snapshot, err := f.Snapshot(ctx, period)
	if err != nil {
		return made, err
	}
	counted, err := figures.NewWeekly(period, []string{"kvk"}, snapshot)
	if err != nil {
		return made, err
	}
	reached := counted.Totals.Target
	made.Use = figures.Trend{Weekly: counted, Running: referral.WeekOf(now)}.Use(
		figures.YearTarget{Year: now.Year(), Goal: 250, Completed: counted.Totals.Completed, Reached: &reached})
	return made, nil
}

func (b *browser) logIn(with string) *page {
	b.t.Helper()
	return b.post("/werkgroep", url.Values{"token": {with}})
}

func TestNoDashboardWithoutToken(t *testing.T) {
	b := newHarness(t, nil).visit(t)
	for _, path := range []string{"/werkgroep", "/werkgroep/cijfers", "/werkgroep/cijfers/csv"} {
		assert.Equal(t, http.StatusNotFound, b.get(path).status, path)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, b.logIn(token).status)
}

func TestDashboardNeedsTheToken(t *testing.T) {
	h := withDashboard(t, nil)
	b := h.visit(t)
	for _, path := range []string{"/werkgroep", "/werkgroep/cijfers", "/werkgroep/cijfers?kwartaal=2026Q3", "/werkgroep/cijfers/csv", "/werkgroep/cijfers/json"} {
		p := b.get(path)
		assert.Equal(t, "/werkgroep", p.url.Path, path)
		assert.Contains(t, p.main(), "Toegangscode", path)
		assert.NotContains(t, p.main(), "Jaardoel", path)
	}
	for _, wrong := range []string{"", "another", token + "x"} {
		p := b.logIn(wrong)
		assert.Equal(t, http.StatusForbidden, p.status)
		assert.Contains(t, p.main(), "klopt niet")
		assert.Empty(t, p.header.Values("Set-Cookie"))
		assert.NotContains(t, p.text, token)
	}
	p := b.logIn(" " + token + "\n") // as pasted
	assert.Equal(t, http.StatusOK, p.status)
	assert.Contains(t, p.main(), "deden de check")
	assert.Contains(t, b.get("/werkgroep/cijfers").text, "<svg")
	assert.Contains(t, b.get("/werkgroep").text, "Uitloggen")
	p = b.post("/werkgroep/uitloggen", nil)
	assert.Contains(t, p.main(), "Toegangscode")
	assert.Equal(t, "/werkgroep", b.get("/werkgroep/cijfers").url.Path)
}

// TestWrongTokensAreLimited: a guessing source has to wait, while the right token still opens the pages, also from the
// same source.
func TestWrongTokensAreLimited(t *testing.T) {
	h := withDashboard(t, nil)
	b := h.visit(t)
	for range 5 {
		require.Equal(t, http.StatusForbidden, b.logIn("a guess").status)
	}
	guess := b.logIn("a guess")
	assert.Equal(t, http.StatusTooManyRequests, guess.status)
	assert.NotEmpty(t, guess.header.Get("Retry-After"))
	assert.Empty(t, guess.header.Values("Set-Cookie"))
	assert.Contains(t, b.logIn(token).main(), "deden de check")
	assert.Equal(t, http.StatusTooManyRequests, h.visit(t).logIn("a guess").status)
	h.clock.advance(time.Minute)
	assert.Equal(t, http.StatusForbidden, h.visit(t).logIn("a guess").status)
}

// session logs in and returns the cookie as it was set.
func (b *browser) session() *http.Cookie {
	b.t.Helper()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p := b.logIn(token)
	require.Equal(b.t, http.StatusSeeOther, p.status)
	require.Len(b.t, p.header.Values("Set-Cookie"), 1)
	return (&http.Response{Header: p.header}).Cookies()[0]
}

func TestDashboardCookie(t *testing.T) {
	for address, secure := range map[string]bool{"https://check.example": true, "": false} {
		cookie := withDashboard(t, func(o *web.Options) { o.PublicURL = address }).visit(t).session()
		assert.True(t, cookie.HttpOnly)
		assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
		assert.Equal(t, "/", cookie.Path)
		assert.Empty(t, cookie.Domain)
		assert.Equal(t, secure, cookie.Secure)
		assert.Equal(t, secure, strings.HasPrefix(cookie.Name, "__Host-"))
		assert.Equal(t, 8*3600, cookie.MaxAge)
		assert.NotContains(t, cookie.Value, token)
	}
}

// with requests the figures with a custom cookie.
func (h *harness) with(t *testing.T, value string) int {
	t.Helper()
	b := h.visit(t)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.header.Set("Cookie", "werkgroep="+value)
	return b.get("/werkgroep/cijfers").status
}

// TestSessionEnds: at logout, by time, with the program, and by nothing that one writes into
// the cookie.
func TestSessionEnds(t *testing.T) {
	h := withDashboard(t, nil)
	b := h.visit(t)
	value := b.session().Value
	require.Equal(t, http.StatusOK, h.with(t, value))
	for _, forged := range []string{"", ".", value[1:], value + "x", strings.ToLower(value), strings.Repeat("A", len(value))} {
		assert.Equal(t, http.StatusSeeOther, h.with(t, forged), forged)
	}
	other := h.visit(t).session().Value
	b.post("/werkgroep/uitloggen", nil)
	assert.Equal(t, http.StatusSeeOther, h.with(t, value), "logged out")
	assert.Equal(t, http.StatusOK, h.with(t, other), "another login goes on")
	assert.Equal(t, http.StatusSeeOther, withDashboard(t, nil).with(t, other), "another run of the program")

	h.clock.advance(29 * time.Minute)
	assert.Equal(t, http.StatusOK, h.with(t, other))
	h.clock.advance(29 * time.Minute)
	assert.Equal(t, http.StatusOK, h.with(t, other), "it was used")
	h.clock.advance(30 * time.Minute)
	assert.Equal(t, http.StatusSeeOther, h.with(t, other), "it was idle")

	value = h.visit(t).session().Value
	for range 23 {
		h.clock.advance(20 * time.Minute)
		require.Equal(t, http.StatusOK, h.with(t, value))
	}
	h.clock.advance(20 * time.Minute)
	assert.Equal(t, http.StatusSeeOther, h.with(t, value), "a working day has passed")
}

// TestOldSessionsMakeRoom: however many logins there are, the number of sessions is bounded.
func TestOldSessionsMakeRoom(t *testing.T) {
	h := withDashboard(t, nil)
	first := h.visit(t).session().Value
	h.clock.advance(time.Second)
	for range 199 {
		h.visit(t).session()
	}
	require.Equal(t, http.StatusOK, h.with(t, first))
	h.clock.advance(time.Second)
	second := h.visit(t).session().Value // the least recently used of the others goes
	assert.Equal(t, http.StatusOK, h.with(t, first))
	for range 200 {
		h.clock.advance(time.Second)
		h.visit(t).session()
	}
	assert.Equal(t, http.StatusSeeOther, h.with(t, second))
}

// TestAudit: logins, refusals, exports and logouts are in the log, and neither the token nor
// an id of a session is.
func TestAudit(t *testing.T) {
	var log bytes.Buffer
	b := withDashboard(t, func(o *web.Options) {
		o.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
	}).visit(t)
	b.logIn("a guess")
	b.logIn(token)
	id := b.cookie("werkgroep")
	b.get("/werkgroep/cijfers/csv?week=2026-W47")
	b.post("/werkgroep/uitloggen", nil)
	b.get("/werkgroep/cijfers/csv?week=2026-W47")
	var events []string
	sessions := map[string]bool{}
	for line := range strings.Lines(log.String()) {
		var entry struct{ Level, Msg, Event, Session, Form, Report string }
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		require.Equal(t, "audit", entry.Msg)
		events = append(events, strings.TrimSpace(entry.Event+" "+entry.Form+" "+entry.Report))
		sessions[entry.Session] = true
	}
	assert.Equal(t, []string{"login refused", "login", "export csv digiwijzer-2026-W47", "logout"}, events)
	assert.Len(t, sessions, 2, "none, and that of the login")
	require.NotEmpty(t, id)
	for _, secret := range []string{id, token, "a guess"} {
		assert.NotContains(t, log.String(), secret)
	}
}

func TestForgedDashboardForms(t *testing.T) {
	b := withDashboard(t, nil).visit(t)
	for _, path := range []string{"/werkgroep", "/werkgroep/uitloggen"} {
		for _, header := range []http.Header{{"Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"null"}}} {
			b.header = header
			r, err := http.NewRequest(http.MethodPost, b.harness.URL+path, strings.NewReader(url.Values{"token": {token}}.Encode()))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			p := b.do(r)
			assert.Equal(t, http.StatusForbidden, p.status, "%s %v", path, header)
			assert.Empty(t, p.header.Values("Set-Cookie"))
		}
	}
}

// TestDashboardShowsWordsAsWords: whatever a partner or an initiative is called.
func TestDashboardShowsWordsAsWords(t *testing.T) {
	b := withDashboard(t, nil).visit(t)
	b.logIn(token)
	for _, path := range []string{"/werkgroep", "/werkgroep/cijfers"} {
		p := b.get(path)
		assert.Contains(t, textOf(p.root), "<script>alert(1)", path)
		for n := range p.root.Descendants() {
			assert.NotEqual(t, "img", n.Data, path)
			assert.False(t, n.Data == "script" && attr(n, "src") == "", path)
			for _, a := range n.Attr {
				assert.False(t, strings.HasPrefix(a.Key, "on"), "%s: %s", path, a.Key)
			}
		}
	}
	b.get("/werkgroep/cijfers/csv")
	rows, err := csv.NewReader(strings.NewReader(b.page.text)).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, cell := range row {
			assert.False(t, strings.HasPrefix(cell, "="), cell)
		}
	}
}

func TestDashboardHeaders(t *testing.T) {
	b := withDashboard(t, nil).visit(t)
	look := func(state string) {
		for _, path := range []string{"/werkgroep", "/werkgroep/cijfers", "/werkgroep/cijfers?week=nonsense", "/werkgroep/cijfers/xlsx", "/werkgroep/cijfers/exe"} {
			header := b.get(path).header
			assert.Equal(t, "no-store", header.Get("Cache-Control"), "%s %s", state, path)
			assert.Contains(t, header.Get("X-Robots-Tag"), "noindex", "%s %s", state, path)
			assert.Equal(t, "DENY", header.Get("X-Frame-Options"), "%s %s", state, path)
			assert.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'", "%s %s", state, path)
			assert.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'", "%s %s", state, path)
			assert.NotContains(t, header.Get("Content-Security-Policy"), "unsafe", "%s %s", state, path)
		}
	}
	look("outside")
	b.logIn(token)
	look("inside")
	p := b.get("/werkgroep/cijfers")
	for meta := range p.all("meta") {
		if attr(meta, "http-equiv") == "Content-Security-Policy" {
			assert.Equal(t, attr(meta, "content")+"; frame-ancestors 'none'", p.header.Get("Content-Security-Policy"))
		}
	}
	for _, nonsense := range []string{"week=nonsense", "week=0000-W01", "week=0001-W01", "week=9999-W52", "jaar=0001", "kwartaal=0000Q1",
		"van=2001-W01&tot=2026-W47", "van=2026-W47&tot=2026-W46"} {
		assert.Equal(t, http.StatusNotFound, b.get("/werkgroep/cijfers?"+nonsense).status, nonsense)
	}
	assert.Equal(t, http.StatusNotFound, b.get("/werkgroep/cijfers/exe").status)
}

func TestDownloadsOpen(t *testing.T) {
	b := withDashboard(t, nil).visit(t)
	b.logIn(token)
	links := map[string]bool{}
	for a := range b.get("/werkgroep").all("a") {
		links[attr(a, "href")] = true
	}
	for form, opens := range map[string]func(string) error{
		"csv-nl": func(s string) error {
			r := csv.NewReader(strings.NewReader(strings.TrimPrefix(s, "\ufeff")))
			r.Comma = ';'
			_, err := r.ReadAll()
			return err
		},
		"pdf": func(s string) error { return startsWith(s, "%PDF-") },
		"csv": func(s string) error { _, err := csv.NewReader(strings.NewReader(s)).ReadAll(); return err },
		"json": func(s string) error {
			var r struct{ Weeks []struct{ Week string } }
			return json.Unmarshal([]byte(s), &r)
		},
		"png":  func(s string) error { _, err := png.Decode(strings.NewReader(s)); return err },
		"xlsx": func(s string) error { _, err := zip.NewReader(strings.NewReader(s), int64(len(s))); return err },
	} {
		assert.True(t, links["/werkgroep/cijfers/"+form], form)
		p := b.get("/werkgroep/cijfers/" + form)
		assert.Equal(t, http.StatusOK, p.status, form)
		assert.Regexp(t, `^attachment; filename=digiwijzer-[0-9W-]+\.`+strings.TrimSuffix(form, "-nl")+`$`, p.header.Get("Content-Disposition"))
		assert.NoError(t, opens(p.text), form)
	}
}

func startsWith(s, prefix string) error {
	if !strings.HasPrefix(s, prefix) {
		return errors.New("does not start with " + prefix)
	}
	return nil
}

// TestYear: the overview links to every year with a closed quarter, with its files.
func TestYear(t *testing.T) {
	b := withDashboard(t, nil).visit(t)
	b.logIn(token)
	assert.Contains(t, b.get("/werkgroep").text, `href="/werkgroep/cijfers?jaar=2026"`)
	assert.Equal(t, http.StatusOK, b.get("/werkgroep/cijfers?jaar=2026").status)
	assert.Contains(t, b.page.text, "/werkgroep/cijfers/pdf?jaar=2026")
	assert.Equal(t, http.StatusNotFound, b.get("/werkgroep/cijfers?jaar=26").status)
}

// TestExactFiguresAreForCoordinators: with the token, or as a reader, one sees only what may be passed on, whatever is
// requested; a coordinator sees the rest on request, marked as not to be passed on.
func TestExactFiguresAreForCoordinators(t *testing.T) {
	t.Parallel()
	var figuresOf *testStaff
	var person staff.Person
	h := withDashboard(t, func(o *web.Options) {
		figuresOf = o.Dashboard.Staff.(*testStaff)
		o.Dashboard.Person = func(*http.Request) (staff.Person, bool) { return person, person.ID != "" }
		o.Dashboard.Sections = func(p staff.Person, _ frame.Words) []frame.Link {
			return []frame.Link{{Text: "Cijfers", Href: "/werkgroep"}, {Text: "Van " + p.ID, Href: "/werkgroep/meer"}}
		}
	})
	b := h.visit(t)
	b.post("/werkgroep", url.Values{"token": {token}})
	paths := []string{"/werkgroep/cijfers", "/werkgroep/cijfers/csv"}
	for _, who := range []staff.Person{{}, {ID: "rea", Roles: []staff.Role{staff.RoleReader}}, {ID: "ed", Roles: []staff.Role{staff.RoleReader, staff.RolePublisher}},
		{ID: "cor", Roles: []staff.Role{staff.RoleCoordinator}}} {
		person = who
		exact := who.ID == "cor"
		p := b.get("/werkgroep")
		assert.Equal(t, exact, strings.Contains(p.text, "niveau=beheer"), who.ID)
		assert.Equal(t, who.ID != "", strings.Contains(p.text, "/werkgroep/meer"), who.ID)
		for _, path := range paths {
			figuresOf.levels = nil
			assert.Equal(t, http.StatusOK, b.get(path).status)
			assert.Equal(t, []disclosure.Level{""}, figuresOf.levels, "%s %s", who.ID, path)
			figuresOf.levels = nil
			status := b.get(path + "?niveau=beheer").status
			if exact {
				assert.Equal(t, http.StatusOK, status, path)
				assert.Equal(t, []disclosure.Level{disclosure.Accountable}, figuresOf.levels, path)
				continue
			}
			assert.Equal(t, http.StatusForbidden, status, "%s %s", who.ID, path)
			assert.Empty(t, figuresOf.levels, "%s %s", who.ID, path)
		}
	}
	text := b.get(paths[0] + "?niveau=beheer&week=2026-W40").text
	assert.Contains(t, text, `href="/werkgroep/cijfers?week=2026-W40"`, "the way back")
	assert.Contains(t, text, `href="/werkgroep/cijfers/xlsx?niveau=beheer&amp;week=2026-W40"`, "a file shows what the page shows")
}

// TestDemoSaysSo: every page and report of a demo is marked, and there is no token.
func TestDemoSaysSo(t *testing.T) {
	h := withDashboard(t, func(o *web.Options) {
		o.Dashboard.Demo = true
		o.Dashboard.Staff.(*testStaff).invented = true
	})
	b := h.visit(t)
	for _, path := range []string{"/", "/over", "/privacy", "/werkgroep", "/werkgroep/cijfers"} {
		assert.Contains(t, b.get(path).text, "Demo, verzonnen gegevens", path)
	}
	assert.Contains(t, b.get("/werkgroep?lang=en").text, "Demo, invented data")
	assert.NotContains(t, b.get("/werkgroep").text, "Uitloggen", "nobody logged in")
	assert.Contains(t, b.get("/werkgroep/cijfers/csv").text, "Demo, verzonnen gegevens")
	assert.Contains(t, b.get("/werkgroep/cijfers/json").text, `"invented": true`)
	assert.Contains(t, b.get("/werkgroep/cijfers/xlsx").header.Get("Content-Disposition"), "demo-")
}

// TestDashboardShowsWhiteSpots: they stand behind a toggle, as tables, and need no quarter that
// is closed.
func TestDashboardShowsWhiteSpots(t *testing.T) {
	t.Parallel()
	b := withDashboard(t, nil).visit(t)
	p := b.logIn(token)
	var spots []string
	for fold := range p.all("details") {
		if text := textOf(fold); strings.HasPrefix(text, "Bekijk voor welke bedrijven er geen hulp is") {
			spots = append(spots, text)
		}
	}
	require.Len(t, spots, 1)
	assert.Contains(t, spots[0], "Geen hulp, plek in de figuur: Nu aan zet")
	assert.Contains(t, spots[0], "1012")
	assert.Contains(t, spots[0], "Alleen hulp die niemand de laatste tijd heeft nagekeken")
	assert.Equal(t, 1, strings.Count(spots[0], "Elk aantal is"), "a note on all tables stands once")
}
