package disclosure

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
)

// Base is the number of which released figures are multiples.
const Base = 3

// MaxError is the largest difference between a figure with its own rounding and the count.
const MaxError = Base - 1

// roundingDomain separates this use of the hash from others; the number in it is the version of
// the rounding.
const roundingDomain = "digiwijzer rounding 1"

// Told rounds a count of n records to a multiple of three. k is the sum of the keys of those
// records, each from 0 to 2^32-1; only its lowest 32 bits count. A multiple of three does not
// change; otherwise it is rounded up with a probability of one third for each one over, so that
// the expected value is n, the error is at most two and the variance is two. It is the only way
// from a count to a figure.
func Told(n int, k int64) int {
	over := n % Base
	if over == 0 {
		return n
	}
	message := binary.BigEndian.AppendUint32([]byte(roundingDomain), uint32(k))
	hash := sha256.Sum256(message)
	if binary.BigEndian.Uint64(hash[:8])%Base < uint64(over) {
		return n - over + Base
	}
	return n - over
}

// Exact is a count of records with the sum of their keys. It cannot be read outside this package,
// which it leaves only as a Figure.
type Exact struct {
	n int
	k int64
}

// plus returns the count of both sets of records, which must be disjoint.
func (e Exact) plus(o Exact) Exact { return Exact{e.n + o.n, e.k + o.k} }

// tell rounds the count for release.
func (e Exact) tell() Figure { return Figure{n: Told(e.n, e.k), told: true, own: true} }

// Figure is a released number, or the absence of one: the zero value is not released.
type Figure struct {
	n     int
	told  bool
	own   bool // rounded by itself; otherwise a sum of released figures
	below int  // only known to be lower than this; 0: does not apply
	// nearly: not released, because it is nearly all of a released whole; n is its lower bound.
	nearly bool
}

// N returns the figure; told is false if there is none, or only an upper or lower bound is known.
func (f Figure) N() (n int, told bool) { return f.n, f.told }

// Own reports whether the figure was rounded by itself, so that its error is at most MaxError.
// Otherwise it is a sum of released figures, each of which may be off by that much.
func (f Figure) Own() bool { return f.told && f.own }

// Below returns the exclusive upper bound, if only that is known; known is false for other
// figures.
func (f Figure) Below() (n int, known bool) { return f.below, f.below > 0 }

// Least returns the lower bound of the count, if no more is released because it is nearly the
// whole; known is false for other figures.
func (f Figure) Least() (n int, known bool) { return f.n, f.nearly }

// Nearly is how far below its whole a figure must be to be released: a closer figure would reveal
// the few others.
const Nearly = 2*MaxError + 1

// of returns the figure as part of a whole that is released, rounded or exactly: only a lower
// bound if it is nearly the whole. Only released figures decide.
func (f Figure) of(whole int) Figure {
	floor := whole - Nearly
	if !f.own || f.n < Base || f.n < floor {
		return f
	}
	return Figure{n: max(Base, (floor+Base-1)/Base*Base) - MaxError, nearly: true}
}

// plus returns the sum of two released figures; not released if either is not.
func (f Figure) plus(o Figure) Figure {
	if !f.told || !o.told {
		return Figure{}
	}
	return Figure{n: f.n + o.n, told: true}
}

// Add returns the sum of released figures of different records; not released if one of them is not.
func Add(parts ...Figure) Figure {
	sum := Figure{told: true}
	for _, f := range parts {
		sum = sum.plus(f)
	}
	return sum
}

// Rest returns an exact total minus the parts, never below zero. Its error is that of the parts
// together.
func Rest(total int, parts ...Figure) Figure {
	sum := Add(parts...)
	if !sum.told {
		return Figure{}
	}
	return Figure{n: max(0, total-sum.n), told: true}
}

// others returns how many of an exact total the figure does not count.
func (f Figure) others(total int) Figure {
	switch {
	case f.told:
		return Figure{n: max(0, total-f.n), told: true, own: f.own}
	case f.below > 0 && total >= f.below:
		return Figure{n: total - f.below + 1, nearly: true} // the count is at most below-1
	}
	return Figure{}
}

// atLeast reports whether the released figure is certain not to be lower.
func (f Figure) atLeast(n int) bool { return (f.told || f.nearly) && f.n >= n }

// String returns the number, "≥ 25" if only a lower bound is known, or nothing.
func (f Figure) String() string {
	switch {
	case f.nearly:
		return "≥ " + strconv.Itoa(f.n)
	case !f.told:
		return ""
	}
	return strconv.Itoa(f.n)
}

// storedFigure is a figure in JSON: null if it is not released.
type storedFigure struct {
	N     *int  `json:"n,omitempty"`
	Own   *bool `json:"own,omitempty"`
	Below int   `json:"below,omitempty"`
	Least *int  `json:"least,omitempty"`
}

// MarshalJSON writes {"n":12,"own":true}, {"below":12}, {"least":55} or null.
func (f Figure) MarshalJSON() ([]byte, error) {
	switch {
	case f.below > 0:
		return json.Marshal(storedFigure{Below: f.below})
	case f.nearly:
		return json.Marshal(storedFigure{Least: &f.n})
	case !f.told:
		return []byte("null"), nil
	}
	return json.Marshal(storedFigure{N: &f.n, Own: &f.own})
}

// UnmarshalJSON is the inverse of MarshalJSON: it reads what was released before.
func (f *Figure) UnmarshalJSON(text []byte) error {
	var stored *storedFigure
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	*f = Figure{}
	switch {
	case stored == nil:
	case stored.Below > 0:
		f.below = stored.Below
	case stored.Least != nil && *stored.Least >= 0:
		*f = Figure{n: *stored.Least, nearly: true}
	case stored.N == nil || stored.Own == nil || *stored.N < 0:
		return errors.New("a figure is a number with whether it was rounded by itself")
	default:
		*f = Figure{n: *stored.N, told: true, own: *stored.Own}
	}
	return nil
}
