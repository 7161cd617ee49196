package office_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/mail"
	"digiwijzer/bot/mail/mailtest"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/office"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/memdir"
)

// clock shows a time that a test sets.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time                       { return c.now }
func (c *clock) After(time.Duration) <-chan time.Time { return nil }

var friday = time.Date(2026, time.November, 20, 12, 0, 0, 0, referral.Netherlands)

var shipped = sync.OnceValues(func() (*content.Edition, error) { return content.Load("") })

// harness is the pages on a real site and real files of partners and forms.
type harness struct {
	*testing.T
	*httptest.Server
	clock   *clock
	book    *store.PartnerBook
	forms   *store.FormBook
	sent    []figures.YearForm
	acts    []string
	people  map[string]staff.Person
	mails   *mailtest.Server
	post    *mail.Post
	subs    *subscriptions
	edition *content.Edition
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	edition, err := shipped()
	require.NoError(t, err)
	dir := memdir.New(t)
	h := &harness{T: t, clock: &clock{friday}, mails: mailtest.New(t, mailtest.StartTLS), subs: &subscriptions{}, edition: edition,
		people: map[string]staff.Person{
			"cor":    {ID: "cor", Name: "Cor", Roles: []staff.Role{staff.RoleCoordinator}},
			"rea":    {ID: "rea", Name: "Rea", Roles: []staff.Role{staff.RoleReader}},
			"shared": staff.Shared(),
		}}
	h.book, err = store.OpenPartnerBook(t.Context(), dir)
	require.NoError(t, err)
	h.forms, err = store.OpenFormBook(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.book.Close()); require.NoError(t, h.forms.Close()) })
	service := figures.NewService(figures.Empty{}, func() *referral.Catalogue { return edition.Catalogue }, h.clock)
	pages := staff.New(staff.Options{Figures: service, Content: h.content, Clock: h.clock, Logo: h.book.Logo,
		Place: func() share.Place { return share.Place{PublicURL: "https://check.example"} }})
	server, err := mail.ParseServer(secret.New(h.mails.URL(mailtest.StartTLS)))
	require.NoError(t, err)
	server.Roots = h.mails.Roots()
	h.post = mail.New(mail.Options{Server: server, From: netmail.Address{Address: "digi@example.org"}, PublicURL: "https://check.example", Store: h.subs, Pages: pages,
		Texts: h.texts, MayRead: func(context.Context, string) (bool, error) { return true, nil }, Key: make([]byte, 32), Clock: h.clock, Log: slog.New(slog.DiscardHandler)})
	site := web.New(web.Options{Texts: h.texts, Edition: h.content, Clock: h.clock, Assets: []fs.FS{office.Assets()}})
	in, err := signin.New(signin.Options{Frame: site, Key: make([]byte, 32), Clock: h.clock, Shared: func(r *http.Request) (staff.Person, bool) {
		cookie, err := r.Cookie("who")
		if err != nil {
			return staff.Person{}, false
		}
		p, ok := h.people[cookie.Value]
		return p, ok
	}})
	require.NoError(t, err)
	routes := in.NewRoutes()
	office.New(office.Options{
		Frame: site, Content: h.content, Figures: service, Clock: h.clock, Kit: pages.Kit,
		Place:    func() share.Place { return share.Place{PublicURL: "https://check.example"} },
		Partners: staff.PartnerDesk{Content: h.content, Clock: h.clock, Change: h.change},
		PartnerFigures: func(ctx context.Context, code string) (string, int, error) {
			kept, err := h.book.Read(ctx)
			v := kept.States[code].Version
			if v == 0 {
				return "", 0, err
			}
			return fmt.Sprintf("https://check.example/cijfers/%d", v), v, err
		},
		Events: h.book.Events, Forms: h, Post: h.post,
		Names: func(context.Context) (map[string]string, error) {
			return map[string]string{"rea": "Rea", "cor": "Cor"}, nil
		},
	}).Register(routes)
	h.Server = httptest.NewServer(web.Headers("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if routes.Serves(r) {
			routes.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})))
	t.Cleanup(h.Close)
	return h
}

func (h *harness) texts() *locales.Texts { return h.edition.Texts }

// content returns the edition with the partners of the book.
func (h *harness) content() *content.Edition {
	kept, err := h.book.Read(h.Context())
	require.NoError(h, err)
	r := content.Registered{Partners: kept.List, Paused: map[string]bool{}, Logos: kept.Logos}
	for code, state := range kept.States {
		r.Paused[code] = state.Paused
	}
	return h.edition.WithRegistered(r)
}

func (h *harness) change(_ context.Context, act staff.Act, change func(staff.PartnerBook) error) error {
	h.acts = append(h.acts, strings.TrimRight(strings.Join([]string{act.Who, act.What, act.About, act.Detail}, " "), " "))
	return change(h.book)
}

// Sent implements office.Forms.
func (h *harness) Sent(context.Context, int) ([]figures.YearForm, error) { return h.sent, nil }

// Address implements office.Forms.
func (h *harness) Address(ctx context.Context, initiative string, year int) (string, int, error) {
	version := h.version(initiative)
	if version == 0 {
		return "", 0, nil
	}
	return fmt.Sprintf("https://check.example/jaarformulier/%s/%d/%d", initiative, year, version), version, nil
}

func (h *harness) version(initiative string) (n int) {
	for _, act := range h.acts {
		if strings.HasSuffix(act, "renewed "+initiative) {
			n++
		}
	}
	return n
}

// Renew implements office.Forms.
func (h *harness) Renew(_ context.Context, who, initiative string, _ int) error {
	h.acts = append(h.acts, who+" form renewed "+initiative)
	return nil
}

// subscriptions is a mail.Store in memory.
type subscriptions struct{ all []mail.Subscription }

func (s *subscriptions) Subscriptions(context.Context) ([]mail.Subscription, error) {
	return append([]mail.Subscription(nil), s.all...), nil
}

func (s *subscriptions) Subscribe(_ context.Context, one mail.Subscription) error {
	s.drop(func(o mail.Subscription) bool { return o.Account == one.Account })
	s.all = append(s.all, one)
	return nil
}

func (s *subscriptions) Confirm(_ context.Context, id string, at time.Time, week string) error {
	for i := range s.all {
		if s.all[i].ID == id {
			s.all[i].Confirmed, s.all[i].Week = at, week
		}
	}
	return nil
}

func (s *subscriptions) Deliver(_ context.Context, id string, d mail.Delivery) error {
	for i := range s.all {
		if s.all[i].ID == id {
			s.all[i].Delivery = d
		}
	}
	return nil
}

func (s *subscriptions) Unsubscribe(_ context.Context, ids []string) error {
	s.drop(func(o mail.Subscription) bool { return strings.Contains(strings.Join(ids, " "), o.ID) })
	return nil
}

func (s *subscriptions) drop(is func(mail.Subscription) bool) {
	var rest []mail.Subscription
	for _, o := range s.all {
		if !is(o) {
			rest = append(rest, o)
		}
	}
	s.all = rest
}

// page is an answer, after redirects.
type page struct {
	status int
	path   string
	body   string
	header http.Header
}

// send sends a request as a person; empty: nobody.
func (h *harness) send(as, method, path, kind string, body io.Reader) page {
	h.Helper()
	r, err := http.NewRequestWithContext(h.Context(), method, h.URL+path, body)
	require.NoError(h, err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	jar := &http.Cookie{Name: "who", Value: as}
	if as != "" {
		r.AddCookie(jar)
	}
	client := &http.Client{CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if as != "" && next.Header.Get("Cookie") == "" {
			next.AddCookie(jar)
		}
		return nil
	}}
	response, err := client.Do(r)
	require.NoError(h, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(h, err)
	return page{response.StatusCode, response.Request.URL.RequestURI(), string(text), response.Header}
}

func (h *harness) get(as, path string) page {
	h.Helper()
	return h.send(as, http.MethodGet, path, "", nil)
}

// form sends fields, given as pairs.
func (h *harness) form(as, path string, pairs ...string) page {
	h.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return h.send(as, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// field returns the value of a hidden field.
func (h *harness) field(p page, name string) string {
	h.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(p.body)
	require.NotNil(h, found, name)
	return found[1]
}

// A partner from the first form to the pause: each mistake is shown at its field with the typed text, each change applies
// once however often its form is sent, and all of it is in the audit trail.
func TestPartnerInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const list, code = "/werkgroep/partners", "/werkgroep/partners/bieb-zeist"
	for as, status := range map[string]int{"rea": http.StatusForbidden, "shared": http.StatusForbidden, "cor": http.StatusOK} {
		assert.Equal(t, status, h.get(as, list).status, as)
	}
	p := h.form("cor", list+"/nieuw", "naam", "Bakkerij <Zeist>", "soort", "overig", "gemeente", "GM0355", "code", "Bieb Zeist")
	assert.Equal(t, http.StatusUnprocessableEntity, p.status)
	for _, want := range []string{`id="fout-naam"`, `id="fout-code"`, "Dit lijkt één bedrijf of mens", `value="Bakkerij &lt;Zeist&gt;"`, `value="Bieb Zeist"`,
		`value="GM0355" selected`, "<title>Fout: "} {
		assert.Contains(t, p.body, want)
	}
	assert.NotContains(t, p.body, `id="fout-soort"`)
	fields := []string{"naam", "Bibliotheek Zeist", "soort", "bibliotheek", "gemeente", "GM0355", "taal", "", "code", "bieb-zeist"}
	for range 2 { // the same form twice
		p = h.form("cor", list+"/nieuw", fields...)
		assert.Equal(t, code+"?gedaan=added", p.path)
		assert.Contains(t, p.body, "De partner is toegevoegd.")
		assert.Contains(t, p.body, "https://check.example/p/bieb-zeist")
	}
	fields[1] = "Een andere"
	assert.Contains(t, h.form("cor", list+"/nieuw", fields...).body, "Bibliotheek Zeist heeft deze code al")
	assert.Contains(t, h.get("cor", list).body, `<a href="`+code+`">Bibliotheek Zeist</a>`)

	// Two tabs: the older one does not overwrite what the newer one saved.
	was := h.field(p, "was")
	change := func(name string) page {
		return h.form("cor", code, "naam", name, "soort", "bibliotheek", "gemeente", "GM0355", "taal", "", "was", was)
	}
	assert.Equal(t, code+"?gedaan=changed", change("Bieb Zeist").path)
	p = change("Biblio Zeist")
	assert.Equal(t, http.StatusConflict, p.status)
	assert.Contains(t, p.body, `value="Biblio Zeist"`)
	assert.Contains(t, p.body, "Een collega heeft deze partner intussen gewijzigd")
	assert.Equal(t, code+"?gedaan=changed", change("Bieb Zeist").path, "the same change again")

	for range 2 {
		p = h.form("cor", code+"/cijfers", "nummer", "0")
		assert.Contains(t, p.body, "https://check.example/cijfers/1", "once")
	}
	assert.Equal(t, "1", h.field(p, "nummer"))

	p = h.form("cor", code+"/dag", "dag", "2026-11-19", "aantal", "veel")
	assert.Contains(t, p.body, "Vul een getal in van 0 tot en met 5000")
	assert.Contains(t, p.body, `value="2026-11-19"`)
	assert.Contains(t, h.form("cor", code+"/dag", "dag", "2026-11-19", "aantal", "200").body, "Deze dag is al voorbij")
	assert.Contains(t, h.form("cor", code+"/dag", "dag", "2026-12-03", "aantal", "200").body, "2026-12-03: 200 mensen verwacht")
	assert.NotContains(t, h.form("cor", code+"/dag", "dag", "2026-12-03", "aantal", "0").body, "200 mensen")

	assert.Contains(t, h.upload(code+"/logo", []byte("<svg/>")).body, "geen plaatje van de soort PNG of JPEG")
	assert.Contains(t, h.upload(code+"/logo", nil).body, "Kies eerst een bestand")
	assert.Contains(t, h.upload(code+"/logo", make([]byte, 1200<<10)).body, "hoogstens 1000 kB")
	assert.Contains(t, h.upload(code+"/logo", picture(t)).body, `<img class="logo" src="/logo/bieb-zeist-`)

	p = h.get("cor", code+"/pakket?taal=nl")
	assert.Equal(t, "attachment; filename=digiwijzer-bieb-zeist.zip", p.header.Get("Content-Disposition"))
	kit, err := zip.NewReader(strings.NewReader(p.body), int64(len(p.body)))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(kit.File), 6)

	for range 2 {
		assert.Contains(t, h.form("cor", code+"/pauze", "pauze", "aan").body, "De partner staat op pauze.")
	}
	assert.Contains(t, h.form("cor", code+"/pauze", "pauze", "uit").body, "De pauze is voorbij.")
	assert.Equal(t, []string{
		`cor partner added bieb-zeist "Bibliotheek Zeist" bibliotheek GM0355`,
		`cor partner changed bieb-zeist "Bibliotheek Zeist" bibliotheek GM0355 → "Bieb Zeist" bibliotheek GM0355`,
		"cor partner figures address renewed bieb-zeist",
		"cor partner event set bieb-zeist 2026-12-03: 200", "cor partner event set bieb-zeist 2026-12-03: 0",
		"cor partner logo set bieb-zeist", "cor partner paused bieb-zeist", "cor partner resumed bieb-zeist",
	}, h.acts)
	assert.Equal(t, http.StatusNotFound, h.get("cor", list+"/nergens").status)
	h.acts = nil
	assert.Equal(t, http.StatusForbidden, h.form("rea", code+"/pauze", "pauze", "aan").status)
	assert.Contains(t, h.form("cor", list+"/test", "naam", "Proef", "soort", "overig").body, "staat in een bestand van de redactie")
	assert.Empty(t, h.acts)
}

// upload sends a file in a form.
func (h *harness) upload(path string, data []byte) page {
	h.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	file, err := form.CreateFormFile("logo", "logo.png")
	require.NoError(h, err)
	_, err = file.Write(data)
	require.NoError(h, err)
	require.NoError(h, form.Close())
	return h.send("cor", http.MethodPost, path, form.FormDataContentType(), &b)
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 400, 120))))
	return b.Bytes()
}

// Who filled in the form of a year, who did not, and the address of each; a form sent twice
// makes one address.
func TestYearFormsInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.sent = []figures.YearForm{{Initiative: "kvk", Year: 2025}}
	p := h.get("cor", "/werkgroep/formulieren")
	assert.Contains(t, p.body, "Jaarformulieren over 2025")
	assert.Contains(t, p.body, "Ingevuld: 1<")
	in, out, found := strings.Cut(p.body, "Nog niet ingevuld")
	require.True(t, found)
	assert.Contains(t, out, `id="mkb-werkplaats-utrecht"`)
	assert.Contains(t, in, `id="kvk"`)
	assert.NotContains(t, out, `id="kvk"`)
	assert.Equal(t, http.StatusForbidden, h.get("rea", "/werkgroep/formulieren").status)
	for range 2 {
		p = h.form("cor", "/werkgroep/formulieren/kvk/2025", "nummer", "0")
		assert.Equal(t, "/werkgroep/formulieren?jaar=2025&voor=kvk", p.path)
		assert.Contains(t, p.body, "https://check.example/jaarformulier/kvk/2025/1")
	}
	assert.Contains(t, h.form("cor", "/werkgroep/formulieren/kvk/2025", "nummer", "1").body, "/kvk/2025/2")
	for _, path := range []string{"/werkgroep/formulieren/kvk/1999", "/werkgroep/formulieren/nergens/2025"} {
		assert.Equal(t, http.StatusNotFound, h.form("cor", path, "nummer", "0").status, path)
	}
	assert.Equal(t, []string{"cor form renewed kvk", "cor form renewed kvk"}, h.acts)
}

// The mail of one person: requested, confirmed and ended. Programs that follow links without pressing buttons do neither;
// a mail program ends it without signing in.
func TestMailInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	assert.Contains(t, h.get("shared", "/werkgroep/mail").body, "de toegangscode die jullie delen")
	assert.Equal(t, http.StatusForbidden, h.form("shared", "/werkgroep/mail", "adres", "x@example.org").status)
	p := h.form("rea", "/werkgroep/mail", "adres", "rea@example.org\r\nBcc: all@example.org")
	assert.Equal(t, http.StatusUnprocessableEntity, p.status)
	assert.Contains(t, p.body, "Vul één mailadres in")
	assert.Empty(t, h.mails.Mails())
	for range 2 { // the same form twice: one mail
		assert.Equal(t, "/werkgroep/mail?gedaan=mail_asked", h.form("rea", "/werkgroep/mail", "adres", "rea@example.org").path)
	}
	mails := h.mails.Mails()
	require.Len(t, mails, 1)
	confirm := h.post.Path(mail.ConfirmLink, h.subs.all[0].ID)
	assert.Contains(t, string(mails[0].Data), strings.TrimPrefix(confirm, "/werkgroep")[:20])
	assert.Contains(t, h.get("", confirm).body, "Wil je elke maandag de cijfers van Digiwijzer krijgen op rea@example.org?")
	assert.True(t, h.subs.all[0].Confirmed.IsZero(), "a program that follows links confirms nothing")
	assert.Contains(t, h.get("cor", "/werkgroep/mail").body, "Rea: wacht op bevestiging")
	assert.Contains(t, h.form("", confirm).body, "Je adres is bevestigd")
	assert.Contains(t, h.get("rea", "/werkgroep/mail").body, "De cijfers gaan elke maandag naar rea@example.org.")

	h.subs.all[0].Delivery = mail.Delivery{Week: "2026-W46", Problem: "550 5.1.1", Refused: true}
	assert.Contains(t, h.get("rea", "/werkgroep/mail").body, "De mailserver weigert rea@example.org (550 5.1.1)")
	assert.Contains(t, h.get("cor", "/werkgroep/mail").body, "Rea: geweigerd (550 5.1.1)")
	assert.NotContains(t, h.get("cor", "/werkgroep/mail").body, "rea@", "the address is hers")
	h.form("rea", "/werkgroep/mail/opnieuw")
	assert.Equal(t, mail.Delivery{Week: "2026-W46"}, h.subs.all[0].Delivery)

	leave := h.post.Path(mail.UnsubscribeLink, h.subs.all[0].ID)
	assert.Contains(t, h.get("", leave).body, "Wil je op rea@example.org geen cijfers meer krijgen?")
	assert.Len(t, h.subs.all, 1, "a program that follows links ends nothing")
	assert.Equal(t, http.StatusNotFound, h.form("", leave+"x", "List-Unsubscribe", "One-Click").status)
	for range 2 {
		p = h.form("", leave, "List-Unsubscribe", "One-Click")
		assert.Equal(t, http.StatusOK, p.status)
		assert.Contains(t, p.body, "Je bent afgemeld")
		assert.Empty(t, h.subs.all)
	}
	assert.Equal(t, "no-referrer", p.header.Get("Referrer-Policy"))
	assert.Equal(t, "no-store", p.header.Get("Cache-Control"))
}
