package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
)

// TestDateIsThatOfTheNetherlands: a server's clock may be in UTC.
func TestDateIsThatOfTheNetherlands(t *testing.T) {
	t.Parallel()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	l := localizer{texts, "nl"}
	assert.Equal(t, "30 november 2026", l.date(time.Date(2026, 11, 29, 23, 25, 0, 0, time.UTC)))
}
