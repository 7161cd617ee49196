package referral

// Firing is a rule whose conditions hold in a case.
type Firing struct {
	Rule        int  // index in Catalogue.Rules
	Alternative int  // the first of its `when` that holds
	Waiting     bool // all that is missing is an open round
}

// Firing appends to list, for every rule, whether it fires in a case or would fire if
// the round it names were open. It serves to find rules that never do.
func (c *Catalogue) Firing(list []Firing, k Case) []Firing {
	in := c.region.inputs(&k)
	for i := range c.compiled {
		r := &c.compiled[i]
		if at := r.match(&in); at >= 0 {
			list = append(list, Firing{Rule: i, Alternative: at})
			continue
		}
		for at := range r.When {
			w := r.When[at]
			if w.round == nil {
				continue
			}
			if w.round = nil; w.holds(&in) {
				list = append(list, Firing{Rule: i, Alternative: at, Waiting: true})
				break
			}
		}
	}
	return list
}
