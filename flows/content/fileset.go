package content

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// fileSet are files in memory, by path. Folders can be read with fs.ReadDir, not opened.
type fileSet map[string][]byte

var (
	_ fs.ReadFileFS = fileSet{}
	_ fs.ReadDirFS  = fileSet{}
	_ fs.StatFS     = fileSet{}
)

// sub returns the files in a folder, by their path in it.
func (s fileSet) sub(dir string) fileSet {
	files := fileSet{}
	for name, data := range s {
		if rest, ok := cutFolder(name, dir); ok {
			files[rest] = data
		}
	}
	return files
}

// Open implements fs.FS.
func (s fileSet) Open(name string) (fs.File, error) {
	info, err := s.Stat(name)
	if err != nil || info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{Reader: strings.NewReader(string(s[name])), info: info}, nil
}

// ReadFile implements fs.ReadFileFS.
func (s fileSet) ReadFile(name string) ([]byte, error) {
	data, ok := s[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(data), nil
}

// Stat implements fs.StatFS.
func (s fileSet) Stat(name string) (fs.FileInfo, error) {
	if data, ok := s[name]; ok {
		return fileInfo{name: path.Base(name), size: int64(len(data))}, nil
	}
	if _, err := s.ReadDir(name); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return fileInfo{name: path.Base(name), folder: true}, nil
}

// ReadDir implements fs.ReadDirFS.
func (s fileSet) ReadDir(name string) ([]fs.DirEntry, error) {
	found := map[string]fs.DirEntry{}
	for file, data := range s {
		rest, ok := cutFolder(file, name)
		if name == "." {
			rest, ok = file, true
		}
		if !ok {
			continue
		}
		first, _, folder := strings.Cut(rest, "/")
		info := fileInfo{name: first, folder: folder}
		if !folder {
			info.size = int64(len(data))
		}
		found[first] = fs.FileInfoToDirEntry(info)
	}
	if len(found) == 0 && name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	entries := make([]fs.DirEntry, 0, len(found))
	for _, n := range slices.Sorted(maps.Keys(found)) {
		entries = append(entries, found[n])
	}
	return entries, nil
}

// openFile is an open file of a fileSet.
type openFile struct {
	*strings.Reader
	info fs.FileInfo
}

// Stat implements fs.File.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f *openFile) Close() error { return nil }

// fileInfo describes an entry of a fileSet.
type fileInfo struct {
	name   string
	size   int64
	folder bool
}

var _ fs.FileInfo = fileInfo{}

// Name implements fs.FileInfo.
func (i fileInfo) Name() string { return i.name }

// Size implements fs.FileInfo.
func (i fileInfo) Size() int64 { return i.size }

// Mode implements fs.FileInfo.
func (i fileInfo) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// ModTime implements fs.FileInfo. It is not known.
func (i fileInfo) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo.
func (i fileInfo) IsDir() bool { return i.folder }

// Sys implements fs.FileInfo.
func (i fileInfo) Sys() any { return nil }
