package sqlite

import (
	"errors"

	"github.com/mattn/go-sqlite3"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// wrap wraps an error of the driver in an *engine.Error, once.
func wrap(where string, err error) error { return engine.Wrap(where, err, condition) }

func condition(err error) engine.Condition {
	if durable.Unwritable(err) {
		return engine.Unwritable
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return engine.Faulty
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return engine.Busy
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrNomem:
		return engine.Unwritable
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return engine.Corrupt
	}
	return engine.Faulty
}

// openError is the error of opening a file. If it cannot be read or migrated, it is damaged, whichever
// statement fails first.
func openError(name, advice string, err error) error {
	if c := engine.ConditionOf(err); c == engine.Corrupt || c == engine.Faulty {
		return damaged(name, advice, err)
	}
	return err
}

func damaged(name, advice string, err error) error {
	return &engine.Error{Where: name + " is damaged; nothing was changed; " + advice, Condition: engine.Corrupt, File: name, Err: err}
}
