package figures

// A week is suspected of being flooded by somebody who inflates the figures when at least
// fastThreshold finished conversations, and at least one in fastShare, went faster than
// anyone can read. A handful per week is normal (people try it out), and below a tenth no
// conclusion depends on them.
const (
	fastThreshold = 5
	fastShare     = 10
)

// Finished returns the number of conversations that came to a result.
func (c Counts) Finished() int { return c.Completed + c.Repeat }

// fast returns how many of the finished conversations were too fast. Erased conversations
// are gone from Finished but not from Fast, hence the bound.
func (c Counts) fast() int { return min(c.Fast, c.Finished()) }

// Flooded reports whether so many conversations went faster than anyone can read that the
// counts may be too high.
func (c Counts) Flooded() bool {
	return c.fast() >= fastThreshold && c.fast()*fastShare >= c.Finished()
}

// Flood is the flooded weeks of a report, and how many of the conversations finished in
// them were too fast.
type Flood struct {
	Weeks    []string
	Fast, Of int
}

// Flood returns the flooded weeks. Each week is judged separately, so that a quiet year
// cannot hide one.
func (w Weekly) Flood() (f Flood) {
	for _, week := range w.Weeks {
		if week.Flooded() {
			f.Weeks, f.Fast, f.Of = append(f.Weeks, week.Week), f.Fast+week.fast(), f.Of+week.Finished()
		}
	}
	return f
}
