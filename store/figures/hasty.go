package figures

// When hasty conversations are worth a warning. Now and then somebody taps through to see
// what comes, or shows it to a colleague: a handful in a week is no news, and neither are
// some more where hundreds take their time. Someone who floods the figures is above both;
// below a tenth there is no conclusion that the hasty ones change.
const (
	hastyLeast = 5  // in the week
	hastyShare = 10 // and at least one in so many of those finished in it
)

// Finished is how many conversations came to a result.
func (w Weekly) Finished() int { return w.Completed + w.Repeat }

// hasty is how many of the finished conversations went faster than anyone can read.
// Somebody who was erased is no longer among them, and their haste cannot be found.
func (w Weekly) hasty() int { return min(w.Hasty, w.Finished()) }

// Doubtful tells whether so many conversations of a week went faster than anyone can read
// that its figures may be too high.
func (w Weekly) Doubtful() bool {
	return w.hasty() >= hastyLeast && w.hasty()*hastyShare >= w.Finished()
}

// Flood is what the doubtful weeks of a report come to together.
type Flood struct {
	Weeks     []string
	Hasty, Of int // of the conversations finished in those weeks, so many were hasty
}

// Flood gathers the doubtful weeks. Each is judged by itself, so that a quiet year does not
// hide a flooded week.
func (r Report) Flood() (f Flood) {
	for _, w := range r.Weeks {
		if w.Doubtful() {
			f.Weeks, f.Hasty, f.Of = append(f.Weeks, w.Week), f.Hasty+w.hasty(), f.Of+w.Finished()
		}
	}
	return f
}
