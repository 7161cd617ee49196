package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/secret"
)

// TestSecretsAreNeverPrinted: whatever prints a secret, or a struct with one in any field.
func TestSecretsAreNeverPrinted(t *testing.T) {
	value := secret.New("hunter2")
	assert.Equal(t, "hunter2", value.Reveal())
	var printed bytes.Buffer
	for _, v := range []any{value, &value, struct{ V secret.Value }{value}, struct{ v secret.Value }{value}, struct{ secret.Value }{value}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&printed, verb, v)
		}
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "secret", v)
		slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "secret", v)
		asJSON, err := json.Marshal(map[string]any{"secret": v})
		require.NoError(t, err)
		printed.Write(asJSON)
	}
	assert.Contains(t, printed.String(), secret.Mask)
	assert.NotContains(t, printed.String(), "hunter2")
	assert.NotContains(t, printed.String(), fmt.Sprintf("%x", "hunter2"))
}

func TestEmptySecret(t *testing.T) {
	assert.True(t, secret.Value{}.Empty())
	assert.True(t, secret.New("").Empty())
	assert.False(t, secret.New("x").Empty())
	assert.Empty(t, secret.Value{}.Reveal())
}
