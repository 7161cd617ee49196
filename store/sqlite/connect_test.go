package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// SQLite ignores a misspelt option silently, so the resulting settings are checked.
func TestMisspeltOptionsAreRefused(t *testing.T) {
	for _, option := range []string{"_synchronous", "_secure_delete", "_foreign_keys", "_busy_timeout", "_journal_mode"} {
		misspelt := writing
		misspelt.options = strings.Replace(writing.options, option, "_x"+option[1:], 1)
		if option == "_busy_timeout" {
			misspelt.options = strings.Replace(writing.options, "5000", "4000", 1) // the driver's own default is 5000
		}
		_, err := openFile(context.Background(), t.TempDir(), "other.db", misspelt)
		assert.ErrorContains(t, err, "pragma", option)
	}
}
