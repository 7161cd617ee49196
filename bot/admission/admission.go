// Package admission decides which conversations in a browser count. A browser needs no account, so one client could
// otherwise fill the figures in a minute. Nobody is refused service: a conversation that is not admitted is served
// like any other, but not counted.
//
// A Guard keeps for at most an hour, in memory only, how many counted conversations began at each source: a hash of
// the address under a key that is generated at the start of the program and never stored. The package uses no HTTP
// and reads no clock.
//
// It cannot stop a client that is slow and patient, or that has many addresses: within the bounds below its
// conversations count. Package figures makes those visible.
package admission

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"digiwijzer/referral"
)

// Bounds of what counts.
const (
	// FreePerHour is how many conversations that begin at one source within an hour count
	// without further conditions: a shop, a family, a small school class.
	FreePerHour = 10
	// PerHour is how many count in all; those above FreePerHour only at human speed.
	PerHour = 120
	// PerMinute is how many count over all sources, within a minute.
	PerMinute = 30
	// MinFormAge is the minimum time that a person needs to read the first question.
	MinFormAge = 3 * time.Second
	// MinGap is the shortest time between two answers in which a person can read the question.
	MinGap = 700 * time.Millisecond
	// MinTotal is the minimum time that a person needs for all questions.
	MinTotal = time.Minute
)

// memory is how long anything about a source or an answer is kept.
const memory = time.Hour

// maxVectors bounds the kept answers. It is more than the conversations that people finish in an hour; beyond it the
// oldest are evicted.
const maxVectors = 1 << 14

// Source identifies where conversations begin: an IPv4 address, or an IPv6 network of 64 bits together with the one
// of 48 bits around it, which providers assign to one customer. Sources of different Guards are unrelated. The zero
// value is the source of all unknown addresses.
type Source struct{ near, wide uint64 }

// Visit is what is known about who begins a conversation.
type Visit struct {
	Source Source
	// FormAge is the time between the rendering of the form that begins it and its sending.
	FormAge time.Duration
}

// Verdict is whether a conversation counts.
type Verdict int

// The verdicts.
const (
	Counted   Verdict = iota // it counts
	Paced                    // it counts if it proceeds at human speed; see Pace
	Uncounted                // it is served and does not count
)

// Event is a day on which many people begin through one partner's link from one place, such
// as a fair.
type Event struct {
	Partner string        // code
	Day     referral.Date // in the Netherlands
	Expect  int           // conversations that count whatever their source
}

// Guard tracks recent conversations. Its methods may be called concurrently. The times passed to them must not go
// back.
type Guard struct {
	key [32]byte

	mu      sync.Mutex
	begun   []beginning // admitted within the hour, oldest first
	from    map[uint64]int
	events  map[eventKey]*eventUse
	vectors []vector // finished within the hour, oldest first
	seen    map[uint64]int
}

type beginning struct {
	at     time.Time
	source Source
}

type vector struct {
	at   time.Time
	hash uint64
}

type eventKey struct {
	partner string
	day     referral.Date
}

type eventUse struct{ expect, used int }

// NewGuard returns a guard with a random key.
func NewGuard() *Guard {
	g := &Guard{from: map[uint64]int{}, events: map[eventKey]*eventUse{}, seen: map[uint64]int{}}
	rand.Read(g.key[:]) // never fails
	return g
}

// Source returns the source of an address. All invalid addresses share one source.
func (g *Guard) Source(address netip.Addr) Source {
	address = address.Unmap().WithZone("")
	switch {
	case !address.IsValid():
		return Source{}
	case address.Is4():
		return Source{near: g.network(address, 32)}
	}
	return Source{near: g.network(address, 64), wide: g.network(address, 48)}
}

func (g *Guard) network(address netip.Addr, bits int) uint64 {
	prefix, err := address.Prefix(bits)
	if err != nil {
		return 0 // not for these numbers of bits
	}
	text, _ := prefix.MarshalBinary() // never fails
	return g.hash("source", string(text))
}

// hash returns a keyed hash that is not zero.
func (g *Guard) hash(purpose string, fields ...string) uint64 {
	h := hmac.New(sha256.New, g.key[:])
	h.Write([]byte(purpose))
	for _, field := range fields {
		h.Write([]byte{0})
		h.Write([]byte(field))
	}
	return max(1, binary.BigEndian.Uint64(h.Sum(nil)))
}

// SetEvents replaces the events. An event that stays keeps its used count.
func (g *Guard) SetEvents(events []Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.events
	g.events = make(map[eventKey]*eventUse, len(events))
	for _, e := range events {
		use := &eventUse{expect: e.Expect}
		if known := before[eventKey{e.Partner, e.Day}]; known != nil {
			use.used = known.used
		}
		g.events[eventKey{e.Partner, e.Day}] = use
	}
}

// Begin decides on a conversation that begins now, through the link of a partner or of none. It must be called once
// for each. Refused conversations do not count towards the bounds, so that no source can use up the share of others.
func (g *Guard) Begin(v Visit, partner string, now time.Time) Verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(now)
	if use := g.events[eventKey{partner, referral.DayOf(now)}]; use != nil && use.used < use.expect {
		use.used++
		return Counted
	}
	verdict := Counted
	switch n := g.countOf(v.Source); {
	case n >= PerHour || g.lastMinute(now) >= PerMinute:
		return Uncounted
	case n < FreePerHour:
	case v.FormAge < MinFormAge:
		return Uncounted
	default:
		verdict = Paced
	}
	g.begun = append(g.begun, beginning{now, v.Source})
	g.add(v.Source, 1)
	return verdict
}

// countOf returns how many were admitted from a source, or from the network around it.
func (g *Guard) countOf(s Source) int {
	if s.wide == 0 {
		return g.from[s.near]
	}
	return max(g.from[s.near], g.from[s.wide])
}

func (g *Guard) add(s Source, n int) {
	g.addTo(s.near, n)
	if s.wide != 0 {
		g.addTo(s.wide, n)
	}
}

func (g *Guard) addTo(hash uint64, n int) {
	if g.from[hash] += n; g.from[hash] == 0 {
		delete(g.from, hash)
	}
}

// lastMinute returns how many were admitted within a minute.
func (g *Guard) lastMinute(now time.Time) (n int) {
	for _, b := range slices.Backward(g.begun) {
		if now.Sub(b.at) >= time.Minute {
			break
		}
		n++
	}
	return n
}

// Same reports whether a conversation with the same answers was finished in the past hour, and records these.
func (g *Guard) Same(answers map[string]string, now time.Time) bool {
	fields := make([]string, 0, 2*len(answers))
	for _, question := range slices.Sorted(maps.Keys(answers)) {
		fields = append(fields, question, answers[question])
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(now)
	if len(g.vectors) >= maxVectors {
		g.forgetVector()
	}
	hash := g.hash("answers", fields...)
	g.vectors = append(g.vectors, vector{now, hash})
	g.seen[hash]++
	return g.seen[hash] > 1
}

// Forget deletes what is older than an hour. It must be called every few minutes: no other call is certain to happen.
func (g *Guard) Forget(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(now)
}

func (g *Guard) forget(now time.Time) {
	for len(g.begun) > 0 && now.Sub(g.begun[0].at) >= memory {
		g.add(g.begun[0].source, -1)
		g.begun = g.begun[1:]
	}
	for len(g.vectors) > 0 && now.Sub(g.vectors[0].at) >= memory {
		g.forgetVector()
	}
}

func (g *Guard) forgetVector() {
	hash := g.vectors[0].hash
	g.vectors = g.vectors[1:]
	if g.seen[hash]--; g.seen[hash] == 0 {
		delete(g.seen, hash)
	}
}

// Pace tracks the speed of a conversation that counts only at human speed. The zero value is one without that
// condition. Times are in milliseconds since 1970.
type Pace struct {
	Began int64 `json:"began"`
	Last  int64 `json:"last,omitempty"` // the answer before, from the second one on; 0: none
}

// NewPace returns the pace of a conversation that begins. How long its first answer took is unknown and irrelevant.
func NewPace(now time.Time) Pace { return Pace{Began: now.UnixMilli()} }

// Answered returns the pace after another answer. ok is false if that came too soon after the previous one. A clock
// that was set back is ignored.
func (p Pace) Answered(now time.Time) (after Pace, ok bool) {
	ms := now.UnixMilli()
	gap := ms - p.Last
	p.Last = ms
	return p, gap < 0 || gap >= MinGap.Milliseconds()
}

// Finished reports whether a conversation that ends now took as long as a person needs.
func (p Pace) Finished(now time.Time) bool {
	return now.UnixMilli()-p.Began >= MinTotal.Milliseconds()
}

// Start returns when the conversation began.
func (p Pace) Start() time.Time { return time.UnixMilli(p.Began) }
