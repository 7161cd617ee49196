package bot

import (
	"context"
	"errors"
	"sync"

	"digiwijzer/flows"
)

// Browser is the name of the channel in browsers, where anyone can begin conversations
// without an account; their number is therefore limited.
const Browser = "web"

// Room is what a store has left for new conversations.
type Room struct {
	Free, Size uint64 // bytes on the disk; a size of 0: unknown
	Browsers   int    // open conversations in browsers
}

const (
	// MaxBrowsers is how many conversations in browsers are open at most; each takes some 4 kB
	// on the disk.
	MaxBrowsers = 20_000
	// Below lowWater bytes, or 1/lowWaterPart of the disk if that is less, no new conversations
	// begin, so that running ones can go on and be counted.
	lowWater     = 128 << 20
	lowWaterPart = 20
)

// ErrFull is returned when no new conversation can begin.
var ErrFull = errors.New("no room for new conversations")

// low reports whether there is too little space for new conversations. was is the previous
// result; recovery needs some more space, so that the state does not flap.
func (r Room) low(was bool) bool {
	mark := min(uint64(lowWater), r.Size/lowWaterPart)
	if was {
		mark += mark / 4
	}
	return r.Free < mark
}

// room is the space for new conversations as of the last measurement.
type room struct {
	mu      sync.Mutex
	last    Room
	low     bool // on disk space
	crowded bool // too many browser conversations
	begun   int  // browser conversations since the last measurement
}

// refuses reports whether a chat without a conversation cannot begin one now.
func (r *room) refuses(channel string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.low || r.crowded && channel == Browser
}

// add counts a conversation that begins in a browser, and reports whether so many have begun
// that the next measurement should be made at once.
func (r *room) add() (measure bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun++
	r.crowded = r.crowded || r.last.Browsers+r.begun >= MaxBrowsers+MaxBrowsers/2
	return r.last.Browsers+r.begun > MaxBrowsers && r.begun%(MaxBrowsers/20) == 0
}

func (r *room) set(found Room) (was, is bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was = r.low || r.crowded
	r.last, r.begun = found, 0
	r.low, r.crowded = found.low(r.low), found.Browsers >= MaxBrowsers
	return was, r.low || r.crowded
}

// measureRoom measures the free space, and closes browser conversations if there are too many.
func (d *Dispatcher) measureRoom(ctx context.Context) error {
	found, err := d.store.Room(ctx)
	if err == nil && found.Browsers > MaxBrowsers {
		var closed int
		closed, err = d.store.Thin(ctx, d.clock.Now(), MaxBrowsers-MaxBrowsers/20)
		found.Browsers -= closed
		d.log.Warn("too many conversations in browsers", "closed", closed, "left", found.Browsers)
	}
	if err != nil {
		d.log.Error("measuring free space failed", "error", err)
		return err
	}
	if was, is := d.room.set(found); was != is {
		d.log.Warn("room for new conversations changed", "room", !is, "free", found.Free, "browsers", found.Browsers)
	}
	return nil
}

// Room returns what was left for new conversations at the last measurement, at most a minute ago.
func (d *Dispatcher) Room() Room {
	d.room.mu.Lock()
	defer d.room.mu.Unlock()
	return d.room.last
}

// Full reports whether no new conversation begins in browsers now.
func (d *Dispatcher) Full() bool { return d.room.refuses(Browser) }

// noRoom is the turn of someone who cannot begin a conversation now.
func noRoom(s flows.Session) flows.Turn {
	return flows.Turn{
		Session: s,
		Replies: []flows.Reply{{Slot: flows.Aside, Fresh: true, Blocks: []flows.Block{{Text: flows.Say("telegram.full")}}}},
		Facts:   flows.Facts{Ended: true},
	}
}
