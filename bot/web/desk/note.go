package desk

// note is one thing that the check found.
type note struct {
	What, Do string
	Where    string // what it is about, in words
	Href     string // the form, and the field in it
	Field    string // the name of that field; empty: the record as a whole
	Minor    bool   // worth knowing, but no reason to refuse
}
