package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	// lowDisk is the free space below which no new conversations begin (see bot.Room); below fewDisk there is a warning.
	lowDisk = 128 << 20
	fewDisk = 1 << 30
	// probePrefix starts the name of the file that is written. Serve recognises files of this name as its own, so one left by
	// a crash is harmless.
	probePrefix = "stats.db.doctor-"
	// others are the permissions of everybody but the owner.
	others fs.FileMode = 0o077
)

// Folder checks the folder with the data: its owner, who may read it, whether it can be written and how much space is free.
// ok is false if the rest of the data cannot be checked.
func Folder(f *Findings, dir string) (ok bool) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Notice("data", "new", "Dir", dir)
		return false
	case err != nil:
		f.Fault("data", "unreadable", "Problem", err.Error())
		return false
	case !info.IsDir():
		f.Fault("data", "no_folder", "Dir", dir)
		return false
	}
	if owner, mine := ownerOf(info); owner != mine {
		f.Fault("data", "other_user", "Dir", dir, "Owner", strconv.Itoa(owner), "User", strconv.Itoa(mine))
		return false // reading as another user can leave files that serve cannot open
	}
	if open := openFiles(dir, info); len(open) > 0 {
		f.Fault("data", "open", "Files", strings.Join(open, ", "))
	} else {
		f.OK("data", "Dir", dir)
	}
	disk(f, dir)
	return true
}

func ownerOf(info fs.FileInfo) (owner, mine int) {
	mine = os.Geteuid()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), mine
	}
	return mine, mine
}

// openFiles returns the folder and the files in it that other users may use or do not own.
func openFiles(dir string, folder fs.FileInfo) (open []string) {
	if folder.Mode().Perm()&others != 0 {
		open = append(open, dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return append(open, dir)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if owner, mine := ownerOf(info); owner != mine || info.Mode().Perm()&others != 0 {
			open = append(open, e.Name())
		}
	}
	return open
}

// disk checks whether a file can be written and made durable, and how much space is free.
func disk(f *Findings, dir string) {
	if err := tryWrite(dir); err != nil {
		f.Fault("disk", "refuses", "Problem", err.Error())
		return
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		f.Fault("disk", "refuses", "Problem", err.Error())
		return
	}
	free, size := uint64(s.Bavail)*uint64(s.Bsize), s.Blocks*uint64(s.Bsize) //nolint:unconvert // the types differ per platform
	megabytes := strconv.FormatUint(free>>20, 10)
	switch {
	case free < min(lowDisk, size/20):
		f.Fault("disk", "full", "Free", megabytes)
	case free < min(fewDisk, size/10):
		f.Notice("disk", "low", "Free", megabytes)
	default:
		f.OK("disk", "Free", megabytes)
	}
}

func tryWrite(dir string) error {
	file, err := os.CreateTemp(dir, probePrefix+"*")
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, 8<<10))
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name()))
}

// KeyFile checks who may read the file with the key, and that it is not stored next to the data. It does not read it.
func KeyFile(f *Findings, path, dir string) {
	info, err := os.Stat(path)
	if err != nil {
		return // loading it reports the fault
	}
	if open := info.Mode().Perm() & 0o007; open != 0 {
		f.Fault("key.place", "open", "File", path)
		return
	}
	switch {
	case within(dir, path):
		f.Fault("key.place", "inside", "File", path, "Dir", dir)
	case sameDisk(filepath.Dir(path), dir):
		f.Notice("key.place", "same_disk", "File", path)
	default:
		f.OK("key.place", "File", path)
	}
}

func within(dir, path string) bool {
	dir, err1 := filepath.Abs(dir)
	path, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func sameDisk(a, b string) bool {
	one, err1 := os.Stat(a)
	two, err2 := os.Stat(b)
	if err1 != nil || err2 != nil {
		return false
	}
	s, ok1 := one.Sys().(*syscall.Stat_t)
	t, ok2 := two.Sys().(*syscall.Stat_t)
	return ok1 && ok2 && s.Dev == t.Dev
}
