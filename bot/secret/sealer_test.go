package secret_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot/secret"
)

// TestSealer: what was sealed opens for its purpose and key only, and unchanged only.
func TestSealer(t *testing.T) {
	t.Parallel()
	s := secret.NewSealer(bytes.Repeat([]byte{1}, 32))
	sealed := s.Seal("one", []byte("text"))
	plain, ok := s.Open("one", sealed)
	assert.True(t, ok)
	assert.Equal(t, "text", string(plain))
	assert.NotEqual(t, sealed, s.Seal("one", []byte("text")), "the nonce is random")

	_, ok = s.Open("other", sealed)
	assert.False(t, ok, "another purpose")
	_, ok = secret.NewSealer(bytes.Repeat([]byte{2}, 32)).Open("one", sealed)
	assert.False(t, ok, "another key")
	for i := range sealed {
		changed := []byte(sealed)
		changed[i] ^= 1
		if _, ok = s.Open("one", string(changed)); ok {
			assert.Equal(t, len(sealed)-1, i, "only unused bits at the end may differ")
		}
	}
	for _, other := range []string{"", "!", sealed[:10]} {
		_, ok = s.Open("one", other)
		assert.False(t, ok, other)
	}
	assert.Panics(t, func() { secret.NewSealer([]byte("short")) })
}
