package store

import (
	"fmt"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// The errors of the storage, defined in package engine.
type (
	Condition = engine.Condition
	Error     = engine.Error

	FolderError = engine.FolderError
)

// The conditions.
const (
	Busy       = engine.Busy
	Unwritable = engine.Unwritable
	Corrupt    = engine.Corrupt
	Faulty     = engine.Faulty
)

// The reasons why Open, OpenFigures, Restore and PurgeAll refuse.
var (
	ErrInUse    = engine.ErrInUse
	ErrWrongKey = engine.ErrWrongKey
	ErrNewer    = engine.ErrNewer

	ErrExposedFolder = engine.ErrExposedFolder
)

// ConditionOf returns the condition of the storage that err reports; empty if err is not about
// the storage.
func ConditionOf(err error) Condition { return engine.ConditionOf(err) }

// PanicError is the error of a work that panicked. It keeps the type of the value, not its
// text, which could hold what somebody typed.
type PanicError struct {
	Type  string
	Trace string // functions without arguments, which could be the id of a chat
}

func (e *PanicError) Error() string { return "panic " + e.Type }

// Kind returns the Go type of the value.
func (e *PanicError) Kind() string { return e.Type }

// Stack returns the functions, innermost first.
func (e *PanicError) Stack() string { return e.Trace }

var (
	_ bot.Halting  = (*Error)(nil)
	_ bot.Panicked = (*PanicError)(nil)
)

// UndeclaredError reports a work that touched what it did not declare. It names no row.
type UndeclaredError struct{ What string }

func (e *UndeclaredError) Error() string {
	return fmt.Sprintf("store: a work touched %s that it did not declare", e.What)
}
