package store

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzStoredBodies: what was not sealed here, or was changed, is never read; and a body
// that was sealed but holds something else gives an error and nothing worse.
func FuzzStoredBodies(f *testing.F) {
	v := newEnvelope(newHarness(f).key)
	owner := v.chat(chat(1))
	sealed, err := v.seal(tableSession, owner, padSession, storedSession{Conversation: conversation()}, 1, 2, 3)
	require.NoError(f, err)
	good := bytes.Clone(sealed)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte{})
	f.Add([]byte(`{"session":{"phase":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var into storedSession
		_, err := v.open(tableSession, owner, bytes.Clone(body), &into)
		require.Equal(t, bytes.Equal(body, good), err == nil)

		box := v.aead.Seal(nil, nil, body, additionalData(tableSession, owner))
		_, _ = v.open(tableSession, owner, box, &into)
	})
}
