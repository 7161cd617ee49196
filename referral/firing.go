package referral

import "encoding/binary"

// Firing is a rule that fires in a case, or would fire during an open round.
type Firing struct {
	Rule        int  // index in Catalogue.Rules
	Alternative int  // index of the first of its `when` that holds
	Waiting     bool // it would fire if the round it names were open
}

// Firings are the rules that fire in a case, or would fire if the round they name were open, in the
// order of the rules. The content gate uses them to find rules that never fire.
type Firings struct {
	Rules []Firing
	// Effect is equal in cases with the same rules and proposals in force. Of two such cases of one size,
	// sector and municipality on one day, the advices differ at most in the answers that their reasons name
	// (Because) and in what to ask (Ask).
	Effect []byte
}

// Firing sets f to the rules that fire in a case.
func (c *Catalogue) Firing(f *Firings, k *Case) {
	f.Rules, f.Effect = f.Rules[:0], f.Effect[:0]
	in := c.region.inputs(k)
	for _, r := range c.byQuadrant[in.quadrant] {
		if at := r.match(&in); at >= 0 {
			f.Rules = append(f.Rules, Firing{Rule: r.index, Alternative: at})
			f.Effect = r.appendEffect(f.Effect, at, &in)
		} else if at := r.waiting(&in); at >= 0 {
			f.Rules = append(f.Rules, Firing{Rule: r.index, Alternative: at, Waiting: true})
			f.Effect = appendMark(appendMark(appendMark(f.Effect, -1), r.index), at)
		}
	}
	if k.Extra {
		f.appendPrecaution(c.compiled, in)
	}
}

// appendPrecaution adds the rules that are tried for a business near the border as if it were
// vulnerable to the effect.
func (f *Firings) appendPrecaution(rules []compiledRule, as inputs) {
	f.Effect = appendMark(f.Effect, -2)
	as.quadrant = Vulnerable
	for i := range rules {
		if r := &rules[i]; r.Extra {
			if at := r.match(&as); at >= 0 {
				f.Effect = r.appendEffect(f.Effect, at, &as)
			}
		}
	}
}

// appendEffect appends the rule, its alternative and the proposals whose own conditions hold.
func (r *compiledRule) appendEffect(b []byte, at int, in *inputs) []byte {
	b = appendMark(appendMark(b, r.index), at)
	for i := range r.proposals {
		if p := &r.proposals[i]; p.when != nil && p.when.holds(in) {
			b = appendMark(b, i)
		}
	}
	return appendMark(b, -3)
}

func appendMark(b []byte, n int) []byte { return binary.AppendVarint(b, int64(n)) }

// waiting returns the index of the first condition that would hold if its round were open, or -1.
func (r *compiledRule) waiting(in *inputs) int {
	for at := range r.When {
		if r.When[at].round == nil {
			continue
		}
		w := r.When[at]
		if w.round = nil; w.holds(in) {
			return at
		}
	}
	return -1
}
