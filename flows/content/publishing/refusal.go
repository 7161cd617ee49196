package publishing

import (
	"errors"
	"fmt"

	"digiwijzer/flows/audit"
	"digiwijzer/locales"
)

// Kind is why something was refused; "edition.refused.<kind>" is its text.
type Kind string

// The kinds of Refusal.
const (
	NoRight     Kind = "no_right"     // the roles do not allow it
	ByFolder    Kind = "by_folder"    // a content folder is in use
	FourEyes    Kind = "four_eyes"    // who drafted may not publish
	NoNote      Kind = "no_note"      // there is no note
	LongNote    Kind = "long_note"    // the note is too long
	Empty       Kind = "empty"        // the draft changes nothing
	OtherDraft  Kind = "other_draft"  // the draft changed since it was shown
	HasFaults   Kind = "has_faults"   // the gate rejects it
	InConflict  Kind = "in_conflict"  // others published conflicting values
	Overlap     Kind = "overlap"      // a later change concerns the same value
	NoEdition   Kind = "no_edition"   // there is no such edition
	SameEdition Kind = "same_edition" // it is in use already
	BadValue    Kind = "bad_value"    // unknown record, day or case
	BadFile     Kind = "bad_file"     // a file has a wrong name or is too large
	Interrupted Kind = "interrupted"  // the check did not finish
)

// Refusal is an error that an editor can resolve.
type Refusal struct {
	Kind   Kind
	Value  string        // the value concerned; may be empty
	Faults []audit.Fault // of HasFaults
	cause  error
}

// Error implements error. It is for logs: see Text.
func (r *Refusal) Error() string {
	text := "refused: " + string(r.Kind)
	if r.Value != "" {
		text += ": " + r.Value
	}
	if len(r.Faults) > 0 {
		text += fmt.Sprintf(": %d faults, the first: %s", len(r.Faults), r.Faults[0])
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.cause }

// Text returns the refusal in words.
func (r *Refusal) Text(texts *locales.Texts, lang string) string {
	return texts.Text(lang, "edition.refused."+string(r.Kind), "Value", r.Value, "Count", len(r.Faults))
}

// AsRefusal returns the Refusal that err wraps, if any.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	return r, errors.As(err, &r)
}

func refuse(kind Kind) error { return &Refusal{Kind: kind} }

func refuseFor(kind Kind, value string, cause error) error {
	return &Refusal{Kind: kind, Value: value, cause: cause}
}
