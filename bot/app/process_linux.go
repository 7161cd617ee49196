package app

import "golang.org/x/sys/unix"

// forbidDumps also keeps other processes of this user from reading the memory, and covers
// systems that pipe core dumps to a program whatever their size limit; see prctl(2).
func forbidDumps() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
