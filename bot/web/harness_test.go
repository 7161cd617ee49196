package web_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/bot/web"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite/sqlitetest"
)

// fakeClock is the machine's clock plus an offset.
type fakeClock struct {
	mu     sync.Mutex
	frozen time.Time // stands still; zero: it runs
	offset time.Duration
	// tick runs every hour while time advances, as the jobs of a running process do.
	tick func(now time.Time)
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		return c.frozen.Add(c.offset)
	}
	return time.Now().Add(c.offset)
}

// freeze makes time stand still, but for skip and advance.
func (c *fakeClock) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = time.Now()
}

// freezeAt makes time stand still at now, in the zone of now.
func (c *fakeClock) freezeAt(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen, c.offset = now, 0
}

// skip lets time pass without the jobs of a running process.
func (c *fakeClock) skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

func (c *fakeClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (c *fakeClock) advance(d time.Duration) {
	for ; d > 0; d -= time.Hour {
		c.mu.Lock()
		c.offset += min(d, time.Hour)
		c.mu.Unlock()
		c.tick(c.Now())
	}
}

// harness is the whole site on a real dispatcher, engine and store.
type harness struct {
	*httptest.Server
	t          testing.TB
	clock      *fakeClock
	store      *store.Store
	dispatcher *bot.Dispatcher
	texts      *locales.Texts
	data       string       // the folder
	full       *atomic.Bool // the disk is
	key        *store.Key
}

// smallDisk is a store whose disk a test can fill.
type smallDisk struct {
	*store.Store
	full atomic.Bool
}

func (d *smallDisk) Room(ctx context.Context) (bot.Room, error) {
	r, err := d.Store.Room(ctx)
	if d.full.Load() {
		r.Free = 0
	}
	return r, err
}

var partners = map[string]flows.Partner{
	"kvk-utrecht": {Name: "KVK <Utrecht>", Municipality: "GM0355"},
	"expats":      {Name: "Expat Desk", Lang: "en"},
}

// testLogos has a logo for one partner.
var testLogos = web.PartnerLogos{
	Version: func(code string) string {
		if code == "expats" {
			return "1"
		}
		return ""
	},
	Picture: func(context.Context, string) ([]byte, error) {
		var b bytes.Buffer
		err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 400, 120)))
		return b.Bytes(), err
	},
}

// pausedPartner is a paused partner, whose links keep working.
var pausedPartner = flows.Partner{Code: "paused", Name: "Paused", Municipality: "GM0310", Lang: "en", Paused: true}

// loadedContent is the embedded content. It is immutable, so all tests share it.
type loadedContent struct {
	questions *flows.Questionnaire
	catalogue *referral.Catalogue
	texts     *locales.Texts
	edition   *content.Edition
	engine    *flows.Engine
}

var loadContent = sync.OnceValues(func() (c loadedContent, err error) {
	if c.questions, err = flows.BuiltIn(); err != nil {
		return c, err
	}
	if c.catalogue, err = referral.BuiltIn(); err != nil {
		return c, err
	}
	if c.texts, err = locales.BuiltIn(); err != nil {
		return c, err
	}
	c.engine = c.newEngine()
	c.edition, err = content.Load("")
	return c, err
})

func (c loadedContent) newEngine() *flows.Engine {
	return flows.NewEngine(flows.Content{Questions: c.questions, Catalogue: c.catalogue, Languages: c.texts.Languages(),
		Partners: partners, ID: "test", Words: func(lang, id string) string {
			if !c.texts.Has(lang, id) {
				return ""
			}
			return c.texts.Text(lang, id)
		}})
}

// newHarness starts a site where everybody counts. change may alter its options.
func newHarness(t testing.TB, change func(*web.Options)) *harness {
	t.Helper()
	return newGuarded(t, nil, change)
}

// newGuarded starts a site where guard decides who counts; nil: everybody.
func newGuarded(t testing.TB, guard *admission.Guard, change func(*web.Options)) *harness {
	t.Helper()
	c, err := loadContent()
	require.NoError(t, err)
	dir := memdir.New(t)
	h := &harness{t: t, clock: &fakeClock{}, texts: c.texts, data: filepath.Join(dir, "data")}
	h.key, err = store.CreateKey(filepath.Join(dir, "key"), filepath.Join(h.data, "state.db"))
	require.NoError(t, err)
	sqlitetest.Folder(t, h.data)
	h.store, err = store.Open(context.Background(), h.data, h.key, store.Options{Region: c.catalogue.Region()})
	require.NoError(t, err)
	disk := &smallDisk{Store: h.store}
	h.full = &disk.full
	h.dispatcher = bot.NewDispatcher(bot.Options{Store: disk, Engine: c.engine, Clock: h.clock, Admission: guard})
	h.clock.tick = func(now time.Time) {
		h.dispatcher.HalfYear()
		_, err := h.store.Sweep(context.Background(), now)
		require.NoError(t, err)
	}
	known := flows.Known{Partners: map[string]flows.Partner{pausedPartner.Code: pausedPartner}, Region: c.catalogue.Region(), Languages: c.texts.Languages()}
	maps.Copy(known.Partners, partners)
	o := web.Options{
		Dispatcher: h.dispatcher, Texts: func() *locales.Texts { return c.texts }, Clock: h.clock, BotName: func() string { return "digiwijzer_bot" },
		Guide:   func() content.Guide { return content.NewGuide(c.questions, c.catalogue, referral.DayOf(h.clock.Now())) },
		Edition: func() *content.Edition { return c.edition },
		Places:  func() []string { return c.catalogue.Region().PlaceNames(referral.DayOf(h.clock.Now())) },
		Link: func(param string) (flows.Link, flows.Partner, bool) {
			link, _ := known.Read(param)
			p, ok := partners[link.Partner]
			if link.Lang == "" {
				link.Lang = p.Lang
			}
			return link, p, ok
		},
	}
	if change != nil {
		change(&o)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.dispatcher.Run(ctx) }()
	h.Server = httptest.NewServer(web.Headers(o.PublicURL, web.New(o)))
	t.Cleanup(func() {
		h.Server.Close()
		stop()
		assert.NoError(t, <-ended)
		assert.NoError(t, h.store.Close())
	})
	return h
}

// browser is an HTTP client with cookies, which runs no script and keeps the last page.
type browser struct {
	t       testing.TB
	harness *harness
	client  *http.Client
	header  http.Header
	page    page
}

// page is a response, parsed.
type page struct {
	status int
	header http.Header
	url    *url.URL
	text   string
	root   *html.Node
}

// visit returns a browser without cookies.
func (h *harness) visit(t testing.TB) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := *h.Client()
	client.Jar = jar
	return &browser{t: t, harness: h, client: &client, header: http.Header{}}
}

func (b *browser) do(r *http.Request) *page {
	b.t.Helper()
	for name, values := range b.header {
		r.Header[name] = values
	}
	response, err := b.client.Do(r)
	require.NoError(b.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	b.page = page{status: response.StatusCode, header: response.Header, url: response.Request.URL, text: string(body)}
	b.page.root, err = html.Parse(strings.NewReader(b.page.text))
	require.NoError(b.t, err)
	return &b.page
}

func (b *browser) get(path string) *page {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.harness.URL+path, nil)
	require.NoError(b.t, err)
	return b.do(r)
}

func (b *browser) post(path string, values url.Values) *page {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.harness.URL+path, strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.harness.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// press submits the form of the button with this value.
func (b *browser) press(value string) *page {
	b.t.Helper()
	values, action := b.page.form(value)
	require.NotEmpty(b.t, action, "no button %q on %s:\n%s", value, b.page.url, b.page.main())
	return b.post(action, values)
}

// form returns the fields and the action of the form with this button.
func (p *page) form(value string) (values url.Values, action string) {
	for form := range p.all("form") {
		values = url.Values{}
		found := false
		for n := range form.Descendants() {
			switch {
			case n.Data == "input" && attr(n, "type") == "hidden":
				values.Set(attr(n, "name"), attr(n, "value"))
			case n.Data == "button" && attr(n, "value") == value:
				found = true
				if name := attr(n, "name"); name != "" {
					values.Set(name, value)
				}
			}
		}
		if found {
			return values, attr(form, "action")
		}
	}
	return nil, ""
}

// options returns the values of the answers on the page.
func (p *page) options() (values []string) {
	for n := range p.all("button") {
		if strings.HasPrefix(attr(n, "value"), "a.") {
			values = append(values, attr(n, "value"))
		}
	}
	return values
}

func (p *page) all(tag string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for n := range p.root.Descendants() {
			if n.Type == html.ElementNode && n.Data == tag && !yield(n) {
				return
			}
		}
	}
}

// class returns the first element with this class alone; nil without one.
func (p *page) class(name string) *html.Node {
	for n := range p.root.Descendants() {
		if attr(n, "class") == name {
			return n
		}
	}
	return nil
}

// first returns the text of the first element with this tag.
func (p *page) first(tag string) string {
	for n := range p.all(tag) {
		return textOf(n)
	}
	return ""
}

func (p *page) main() string { return p.first("main") }

func (p *page) lang() string {
	for n := range p.all("html") {
		return attr(n, "lang")
	}
	return ""
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// cookie returns the value the browser would send back; empty without one.
func (b *browser) cookie(name string) string {
	address, err := url.Parse(b.harness.URL)
	require.NoError(b.t, err)
	for _, c := range b.client.Jar.Cookies(address) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// finish answers every question with its n-th option (the last one if there are fewer)
// until the advice.
func (b *browser) finish(n int) {
	b.t.Helper()
	for range 40 {
		if b.page.url.Path == "/advies" {
			return
		}
		options := b.page.options()
		require.NotEmpty(b.t, options, "nothing to answer on %s:\n%s", b.page.url, b.page.text)
		b.press(options[min(n, len(options)-1)])
	}
	b.t.Fatalf("no advice after forty answers, but %s", b.page.url)
}

// weekly returns the figures of this week, including outcomes not handed over yet.
func (h *harness) weekly() figures.Counts {
	h.t.Helper()
	ctx := context.Background()
	stats, err := store.OpenFigures(ctx, h.data, h.key)
	require.NoError(h.t, err)
	defer stats.Close()
	week, err := figures.ParseWeek(referral.WeekOf(h.clock.Now()))
	require.NoError(h.t, err)
	snapshot, err := stats.Snapshot(ctx, week)
	require.NoError(h.t, err)
	counted, err := figures.NewWeekly(week, nil, snapshot)
	require.NoError(h.t, err)
	return counted.Totals
}
