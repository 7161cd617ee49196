package store

import (
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

	"digiwijzer/flows"
)

// The tables with encrypted bodies. The name is part of what is authenticated, so
// that a body moved to another table or another chat does not open.
const (
	tableSession  = "session"
	tableStaged   = "staged"
	tableTick     = "tick"
	tableOutbox   = "outbox"
	tableFollowup = "followup"
)

// Bodies are padded to multiples of these, in bytes: otherwise their length would
// tell how far somebody is, or what was advised.
const (
	kibi       = 1024
	padSession = 2 * kibi
	padStaged  = kibi
	padOutbox  = kibi
	padSmall   = 256 // ticks and follow-ups
)

// mark is a keyed hash: what stands for a chat or an update in the clear.
type mark [16]byte

// vault hides what is personal. It is used by one goroutine at a time.
type vault struct {
	lookup hash.Hash
	aead   cipher.AEAD
	check  []byte // tells whether a file was made with this key
	aad    []byte
}

func newVault(k *Key) *vault {
	block, err := aes.NewCipher(k.derive("store/encrypt"))
	if err != nil {
		panic("aes refuses a 32-byte key: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("gcm refuses aes: " + err.Error())
	}
	return &vault{
		lookup: hmac.New(sha256.New, k.derive("store/lookup")),
		aead:   aead,
		check:  k.derive("store/check"),
	}
}

// chat is the mark of a chat.
func (v *vault) chat(c flows.Chat) mark { return v.mark("chat", c.Channel, c.ID) }

// update is the mark of an update.
func (v *vault) update(key string) mark { return v.mark("update", key, "") }

func (v *vault) mark(kind, a, b string) mark {
	v.lookup.Reset()
	for _, part := range [...]string{kind, a, b} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		v.lookup.Write(size[:])
		v.lookup.Write([]byte(part))
	}
	var sum [sha256.Size]byte
	v.lookup.Sum(sum[:0])
	return mark(sum[:16])
}

// seal encrypts value as JSON, padded to a multiple of pad bytes.
func (v *vault) seal(table string, owner mark, pad int, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	const head = 4
	size := (head + len(body) + pad - 1) / pad * pad
	plain := make([]byte, size, size+v.aead.Overhead())
	binary.BigEndian.PutUint32(plain, uint32(len(body)))
	copy(plain[head:], body)
	out := make([]byte, 0, size+v.aead.Overhead())
	return v.aead.Seal(out, nil, plain, v.bind(table, owner)), nil
}

// errUnreadable is about one body: damaged, or not made for this place.
var errUnreadable = errors.New("a stored body cannot be read")

// open decrypts into value what seal made for the same table and owner.
func (v *vault) open(table string, owner mark, sealed []byte, value any) error {
	plain, err := v.aead.Open(nil, nil, sealed, v.bind(table, owner))
	if err != nil || len(plain) < 4 {
		return fmt.Errorf("%s: %w", table, errUnreadable)
	}
	size := binary.BigEndian.Uint32(plain)
	if int(size) > len(plain)-4 {
		return fmt.Errorf("%s: %w", table, errUnreadable)
	}
	if err := json.Unmarshal(plain[4:4+size], value); err != nil {
		return fmt.Errorf("%s: %w", table, errUnreadable)
	}
	return nil
}

func (v *vault) bind(table string, owner mark) []byte {
	v.aad = append(append(v.aad[:0], table...), 0)
	v.aad = append(v.aad, owner[:]...)
	return v.aad
}

// random makes a key that tells nothing, not even an order.
func random() mark {
	var m mark
	if _, err := rand.Read(m[:]); err != nil {
		panic("no randomness: " + err.Error())
	}
	return m
}
