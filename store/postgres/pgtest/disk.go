package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// StartSmall makes and starts a server whose data are on a disk of so many MB, until the test
// has ended. It skips the test where no disk can be mounted.
func StartSmall(t testing.TB, megabytes int, settings ...string) *Server {
	t.Helper()
	s, err := newServer()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(s.Data(), 0o700))
	if err := mount(s.Data(), megabytes, s.account); err != nil {
		require.NoError(t, os.RemoveAll(s.Folder))
		t.Skipf("no disk of %d MB can be mounted: %v", megabytes, err)
	}
	s.small = true
	require.NoError(t, s.create(settings...))
	t.Cleanup(func() { require.NoError(t, s.Remove()) })
	return s
}

// ballast takes all the space that is left.
func (s *Server) ballast() string { return filepath.Join(s.Data(), "ballast") }

// Fill leaves no byte free on the disk of a server from StartSmall.
func (s *Server) Fill() error {
	file, err := os.OpenFile(s.ballast(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	zeros := make([]byte, 4096) // a page of the disk
	for err == nil {
		_, err = file.Write(zeros)
	}
	if err := file.Close(); err != nil {
		return err
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("filling the disk: %w", err)
	}
	return nil
}

// Free gives back what Fill took, and starts the server again if it has ended, as an operator
// or its supervisor does.
func (s *Server) Free() error {
	if err := os.Remove(s.ballast()); err != nil {
		return err
	}
	if s.Running() {
		return s.await()
	}
	return s.Launch()
}

// mount mounts a disk in memory of so many MB on a folder.
func mount(folder string, megabytes int, owner *syscall.Credential) error {
	options := fmt.Sprintf("size=%dm,mode=0700", megabytes)
	if owner != nil {
		options += fmt.Sprintf(",uid=%d,gid=%d", owner.Uid, owner.Gid)
	}
	return syscall.Mount("tmpfs", folder, "tmpfs", 0, options)
}

func unmount(folder string) error { return syscall.Unmount(folder, syscall.MNT_DETACH) }
