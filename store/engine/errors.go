package engine

import (
	"errors"
	"fmt"
)

// Condition is what a failure of the storage means to the caller.
type Condition string

// The conditions.
const (
	Busy       Condition = "busy"       // another process holds the file: try again
	Unwritable Condition = "unwritable" // disk full, I/O error, read-only: accept no input
	Corrupt    Condition = "corrupt"    // damaged, or not a database: stop, and keep the file
	Faulty     Condition = "faulty"     // anything else: a bug of the program
)

// Error is a failure of the storage. It names no row and no value.
type Error struct {
	Where     string // the failed operation
	Condition Condition
	File      string // the damaged file, where that is known
	Err       error
}

func (e *Error) Error() string { return fmt.Sprintf("storage %s: %s: %v", e.Condition, e.Where, e.Err) }

// Wrap wraps an error of a driver in an *Error, once; nil stays nil. condition classifies it.
func Wrap(where string, err error, condition func(error) Condition) error {
	if err == nil {
		return nil
	}
	var wrapped *Error
	if errors.As(err, &wrapped) {
		return err
	}
	return &Error{Where: where, Condition: condition(err), Err: err}
}

// Unwrap returns the driver's error.
func (e *Error) Unwrap() error { return e.Err }

// Stop reports whether to accept no more input until the operator has intervened.
func (e *Error) Stop() bool { return e.Condition == Unwritable || e.Condition == Corrupt }

// ConditionOf returns the condition of the storage that err reports; empty if err is not about the
// storage.
func ConditionOf(err error) Condition {
	var e *Error
	if errors.As(err, &e) {
		return e.Condition
	}
	return ""
}

// FolderError is a data folder that cannot be created or used.
type FolderError struct{ Err error }

func (e *FolderError) Error() string {
	return fmt.Sprintf("data folder: %v; let this user write there, or name another folder in DIGIWIJZER_DATA", e.Err)
}

// Unwrap returns the error of the system.
func (e *FolderError) Unwrap() error { return e.Err }

// The reasons why data is not opened, restored or purged.
var (
	ErrInUse    = errors.New("another digiwijzer uses this folder")
	ErrWrongKey = errors.New("the key file does not belong to this data")
	ErrNewer    = errors.New("the data was made by a newer version of this program")

	// ErrExposedFolder reports a data folder that other users of the machine may read or change.
	ErrExposedFolder = errors.New("the data folder is open to others on this machine")
)
