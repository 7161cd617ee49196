package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"digiwijzer/bot/secret"
	"digiwijzer/store/internal/durable"
)

// keyringFile is the format of a key file that was rotated. Every value is a key, or the check,
// in hexadecimal.
type keyringFile struct {
	Format   int                 `json:"format"`
	Note     string              `json:"note"`
	Check    hexKey              `json:"check"`
	Lookup   hexKey              `json:"lookup"`
	Base     hexKey              `json:"base"`
	Purposes map[Purpose]hexKey  `json:"purposes"`
	Encrypt  []encryptionKeyFile `json:"encrypt"`
}

type encryptionKeyFile struct {
	ID   byte   `json:"id"`
	Made string `json:"made,omitempty"`
	Key  hexKey `json:"key"`
}

const (
	keyringFormat = 2
	keyringNote   = "Keys of Digiwijzer. Keep this file, and a sealed copy of it, away from the data and its backups."
)

// hexKey is a key of 32 bytes in JSON.
type hexKey []byte

func (h hexKey) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

func (h *hexKey) UnmarshalText(text []byte) error {
	key, err := hex.AppendDecode(nil, text)
	if err != nil || len(key) != keySize {
		return fmt.Errorf("a value in it is not a key of %d bytes", keySize) // without the value
	}
	*h = key
	return nil
}

func parseKeyring(content []byte) (*Key, error) {
	var f keyringFile
	if !bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) {
		return nil, fmt.Errorf("it holds %d bytes, not %d", len(content), keySize)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil || decoder.More() {
		return nil, errors.New("it is damaged") // the details could contain part of a key
	}
	if f.Format != keyringFormat {
		return nil, fmt.Errorf("its format is %d, known is %d: it was made by a newer version", f.Format, keyringFormat)
	}
	k := &Key{check: f.Check, lookup: secretOf(f.Lookup), base: secretOf(f.Base), derived: map[Purpose]secret.Value{}}
	for purpose, key := range f.Purposes {
		k.derived[purpose] = secretOf(key)
	}
	for i, e := range f.Encrypt {
		if e.ID == 0 || i > 0 && e.ID <= f.Encrypt[i-1].ID {
			return nil, errors.New("the ids of its keys do not increase")
		}
		k.encrypts = append(k.encrypts, encryptionKey{id: e.ID, made: e.Made, key: secretOf(e.Key)})
	}
	if len(k.check) == 0 || k.lookup.Empty() || k.base.Empty() || len(k.encrypts) == 0 {
		return nil, errors.New("a part of it is missing")
	}
	return k, nil
}

func secretOf(key hexKey) secret.Value { return secret.New(string(key)) }

// write replaces the key file at path.
func (k *Key) write(path string) error {
	f := keyringFile{
		Format: keyringFormat, Note: keyringNote, Check: k.check, Lookup: hexKey(k.lookup.Reveal()), Base: hexKey(k.base.Reveal()),
		Purposes: map[Purpose]hexKey{},
	}
	for purpose, key := range k.derived {
		f.Purposes[purpose] = hexKey(key.Reveal())
	}
	for _, e := range k.encrypts {
		f.Encrypt = append(f.Encrypt, encryptionKeyFile{e.id, e.made, hexKey(e.key.Reveal())})
	}
	content, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(path, append(content, '\n')); err != nil {
		return fmt.Errorf("writing key file %s: %w", path, err)
	}
	return nil
}

// KeyInfo is the public part of an encryption key.
type KeyInfo struct {
	ID    int
	Made  string // day, such as 2026-11-28; empty for the first, made with the file
	InUse bool   // everything is encrypted with it from now on
}

// Keys returns the encryption keys, oldest first.
func (k *Key) Keys() (all []KeyInfo) {
	for _, e := range k.encrypts {
		all = append(all, KeyInfo{ID: int(e.id), Made: e.made, InUse: e.id == k.inUse()})
	}
	return all
}

// Same reports whether two key files hold the same encryption keys.
func (k *Key) Same(other *Key) bool {
	return bytes.Equal(k.check, other.check) && slices.EqualFunc(k.encrypts, other.encrypts,
		func(a, b encryptionKey) bool { return a.id == b.id && a.key.Reveal() == b.key.Reveal() })
}

// inUse returns the id of the encryption key in use.
func (k *Key) inUse() byte { return k.encrypts[len(k.encrypts)-1].id }

// The reasons why AddKey and RetireKey refuse.
var (
	ErrKeyInUse   = errors.New("this key is in use")
	ErrUnknownKey = errors.New("the key file has no such key")
	ErrManyKeys   = errors.New("the key file has had as many keys as there are ids")
)

// AddKey adds an encryption key to the key file at path and returns its id. A serving process
// uses it as soon as it reads the file again.
func AddKey(path string, now time.Time) (id int, err error) {
	k, err := LoadKey(path)
	if err != nil {
		return 0, err
	}
	if k.inUse() == 255 {
		return 0, ErrManyKeys
	}
	if k.derived == nil { // keys derived from the first key are kept separately
		k.derived = map[Purpose]secret.Value{}
		for _, purpose := range purposes {
			k.derived[purpose] = secret.New(string(k.Derive(purpose)))
		}
		k.base = randomKey()
	}
	k.encrypts = append(k.encrypts, encryptionKey{id: k.inUse() + 1, made: now.Format(time.DateOnly), key: randomKey()})
	return int(k.inUse()), k.write(path)
}

func randomKey() secret.Value {
	var key [keySize]byte
	_, _ = rand.Read(key[:]) // never fails
	return secret.New(string(key[:]))
}

// without returns the key file without an encryption key.
func (k *Key) without(id byte) *Key {
	rest := *k
	rest.encrypts = slices.DeleteFunc(slices.Clone(k.encrypts), func(e encryptionKey) bool { return e.id == id })
	return &rest
}
