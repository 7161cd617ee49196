package store

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"digiwijzer/bot/secret"
	"digiwijzer/store/internal/durable"
)

// keySize is the length of the key file in bytes.
const keySize = 32

// Key is the secret that everything personal is encrypted and looked up with. It
// is kept in a file separate from the data. Printing a Key in any way shows nothing.
type Key struct{ root secret.Value }

func newKey(root []byte) *Key { return &Key{secret.New(string(root))} }

// LoadKey reads the key file at path. A missing file satisfies errors.Is(err,
// fs.ErrNotExist); a file of another length, or one that everybody may read, is refused.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key file %s is missing: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("key file %s is open to everybody on this machine; do: chmod 600 %s", path, path)
	}
	root, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(root) != keySize {
		return nil, fmt.Errorf("key file %s is not a key: it holds %d bytes, not %d", path, len(root), keySize)
	}
	return newKey(root), nil
}

// CreateKey makes a new key file at path, readable by its owner only. It refuses
// where one exists, and where the file stateDB exists: its content was encrypted
// with a key that is lost or stored elsewhere.
func CreateKey(path, stateDB string) (*Key, error) {
	if _, err := os.Stat(stateDB); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, durable.FolderError(err)
	} else if err == nil {
		return nil, &LostKeyError{path, stateDB}
	}
	root := make([]byte, keySize)
	if _, err := rand.Read(root); err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	if err := writeOnce(path, root); err != nil {
		return nil, fmt.Errorf("making key file %s: %w", path, err)
	}
	return LoadKey(path)
}

// LostKeyError is a key file that is missing while the state that was encrypted with it is
// there.
type LostKeyError struct{ Key, State string }

func (e *LostKeyError) Error() string {
	return fmt.Sprintf("key file %s is missing but %s exists: put its key back; if it is lost for good, "+
		"digiwijzer purge --conversations deletes the conversations and keeps the figures", e.Key, e.State)
}

// writeOnce creates a file at path atomically, and never replaces one.
func writeOnce(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := durable.MakeDir(dir); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	return durable.SyncDir(dir)
}

// Derive returns a key of 32 bytes for another purpose, such as signing buttons;
// it reveals nothing of the key itself or of the keys of other purposes.
func (k *Key) Derive(purpose string) []byte { return k.derive("purpose/" + purpose) }

// derive is HKDF with SHA-256 (RFC 5869); the root is uniformly random, so no salt.
func (k *Key) derive(info string) []byte {
	derived, err := hkdf.Key(sha256.New, []byte(k.root.Reveal()), nil, "digiwijzer/"+info, 32)
	if err != nil {
		panic("hkdf refuses a 32-byte key: " + err.Error()) // only in a FIPS mode that forbids it
	}
	return derived
}

// Format hides the key, whatever the verb.
func (k Key) Format(f fmt.State, verb rune) { k.root.Format(f, verb) }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return k.root.LogValue() }

// MarshalText hides the key.
func (k Key) MarshalText() ([]byte, error) { return k.root.MarshalText() }
