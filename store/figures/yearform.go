package figures

// YearForm is what an initiative says of a year. Its figures are its own: nothing here checks
// them. It says nothing about a person.
type YearForm struct {
	Initiative string
	Year       int
	Helped     int    // businesses helped in the year
	FromUs     int    // of those, came through us
	NotFromUs  int    // of those, did not; of the others it is not known
	WaitDays   *int   // usual wait from the first contact to the first help; nil: not said
	Remarks    string // one line
}
