package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"net"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patterns returns every address in the source of the handlers, with its wildcards filled in.
func patterns(t *testing.T) (paths []string) {
	t.Helper()
	form := regexp.MustCompile(`^(?:[A-Z]+ )?(/[^\s"<>]*)$`)
	wildcard := regexp.MustCompile(`\{[^}]*\}`)
	for _, s := range sources(t) {
		if dir := path.Dir(s.file); dir != "bot/web" && dir != "bot/app" && dir != "bot/monitor" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			if parts := form.FindStringSubmatch(text); parts != nil {
				at := strings.ReplaceAll(parts[1], "{$}", "")
				paths = append(paths, wildcard.ReplaceAllString(at, "kvk"))
			}
			return true
		})
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// raw sends one request as it is and returns the response.
func raw(t *testing.T, s *server, method, target string) *http.Response {
	t.Helper()
	host := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", host)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", method, target, host)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err, "%s %s", method, target)
	require.NoError(t, response.Body.Close())
	return response
}

// TestEveryResponseHasTheHeaders: every address in the source, with every method, also where
// a mux redirects or refuses, or nothing is found.
func TestEveryResponseHasTheHeaders(t *testing.T) {
	t.Parallel()
	_, env := telegramAPI(t)
	h := newHarness(t, webhook(t)...).with(env...).with("DIGIWIJZER_DASHBOARD_TOKEN=sixteen-letters!", "DIGIWIJZER_PUBLIC_URL=https://check.example")
	s := h.serve()
	targets := append(patterns(t), "/nergens", "//", "/p/../privacy", "/static/../werkgroep", "/p", "/telegram/hook", "/kaart/x.png", "/%00", "/.git/config")
	require.Contains(t, targets, "/werkgroep/cijfers/kvk")
	require.Contains(t, targets, "/antwoorden")
	require.Contains(t, targets, "/healthz")
	require.Greater(t, len(targets), 60)
	statuses := map[int]int{}
	check := func(method, target string) {
		response := raw(t, s, method, target)
		statuses[response.StatusCode]++
		header, at := response.Header, fmt.Sprintf("%s %s: %d", method, target, response.StatusCode)
		assert.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'", at)
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), at)
		assert.Contains(t, []string{"same-origin", "no-referrer"}, header.Get("Referrer-Policy"), at)
		assert.Equal(t, "max-age=31536000; includeSubDomains", header.Get("Strict-Transport-Security"), at)
		if embedded := strings.HasPrefix(target, "/embed/") && response.StatusCode == http.StatusOK; !embedded {
			assert.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'", at)
			assert.Equal(t, "DENY", header.Get("X-Frame-Options"), at)
		}
	}
	for _, target := range targets {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			check(method, target)
		}
	}
	check("OPTIONS", "*")
	check("CONNECT", "check.example:443")
	for _, status := range []int{200, 303, 307, 401, 404, 405} {
		assert.Positive(t, statuses[status], "%d: %v", status, statuses)
	}
	assert.Zero(t, s.stop(), s.stderr)
}

// TestWebhookShadowsNothing: a path that the site uses is refused, whatever uses it.
func TestWebhookShadowsNothing(t *testing.T) {
	t.Parallel()
	_, env := telegramAPI(t)
	h := newHarness(t, env...)
	h.makeData()
	for _, path := range []string{"/healthz", "/metrics", "/privacy", "/gesprek", "/klaar", "/p/kvk", "/p", "/vervolg/x", "/static/site.css", "/werkgroep", "/p/a/cijfers/b", "/robots.txt"} {
		address := freeAddress(t)
		h.with("DIGIWIJZER_LISTEN="+address, "DIGIWIJZER_WEBHOOK_URL=http://"+address+path,
			"DIGIWIJZER_WEBHOOK_SECRET="+strings.Repeat("s3cret_", 6), "DIGIWIJZER_DASHBOARD_TOKEN=sixteen-letters!")
		o := h.run("", "serve")
		assert.Equal(t, exitBadInput, o.code, path)
		assert.Regexp(t, `^digiwijzer: DIGIWIJZER_WEBHOOK_URL: .*`+path+`.*/telegram\n$`, o.stderr, path)
	}
}

// TestLogForms: JSON unless the output is a terminal, and text where the configuration says so.
func TestLogForms(t *testing.T) {
	t.Parallel()
	s := newHarness(t, "DIGIWIJZER_LOG=").serve()
	assert.Zero(t, s.stop(), s.stderr)
	lines := 0
	for line := range strings.Lines(s.stderr.String()) {
		var entry struct{ Time, Level, Msg string }
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		assert.NotEmpty(t, entry.Time+entry.Level+entry.Msg)
		lines++
	}
	assert.Positive(t, lines)
	s = newHarness(t, "DIGIWIJZER_LOG=text").serve()
	assert.Zero(t, s.stop(), s.stderr)
	for line := range strings.Lines(s.stderr.String()) {
		assert.Regexp(t, logLine, line)
	}
}
