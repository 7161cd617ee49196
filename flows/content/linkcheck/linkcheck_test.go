package linkcheck

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// website is a web server with pages in every state that counts its requests.
type website struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int // by method and path
}

func newWebsite(t *testing.T) *website {
	t.Helper()
	v := &website{asked: map[string]int{}}
	release := make(chan struct{})
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.asked[r.Method+" "+r.URL.Path]++
		asked := v.asked["HEAD "+r.URL.Path] + v.asked["GET "+r.URL.Path]
		v.mu.Unlock()
		switch r.URL.Path {
		case "/fine":
		case "/get-only":
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		case "/recovers":
			if asked <= 2 { // one try: the head and the page
				w.WriteHeader(http.StatusInternalServerError)
			}
		case "/broken":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/moved":
			http.Redirect(w, r, "/fine", http.StatusMovedPermanently)
		case "/lent":
			http.Redirect(w, r, "/fine", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		case "/slow":
			<-release
		}
	}))
	t.Cleanup(func() { close(release); v.Close() })
	return v
}

func (v *website) count(request string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked[request]
}

func TestAnswersDecideTheState(t *testing.T) {
	v := newWebsite(t)
	paths := map[string]Result{
		"/fine":     {State: Fine, Code: 200, Tries: 1},
		"/get-only": {State: Fine, Code: 200, Tries: 1},
		"/gone":     {State: Gone, Code: 404, Tries: 1},
		"/recovers": {State: Fine, Code: 200, Tries: 2},
		"/broken":   {State: Failed, Code: 503, Tries: 3},
		"/moved":    {State: Moved, Code: 200, Tries: 1, To: v.URL + "/fine"},
		"/lent":     {State: Fine, Code: 200, Tries: 1},
		"/round":    {State: Failed, Tries: 3, Error: "more than 5 redirects"},
	}
	var addresses []string
	for path := range paths {
		addresses = append(addresses, v.URL+path)
	}
	reported := 0
	results := New(Options{Timeout: time.Minute, Tries: 3, Private: true}).Check(t.Context(), addresses, func(Result) { reported++ })
	require.Len(t, results, len(paths))
	assert.Equal(t, len(paths), reported)
	for _, r := range results {
		want := paths[r.URL[len(v.URL):]]
		if r.State != Moved {
			r.To = "" // where a redirect for now leads is of no use to an editor
		}
		want.URL = r.URL
		assert.Equal(t, want, r)
	}
	assert.Equal(t, 1, v.count("HEAD /gone"), "what is gone is not retried")
	assert.Equal(t, 1, v.count("GET /gone"))
	assert.Equal(t, 0, v.count("GET /lent"), "HEAD is enough")
}

func TestSlowServersTimeOut(t *testing.T) {
	v := newWebsite(t)
	results := New(Options{Timeout: 50 * time.Millisecond, Tries: 2, Private: true}).Check(t.Context(), []string{v.URL + "/slow"}, func(Result) {})
	assert.Equal(t, Failed, results[0].State)
	assert.Equal(t, "no answer in time", results[0].Error)
	assert.Equal(t, 2, results[0].Tries)
}

// TestPrivateNetworksAreRefused: by address, by name and by redirect.
func TestPrivateNetworksAreRefused(t *testing.T) {
	v := newWebsite(t)
	port := netip.MustParseAddrPort(v.Listener.Addr().String()).Port()
	closed := New(Options{Timeout: time.Minute, Tries: 3})
	for _, address := range []string{v.URL + "/fine", "http://localhost:" + strconv.Itoa(int(port)) + "/fine", "http://[::1]/", "http://10.0.0.1/",
		"http://169.254.169.254/", "http://[::ffff:192.168.1.1]/", "http://[64:ff9b::7f00:1]/"} {
		r := closed.checkOne(t.Context(), address)
		assert.Equal(t, Refused, r.State, address)
		assert.Equal(t, 1, r.Tries, "another try would change nothing")
	}
	assert.Empty(t, v.asked, "no request was made")

	// The first step of the way is open, the second is not.
	halfway := New(Options{Timeout: time.Minute, Tries: 3, Private: true})
	halfway.client.Transport = &http.Transport{DialContext: dialOnly(netip.MustParseAddrPort(v.Listener.Addr().String()))}
	assert.Equal(t, Refused, halfway.checkOne(t.Context(), v.URL+"/inside").State)
	assert.Positive(t, v.count("HEAD /inside"))
	assert.Equal(t, Fine, halfway.checkOne(t.Context(), v.URL+"/fine").State)
}

// TestNamesInPrivateNetworksAreRefused: whatever a name resolves to, also one bad address among
// good ones, and also as the target of a redirect.
func TestNamesInPrivateNetworksAreRefused(t *testing.T) {
	v := newWebsite(t)
	at := netip.MustParseAddrPort(v.Listener.Addr().String())
	inside := map[string][]string{
		"inside.example.": {"10.0.0.7"}, "here.example.": {"127.0.0.1"}, "cloud.example.": {"169.254.169.254"}, "six.example.": {"::1", "fd00::1"},
		"mixed.example.": {"192.168.0.1", "127.0.0.1"}, "mapped.example.": {"::ffff:127.0.0.1"},
	}
	asked := resolveWith(t, inside)
	closed := New(Options{Timeout: time.Minute, Tries: 3})
	for name := range inside {
		address := fmt.Sprintf("http://%s:%d/fine", strings.TrimSuffix(name, "."), at.Port())
		assert.Equal(t, Refused, closed.checkOne(t.Context(), address).State, name)
	}
	assert.Empty(t, v.asked, "no request was made")
	assert.GreaterOrEqual(t, asked.Load(), int64(len(inside)), "the names were looked up")

	// A server outside sends us in: by address and by name.
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("http://%s:%d/fine", r.URL.Query().Get("to"), at.Port()), http.StatusFound)
	}))
	defer outside.Close()
	dial, open := closed.client.Transport.(*http.Transport).DialContext, outside.Listener.Addr().String()
	closed.client.Transport = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == open { // as if that were public
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		return dial(ctx, network, address)
	}}
	for _, to := range []string{"127.0.0.1", "here.example", "mixed.example", "localhost", "[::1]", "[::ffff:7f00:1]", "0.0.0.0", "169.254.169.254"} {
		assert.Equal(t, Refused, closed.checkOne(t.Context(), outside.URL+"/?to="+to).State, to)
	}
	assert.Empty(t, v.asked, "no request was made")
}

// resolveWith answers every look-up of a name in this process from a table, until the test
// ends, and counts them.
func resolveWith(t *testing.T, names map[string][]string) *atomic.Int64 {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	asked := &atomic.Int64{}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return // the test has ended
			}
			if reply := resolve(buffer[:n], names); reply != nil {
				asked.Add(1)
				_, _ = server.WriteTo(reply, from)
			}
		}
	}()
	usual := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = usual
		_ = server.Close()
	})
	return asked
}

// resolve answers one question for addresses.
func resolve(question []byte, names map[string][]string) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	for _, address := range names[q.Name.String()] {
		a := netip.MustParseAddr(address)
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case !a.Is4() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	reply, err := m.Pack()
	if err != nil {
		return nil
	}
	return reply
}

func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:4001::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false,
		"169.254.1.1": false, "100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "::1": false, "::": false,
		"fe80::1": false, "fc00::1": false, "::ffff:127.0.0.1": false, "2002:7f00:1::": false,
	} {
		assert.Equal(t, want, public(netip.MustParseAddr(address)), address)
	}
}

// dialOnly dials one address as if only that were public.
func dialOnly(open netip.AddrPort) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != open.String() {
			if err := onlyPublic(network, address, nil); err != nil {
				return nil, err
			}
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}
