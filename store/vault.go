package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"digiwijzer/bot"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"
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
	tableSubscriber = "subscriber"
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

	chats              map[bot.Chat]mark
	aad, plain, sealed []byte // used anew by every call
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
		chats:  map[bot.Chat]mark{},
	}
}

// chat is the mark of a chat. A turn asks for it some five times.
func (v *vault) chat(c bot.Chat) mark {
	m, ok := v.chats[c]
	if !ok {
		if m = v.mark("chat", c.Channel, c.ID); len(v.chats) >= rememberedChats {
			clear(v.chats)
		}
		v.chats[c] = m
	}
	return m
}

// rememberedChats bounds the marks that are remembered, to some hundred kilobytes.
const rememberedChats = 1024

// update is the mark of an update. Its last two characters stay as they are: the marks
// of updates numbered in a row then lie together, and a commit touches one page of
// them instead of one per update.
func (v *vault) update(key string) mark {
	cut := max(0, len(key)-2)
	m := v.mark("update", key[:cut], "")
	copy(m[len(m)-2:], key[cut:])
	return m
}

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

// lengths of the two parts come first in what is encrypted.
const prefix = 8

// seal encrypts value as JSON, followed by raw, padded to a multiple of pad bytes. The
// result is good until the next call.
func (v *vault) seal(table string, owner mark, pad int, value any, raw ...byte) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	size := (prefix + len(body) + len(raw) + pad - 1) / pad * pad
	v.plain = slices.Grow(v.plain[:0], size)[:size]
	binary.BigEndian.PutUint32(v.plain, uint32(len(body)))
	binary.BigEndian.PutUint32(v.plain[4:], uint32(len(raw)))
	end := prefix + copy(v.plain[prefix:], body)
	end += copy(v.plain[end:], raw)
	clear(v.plain[end:])
	v.sealed = v.aead.Seal(v.sealed[:0], nil, v.plain, v.bind(table, owner))
	return v.sealed, nil
}

// errUnreadable is about one body: damaged, or not made for this place.
var errUnreadable = errors.New("a stored body cannot be read")

// open decrypts into value what seal made for the same table and owner, and returns
// the raw part.
func (v *vault) open(table string, owner mark, sealed []byte, value any) (raw []byte, err error) {
	v.plain, err = v.aead.Open(v.plain[:0], nil, sealed, v.bind(table, owner))
	if err != nil || len(v.plain) < prefix {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	body, rest := uint64(binary.BigEndian.Uint32(v.plain)), uint64(binary.BigEndian.Uint32(v.plain[4:]))
	if body+rest > uint64(len(v.plain)-prefix) {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	text := v.plain[prefix:]
	if err := json.Unmarshal(text[:body], value); err != nil {
		return nil, fmt.Errorf("%s: %w", table, errUnreadable)
	}
	return bytes.Clone(text[body : body+rest]), nil
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
