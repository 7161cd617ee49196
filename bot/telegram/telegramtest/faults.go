package telegramtest

import (
	"cmp"
	"io"
	"maps"
	"math"
	"net/http"
	"time"
)

// FaultKind is a way in which a call or an update can fail.
type FaultKind string

// The faults. DuplicateUpdate and Reorder apply to updates, the others to the bot's calls.
const (
	TooMany         FaultKind = "429"         // retry_after of one second unless the fault says otherwise
	ServerError     FaultKind = "500"         // with a JSON body
	BadGateway      FaultKind = "502"         // with an HTML body
	Hang            FaultKind = "hang"        // no response until the bot disconnects
	DropBefore      FaultKind = "drop before" // connection closed before the effect
	DropAfter       FaultKind = "drop after"  // connection closed after the effect
	HalfBody        FaultKind = "half body"   // half of the response, after the effect
	Unauthorized    FaultKind = "401"         // which Telegram's servers have answered to valid tokens
	NotFound        FaultKind = "404"         // of a whole server, not of a message
	Conflict        FaultKind = "409"         // as if another instance fetched the updates
	WrongJSON       FaultKind = "wrong JSON"  // 200 with foreign JSON
	Page            FaultKind = "page"        // 200 with HTML
	Slow            FaultKind = "slow"        // the effect and the response come after Delay
	Refuse          FaultKind = "400"         // with Text
	Middlebox       FaultKind = "middlebox"   // Code, 200 if zero, with Text as the body
	DuplicateUpdate FaultKind = "duplicate"   // the same update again, with a new id
	Reorder         FaultKind = "reorder"     // two updates with different order keys swapped; counted when both are of one person
)

// Fault is a planned fault of calls.
type Fault struct {
	Kind       FaultKind
	Method     string        // empty: every method
	Chat       int64         // zero: every chat
	Times      int           // how often; zero: until ClearFaults
	RetryAfter int           // TooMany: seconds; negative: the response does not say
	Text       string        // Refuse: the description; Middlebox: the body
	Code       int           // Refuse: a code other than 400; Middlebox: the status
	Delay      time.Duration // before the fault, and of Slow
	From       int           // how many matching calls succeed before it
	seen, used int
}

// Plan adds a fault for the calls it matches. Of several matching faults the first one
// added applies.
func (s *Server) Plan(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Chaos sets the probability (0 to 1) of a random fault, drawn from Options.Seed. It never
// applies to getUpdates.
func (s *Server) Chaos(kind FaultKind, odds float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.odds[kind] = odds
}

// ClearFaults removes every planned and random fault.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	clear(s.odds)
}

// Happened returns how often each fault was injected.
func (s *Server) Happened() map[FaultKind]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.happened)
}

// fault returns the fault of a call; nil: none.
func (s *Server) fault(method string, chatID int64) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.matches(method, chatID) {
			if f.seen++; f.seen <= f.From {
				continue
			}
			f.used++
			s.happened[f.Kind]++
			s.touch(nil)
			return f
		}
	}
	if method == "getUpdates" {
		return nil
	}
	for _, kind := range []FaultKind{TooMany, ServerError, BadGateway, Hang, DropBefore, DropAfter, HalfBody, Unauthorized, NotFound, Conflict, WrongJSON, Page, Slow} {
		if s.roll(kind) {
			return &Fault{Kind: kind, Delay: s.opts.SlowBy[kind]}
		}
	}
	return nil
}

func (f *Fault) matches(method string, chatID int64) bool {
	return (f.Method == "" || f.Method == method) && (f.Chat == 0 || f.Chat == chatID) && (f.Times == 0 || f.used < f.Times)
}

// roll draws whether a random fault is injected, and counts it. s.mu is held.
func (s *Server) roll(kind FaultKind) bool {
	if !s.drawn(kind) {
		return false
	}
	s.happened[kind]++
	return true
}

func (s *Server) drawn(kind FaultKind) bool {
	return s.odds[kind] > 0 && s.random.Float64() < s.odds[kind]
}

// prevent injects a fault that prevents the call, and reports whether it did.
func (f *Fault) prevent(w http.ResponseWriter, r *http.Request) bool {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return true
		}
	}
	switch f.Kind {
	case TooMany:
		if f.RetryAfter < 0 {
			write(w, answer{Code: 429, Description: "Too Many Requests"})
			return true
		}
		write(w, tooMany(max(1, f.RetryAfter)))
	case Refuse:
		write(w, answer{Code: cmp.Or(f.Code, 400), Description: f.Text})
	case Middlebox:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(cmp.Or(f.Code, http.StatusOK))
		_, _ = io.WriteString(w, f.Text)
	case Unauthorized:
		write(w, answer{Code: 401, Description: "Unauthorized"})
	case NotFound:
		write(w, answer{Code: 404, Description: "Not Found"})
	case Conflict:
		write(w, answer{Code: 409, Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"})
	case WrongJSON:
		_, _ = io.WriteString(w, `{"status": "maintenance"}`)
	case Page:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Sign in to the network</title>")
	case ServerError:
		write(w, answer{Code: 500, Description: "Internal Server Error"})
	case BadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><body><h1>502 Bad Gateway</h1></body></html>")
	case Hang:
		<-r.Context().Done()
		drop(w)
	case DropBefore:
		drop(w)
	default:
		return false
	}
	return true
}

func tooMany(seconds int) answer {
	refused := rateLimited(seconds)
	return answer{Code: refused.code, Description: refused.text, Parameters: &retryAfter{seconds}}
}

// bucket is a token bucket: a rate per second after a burst.
type bucket struct {
	rate, burst float64
	level       float64 // tokens spent
	at          time.Time
}

// take takes one token; if there is none it returns the seconds to wait.
func (b *bucket) take(now time.Time) int {
	if b.rate == 0 {
		return 0
	}
	b.level = math.Max(0, b.level-now.Sub(b.at).Seconds()*b.rate)
	b.at = now
	if b.level+1 > b.burst {
		return int(math.Ceil((b.level + 1 - b.burst) / b.rate))
	}
	b.level++
	return 0
}
