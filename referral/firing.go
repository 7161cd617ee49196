package referral

// Firing is a rule that fires in a case, or would fire during an open round.
type Firing struct {
	Rule        int  // index in Catalogue.Rules
	Alternative int  // index of the first of its `when` that holds
	Waiting     bool // it would fire if the round it names were open
}

// Firing appends to list every rule that fires in a case, or would fire if the round it names were
// open, in the order of the rules. The content gate uses it to find rules that never fire.
func (c *Catalogue) Firing(list []Firing, k Case) []Firing {
	in := c.region.inputs(&k)
	for _, r := range c.byQuadrant[in.quadrant] {
		if at := r.match(&in); at >= 0 {
			list = append(list, Firing{Rule: r.index, Alternative: at})
			continue
		}
		for at := range r.When {
			w := r.When[at]
			if w.round == nil {
				continue
			}
			if w.round = nil; w.holds(&in) {
				list = append(list, Firing{Rule: r.index, Alternative: at, Waiting: true})
				break
			}
		}
	}
	return list
}
