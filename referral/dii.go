package referral

import "math"

// DII is the result on the Digital Intensity Index, version 3 (2023), 12 items.
type DII struct {
	Met      int    `json:"met"`      // items certainly met
	Measured int    `json:"measured"` // items the answers say anything about
	Basis    string `json:"basis"`    // ja, nee, onbekend, waarschijnlijk wel, waarschijnlijk niet
}

// The Digital Intensity Index, version 3 (2023), has twelve items; four make the
// basic level.
const (
	diiItems = 12
	diiBasic = 4
	diiFew   = 6 // below this many measured items no estimate is made
)

// diiProof collects what the answers prove of the items of the index.
type diiProof struct {
	seen, met [diiItems + 1]bool
}

// add takes in what one answer proves: item number to 1 (met) or 0 (not met).
func (p *diiProof) add(proved map[int]int) {
	for n, met := range proved {
		if n >= 1 && n <= diiItems {
			p.seen[n] = true
			p.met[n] = p.met[n] || met == 1
		}
	}
}

func (p *diiProof) result() DII {
	var d DII
	for n := 1; n <= diiItems; n++ {
		if p.seen[n] {
			d.Measured++
		}
		if p.met[n] {
			d.Met++
		}
	}
	d.Basis = d.basis()
	return d
}

func (d DII) basis() string {
	switch {
	case d.Met >= diiBasic:
		return "ja"
	case d.Met+diiItems-d.Measured < diiBasic:
		return "nee"
	case d.Measured < diiFew:
		return "onbekend"
	case math.Round(float64(d.Met)/float64(d.Measured)*diiItems) >= diiBasic:
		return "waarschijnlijk wel"
	}
	return "waarschijnlijk niet"
}
