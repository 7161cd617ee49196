package content

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// Limits of a content folder. The embedded content has about 1 MB in some 120 files, none above 50 kB.
const (
	maxFile    = 1 << 20 // bytes of one file
	maxTotal   = 8 << 20 // bytes of all files
	maxFiles   = 200
	maxEntries = 2000 // entries of one folder, ignored ones too
	maxFolders = 4    // folders within one another
)

// loadTimeout is the longest time for reading and loading a folder, several times what a complete copy of
// the content needs. Only a file system that does not answer takes longer.
const loadTimeout = 20 * time.Second

// errSlow is the fault of a folder that took longer than loadTimeout.
var errSlow = FileFault{File: ".", Kind: "slow", Value: strconv.Itoa(int(loadTimeout / time.Second))}

// FileFault is a file or folder in a content folder that cannot be used.
type FileFault struct {
	File  string // path in the content folder; "." is the folder itself
	Line  int    // from 1; 0: the file as a whole
	Kind  string // a key of fileFaults
	Value string // the limit, or the known value
}

// fileFaults describes the kinds of FileFault in words.
var fileFaults = map[string]string{
	"unknown": "not a content file; known are %s",
	"folder":  "is a folder, not a file",
	"special": "is not an ordinary file, but a %s",
	"link":    "is a link to a place outside the content folder, or to nothing",
	"size":    "is larger than %s kB",
	"total":   "the files together are larger than %s kB",
	"many":    "holds more than %s files",
	"deep":    "lies more than %s folders deep",
	"nested":  "is nested more than %s levels deep",
	"read":    "cannot be read: %s",
	"slow":    "could not be read and loaded within %s seconds",
	"unread":  "the published edition cannot be read",
}

// Error implements error.
func (f FileFault) Error() string {
	what := fileFaults[f.Kind]
	if strings.Contains(what, "%s") {
		what = fmt.Sprintf(what, f.Value)
	}
	place := f.File
	if f.Line > 0 {
		place += ":" + strconv.Itoa(f.Line)
	}
	return place + ": " + what
}

// Worded returns the fault for a text in another language.
func (f FileFault) Worded() (file string, line int, kind, value string) {
	return f.File, f.Line, f.Kind, f.Value
}

// readFolder reads the content files of a folder into memory, so that the same bytes are checked, hashed
// and loaded. Nothing in the folder can lead out of it, block, or take more memory than the limits
// allow. The error joins a FileFault for every file that cannot be used, including one that nothing
// reads: a misspelt name would otherwise silently have no effect.
func readFolder(dir string) (fileSet, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // read only
	r := reader{root: root, wanted: isContent, files: fileSet{}}
	r.folder(".", 1)
	return r.files, errors.Join(r.faults...)
}

// ReadTexts reads the text files (*.txt) in a folder as readFolder reads content, such as
// conversations that an editor recorded.
func ReadTexts(dir string) (fs.FS, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // read only
	r := reader{root: root, wanted: func(name string) bool { return path.Ext(name) == ".txt" }, others: true, files: fileSet{}}
	r.folder(".", maxFolders)
	return r.files, errors.Join(r.faults...)
}

// readOne reads one file of a folder with the limits of readFolder.
func readOne(dir, name string) ([]byte, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // read only
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	return readFile(root, name, info)
}

func openRoot(dir string) (*os.Root, error) {
	info, err := os.Stat(dir) // a FIFO would block OpenRoot
	if err != nil {
		return nil, fmt.Errorf("content folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("content folder: %s is not a folder", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("content folder: %w", err)
	}
	return root, nil
}

// reader reads a folder into files.
type reader struct {
	root   *os.Root
	wanted func(name string) bool
	others bool // other files are no fault
	files  fileSet
	count  int // all files
	bytes  int
	full   bool // the rest is not read
	faults []error
}

func (r *reader) fault(file, kind, value string) {
	r.faults = append(r.faults, FileFault{File: printable(file), Kind: kind, Value: value})
}

// stop reports a fault of the folder as a whole, after which nothing more is read.
func (r *reader) stop(kind string, limit int) {
	r.full = true
	r.fault(".", kind, strconv.Itoa(limit))
}

// folder reads a folder and those in it, in order of path. depth is 1 for the root.
func (r *reader) folder(name string, depth int) {
	f, err := r.root.Open(name)
	if err != nil {
		r.fault(name, "read", reason(err))
		return
	}
	entries, err := f.ReadDir(maxEntries + 1)
	_ = f.Close() // read only
	if err != nil && !errors.Is(err, io.EOF) {
		r.fault(name, "read", reason(err))
		return
	}
	if len(entries) > maxEntries {
		r.stop("many", maxEntries)
		return
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, entry := range entries {
		if !isIgnored(entry.Name()) {
			r.entry(path.Join(name, entry.Name()), depth)
		}
		if r.full {
			return
		}
	}
}

// entry reads a file or a folder.
func (r *reader) entry(name string, depth int) {
	info, err := r.root.Lstat(name)
	if err == nil && info.Mode().Type() == fs.ModeSymlink {
		if info, err = r.root.Stat(name); err != nil { // os.Root follows links that stay in the folder
			r.fault(name, "link", "")
			return
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // an editor's temporary file
	case err != nil:
		r.fault(name, "read", reason(err))
	case info.IsDir() && r.wanted(name):
		r.fault(name, "folder", "")
	case info.IsDir() && r.others:
	case info.IsDir() && depth >= maxFolders:
		r.fault(name, "deep", strconv.Itoa(maxFolders))
	case info.IsDir():
		r.folder(name, depth+1)
	default:
		r.file(name, info)
	}
}

// file reads a content file.
func (r *reader) file(name string, info fs.FileInfo) {
	if r.count++; r.count > maxFiles {
		r.stop("many", maxFiles)
		return
	}
	if !r.wanted(name) {
		if !r.others && path.Ext(name) != ".md" {
			r.fault(name, "unknown", strings.Join(contentPaths, ", "))
		}
		return
	}
	data, err := readFile(r.root, name, info)
	var fault FileFault
	switch {
	case errors.As(err, &fault):
		r.faults = append(r.faults, fault)
	case errors.Is(err, fs.ErrNotExist): // removed in the meantime
	case err != nil:
		r.fault(name, "read", reason(err))
	default:
		if r.bytes += len(data); r.bytes > maxTotal {
			r.stop("total", maxTotal>>10)
			return
		}
		r.files[name] = data
	}
}

// readFile reads an ordinary file of limited size. It does not open anything else: opening a
// FIFO blocks, and a device may never end.
func readFile(root *os.Root, name string, info fs.FileInfo) ([]byte, error) {
	if err := usable(name, info); err != nil {
		return nil, err
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may have been replaced
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := usable(name, info); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1)) // it may be growing
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, FileFault{File: printable(name), Kind: "size", Value: strconv.Itoa(maxFile >> 10)}
	}
	if line := tooDeep(data); line > 0 && path.Ext(name) == ".toml" {
		return nil, FileFault{File: printable(name), Line: line, Kind: "nested", Value: strconv.Itoa(maxNesting)}
	}
	return data, nil
}

// usable returns the fault of a file that is not ordinary or too large.
func usable(name string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return FileFault{File: printable(name), Kind: "special", Value: kindOf(mode)}
	case info.Size() > maxFile:
		return FileFault{File: printable(name), Kind: "size", Value: strconv.Itoa(maxFile >> 10)}
	}
	return nil
}

// kindOf returns the usual name of a file that is not ordinary.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "FIFO"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// reason returns the cause of an error of a file, without its path.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// printable returns a file name that fits in one line of a log.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}
