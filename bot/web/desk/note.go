package desk

// note is one finding of the check.
type note struct {
	What, Do string
	Where    string // what it concerns, in words
	Href     string // the form, and the field in it
	Field    string // the name of that field; empty: the record as a whole
	Minor    bool   // for information, no reason to refuse
}
