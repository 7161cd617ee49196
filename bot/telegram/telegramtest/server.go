// Package telegramtest is a Telegram Bot API server for tests. It speaks the wire
// format of core.telegram.org/bots/api over real HTTP, is as strict as Telegram
// where Telegram is strict (and stricter: unknown parameters are refused), answers
// with Telegram's error texts, can fail in the ways Telegram and networks fail, and
// plays the people at the other end.
package telegramtest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Options of a server; the zero value is a server without limits or faults.
type Options struct {
	Token string // bot token; empty: DefaultToken
	// Limits turns on Telegram's buckets: 30 messages a second in all, one a second per
	// chat after a burst of three; what exceeds them is a 429.
	Limits bool
	// RetryUnit is the first pause between webhook deliveries that fail, doubled each
	// time up to 64 units; zero: one second, as Telegram does.
	RetryUnit time.Duration
	Now       func() time.Time // clock of the buckets; nil: time.Now
	Seed      uint64           // of the random faults
}

// DefaultToken is the bot token of a server that was given none.
const DefaultToken = "4242:fake-token-AAbbCCddEEffGGhhIIjjKKllMMnnOOpp"

// BotID and BotUsername are what getMe answers.
const (
	BotID       = 4242
	BotUsername = "digiwijzer_bot"
)

// Server is the fake. Its methods may be called from many goroutines.
type Server struct {
	opts Options
	http *httptest.Server
	quit context.CancelFunc
	ctx  context.Context

	mu       sync.Mutex
	changed  chan struct{} // closed when anything happened and someone waits for it
	chats    map[int64]*chat
	queries  map[string]*query
	lastID   int64 // of messages: one sequence for all private chats of a bot
	lastQ    int64
	log      []Call
	bad      []Call
	counts   map[string]int
	profile  map[string]string
	inbox    inbox
	hook     webhook
	faults   []*Fault
	odds     map[FaultKind]float64
	happened map[FaultKind]int
	extra    int // calls that did once more what was done
	dice     *rand.Rand
	overall  bucket
}

// chat is one conversation as Telegram keeps it.
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
	done     map[string]bool // what was done in a turn
	changed  chan struct{}
	bucket   bucket
}

// query is a pressed button that waits for its answer.
type query struct {
	chat     *chat
	turn     int
	answered bool
}

// Call is one request of the bot.
type Call struct {
	Method      string
	Chat        int64 // zero where the method has none
	Code        int   // 200, or the error code
	Description string
	// Repeated: refused only because it was done before ("message is not modified", a
	// query answered already). A sender that repeats what it is not sure of meets it.
	Repeated bool
}

// New starts a server; Close ends it.
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
	ctx, quit := context.WithCancel(context.Background())
	s := &Server{
		opts: opts, ctx: ctx, quit: quit,
		changed: make(chan struct{}),
		chats:   map[int64]*chat{}, queries: map[string]*query{},
		counts: map[string]int{}, profile: map[string]string{},
		odds: map[FaultKind]float64{}, happened: map[FaultKind]int{},
		dice:    rand.New(rand.NewPCG(opts.Seed, opts.Seed)),
		overall: bucket{rate: 30, burst: 30},
	}
	s.inbox.news = make(chan struct{})
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// URL is the base address to give as the Bot API server.
func (s *Server) URL() string { return s.http.URL }

// Token is the bot token that the server accepts.
func (s *Server) Token() string { return s.opts.Token }

// Close drops every open connection and stops the deliveries.
func (s *Server) Close() {
	s.quit()
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

// apiError is a refusal in Telegram's words.
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

// run carries out one well-formed request, unless a fault comes in between.
func (s *Server) run(w http.ResponseWriter, r *http.Request, name string, m method, p params) {
	fault := s.fault(name, p.chatID())
	if fault != nil && fault.before(w, r, s) {
		return
	}
	turn := s.turnOf(p.chatID()) // before the person can see and react
	result, refused := m.run(s, r.Context(), p)
	if name == "getUpdates" && r.Context().Err() != nil {
		return // the poller hung up; nothing was handed out
	}
	s.record(name, p.chatID(), turn, refused)
	s.noteExtra(name, p, turn, refused)
	if fault != nil && fault.Kind == DropAfter {
		drop(w)
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

// drop closes the connection without a word.
func drop(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// touch wakes whoever waits for a change of the chat, or of anything. s.mu is held.
func (s *Server) touch(c *chat) {
	if c != nil {
		close(c.changed)
		c.changed = make(chan struct{})
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait blocks until cond holds; it looks again whenever anything changes.
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
