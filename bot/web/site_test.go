package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"digiwijzer/bot"
	"digiwijzer/bot/web"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

// clock is the machine's clock, moved by hand.
type clock struct {
	mu sync.Mutex
	by time.Duration
	// look is called every hour while time goes by, as the desk and its sweep would.
	look func(now time.Time)
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *clock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (c *clock) forward(d time.Duration) {
	for ; d > 0; d -= time.Hour {
		c.mu.Lock()
		c.by += min(d, time.Hour)
		c.mu.Unlock()
		c.look(c.Now())
	}
}

// house is the whole thing: pages, desk, engine and storage, all real.
type house struct {
	*httptest.Server
	t     testing.TB
	clock *clock
	store *store.Store
	desk  *bot.Dispatcher
	texts *locales.Texts
	data  string // the folder
	key   *store.Key
}

var partners = map[string]flows.Partner{
	"kvk-utrecht": {Name: "KVK <Utrecht>", Municipality: "GM0355"},
	"expats":      {Name: "Expat Desk", Lang: "en"},
}

// open starts a house. change may alter the options of the pages.
func open(t testing.TB, change func(*web.Options)) *house {
	t.Helper()
	dir := t.TempDir()
	questions, err := flows.Load(flows.Embedded())
	require.NoError(t, err)
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	texts, err := locales.Load(locales.Embedded())
	require.NoError(t, err)
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(dir, "data", "state.db"))
	require.NoError(t, err)
	st, err := store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: catalogue.Region()})
	require.NoError(t, err)
	engine := flows.NewEngine(flows.Content{Questions: questions, Catalogue: catalogue, Languages: texts.Languages(),
		Partners: partners, ID: "test", Words: func(lang, id string) string {
			if !texts.Has(lang, id) {
				return ""
			}
			return texts.Text(lang, id)
		}})
	h := &house{t: t, clock: &clock{}, store: st, texts: texts, data: filepath.Join(dir, "data"), key: key}
	h.desk = bot.NewDispatcher(bot.Options{Store: st, Engine: engine, Clock: h.clock})
	h.clock.look = func(now time.Time) {
		h.desk.HalfYear()
		_, err := st.Sweep(context.Background(), now)
		require.NoError(t, err)
	}
	o := web.Options{
		Desk: h.desk, Texts: func() *locales.Texts { return texts }, Clock: h.clock, BotName: func() string { return "digiwijzer_bot" },
		Guide: func() content.Guide { return content.NewGuide(questions, catalogue, referral.DayOf(h.clock.Now())) },
		Link: func(param string) (flows.Link, flows.Partner, bool) {
			link := engine.ParseLink(param)
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
	h.Server = httptest.NewServer(web.New(o))
	t.Cleanup(func() {
		h.Server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, h.desk.Close(ctx))
		require.NoError(t, st.Close())
	})
	return h
}

// browser is a person with a browser that runs no script.
type browser struct {
	t      testing.TB
	house  *house
	client *http.Client
	header http.Header
	page   page
}

// page is what is on the screen.
type page struct {
	status int
	header http.Header
	url    *url.URL
	text   string
	root   *html.Node
}

func (h *house) visit(t testing.TB) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := *h.Client()
	client.Jar = jar
	return &browser{t: t, house: h, client: &client, header: http.Header{}}
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
	r, err := http.NewRequest(http.MethodGet, b.house.URL+path, nil)
	require.NoError(b.t, err)
	return b.do(r)
}

func (b *browser) post(path string, values url.Values) *page {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.house.URL+path, strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.house.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// press presses the button with the value.
func (b *browser) press(value string) *page {
	b.t.Helper()
	values, action := b.page.form(value)
	require.NotEmpty(b.t, action, "no button %q on %s:\n%s", value, b.page.url, b.page.main())
	return b.post(action, values)
}

// form finds the form with the button and what it would send.
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

// options are the values of the answers on the page.
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

// first is the text of the first element with the tag.
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

// cookie is what the browser sends back to the house.
func (b *browser) cookie(name string) string {
	address, err := url.Parse(b.house.URL)
	require.NoError(b.t, err)
	for _, c := range b.client.Jar.Cookies(address) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// finish answers every question with its n-th option (the last where there are fewer)
// until there is an advice.
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

// weekly is what the figures say of this week, finished conversations that wait included.
func (h *house) weekly() figures.Weekly {
	h.t.Helper()
	ctx := context.Background()
	stats, err := store.OpenFigures(ctx, h.data, h.key)
	require.NoError(h.t, err)
	defer stats.Close()
	week := referral.WeekOf(h.clock.Now())
	report, err := stats.Weekly(ctx, figures.Period{From: week, To: week}, nil)
	require.NoError(h.t, err)
	return report.Totals
}
