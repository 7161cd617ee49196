package app

import "syscall"

// HardenProcess restricts what this process writes and holds in memory to its user: files get no
// permissions for others, and a crash writes no core dump, with keys and tokens, to disk. If the
// system refuses, the program still runs.
func HardenProcess() {
	syscall.Umask(0o077)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	forbidDumps()
}
