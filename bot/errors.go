package bot

import (
	"errors"
	"strings"
)

// The reasons why an update is refused. After each of them a channel lets its platform
// redeliver the update.
var (
	ErrClosed  = errors.New("dispatcher is shutting down")
	ErrFlooded = errors.New("too many updates are queued")
	ErrStorage = errors.New("storage failed") // see StorageError
)

// StorageError means that a turn was not made durable because the storage failed. It
// is an ErrStorage.
type StorageError struct {
	Halt bool // see Halting
	Err  error
}

func (e *StorageError) Error() string { return e.Err.Error() }

// Unwrap returns ErrStorage and the cause.
func (e *StorageError) Unwrap() []error { return []error{ErrStorage, e.Err} }

func newStorageError(err error) *StorageError {
	var h Halting
	return &StorageError{Halt: errors.As(err, &h) && h.Stop(), Err: err}
}

// isStorage reports whether an error is a fault of the storage.
func isStorage(err error) bool { return errors.Is(err, ErrStorage) }

// failureClass classifies the failure of a turn without any personal data.
func failureClass(err error) string {
	var p Panicked
	if errors.As(err, &p) {
		return "panic " + p.Kind()
	}
	return "error"
}

// publicText returns an error in one line for health. Only errors of a store are certain to
// hold no personal data.
func publicText(err error) string {
	var h Halting
	if !isStorage(err) && !errors.As(err, &h) {
		return "failed; see the log"
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
