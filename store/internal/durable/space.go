package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Free returns how many bytes this user may still write in a folder.
func Free(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:unconvert // the types differ per platform
}

// The reasons why OpenRegular and Copy refuse a file.
var (
	ErrNotRegular = errors.New("not an ordinary file")
	ErrTooLarge   = errors.New("too large")
)

// OpenRegular opens an ordinary file of at most limit bytes for reading. It does not block on pipes or
// read devices.
func OpenRegular(path string, limit int64) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s: %w", path, ErrNotRegular)
	case info.Size() > limit:
		err = fmt.Errorf("%s: %w: %d bytes, of at most %d", path, ErrTooLarge, info.Size(), limit)
	default:
		return file, nil
	}
	return nil, errors.Join(err, file.Close())
}

// Copy copies an ordinary file of at most limit bytes to a new file that only the owner may
// read.
func Copy(from, to string, limit int64) error {
	in, err := OpenRegular(from, limit)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, limit+1))
	if err == nil && n > limit { // it grew meanwhile
		err = fmt.Errorf("%s: %w", from, ErrTooLarge)
	}
	return errors.Join(err, out.Close())
}
