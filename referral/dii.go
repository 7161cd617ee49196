package referral

import "math"

// DII is the result on a version of Eurostat's Digital Intensity Index, which has 12
// items: version 3 in the surveys of odd years (2023), version 4 in those of even years
// (2022).
// https://ec.europa.eu/eurostat/cache/metadata/en/isoc_e_dii_esmsip2.htm
type DII struct {
	Met      int    `json:"met"`      // items certainly met
	Measured int    `json:"measured"` // items about which the answers prove anything
	Basis    string `json:"basis"`    // ja, nee, onbekend, waarschijnlijk wel, waarschijnlijk niet
}

// Four of the twelve items make the basic level of digital intensity.
const (
	diiItems = 12
	diiBasic = 4
	diiFew   = 6 // fewest measured items for an estimate
)

// diiProof collects which items the answers prove met or not met.
type diiProof struct {
	seen, met [diiItems + 1]bool
}

// add adds what one answer proves: 1 (met) or 0 (not met) by item number.
func (p *diiProof) add(proved map[int]int) {
	for n, met := range proved {
		if n >= 1 && n <= diiItems {
			p.seen[n] = true
			p.met[n] = p.met[n] || met == 1
		}
	}
}

// securityItem is the item of version 4 on at least three ICT security measures.
const securityItem = 7

// addSecurity proves the item on security measures when all three that are asked about are in place
// at least in part. Fewer prove nothing: a business may have other measures.
func (p *diiProof) addSecurity(answers Answers) {
	for _, q := range cyberQuestions {
		if v := answers[q]; v != fullyInPlace && v != partlyInPlace {
			return
		}
	}
	p.add(map[int]int{securityItem: 1})
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
