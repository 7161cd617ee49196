package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/internal/durable"
	"digiwijzer/store/sqlite"
)

// The tests of power cuts and I/O errors share testdata/disk.c, a library that is preloaded
// between SQLite and the kernel in a child process, the trace of calls that it writes, and a
// simulated disk on which the trace is replayed.

// Environment variables of a child process. envRole selects its role; disk.c reads the others.
const (
	envRole    = "DISK_ROLE"
	envFolder  = "DISK_FOLDER"
	envTrace   = "DISK_TRACE"
	envControl = "DISK_CONTROL"
	envNames   = "DISK_NAMES"
	envShare   = "DISK_SHARE" // index of the process, which tries its share of the calls
)

// roles are the entry points of child processes.
var roles = map[string]func(*testing.T){
	"scenario":         recordScenario,
	"errors":           failEveryCall,
	"opening":          recordOpening,
	"migration errors": failMigrations,
}

// TestChild is the entry point of child processes; it is skipped in the test run itself.
func TestChild(t *testing.T) {
	role := roles[os.Getenv(envRole)]
	if role == nil {
		t.Skip("runs only as a child process of other tests")
	}
	role(t)
}

// compiler returns the C compiler, and skips the test where there is none or the platform is
// not Linux.
func compiler(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("calls are intercepted with LD_PRELOAD, on Linux only")
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	if _, err := exec.LookPath(cc); err != nil {
		t.Skipf("no C compiler: %v", err)
	}
	return cc
}

// buildInterposer compiles testdata/disk.c and returns the path of the library.
func buildInterposer(t *testing.T) string {
	t.Helper()
	cc := compiler(t)
	library := filepath.Join(t.TempDir(), "disk.so")
	out, err := exec.Command(cc, "-shared", "-fPIC", "-O1", "-pthread", "-o", library, filepath.Join("testdata", "disk.c")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return library
}

// runChild runs a role in a process whose SQLite calls go through disk.c, and returns its
// output.
func runChild(t *testing.T, role string, env ...string) string {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(binary, "-test.run=^TestChild$", "-test.v",
		"-test.short="+fmt.Sprint(testing.Short()), "-everyfault="+fmt.Sprint(*everyFault))
	child.Env = append(os.Environ(), append(env, "LD_PRELOAD="+buildInterposer(t), envRole+"="+role)...)
	out, err := child.CombinedOutput()
	require.NoError(t, err, "the child process failed:\n%s", out)
	return string(out)
}

// harnessIn returns a harness for a given folder, with the same key in every process.
func harnessIn(t testing.TB, dir string) *harness {
	t.Helper()
	return &harness{dir: dir, key: newKey(bytes.Repeat([]byte{7}, keySize)), region: embeddedRegion(t)}
}

// op is one record of a trace: a call that disk.c intercepted, or a note of the child.
type op struct {
	kind byte
	name string // of the file; of opState: the hash of the content
	at   int64
	data []byte
}

// The kinds of records: first those of disk.c, then those of the child.
const (
	opCreate   = 'c'
	opUnlink   = 'u'
	opWrite    = 'w'
	opTruncate = 't'
	opSync     = 's' // an empty name is the folder itself
	opRoot     = 'R' // the parent of the folder was synced
	opState    = 'S' // the content of the files; name is its hash
	opDone     = 'D' // step number at was acknowledged
)

const recordSize = 24 // of struct record in disk.c

// encode writes a record as disk.c does.
func (o op) encode() []byte {
	out := binary.NativeEndian.AppendUint32(nil, uint32(o.kind))
	out = binary.NativeEndian.AppendUint32(out, uint32(len(o.name)))
	out = binary.NativeEndian.AppendUint64(out, uint64(o.at))
	out = binary.NativeEndian.AppendUint64(out, uint64(len(o.data)))
	return append(append(out, o.name...), o.data...)
}

func readTrace(t *testing.T, path string) (ops []op) {
	t.Helper()
	rest, err := os.ReadFile(path)
	require.NoError(t, err)
	for len(rest) > 0 {
		require.GreaterOrEqual(t, len(rest), recordSize, "the trace is truncated")
		o := op{kind: byte(binary.NativeEndian.Uint32(rest)), at: int64(binary.NativeEndian.Uint64(rest[8:]))}
		name, size := int(binary.NativeEndian.Uint32(rest[4:])), int(binary.NativeEndian.Uint64(rest[16:]))
		rest = rest[recordSize:]
		o.name, o.data = string(rest[:name]), rest[name:name+size]
		rest = rest[name+size:]
		ops = append(ops, o)
	}
	return ops
}

// recorder adds records to the trace in the child, which disk.c cannot see.
type recorder struct{ trace *os.File }

// record opens the trace, and records the folder syncs that Go does without libc.
func record(t *testing.T, dir string) recorder {
	t.Helper()
	trace, err := os.OpenFile(os.Getenv(envTrace), os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	r := recorder{trace}
	before := durable.SyncFile
	durable.SyncFile = func(f *os.File) error {
		switch f.Name() {
		case dir:
			r.note(t, op{kind: opSync})
		case filepath.Dir(dir):
			r.note(t, op{kind: opRoot})
		}
		return before(f)
	}
	t.Cleanup(func() { durable.SyncFile = before; trace.Close() })
	return r
}

func (r recorder) note(t *testing.T, o op) {
	_, err := r.trace.Write(o.encode())
	require.NoError(t, err)
}

// state records the content of both files.
func (r recorder) state(t *testing.T, s *Store) {
	r.note(t, op{kind: opState, name: contentHash(t, s)})
}

// contentHash returns a hash of every row of both files.
func contentHash(t testing.TB, s *Store) string {
	t.Helper()
	return hashTables(t, state(s), tablesOf(t, state(s))) + hashTables(t, stats(s), tablesOf(t, stats(s)))
}

func tablesOf(t testing.TB, f *file) (tables []string) {
	t.Helper()
	rows, err := f.conn.QueryContext(context.Background(), "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(t, rows.Err())
	return tables
}

// hashTables returns a hash of every row of some tables.
func hashTables(t testing.TB, f *file, tables []string) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range tables {
		fmt.Fprintln(sum, table)
		rows, err := f.conn.QueryContext(context.Background(), "SELECT * FROM "+table+" ORDER BY 1")
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			require.NoError(t, rows.Scan(into...))
			for _, value := range values {
				if blob, ok := value.([]byte); ok {
					fmt.Fprint(sum, len(blob), ":")
					sum.Write(blob)
					continue
				}
				fmt.Fprint(sum, value, ",")
			}
		}
		require.NoError(t, rows.Err())
		rows.Close()
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// requireIntegrity runs the integrity and foreign key checks of both files.
func requireIntegrity(t testing.TB, s *Store) {
	t.Helper()
	for _, f := range []*file{state(s), stats(s)} {
		var verdict string
		require.NoError(t, f.conn.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&verdict))
		require.Equal(t, "ok", verdict, f.name)
		require.Zero(t, rowCount(t, f, "pragma_foreign_key_check"), f.name)
	}
}

// image is the content of each file of a folder; nil if there is no folder.
type image map[string][]byte

// imageOf reads a folder as a crash would leave it.
func imageOf(t testing.TB, dir string) image {
	t.Helper()
	i := image{}
	for _, name := range []string{sqlite.StateFile, sqlite.StateFile + "-wal", sqlite.StatsFile, sqlite.StatsFile + "-wal"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		i[name] = content
	}
	return i
}

// write replaces the folder dir by an image.
func (i image) write(t testing.TB, dir string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(dir))
	if i == nil {
		return
	}
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for name, content := range i {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
}

// disk simulates a file system: what is durable, and what is pending until a sync.
type disk struct {
	names   map[string]*inode // as a process sees them
	durable map[string]*inode
	pending []nameChange // name changes that are not durable, in order
	root    bool         // the name of the folder is durable
}

// inode is the durable content of a file, and the pending writes and truncations in order.
type inode struct {
	durable []byte
	pending []op
}

// nameChange is a name that now refers to a file, or to none.
type nameChange struct {
	name string
	file *inode
	// journalled: some file was synced since, which makes this durable too on a file system
	// with one journal.
	journalled bool
}

// diskWith returns a disk on which an image is durable.
func diskWith(i image) *disk {
	d := &disk{names: map[string]*inode{}, durable: map[string]*inode{}, root: i != nil}
	for name, content := range i {
		file := &inode{durable: content}
		d.names[name], d.durable[name] = file, file
	}
	return d
}

// do applies one record.
func (d *disk) do(o op) {
	switch o.kind {
	case opCreate:
		d.rename(o.name, &inode{})
	case opUnlink:
		d.rename(o.name, nil)
	case opWrite, opTruncate:
		file := d.names[o.name]
		file.pending = append(file.pending, o)
	case opSync:
		d.sync(o.name)
	case opRoot:
		d.root = true
	}
}

func (d *disk) rename(name string, file *inode) {
	d.pending = append(d.pending, nameChange{name: name, file: file})
	rename(d.names, name, file)
}

func rename(names map[string]*inode, name string, file *inode) {
	if file == nil {
		delete(names, name)
		return
	}
	names[name] = file
}

func (d *disk) sync(name string) {
	for i := range d.pending {
		d.pending[i].journalled = true
	}
	if name != "" {
		file := d.names[name]
		file.durable, file.pending = file.with(func(op) bool { return true }, nil), nil
		return
	}
	for _, r := range d.pending {
		rename(d.durable, r.name, r.file)
	}
	d.pending = nil
}

// sector is the size that a disk writes atomically, in bytes.
const sector = 512

// with returns the content after a power cut that kept the pending changes selected by keep; torn, if not nil, decides for
// every sector of a write.
func (f *inode) with(keep func(op) bool, torn func() bool) []byte {
	content := slices.Clone(f.durable)
	for _, o := range f.pending {
		if !keep(o) {
			continue
		}
		if o.kind == opTruncate {
			content = resized(content, int(o.at))
			continue
		}
		for at := 0; at < len(o.data); {
			end := min(len(o.data), at+sector-(int(o.at)+at)%sector)
			if torn == nil || torn() {
				from := int(o.at) + at
				content = resized(content, max(len(content), int(o.at)+end))
				copy(content[from:], o.data[at:end])
			}
			at = end
		}
	}
	return content
}

func resized(content []byte, size int) []byte {
	if size <= len(content) {
		return content[:size]
	}
	return append(content, make([]byte, size-len(content))...)
}

// loss is how a power cut treats what was not synced.
type loss struct {
	name  string
	seeds bool // it is random
	data  func(*rand.Rand) (keep func(op) bool, torn func() bool)
	names func(*rand.Rand) func(nameChange) bool
}

// losses are the combinations that are tried. A strict file system loses every name change
// that no sync of the folder made durable; one with a journal keeps those before any sync.
var losses = []loss{
	{name: "nothing kept", data: always(false), names: never},
	{name: "nothing kept, with a journal", data: always(false), names: journal},
	{name: "names kept", data: always(false), names: all},
	{name: "data kept", data: always(true), names: never},
	{name: "everything kept", data: always(true), names: all},
	{name: "torn", seeds: true, data: someSectors, names: someNames},
	{name: "torn, with a journal", seeds: true, data: someSectors, names: journal},
	{name: "some writes", seeds: true, data: someWrites, names: someNames},
}

func always(kept bool) func(*rand.Rand) (func(op) bool, func() bool) {
	return func(*rand.Rand) (func(op) bool, func() bool) { return func(op) bool { return kept }, nil }
}

func someWrites(rng *rand.Rand) (func(op) bool, func() bool) {
	likely := rng.Float64()
	return func(op) bool { return rng.Float64() < likely }, nil
}

func someSectors(rng *rand.Rand) (func(op) bool, func() bool) {
	likely := rng.Float64()
	keep := func() bool { return rng.Float64() < likely }
	return func(o op) bool { return o.kind == opWrite || keep() }, keep
}

func never(*rand.Rand) func(nameChange) bool { return func(nameChange) bool { return false } }
func all(*rand.Rand) func(nameChange) bool   { return func(nameChange) bool { return true } }
func journal(*rand.Rand) func(nameChange) bool {
	return func(r nameChange) bool { return r.journalled }
}

func someNames(rng *rand.Rand) func(nameChange) bool {
	return func(nameChange) bool { return rng.IntN(2) == 0 }
}

// after returns the image that a power cut would leave now.
func (d *disk) after(l loss, seed uint64, at int) image {
	rng := rand.New(rand.NewPCG(seed, uint64(at)))
	kept := l.names(rng)
	// The folder itself has a name that can be lost.
	if !d.root && !kept(nameChange{}) {
		return nil
	}
	names := maps.Clone(d.durable)
	for _, r := range d.pending {
		if kept(r) {
			rename(names, r.name, r.file)
		}
	}
	left := image{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		keep, torn := l.data(rng)
		left[name] = names[name].with(keep, torn)
	}
	return left
}

// requireMatches compares the simulated disk without losses with the files of the child, which
// differ if disk.c missed a call.
func (d *disk) requireMatches(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.db*"))
	require.NoError(t, err)
	var there []string
	for _, path := range files {
		if strings.HasSuffix(path, "-shm") {
			continue
		}
		name := filepath.Base(path)
		if strings.Contains(name, ".schema") {
			name += ".new" // Go renamed it, past the library; nothing reads it after a cut
		}
		there = append(there, name)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		file := d.names[name]
		require.NotNil(t, file, "%s was created by a call that was not intercepted", path)
		require.True(t, bytes.Equal(content, file.with(func(op) bool { return true }, nil)), "calls that change %s were not intercepted", path)
	}
	assert.ElementsMatch(t, there, slices.Collect(maps.Keys(d.names)))
}

// control mirrors struct control of disk.c, in memory that both share.
type control struct {
	calls, failAt                   uint64
	errno, lasting, partial, failed uint32
}

// newControl creates the file of a control block.
func newControl(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control")
	require.NoError(t, os.WriteFile(path, make([]byte, unsafe.Sizeof(control{})), 0o600))
	return path
}

// openControl maps the control block, in the child.
func openControl(t *testing.T) *control {
	t.Helper()
	f, err := os.OpenFile(os.Getenv(envControl), os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	block, err := syscall.Mmap(int(f.Fd()), 0, int(unsafe.Sizeof(control{})), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	require.NoError(t, err)
	return (*control)(unsafe.Pointer(&block[0]))
}
