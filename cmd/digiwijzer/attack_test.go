package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/settings"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

// hostileAPI is a Bot API that echoes requests in every kind of faulty response.
func hostileAPI(t *testing.T) (url string, calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		echo := r.URL.Path + "\\ntime=now level=ERROR msg=forged \\u001b[31mred"
		switch calls.Add(1) % 5 {
		case 0:
			panic(http.ErrAbortHandler) // the connection drops
		case 1:
			w.WriteHeader(http.StatusBadGateway)
			_, _ = fmt.Fprintf(w, "<html>%s", r.URL)
		case 2:
			_, _ = fmt.Fprintf(w, `{"ok":true,"result":%q}`, r.URL.Path) // not what was asked for
		case 3:
			http.Redirect(w, r, "http://127.0.0.1:1"+r.URL.Path, http.StatusFound)
		default:
			_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":500,"description":"%s"}`, echo)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

var logLine = regexp.MustCompile(`^time=\S+ level=[A-Z]+ msg=`)

// TestSecretsAreInNoResponseAndNoLog: neither the token nor the webhook secret, the dashboard
// token or the key, whatever fails and whatever is requested. No input adds a line to the log.
func TestSecretsAreInNoResponseAndNoLog(t *testing.T) {
	t.Parallel()
	api, calls := hostileAPI(t)
	token, word := "4242:ZZtopsecretZZtopsecretZZtopsecret", "dash-board-9f2c7b1e64d0a835"
	env := webhook(t)
	h := newHarness(t, env...).with("TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api, "DIGIWIJZER_DASHBOARD_TOKEN="+word)
	s := h.serve()
	hook := strings.TrimPrefix(env[1], "DIGIWIJZER_WEBHOOK_URL=")
	secret := strings.TrimPrefix(env[2], "DIGIWIJZER_WEBHOOK_SECRET=")
	var responses bytes.Buffer
	ask := func(method, url, body string, header ...string) {
		request, err := http.NewRequest(method, url, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		defer response.Body.Close()
		require.NoError(t, response.Header.Write(&responses))
		_, err = io.Copy(&responses, response.Body)
		require.NoError(t, err)
	}
	for _, path := range []string{"/", "/healthz", "/metrics", "/gesprek", "/werkgroep", "/debug/pprof/", "/debug/vars", "/.env", "/%0atime=now", "/p/x%0a%1b[31m", "/telegram/hook"} {
		ask("GET", s.url+path, "")
	}
	for i, text := range []string{"/start \\n\\u001b[31mtime=now level=ERROR", "hallo\\r\\nlevel=ERROR", "\\u0000", "/week", "/help"} {
		update := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"from":{"id":5},"chat":{"id":5,"type":"private"},"text":"%s"}}`, i+1, text)
		ask("POST", hook, update, "X-Telegram-Bot-Api-Secret-Token", secret)
	}
	ask("POST", hook, "{", "X-Telegram-Bot-Api-Secret-Token", secret)
	ask("POST", hook, "{}", "X-Telegram-Bot-Api-Secret-Token", secret[:40])
	eventually(t, "calls have failed in every way", func() bool { return calls.Load() > 15 })
	ask("GET", s.url+"/healthz", "")
	log := s.stderr.String()
	for line := range strings.Lines(log) {
		assert.Regexp(t, logLine, line)
	}
	assert.NotContains(t, log, "\x1b")

	require.NoError(t, s.cmd.Process.Signal(syscall.SIGQUIT)) // prints all stacks, as in a panic
	s.wait()
	require.Contains(t, s.stderr.String(), "goroutine ")
	key, err := os.ReadFile(filepath.Join(h.dir, "digiwijzer.key"))
	require.NoError(t, err)
	for name, secret := range map[string]string{
		"token": token, "second half of the token": strings.TrimPrefix(token, "4242:"), "webhook secret": secret, "dashboard token": word,
		"key": string(key), "key in hex": hex.EncodeToString(key), "key in base64": base64.StdEncoding.EncodeToString(key),
	} {
		assert.False(t, strings.Contains(responses.String(), secret), "%s is in a response", name)
		assert.False(t, strings.Contains(s.stderr.String(), secret), "%s is in the log", name)
	}
}

func TestSecretFilesMustBePrivate(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("4242:ZZtopsecretZZtopsecretZZtopsecret\n"), 0o600))
	for mode, private := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o440: true, 0o644: false, 0o604: false, 0o666: false, 0o602: false} {
		require.NoError(t, os.Chmod(token, mode))
		got, err := settings.Settings{BotTokenFile: token}.Token()
		if private {
			require.NoError(t, err, mode)
			assert.Equal(t, "4242:ZZtopsecretZZtopsecretZZtopsecret", got.Reveal())
			continue
		}
		require.ErrorContains(t, err, "chmod 600", "%v", mode)
		assert.True(t, got.Empty())
	}
	require.NoError(t, os.Chmod(token, 0o644))
	o := newHarness(t, "TELEGRAM_BOT_TOKEN_FILE="+token).run("", "serve")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "chmod 600")
}

// forgedParameters returns start parameters that resemble partner codes or are made to break
// something.
func forgedParameters(n int, real []string) (all []string) {
	dice := rand.New(rand.NewPCG(5, 5))
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	payloads := []string{"'; DROP TABLE outcome;--", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "../../etc/passwd", "%00", "\x00", "\n", "{{.Token}}",
		strings.Repeat("a", 5000), "${jndi:ldap://x}", "test' OR '1'='1", "\u202e", "GM9999", "GM0344;GM0355", "'_GM0344", "<b>_en", ".._GM0344_en"}
	for len(all) < n {
		code := []byte(real[dice.IntN(len(real))])
		switch dice.IntN(4) {
		case 0:
			code[dice.IntN(len(code))] = letters[dice.IntN(36)]
		case 1:
			code = append(code, letters[dice.IntN(36)])
		case 2:
			code = make([]byte, 1+dice.IntN(64))
			for i := range code {
				code[i] = letters[dice.IntN(37)] // no underscore: that divides the parts
			}
		default:
			code = append(code, payloads[dice.IntN(len(payloads))]...)
		}
		forged := string(code)
		// What was only copied badly ("kvk-utrecht%00") counts for its partner.
		if meant := flows.CleanParameter(forged); !slices.Contains(real, meant) && meant != "nl" && meant != "en" {
			all = append(all, forged)
		}
	}
	return all
}

// TestForgedStartParameters: of 10,000 none is accepted as a partner or counted, and none is in plain text in a file
// or the log.
func TestForgedStartParameters(t *testing.T) {
	t.Parallel()
	partners := folder(t, "bot/share/partners.toml", "[[partner]]\ncode = \"kvk-utrecht\"\nname = \"KVK Utrecht\"\nkind = \"kvk\"\n")
	c, err := content.Load(partners)
	require.NoError(t, err)
	require.Contains(t, c.Engine.Partners, "kvk-utrecht")
	forged := forgedParameters(10_000, []string{"kvk-utrecht"})
	for _, parameter := range forged {
		require.Equal(t, flows.Link{}, c.Engine.ParseLink(parameter), "%q", parameter)
	}

	sent := size(300, 1000)
	load := newLoad(t, sent)
	s, h := load.serveAt(t, "DIGIWIJZER_CONTENT="+partners)
	load.each(func(u *user) {
		parameter := forged[u.id] // mostly nearly the code of a partner
		if u.id%2 == 0 {
			parameter = "Xcanary" + parameter + "Xcanary"
		}
		text, err := json.Marshal("/start " + parameter)
		if err == nil {
			u.post(fmt.Appendf(nil, `"message":{"message_id":1,"from":%s,"chat":%s,"text":%s}`, u.person, u.chat, text))
		}
	})
	assert.Zero(t, s.stop(), s.stderr)
	r := h.report("--week", "2026-W47")
	assert.Equal(t, sent, r.Totals.Started)
	assert.Empty(t, r.Totals.Partners)
	files, err := filepath.Glob(filepath.Join(h.dir, "data", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	kept := s.stderr.String()
	for _, name := range files {
		kept += read(t, name)
	}
	assert.NotContains(t, kept, "Xcanary")
	for _, parameter := range forged[:sent+1] {
		if len(parameter) > 8 {
			assert.False(t, strings.Contains(kept, parameter), "%q was kept", parameter)
		}
	}
}

// TestAFloodOfOneChatHoldsUpNobody: while one chat posts far more than its rate limit, on
// more connections than Telegram opens, most of it is refused and everybody else is served.
func TestAFloodOfOneChatHoldsUpNobody(t *testing.T) {
	t.Parallel()
	const connections = 400 // more than may wait for the limit of one chat
	least := int64(size(1_000, 5_000))
	people, taps := size(10, 20), size(10, 20)
	load := newLoad(t, people)
	s, _ := load.serveAt(t)
	load.reachQuestion()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sent, refused atomic.Int64
	var flood sync.WaitGroup
	began := time.Now()
	for range connections {
		flood.Go(func() {
			for ctx.Err() == nil {
				body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"from":{"id":999999},"chat":{"id":999999,"type":"private"},"text":"%s"}}`,
					1_000_000+sent.Add(1), strings.Repeat("x", 4000))
				if load.postUpdate(ctx, body) == http.StatusServiceUnavailable {
					refused.Add(1)
				}
			}
		})
	}
	load.each(func(u *user) { // the flood lasts until all of them are done
		for range taps {
			u.tap()
		}
	})
	eventually(t, "the flood has been posted", func() bool { return sent.Load() >= least })
	stop()
	flood.Wait()
	waits := load.waits()
	require.Len(t, waits, people*taps)
	// The rest was accepted within the limits of a chat, a burst of 60 and then 5 a second, or
	// was in flight.
	accepted := 60 + 5*int64(time.Since(began)/time.Second+1) + connections
	assert.GreaterOrEqual(t, refused.Load(), sent.Load()-accepted)
	t.Logf("%d posted, %d refused; memory at most %.0f MB; the others waited %s, 1 %% more than %s",
		sent.Load(), refused.Load(), s.memory("VmHWM"), waits[len(waits)/2], waits[len(waits)*99/100])
	s.kill() // a graceful stop would first handle what is queued
}

// fewStrangers is how many strangers there are in a routine run, and manyStrangersMB what the
// program may use for any number of them: a bound that only a large number can exceed.
const (
	fewStrangers    = 500
	manyStrangersMB = 128
)

var strangers = flag.Int("strangers", fewStrangers, "how many chats write once in TestManyStrangersAreServed; with more than the default its memory is limited")

// TestManyStrangersAreServed: everybody in a crowd who write once is answered, those who were
// there before continue, and the program keeps nothing in memory for each.
func TestManyStrangersAreServed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("commits thousands of turns")
	}
	load := newLoad(t, 20)
	s, _ := load.serveAt(t)
	load.reachQuestion()
	var next, acknowledged atomic.Int64
	var connections sync.WaitGroup
	for range 40 { // as many as Telegram opens
		connections.Go(func() {
			for n := next.Add(1); n <= int64(*strangers); n = next.Add(1) {
				id := 1_000_000 + n
				body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"from":{"id":%d},"chat":{"id":%d,"type":"private"},"text":"/start %d"}}`, id, id, id, id)
				if load.postUpdate(t.Context(), body) == http.StatusOK {
					acknowledged.Add(1)
				}
			}
		})
	}
	connections.Wait()
	assert.Equal(t, int64(*strangers), acknowledged.Load())
	load.each(func(u *user) {
		u.disconnect() // the server closes idle connections
		u.tap()
	})
	if *strangers > fewStrangers && !withRaceDetector { // the race detector uses several times the memory
		assert.Less(t, s.memory("VmHWM"), float64(manyStrangersMB))
	}
	t.Logf("%d strangers; memory at most %.0f MB", acknowledged.Load(), s.memory("VmHWM"))
	s.kill() // a graceful stop would first send what is queued
}

// postUpdate posts one update on any connection and returns the status; 0 without a response.
func (c *load) postUpdate(ctx context.Context, body string) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.address+c.route, strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", c.secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close() //nolint:errcheck // it is empty
	return response.StatusCode
}

// TestSlowClientsHoldUpNobody: connections on which a request never completes are closed by
// the server, and meanwhile everybody else is served.
func TestSlowClientsHoldUpNobody(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the server's time limit of ten seconds")
	}
	s := newHarness(t).serve()
	address := strings.TrimPrefix(s.url, "http://")
	var slow []net.Conn
	for range 300 {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer conn.Close() //nolint:errcheck // closed by the server
		_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		require.NoError(t, err)
		slow = append(slow, conn)
	}
	_, code := s.health()
	assert.Equal(t, http.StatusOK, code)
	for _, conn := range slow {
		readUntilClosed(t, conn)
	}

	request, err := http.NewRequest(http.MethodGet, s.url+"/", nil)
	require.NoError(t, err)
	request.Header.Set("X-Large", strings.Repeat("x", 1<<17))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode)
	assert.Zero(t, s.stop(), s.stderr)
}

// readUntilClosed returns what is received until the server closes the connection.
func readUntilClosed(t *testing.T, conn net.Conn) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(waitLimit)))
	received, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(received)
}

// TestSlowBodiesHoldUpNobody: requests whose bodies never complete are answered without
// reading them if the webhook secret is missing, and are cut off by the server otherwise.
// Meanwhile everybody else is served.
func TestSlowBodiesHoldUpNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the server's time limit of half a minute")
	}
	load := newLoad(t, 1)
	s, _ := load.serveAt(t)
	slow := map[string][]net.Conn{}
	for name, head := range map[string]string{
		"no secret": "POST " + load.route + " HTTP/1.1\r\n",
		"secret":    "POST " + load.route + " HTTP/1.1\r\nX-Telegram-Bot-Api-Secret-Token: " + load.secret + "\r\n",
		"form":      "POST /gesprek HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
	} {
		for range 50 {
			conn, err := net.Dial("tcp", load.address)
			require.NoError(t, err)
			defer conn.Close() //nolint:errcheck // closed by the server
			_, err = io.WriteString(conn, head+"Host: x\r\nContent-Length: 1000\r\n\r\n{")
			require.NoError(t, err)
			slow[name] = append(slow[name], conn)
		}
	}
	for _, conn := range slow["no secret"] {
		assert.Regexp(t, "^HTTP/1.1 401 ", readUntilClosed(t, conn))
	}
	load.reachQuestion()
	load.each(func(u *user) { u.tap() })
	_, code := s.health()
	assert.Equal(t, http.StatusOK, code)
	t.Parallel() // from here it only waits
	for _, conn := range slices.Concat(slow["secret"], slow["form"]) {
		readUntilClosed(t, conn)
	}
	assert.Zero(t, s.stop(), s.stderr)
}

// hostileNames are made to add lines or fields to a log.
var hostileNames = []string{"a\ntime=now level=ERROR msg=forged", "a\rlevel=ERROR", "a\x1b[31mred\x1b[0m", `a" level=ERROR msg="forged`, `a","level":"ERROR`, "a\u2028b", "a\x00b", "a\xffb", "a=b c"}

// TestNoInputAddsToTheLog: content, file names, addresses and requests stay within the value
// of their field. Each line of the log is a list of fields.
func TestNoInputAddsToTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var partners strings.Builder
	for i, name := range hostileNames {
		if !strings.ContainsAny(name, "\x00") {
			write(t, filepath.Join(dir, "x"+name+".toml"), "")
		}
		fmt.Fprintf(&partners, "[[partner]]\ncode = %q\nname = \"KVK\"\nkind = %q\n", "p"+strconv.Itoa(i)+strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(name, "?"))
	}
	write(t, filepath.Join(dir, "bot", "share", "partners.toml"), strings.NewReplacer(`\x`, `\u00`, `\u2028`, "\u2028").Replace(partners.String()))
	api, calls := hostileAPI(t)
	h := newHarness(t, webhook(t)...).with("TELEGRAM_BOT_TOKEN=4242:ZZtopsecretZZtopsecretZZtopsecret", "TELEGRAM_API_URL="+api, "DIGIWIJZER_CONTENT="+dir)
	s := h.serve()
	for _, name := range hostileNames {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nReferer: %s\r\n\r\n", name, name, name, name)
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		_, err = io.Copy(io.Discard, conn)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "bot", "share", "partners.toml")))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "the content was refused and calls have failed", func() bool {
		return calls.Load() > 10 && strings.Count(s.stderr.String(), "content refused") > len(hostileNames)
	})
	assert.Zero(t, s.stop())
	lines := 0
	for line := range strings.Lines(s.stderr.String()) {
		requireFields(t, line)
		lines++
	}
	assert.Contains(t, s.stderr.String(), "forged", "the names were logged")
	assert.Greater(t, lines, len(hostileNames))
}

// requireFields requires that a line of the log parses as unique fields, quoted where
// necessary, without control characters.
func requireFields(t *testing.T, line string) {
	t.Helper()
	require.Regexp(t, logLine, line)
	seen := map[string]bool{}
	for rest := strings.TrimSuffix(line, "\n"); rest != ""; rest = strings.TrimPrefix(rest, " ") {
		name, value, found := strings.Cut(rest, "=")
		require.True(t, found, "%q in %q", rest, line)
		require.Regexp(t, `^[a-z_]+$`, name, "%q", line)
		require.False(t, seen[name], "duplicate %s in %q", name, line)
		seen[name] = true
		field, _, _ := strings.Cut(value, " ")
		if strings.HasPrefix(value, `"`) {
			var err error
			field, err = strconv.QuotedPrefix(value)
			require.NoError(t, err, "%q", line)
		}
		for _, r := range field {
			require.False(t, r < ' ' || r == 0x7f || r == '\u2028', "%q", line)
		}
		rest = value[len(field):]
	}
}
