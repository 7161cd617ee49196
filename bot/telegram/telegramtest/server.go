// Package telegramtest is a fake Telegram Bot API server for tests, in the manner of
// net/http/httptest. It serves the wire format of core.telegram.org/bots/api over HTTP,
// validates requests as Telegram does (and also refuses unknown parameters), returns
// Telegram's error texts, injects the failures of Telegram and of networks, and simulates
// the people who use the bot.
package telegramtest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Options configure a server; the zero value has no rate limits and no faults.
type Options struct {
	Token string // bot token; empty: DefaultToken
	// Limits enables Telegram's rate limits: 30 messages per second in all, and one per
	// second per chat after a burst of three. Beyond them a call gets a 429
	// (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
	Limits bool
	// RetryUnit is the first delay after a failed webhook delivery, doubled each time up
	// to 64 units; zero: one second.
	RetryUnit time.Duration
	Now       func() time.Time // clock of the rate limits; nil: time.Now
	Seed      uint64           // of random faults
	// EditBurst is how many edits of one chat are accepted within ten seconds. One more gets a 429 of EditPause
	// seconds, as does everything else of that chat until then: Telegram's limit is not documented, but
	// reported (https://github.com/python-telegram-bot/python-telegram-bot/issues/939). Zero: no limit.
	EditBurst, EditPause int
	// SlowBy is the delay of random faults, by kind.
	SlowBy map[FaultKind]time.Duration
	// Memory serves over pipes in memory instead of TCP, so that a test can run in a bubble of
	// testing/synctest. Requests reach it by Dial.
	Memory bool
	// IdleTimeout is when a server in memory closes an idle connection; negative: after every
	// response. Zero: never.
	IdleTimeout time.Duration
}

// DefaultToken is the bot token of a server without Options.Token.
const DefaultToken = "4242:fake-token-AAbbCCddEEffGGhhIIjjKKllMMnnOOpp"

// BotID and BotUsername are returned by getMe.
const (
	BotID       = 4242
	BotUsername = "digiwijzer_bot"
)

// Server is the fake server. Its methods are safe for concurrent use.
type Server struct {
	opts Options
	http *httptest.Server // nil with Options.Memory
	pipe *pipeServer      // with Options.Memory
	stop context.CancelFunc

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced at every change
	chats     map[int64]*chat
	queries   map[string]*query
	lastID    int64 // of messages; Telegram numbers all private chats of a bot in one sequence
	lastQuery int64
	lastAlbum int64
	calls     []Call
	bad       []Call // refused with 400 or 404
	counts    map[string]int
	profile   map[string]string
	files     map[string][]byte // uploaded pictures, by id
	updates   updates
	hook      webhook
	deliver   chan struct{} // wakes deliverUpdates
	handler   http.Handler  // of DeliverTo
	faults    []*Fault
	odds      map[FaultKind]float64
	happened  map[FaultKind]int
	repeats   int // calls that repeated an effect
	random    *rand.Rand
	overall   bucket
}

// chat is the state of one chat.
type chat struct {
	id       int64
	kind     string // private, group, supergroup, channel
	lang     string
	started  bool // the person has written to the bot, or the bot is a member
	blocked  bool
	left     bool
	messages map[int64]*Message
	order    []int64
	toasts   []string
	turns    []Turn
	done     map[string]bool // effects by turn, see noteRepeat
	changed  chan struct{}
	bucket   bucket
	edits    []time.Time // within the last ten seconds
	refused  time.Time   // everything is refused until then
}

// query is a callback query: a pressed button.
type query struct {
	chat     *chat
	turn     int
	answered bool
}

// Call is one request of the bot.
type Call struct {
	Method      string
	Chat        int64 // zero if the method has none
	Code        int   // 200, or the error code
	Description string
	// Repeated reports that the call was refused only because it was done before
	// ("message is not modified", a query answered already), as happens to a sender that
	// retries after a lost response.
	Repeated bool
}

// New starts a server, which the caller must close.
func New(opts Options) *Server {
	if opts.Token == "" {
		opts.Token = DefaultToken
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.RetryUnit == 0 {
		opts.RetryUnit = time.Second
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		opts: opts, stop: stop,
		changed: make(chan struct{}), deliver: make(chan struct{}, 1),
		chats: map[int64]*chat{}, queries: map[string]*query{},
		counts: map[string]int{}, profile: map[string]string{}, files: map[string][]byte{},
		odds: map[FaultKind]float64{}, happened: map[FaultKind]int{},
		random:  rand.New(rand.NewPCG(opts.Seed, opts.Seed)),
		overall: bucket{rate: 30, burst: 30},
	}
	s.updates.added = make(chan struct{})
	base := func(net.Listener) context.Context { return ctx }
	if opts.Memory {
		s.pipe = newPipeServer(http.HandlerFunc(s.serve), base, opts.IdleTimeout)
	} else {
		s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
		s.http.Config.BaseContext = base
		s.http.Start()
	}
	go s.deliverUpdates(ctx)
	return s
}

// URL returns the base address of the Bot API.
func (s *Server) URL() string {
	if s.pipe != nil {
		return "http://127.0.0.1:1"
	}
	return s.http.URL
}

// Dial connects to a server with Options.Memory.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) { return s.pipe.dial(ctx) }

// Token returns the bot token that the server accepts.
func (s *Server) Token() string { return s.opts.Token }

// Close closes every connection and stops the webhook deliveries.
func (s *Server) Close() {
	s.stop()
	if s.pipe != nil {
		s.pipe.close()
		return
	}
	s.http.CloseClientConnections()
	s.http.Close()
}

// answer is the envelope of every response.
type answer struct {
	OK          bool        `json:"ok"`
	Result      any         `json:"result,omitempty"`
	Code        int         `json:"error_code,omitempty"`
	Description string      `json:"description,omitempty"`
	Parameters  *retryAfter `json:"parameters,omitempty"`
}

type retryAfter struct {
	Seconds int `json:"retry_after"`
}

// apiError is an error response, with Telegram's text.
type apiError struct {
	code  int
	text  string
	retry int

	repeated bool // see Call
}

func badRequest(text string) *apiError { return &apiError{code: 400, text: "Bad Request: " + text} }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot"+s.opts.Token+"/")
	if !ok {
		write(w, answer{Code: 401, Description: "Unauthorized"})
		return
	}
	m, ok := methods[rest]
	if !ok {
		write(w, answer{Code: 404, Description: "Not Found"})
		return
	}
	p, refused := readParams(r, m.params)
	if refused == nil && p.missing(m.required) != "" {
		refused = badRequest("parameter \"" + p.missing(m.required) + "\" is required")
	}
	if refused != nil {
		s.record(rest, p.chatID(), s.turnOf(p.chatID()), refused)
		write(w, answer{Code: refused.code, Description: refused.text})
		return
	}
	s.run(w, r, rest, m, p)
}

// run handles one well-formed request, unless a fault is injected.
func (s *Server) run(w http.ResponseWriter, r *http.Request, name string, m method, p params) {
	fault := s.fault(name, p.chatID())
	if fault != nil && fault.prevent(w, r) {
		return
	}
	turn := s.turnOf(p.chatID()) // before the person can react to the result
	result, refused := m.run(s, r.Context(), p)
	if name == "getUpdates" && r.Context().Err() != nil {
		return // the poller disconnected
	}
	s.record(name, p.chatID(), turn, refused)
	s.noteRepeat(name, p, turn, refused)
	if fault != nil && fault.Kind == DropAfter {
		drop(w)
		return
	}
	if fault != nil && fault.Kind == HalfBody {
		half(w)
		return
	}
	if refused != nil {
		a := answer{Code: refused.code, Description: refused.text}
		if refused.retry > 0 {
			a.Parameters = &retryAfter{refused.retry}
		}
		write(w, a)
		return
	}
	write(w, answer{OK: true, Result: result})
}

func write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	if a.Code != 0 {
		w.WriteHeader(a.Code)
	}
	_ = json.NewEncoder(w).Encode(a)
}

// half sends a part of a response and closes the connection.
func half(w http.ResponseWriter) {
	if conn, buffer, err := w.(http.Hijacker).Hijack(); err == nil {
		_, _ = buffer.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,\"res")
		_ = buffer.Flush()
		_ = conn.Close()
	}
}

// drop closes the connection without a response.
func drop(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// touch wakes the waiters for a change of the chat, or for any change if c is nil. s.mu
// is held.
func (s *Server) touch(c *chat) {
	if c != nil {
		close(c.changed)
		c.changed = make(chan struct{})
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait blocks until cond is true; it evaluates cond again after every change.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	return wait(ctx, cond, func() <-chan struct{} {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.changed
	})
}

func wait(ctx context.Context, cond func() bool, change func() <-chan struct{}) error {
	for {
		next := change()
		if cond() {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
