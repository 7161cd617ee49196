package store

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"digiwijzer/bot/secret"
	"digiwijzer/store/internal/durable"
)

// keySize is the length of every key in bytes, and of a key file that was never rotated.
const keySize = 32

// Key holds the secrets with which everything personal is encrypted and looked up. They are
// kept in a file separate from the data. Printing a Key in any way shows nothing.
//
// The encryption keys can be rotated: AddKey adds one, which encrypts everything from then on,
// and RetireKey deletes an old one once nothing is encrypted with it. The rest of the file
// stays as it is. A stored hash of a chat cannot be recomputed with another key, so a person in
// mid-conversation would lose it and count twice; and what the derived keys sign, such as
// buttons in chats and the addresses of partners' figures, must remain valid. If the whole file
// has leaked, delete the conversations and the key; see docs/operations.md.
type Key struct {
	check    []byte       // identifies the file; not secret
	lookup   secret.Value // hashes chats and updates
	derived  map[Purpose]secret.Value
	base     secret.Value    // for every other purpose
	encrypts []encryptionKey // by id; the last is the one in use
}

// encryptionKey is one of the encryption keys.
type encryptionKey struct {
	id   byte   // never reused
	made string // day, such as 2026-11-28; empty for the first, made with the file
	key  secret.Value
}

// Purpose is what a derived key is for.
type Purpose string

// The purposes. A purpose not listed here changes its derived key at the first rotation of the
// key file.
const (
	TelegramButtons Purpose = "telegram buttons"
	WebForms        Purpose = "web forms"
	PartnerFigures  Purpose = "partner figures"
	YearForms       Purpose = "year forms"
	ContentVerdicts Purpose = "content verdicts" // lost at the first rotation: content is then checked again
	MailLinks       Purpose = "mail links"
	StaffSignIn     Purpose = "staff sign-in"
)

var purposes = []Purpose{TelegramButtons, WebForms, PartnerFigures, YearForms, MailLinks, StaffSignIn}

// firstKey is the id of the encryption key that a new file has.
const firstKey = 1

// newKey returns the key of a file that was never rotated: everything is derived from it.
func newKey(root []byte) *Key {
	k := &Key{
		check:    derive(string(root), "store/check"),
		lookup:   secret.New(string(derive(string(root), "store/lookup"))),
		base:     secret.New(string(root)),
		encrypts: []encryptionKey{{id: firstKey, key: secret.New(string(derive(string(root), "store/encrypt")))}},
	}
	return k
}

// Reasons why a key file is not used.
var (
	ErrExposedKey = errors.New("everybody on this machine may read the key file")
	ErrNoKeyFile  = errors.New("this is not a key file")
)

// LoadKey reads the key file at path. A missing file satisfies errors.Is(err,
// fs.ErrNotExist); one that everybody may read ErrExposedKey, one in another format ErrNoKeyFile.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key file %s is missing: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%w; do: chmod 600 %s", ErrExposedKey, path)
	}
	content, err := readKeyFile(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(content) == keySize {
		return newKey(content), nil
	}
	k, err := parseKeyring(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNoKeyFile, err)
	}
	return k, nil
}

// maxKeyFile is the maximum size of a key file in bytes: about a hundred for each of at most 255 keys.
const maxKeyFile = 64 << 10

func readKeyFile(path string) ([]byte, error) {
	file, err := durable.OpenRegular(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// CreateKey makes a new key file at path, readable by its owner only. It refuses if there is
// one, or if the file stateDB exists: its content was encrypted with a key that is lost or
// stored elsewhere.
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

// LostKeyError reports that the key file is missing while state that was encrypted with it
// exists.
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
// it reveals nothing of the key itself or of the keys of other purposes. It stays the same
// when the encryption key is rotated.
func (k *Key) Derive(purpose Purpose) []byte {
	if key, ok := k.derived[purpose]; ok {
		return []byte(key.Reveal())
	}
	return derive(k.base.Reveal(), "purpose/"+string(purpose))
}

// derive is HKDF with SHA-256 (RFC 5869); the root is uniformly random, so no salt.
func derive(root, info string) []byte {
	derived, err := hkdf.Key(sha256.New, []byte(root), nil, "digiwijzer/"+info, keySize)
	if err != nil {
		panic("hkdf refuses a 32-byte key: " + err.Error()) // only in a FIPS mode that forbids it
	}
	return derived
}

// Format hides the key, whatever the verb.
func (k Key) Format(f fmt.State, verb rune) { k.base.Format(f, verb) }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return k.base.LogValue() }

// MarshalText hides the key.
func (k Key) MarshalText() ([]byte, error) { return k.base.MarshalText() }
