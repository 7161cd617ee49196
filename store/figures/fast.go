package figures

// A week is suspected of being flooded by somebody who inflates the figures if at least
// fastThreshold finished conversations, and at least one in fastShare, are doubtful: faster than
// anyone can read, or with the same answers as one shortly before. A handful per week is normal
// (people try the service), and a share below a tenth changes no conclusion.
const (
	fastThreshold = 5
	fastShare     = 10
)

// Finished returns the number of conversations that came to a result.
func (c Counts) Finished() int { return c.Completed + c.Repeat }

// Doubtful returns how many of the finished conversations are doubtful. Erased conversations
// are subtracted from Finished but not from Fast and Same, hence the bound.
func (c Counts) Doubtful() int { return min(c.Fast+c.Same, c.Finished()) }

// Flooded reports whether so many conversations are doubtful that the counts may be too high.
func (c Counts) Flooded() bool {
	return c.Doubtful() >= fastThreshold && c.Doubtful()*fastShare >= c.Finished()
}

// Flood is the flooded weeks of a report, and how many of the conversations finished in
// them are doubtful.
type Flood struct {
	Weeks        []string
	Doubtful, Of int
}

// Flood returns the flooded weeks. Each week is judged separately, so that a quiet year
// cannot hide one.
func (w Weekly) Flood() (f Flood) {
	for _, week := range w.Weeks {
		if week.Flooded() {
			f.Weeks, f.Doubtful, f.Of = append(f.Weeks, week.Week), f.Doubtful+week.Doubtful(), f.Of+week.Finished()
		}
	}
	return f
}
