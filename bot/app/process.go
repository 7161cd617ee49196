package app

import "syscall"

// HardenProcess keeps what this process writes and holds in memory to the user it runs as:
// files get no permissions for others, and a crash leaves no image of the memory, with its
// keys and tokens, on the disk. Where the system refuses, the program still runs.
func HardenProcess() {
	syscall.Umask(0o077)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	forbidDumps()
}
