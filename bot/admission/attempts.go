package admission

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of wrong tokens, per source.
const (
	guessesPerSecond = 1
	guessesAtOnce    = 5
	maxGuessers      = 4096 // sources tracked; beyond it the others share one limit
)

// Attempts limits how often a source can fail with a wrong token or passkey. A right one is not limited, so that many
// attempts cannot lock others out. Sources are identified by a keyed hash, in memory only. Its methods may be called
// concurrently.
type Attempts struct {
	key []byte
	mu  sync.Mutex
	of  map[[sha256.Size]byte]*rate.Limiter
}

// NewAttempts returns Attempts with a random key.
func NewAttempts() *Attempts {
	g := &Attempts{key: make([]byte, 32), of: map[[sha256.Size]byte]*rate.Limiter{}}
	rand.Read(g.key) // never fails
	return g
}

// RetryAfter is how long a refused source must wait before it may try a few times more.
const RetryAfter = guessesAtOnce / guessesPerSecond * time.Second

// Allow reports whether the client at an address may try once more.
func (g *Attempts) Allow(address netip.Addr, now time.Time) bool {
	return g.allow(networkOf(address), now)
}

// allow reports whether a source may guess once more.
func (g *Attempts) allow(source string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := g.hash(source)
	limiter := g.of[key]
	if limiter == nil {
		if len(g.of) >= maxGuessers {
			g.evict(now)
		}
		if len(g.of) >= maxGuessers {
			key = [sha256.Size]byte{}
		}
		if limiter = g.of[key]; limiter == nil {
			limiter = rate.NewLimiter(guessesPerSecond, guessesAtOnce)
			g.of[key] = limiter
		}
	}
	return limiter.AllowN(now, 1)
}

func (g *Attempts) hash(source string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte(source))
	h.Sum(sum[:0])
	return sum
}

// evict removes the sources whose limit is full again.
func (g *Attempts) evict(now time.Time) {
	for key, limiter := range g.of {
		if limiter.TokensAt(now) >= guessesAtOnce {
			delete(g.of, key)
		}
	}
}

// networkOf returns the network of an address: the address itself, or the /64 of an
// IPv6 address, which is what one subscriber has.
func networkOf(address netip.Addr) string {
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address.String()
}
