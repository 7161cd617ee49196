package durable

import (
	"errors"
	"slices"
	"syscall"

	"digiwijzer/store/engine"
)

// Unwritable reports whether err means that the disk accepts no writes.
func Unwritable(err error) bool {
	return slices.ContainsFunc([]error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS},
		func(cause error) bool { return errors.Is(err, cause) })
}

// FolderError wraps a failure of the data folder itself.
func FolderError(err error) error {
	if Unwritable(err) {
		return &engine.Error{Where: "data folder", Condition: engine.Unwritable, Err: err}
	}
	return &engine.FolderError{Err: err}
}
