package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// The tables with encrypted bodies. The name is part of what is authenticated, so
// that a body moved to another table or another chat does not open.
const (
	tableSession    = "session"
	tableStaged     = "staged"
	tableTick       = "tick"
	tableOutbox     = "outbox"
	tableFollowup   = "followup"
	tableAnswer     = "answer"
	tableTransition = "transition"
	tableSubscriber = "subscriber"
)

// Bodies are padded to multiples of these, in bytes: otherwise their length would reveal how
// far a conversation is, or what was advised.
const (
	kibi       = 1024
	padSession = 2 * kibi
	padStaged  = kibi
	padOutbox  = kibi
	padSmall   = 256 // ticks and follow-ups
)

// envelope encrypts personal data and hashes identifiers.
type envelope struct {
	mu     sync.Mutex // of lookup, text and plain
	lookup hash.Hash  // HMAC; creating one takes three times as long as using it
	aeads  map[byte]cipher.AEAD
	checks map[byte][]byte // identify the encryption keys
	inUse  byte            // id of the key that encrypts
	check  []byte          // identifies the key file
	plain  []byte          // buffer used by open
	text   []byte          // buffer of hash
	shared bool            // another process may use a key that this one has not read yet
}

func newEnvelope(k *Key) *envelope {
	e := &envelope{
		lookup: hmac.New(sha256.New, []byte(k.lookup.Reveal())),
		aeads:  map[byte]cipher.AEAD{},
		checks: map[byte][]byte{},
		inUse:  k.inUse(),
		check:  k.check,
	}
	for _, key := range k.encrypts {
		block, err := aes.NewCipher([]byte(key.key.Reveal()))
		if err != nil {
			panic("aes refuses a 32-byte key: " + err.Error())
		}
		if e.aeads[key.id], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			panic("gcm refuses aes: " + err.Error())
		}
		e.checks[key.id] = derive(key.key.Reveal(), "store/check of a key")
	}
	return e
}

// chat returns the hash of a chat.
func (e *envelope) chat(c bot.Chat) engine.Hash { return e.hash("chat", c.Channel, c.ID) }

// update returns the hash of the key of an update.
func (e *envelope) update(key string) engine.Hash { return e.hash("update", key, "") }

func (e *envelope) hash(kind, a, b string) engine.Hash {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lookup.Reset()
	text := e.text[:0]
	for _, part := range [...]string{kind, a, b} {
		text = append(binary.BigEndian.AppendUint64(text, uint64(len(part))), part...)
	}
	e.lookup.Write(text)
	e.text = e.lookup.Sum(text[:0])
	return engine.Hash(e.text[:16])
}

// prefix is the size of the two lengths at the start of the plain text.
const prefix = 8

// seal encrypts value as JSON, followed by raw, padded to a multiple of pad bytes.
func (e *envelope) seal(table string, owner engine.Hash, pad int, value any, raw ...byte) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	size := (prefix + len(body) + len(raw) + pad - 1) / pad * pad
	plain := make([]byte, size, size+overhead+trailer)
	binary.BigEndian.PutUint32(plain, uint32(len(body)))
	binary.BigEndian.PutUint32(plain[4:], uint32(len(raw)))
	copy(plain[prefix:], body)
	copy(plain[prefix+len(body):], raw)
	return e.encrypt(table, owner, plain), nil
}

// A body is a nonce of 12 bytes, the ciphertext and a tag of 16. If it was encrypted with a key
// other than the first, the format version and the key id follow. The ciphertext is a multiple
// of 256 bytes, so the length distinguishes the two forms; programs from before key rotation
// can read what the first key encrypted.
const (
	overhead     = 28
	trailer      = 2
	bodyVersion  = 1
	lengthModulo = padSmall // every other padding is a multiple of it
)

// encrypt encrypts plain in place, with the key in use.
func (e *envelope) encrypt(table string, owner engine.Hash, plain []byte) []byte {
	if e.inUse == firstKey {
		return e.aeads[firstKey].Seal(plain[:0], nil, plain, additionalData(table, owner))
	}
	end := []byte{bodyVersion, e.inUse}
	return append(e.aeads[e.inUse].Seal(plain[:0], nil, plain, append(additionalData(table, owner), end...)), end...)
}

// keyOf returns the id of the key that encrypted a body, and the bytes that identify its form;
// 0 is an invalid body.
func keyOf(sealed []byte) (id byte, end []byte) {
	switch len(sealed) % lengthModulo {
	case overhead:
		return firstKey, nil
	case overhead + trailer:
		if end = sealed[len(sealed)-trailer:]; end[0] == bodyVersion {
			return end[1], end
		}
	}
	return 0, nil
}

// errUnreadable is the error of a body that is damaged, or was not sealed for this place.
var errUnreadable = errors.New("a stored body cannot be read")

// decrypt returns the plaintext that was encrypted for the same table and owner; it is valid while
// e.mu is held.
func (e *envelope) decrypt(table string, owner engine.Hash, sealed []byte) ([]byte, error) {
	id, end := keyOf(sealed)
	aead := e.aeads[id]
	if aead == nil && e.shared && id > e.inUse {
		return nil, &MissingKeyError{int(id)}
	}
	if aead == nil {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	plain, err := aead.Open(e.plain[:0], nil, sealed[:len(sealed)-len(end)], append(additionalData(table, owner), end...))
	if err != nil || len(plain) < prefix {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	e.plain = plain
	return plain, nil
}

// open decrypts into value what seal made for the same table and owner, and returns
// the raw part.
func (e *envelope) open(table string, owner engine.Hash, sealed []byte, value any) (raw []byte, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	plain, err := e.decrypt(table, owner, sealed)
	if err != nil {
		return nil, err
	}
	body, rest := uint64(binary.BigEndian.Uint32(plain)), uint64(binary.BigEndian.Uint32(plain[4:]))
	if body+rest > uint64(len(plain)-prefix) {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	text := plain[prefix:]
	if err := json.Unmarshal(text[:body], value); err != nil {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	return bytes.Clone(text[body : body+rest]), nil
}

// reseal encrypts a body again, with the key in use.
func (e *envelope) reseal(table string, owner engine.Hash, sealed []byte) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	plain, err := e.decrypt(table, owner, sealed)
	if err != nil {
		return nil, err
	}
	return e.encrypt(table, owner, append(make([]byte, 0, len(plain)+overhead+trailer), plain...)), nil
}

const (
	archiveMark = "digiwijzer waiting 1\n" // start of a file with waiting outcomes
	padArchive  = 64 * kibi
)

// sealArchive encrypts content for the backup whose SHA-256 is sum.
func (e *envelope) sealArchive(sum [sha256.Size]byte, content []byte) []byte {
	size := (prefix + len(content) + padArchive - 1) / padArchive * padArchive
	plain := make([]byte, size)
	binary.BigEndian.PutUint64(plain, uint64(len(content)))
	copy(plain[prefix:], content)
	head := append([]byte(archiveMark), e.inUse)
	return e.aeads[e.inUse].Seal(head, nil, plain, append(slices.Clone(head), sum[:]...))
}

// openArchive decrypts what sealArchive made for the same backup.
func (e *envelope) openArchive(sum [sha256.Size]byte, sealed []byte) (content []byte, err error) {
	if len(sealed) <= len(archiveMark) || string(sealed[:len(archiveMark)]) != archiveMark {
		return nil, ErrOtherCopy
	}
	head, sealed := sealed[:len(archiveMark)+1], sealed[len(archiveMark)+1:]
	aead := e.aeads[head[len(archiveMark)]]
	if aead == nil {
		return nil, ErrOtherCopy
	}
	plain, err := aead.Open(nil, nil, sealed, append(slices.Clone(head), sum[:]...))
	if err != nil || len(plain) < prefix {
		return nil, ErrOtherCopy
	}
	size := binary.BigEndian.Uint64(plain)
	if size > uint64(len(plain)-prefix) {
		return nil, ErrOtherCopy
	}
	return plain[prefix : prefix+size], nil
}

// additionalData binds a body to its place.
func additionalData(table string, owner engine.Hash) []byte {
	data := make([]byte, 0, len(table)+1+len(owner)+trailer)
	return append(append(append(data, table...), 0), owner[:]...)
}

// random returns a random row key, so that keys do not reveal the order of insertion.
func random() (h engine.Hash) {
	_, _ = rand.Read(h[:]) // never fails
	return h
}
