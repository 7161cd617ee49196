package content

import (
	"archive/zip"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Files of Verdicts in the data folder.
const (
	verdictsFile = "content-verdicts.json"
	goodFile     = "content-good.zip"
)

const (
	maxVerdicts = 64                   // editions recorded as passed
	maxWhole    = 2*maxTotal + 1<<20   // bytes of a whole edition
	baseFolder  = "base/"              // in goodFile: Whole.Base
	ownFolder   = "own/"               // in goodFile: Whole.Own
	sealFile    = "seal"               // in goodFile: its seal
	sealContext = "digiwijzer content" // separates these seals from all others of the key
)

// Verdicts stores, over restarts, which editions passed the gate and the last one that was in use. Its
// files are sealed with a key: a file written by anyone else is ignored. A verdict is valid for one
// program only, since the gate is part of it. Safe for concurrent use.
type Verdicts struct {
	dir     string
	program func() string
	key     []byte

	mu     sync.Mutex
	passed []verdict // the newest last
	good   string    // hash of the edition in goodFile, if known
}

// verdict is an edition that passed the gate of a program.
type verdict struct {
	Content string `json:"content"` // Edition.Hash
	Program string `json:"program"`
	Seal    string `json:"seal"`
}

// OpenVerdicts reads the verdicts in a folder. program returns what identifies the running program, such
// as a hash of its file, and is called only if another edition than the embedded one is in use; if it
// returns nothing, nothing is stored. Unreadable verdicts are dropped: editions are then checked again.
func OpenVerdicts(dir string, program func() string, key []byte) *Verdicts {
	v := &Verdicts{dir: dir, program: program, key: bytes.Clone(key)}
	text, err := readLimited(filepath.Join(dir, verdictsFile), maxFile)
	if err != nil {
		return v
	}
	var all []verdict
	if json.Unmarshal(text, &all) == nil {
		v.passed = slices.DeleteFunc(all, func(d verdict) bool { return !v.sealed(d.Seal, "passed", d.Content, d.Program) })
	}
	return v
}

// Passed reports whether an edition passed the gate of this program.
func (v *Verdicts) Passed(hash string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	program := v.program()
	return program != "" && slices.ContainsFunc(v.passed, func(d verdict) bool { return d.Content == hash && d.Program == program })
}

// Record records that an edition passed the gate of this program.
func (v *Verdicts) Record(hash string) error {
	program := v.program()
	if program == "" || v.Passed(hash) {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.passed = append(v.passed, verdict{Content: hash, Program: program, Seal: v.seal("passed", hash, program)})
	if len(v.passed) > maxVerdicts {
		v.passed = slices.Clone(v.passed[len(v.passed)-maxVerdicts:])
	}
	text, err := json.MarshalIndent(v.passed, "", " ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(v.dir, verdictsFile), text, 0o600)
}

// KeepGood stores the edition in use, complete, so that it is available after a restart. The embedded
// content is in the program: for it the stored edition is deleted.
func (v *Verdicts) KeepGood(e *Edition) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.good == e.Hash() {
		return nil
	}
	file := filepath.Join(v.dir, goodFile)
	if e.IsEmbedded() {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		v.good = e.Hash()
		return nil
	}
	whole, err := e.Whole()
	if err != nil {
		return err
	}
	archive, err := v.pack(whole)
	if err == nil {
		err = writeFile(file, archive, 0o600)
	}
	if err == nil {
		v.good = e.Hash()
	}
	return err
}

// Good returns the edition that was last in use; false if none was stored, or if it cannot be used any
// more.
func (v *Verdicts) Good() (*Edition, bool) {
	archive, err := readLimited(filepath.Join(v.dir, goodFile), maxWhole)
	if err != nil {
		return nil, false
	}
	whole, err := v.unpack(archive)
	if err != nil {
		return nil, false
	}
	e, err := LoadWhole(whole)
	if err != nil {
		return nil, false
	}
	return e, true
}

func (v *Verdicts) pack(w Whole) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, data []byte) error {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	}
	err := add(sealFile, []byte(v.seal("good", w.Base.Hash(), w.Own.Hash())))
	for folder, files := range map[string]Files{baseFolder: w.Base, ownFolder: w.Own} {
		for _, name := range files.Names() {
			err = errors.Join(err, add(folder+name, files.set[name]))
		}
	}
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}

// errSeal is the error of a file that was not written with this key.
var errSeal = errors.New("not sealed with this key")

func (v *Verdicts) unpack(archive []byte) (w Whole, err error) {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return w, err
	}
	base, own, seal := map[string][]byte{}, map[string][]byte{}, ""
	left := int64(maxWhole)
	for _, f := range z.File {
		data, err := unzip(f, left)
		if err != nil {
			return w, err
		}
		left -= int64(len(data))
		switch {
		case f.Name == sealFile:
			seal = string(data)
		case strings.HasPrefix(f.Name, baseFolder):
			base[strings.TrimPrefix(f.Name, baseFolder)] = data
		case strings.HasPrefix(f.Name, ownFolder):
			own[strings.TrimPrefix(f.Name, ownFolder)] = data
		}
	}
	if w.Base, err = NewFiles(base); err == nil {
		w.Own, err = NewFiles(own)
	}
	if err == nil && !v.sealed(seal, "good", w.Base.Hash(), w.Own.Hash()) {
		err = errSeal
	}
	return w, err
}

func unzip(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", f.Name, limit)
	}
	return data, err
}

// seal returns the message authentication code of parts.
func (v *Verdicts) seal(parts ...string) string {
	h := hmac.New(sha256.New, v.key)
	fmt.Fprintf(h, "%q %q", sealContext, parts)
	return hex.EncodeToString(h.Sum(nil))
}

func (v *Verdicts) sealed(seal string, parts ...string) bool {
	return len(v.key) > 0 && hmac.Equal([]byte(seal), []byte(v.seal(parts...)))
}

// readLimited reads an ordinary file of limited size.
func readLimited(file string, limit int64) ([]byte, error) {
	info, err := os.Lstat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fs.ErrInvalid
	}
	return os.ReadFile(file)
}

// PurgeVerdicts deletes the files of OpenVerdicts in a folder.
func PurgeVerdicts(dir string) error {
	var errs []error
	for _, name := range []string{verdictsFile, goodFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
