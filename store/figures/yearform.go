package figures

// YearForm is what an initiative reports about a year. Its figures are its own and are not checked
// here. It contains nothing about a person.
type YearForm struct {
	Initiative string
	Year       int
	Helped     int    // businesses helped in the year
	FromUs     int    // of those, came through us
	NotFromUs  int    // of those, did not; for the others it is unknown
	WaitDays   *int   // usual wait from the first contact to the first help; nil: not given
	Remarks    string // one line
}
