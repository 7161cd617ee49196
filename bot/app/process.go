package app

import (
	"io/fs"
	"syscall"
)

// userMask is the umask of the user of a command. HardenProcess sets it before anything else runs.
var userMask fs.FileMode = 0o022

// HardenProcess restricts what this process writes and holds in memory to its user: files get no
// permissions for others, except by WriteOutput, and a crash writes no core dump, with keys and tokens, to
// disk. If the system refuses, the program still runs.
func HardenProcess() {
	userMask = fs.FileMode(syscall.Umask(0o077)) & fs.ModePerm
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	forbidDumps()
}
