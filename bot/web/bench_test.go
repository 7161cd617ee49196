package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// client goes through checks without a pause. One turn is an answer submitted and the
// next page fetched. It parses as little as it can, since it shares the processors with
// the server.
type client struct {
	http   *http.Client
	url    string
	page   string
	cookie string // of the conversation
	begin  string // of its first answer
}

var (
	nonceField = regexp.MustCompile(`name="n" value="([^"]+)"><input type="hidden" name="t" value="([^"]+)"`)
	options    = regexp.MustCompile(`value="(a\.[^"]+)"`)
)

func (u *client) fetch(method, path, body string) (location string, err error) {
	r, err := http.NewRequest(method, u.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range []string{u.cookie, u.begin} {
		if c != "" {
			r.Header.Add("Cookie", c)
		}
	}
	response, err := u.http.Transport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	u.page = string(text)
	for _, c := range response.Cookies() {
		switch c.Name {
		case "gesprek":
			u.cookie = "gesprek=" + c.Value
		case "begin":
			u.begin = "begin=" + c.Value
		}
	}
	if response.StatusCode >= 400 {
		return "", fmt.Errorf("%s: %s", path, response.Status)
	}
	return response.Header.Get("Location"), nil
}

// turn answers the question on the page, or starts a new check after the advice.
func (u *client) turn() error {
	values := options.FindAllStringSubmatch(u.page, -1)
	if len(values) == 0 || strings.Contains(u.page, "a.satisfaction.") {
		u.cookie = ""
		_, err := u.fetch(http.MethodGet, "/", "")
		values = options.FindAllStringSubmatch(u.page, -1)
		if err != nil || len(values) == 0 {
			return fmt.Errorf("no first page: %w", err)
		}
	}
	form := nonceField.FindStringSubmatch(u.page)
	body := url.Values{"n": {form[1]}, "t": {form[2]}, "k": {values[min(1, len(values)-1)][1]}, "l": {"nl"}}
	location, err := u.fetch(http.MethodPost, "/gesprek", body.Encode())
	for err == nil && location != "" {
		location, err = u.fetch(http.MethodGet, location, "")
	}
	return err
}

// BenchmarkTurns measures turns per second and their 99th percentile, with the store
// behind the pages, and the same number of requests for a static page of that size.
func BenchmarkTurns(b *testing.B) {
	b.Run("pages", func(b *testing.B) {
		h := newHarness(b, nil)
		load(b, h.Client(), h.URL, (*client).turn)
	})
	b.Run("static", func(b *testing.B) {
		page := []byte(strings.Repeat("x", 4600))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) }))
		defer server.Close()
		load(b, server.Client(), server.URL, func(u *client) error { // two requests, as in a turn
			_, err := u.fetch(http.MethodPost, "/", "k=a")
			if err == nil {
				_, err = u.fetch(http.MethodGet, "/", "")
			}
			return err
		})
	})
}

func load(b *testing.B, h *http.Client, url string, turn func(*client) error) {
	h.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	var mu sync.Mutex
	var all []time.Duration
	b.SetParallelism(16) // 32 clients on two cores
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		u := &client{http: h, url: url}
		var took []time.Duration
		for pb.Next() {
			begin := time.Now()
			if err := turn(u); err != nil {
				b.Error(err)
				return
			}
			took = append(took, time.Since(begin))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
	})
	slices.Sort(all)
	if len(all) > 0 {
		b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "turns/s")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	}
}
