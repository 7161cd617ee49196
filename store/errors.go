package store

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"digiwijzer/bot"
)

// Condition is what a failure of the storage means for whoever uses it.
type Condition string

// The conditions.
const (
	Busy       Condition = "busy"       // somebody else holds the file: try again
	Unwritable Condition = "unwritable" // disk full, I/O error, read-only: take nothing in
	Corrupt    Condition = "corrupt"    // damaged, or no database: stop, and keep the file
	Faulty     Condition = "faulty"     // anything else: a fault of the program
)

// Error is a failure of the storage. It names no row and no value.
type Error struct {
	Where     string // what was being done
	Condition Condition
	Err       error
}

func (e *Error) Error() string { return fmt.Sprintf("storage %s: %s: %v", e.Condition, e.Where, e.Err) }

// Unwrap gives the driver's error.
func (e *Error) Unwrap() error { return e.Err }

// Stop tells that taking in more makes no sense until somebody has looked.
func (e *Error) Stop() bool { return e.Condition == Unwritable || e.Condition == Corrupt }

// ConditionOf tells the condition of the storage that err speaks of; empty when it
// is not about the storage.
func ConditionOf(err error) Condition {
	var e *Error
	if errors.As(err, &e) {
		return e.Condition
	}
	return ""
}

// The refusals of Open, OpenFigures, Restore and PurgeAll.
var (
	ErrInUse    = errors.New("another digiwijzer works in this folder")
	ErrWrongKey = errors.New("the key file does not belong to this data")
	ErrNewer    = errors.New("the data was made by a newer version of this program")
)

// trouble wraps an error of the driver.
func trouble(where string, err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	return &Error{Where: where, Condition: condition(err), Err: err}
}

// folderTrouble wraps what went wrong with the data folder itself.
func folderTrouble(err error) error {
	if c := condition(err); c == Unwritable {
		return &Error{Where: "data folder", Condition: c, Err: err}
	}
	return fmt.Errorf("data folder: %w; let this user write there, or name another folder in DIGIWIJZER_DATA", err)
}

func condition(err error) Condition {
	for _, cause := range []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, cause) {
			return Unwritable
		}
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return Faulty
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return Busy
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrNomem:
		return Unwritable
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return Corrupt
	}
	return Faulty
}

// PanicError is a work that panicked. Its text never shows the value of the panic,
// which could hold what somebody typed; an error of the Go runtime is harmless.
type PanicError struct {
	Value any
	Trace string // see bot.Stack
}

var (
	_ bot.Halting  = (*Error)(nil)
	_ bot.Panicked = (*PanicError)(nil)
)

// Kind is the Go type of the panic value.
func (e *PanicError) Kind() string { return fmt.Sprintf("%T", e.Value) }

// Stack lists the functions, innermost first.
func (e *PanicError) Stack() string { return e.Trace }

func (e *PanicError) Error() string {
	if fault, ok := e.Value.(runtime.Error); ok {
		return "a turn panicked: " + fault.Error()
	}
	return fmt.Sprintf("a turn panicked with a %T", e.Value)
}
