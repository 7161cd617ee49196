package bot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
)

func TestBackoffDoublesUpToItsBound(t *testing.T) {
	t.Parallel()
	b := bot.Backoff{First: time.Second, Longest: 10 * time.Second}
	var got []time.Duration
	for failures := 1; failures <= 6; failures++ {
		got = append(got, b.Delay(failures))
	}
	const s = time.Second
	require.Equal(t, []time.Duration{s, 2 * s, 4 * s, 8 * s, 10 * s, 10 * s}, got)
	require.Equal(t, 10*s, b.Delay(1<<20))
}
