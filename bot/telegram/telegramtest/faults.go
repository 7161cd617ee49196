package telegramtest

import (
	"io"
	"maps"
	"math"
	"net/http"
	"time"
)

// FaultKind is a way in which a call or a delivery can go wrong.
type FaultKind string

// The faults. The last two befall updates, the others the bot's calls.
const (
	TooMany         FaultKind = "429"         // retry_after of one second unless the fault says otherwise
	ServerError     FaultKind = "500"         // as JSON
	BadGateway      FaultKind = "502"         // as an HTML page
	Hang            FaultKind = "hang"        // no answer until the bot gives up
	DropBefore      FaultKind = "drop before" // connection closed, nothing done
	DropAfter       FaultKind = "drop after"  // done, then the connection closed
	DuplicateUpdate FaultKind = "duplicate"   // the same update again under a new id
	Reorder         FaultKind = "reorder"     // updates of different lanes in the other order; counted when they are of one person
)

// Fault is a planned failure of calls.
type Fault struct {
	Kind       FaultKind
	Method     string // empty: every method
	Chat       int64  // zero: every chat
	Times      int    // how often; zero: until ClearFaults
	RetryAfter int    // TooMany: seconds
	used       int
}

// Plan adds a failure that befalls the calls it fits, the earliest plan first.
func (s *Server) Plan(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Chaos sets the odds (0–1) of a random fault of this kind, drawn from the seed. It never
// befalls getUpdates.
func (s *Server) Chaos(kind FaultKind, odds float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.odds[kind] = odds
}

// ClearFaults ends every planned and random fault.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	clear(s.odds)
}

// Happened counts the faults that did happen.
func (s *Server) Happened() map[FaultKind]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.happened)
}

// fault picks what goes wrong with a call; nil: nothing.
func (s *Server) fault(method string, chatID int64) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.fits(method, chatID) {
			f.used++
			s.happened[f.Kind]++
			return f
		}
	}
	if method == "getUpdates" {
		return nil
	}
	for _, kind := range []FaultKind{TooMany, ServerError, BadGateway, Hang, DropBefore, DropAfter} {
		if s.roll(kind) {
			return &Fault{Kind: kind}
		}
	}
	return nil
}

func (f *Fault) fits(method string, chatID int64) bool {
	return (f.Method == "" || f.Method == method) && (f.Chat == 0 || f.Chat == chatID) && (f.Times == 0 || f.used < f.Times)
}

// roll throws the dice for a kind of fault, and counts it. s.mu is held.
func (s *Server) roll(kind FaultKind) bool {
	if !s.strikes(kind) {
		return false
	}
	s.happened[kind]++
	return true
}

func (s *Server) strikes(kind FaultKind) bool {
	return s.odds[kind] > 0 && s.dice.Float64() < s.odds[kind]
}

// before carries out a fault that keeps the call from being done; false when the call goes on.
func (f *Fault) before(w http.ResponseWriter, r *http.Request, s *Server) bool {
	switch f.Kind {
	case TooMany:
		write(w, tooMany(max(1, f.RetryAfter)))
	case ServerError:
		write(w, answer{Code: 500, Description: "Internal Server Error"})
	case BadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><body><h1>502 Bad Gateway</h1></body></html>")
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		drop(w)
	case DropBefore:
		drop(w)
	default:
		return false
	}
	return true
}

func tooMany(seconds int) answer {
	refused := flooded(seconds)
	return answer{Code: refused.code, Description: refused.text, Parameters: &retryAfter{seconds}}
}

// bucket lets rate events a second through after a burst.
type bucket struct {
	rate, burst float64
	level       float64 // spent
	at          time.Time
}

// take spends one event; when the bucket is empty it reports the seconds to wait.
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
