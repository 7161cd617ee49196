package telegram

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEmptySecretMatchesNothing(t *testing.T) {
	assert.False(t, Secret{}.matches(""))
	secret, err := NewSecret(strings.Repeat("s", 32))
	require.NoError(t, err)
	assert.True(t, secret.matches(secret.Reveal()))
	assert.False(t, secret.matches(""))
}
