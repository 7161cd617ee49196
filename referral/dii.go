package referral

import "math"

// The Digital Intensity Index, version 3 (2023), has twelve items; four make the
// basic level.
const (
	diiItems = 12
	diiBasic = 4
	diiFew   = 6 // below this many measured items no estimate is made
)

// index counts the items of the Digital Intensity Index that the answers prove met
// or not met.
func index(scale *Scale, answers Answers) DII {
	var seen, met [diiItems + 1]bool
	for i := range scale.Items {
		item := &scale.Items[i]
		if item.DII == nil {
			continue
		}
		for n, proof := range item.DII[answers[item.Question]] {
			if n >= 1 && n <= diiItems {
				seen[n] = true
				met[n] = met[n] || proof == 1
			}
		}
	}
	var d DII
	for n := 1; n <= diiItems; n++ {
		if seen[n] {
			d.Measured++
		}
		if met[n] {
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
