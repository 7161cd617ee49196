package store

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzStoredBodies: a body that was not sealed with this key, or was changed, does not open;
// a sealed body with invalid content gives an error and does not panic.
func FuzzStoredBodies(f *testing.F) {
	v := newEnvelope(withoutFolder(f).key)
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

		box := v.aeads[firstKey].Seal(nil, nil, body, additionalData(tableSession, owner))
		_, _ = v.open(tableSession, owner, box, &into)
	})
}
