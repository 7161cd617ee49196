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

// Bodies are padded to multiples of these, in bytes: otherwise their length would
// reveal how far somebody is, or what was advised.
const (
	kibi       = 1024
	padSession = 2 * kibi
	padStaged  = kibi
	padOutbox  = kibi
	padSmall   = 256 // ticks and follow-ups
)

// envelope encrypts what is personal and hashes what identifies. Store.mu guards it.
type envelope struct {
	lookup hash.Hash // HMAC; making one for every hash takes three times as long as using it
	aead   cipher.AEAD
	check  []byte // identifies the key
	plain  []byte // buffer of open
}

func newEnvelope(k *Key) *envelope {
	block, err := aes.NewCipher(k.derive("store/encrypt"))
	if err != nil {
		panic("aes refuses a 32-byte key: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("gcm refuses aes: " + err.Error())
	}
	return &envelope{
		lookup: hmac.New(sha256.New, k.derive("store/lookup")),
		aead:   aead,
		check:  k.derive("store/check"),
	}
}

// chat returns the hash of a chat.
func (e *envelope) chat(c bot.Chat) engine.Hash { return e.hash("chat", c.Channel, c.ID) }

// update returns the hash of the key of an update.
func (e *envelope) update(key string) engine.Hash { return e.hash("update", key, "") }

func (e *envelope) hash(kind, a, b string) engine.Hash {
	e.lookup.Reset()
	text := make([]byte, 0, 128)
	for _, part := range [...]string{kind, a, b} {
		text = append(binary.BigEndian.AppendUint64(text, uint64(len(part))), part...)
	}
	e.lookup.Write(text)
	return engine.Hash(e.lookup.Sum(text[:0])[:16])
}

// prefix is the size of the two lengths that come first in what is encrypted.
const prefix = 8

// seal encrypts value as JSON, followed by raw, padded to a multiple of pad bytes.
func (e *envelope) seal(table string, owner engine.Hash, pad int, value any, raw ...byte) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	size := (prefix + len(body) + len(raw) + pad - 1) / pad * pad
	plain := make([]byte, size, size+e.aead.Overhead())
	binary.BigEndian.PutUint32(plain, uint32(len(body)))
	binary.BigEndian.PutUint32(plain[4:], uint32(len(raw)))
	copy(plain[prefix:], body)
	copy(plain[prefix+len(body):], raw)
	return e.aead.Seal(plain[:0], nil, plain, additionalData(table, owner)), nil
}

// errUnreadable is a body that is damaged, or was not sealed for this place.
var errUnreadable = errors.New("a stored body cannot be read")

// open decrypts into value what seal made for the same table and owner, and returns
// the raw part.
func (e *envelope) open(table string, owner engine.Hash, sealed []byte, value any) (raw []byte, err error) {
	plain, err := e.aead.Open(e.plain[:0], nil, sealed, additionalData(table, owner))
	if err != nil || len(plain) < prefix {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	body, rest := uint64(binary.BigEndian.Uint32(plain)), uint64(binary.BigEndian.Uint32(plain[4:]))
	if body+rest > uint64(len(plain)-prefix) {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	e.plain = plain
	text := plain[prefix:]
	if err := json.Unmarshal(text[:body], value); err != nil {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	return bytes.Clone(text[body : body+rest]), nil
}

const (
	archiveMark = "digiwijzer waiting 1\n" // first in a file with what waits
	padArchive  = 64 * kibi
)

// sealArchive encrypts content for the backup whose SHA-256 is sum.
func (e *envelope) sealArchive(sum [sha256.Size]byte, content []byte) []byte {
	size := (prefix + len(content) + padArchive - 1) / padArchive * padArchive
	plain := make([]byte, size)
	binary.BigEndian.PutUint64(plain, uint64(len(content)))
	copy(plain[prefix:], content)
	return e.aead.Seal([]byte(archiveMark), nil, plain, append([]byte(archiveMark), sum[:]...))
}

// openArchive decrypts what sealArchive made for the same backup.
func (e *envelope) openArchive(sum [sha256.Size]byte, sealed []byte) (content []byte, err error) {
	sealed, ok := bytes.CutPrefix(sealed, []byte(archiveMark))
	if !ok {
		return nil, ErrOtherCopy
	}
	plain, err := e.aead.Open(nil, nil, sealed, append([]byte(archiveMark), sum[:]...))
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
	return append(append([]byte(table), 0), owner[:]...)
}

// random returns a key that reveals nothing, not even an order.
func random() (h engine.Hash) {
	_, _ = rand.Read(h[:]) // never fails
	return h
}
