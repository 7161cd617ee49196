package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
)

// sharedRows are the rows of an engine that several programs use. free reports whether the store could
// begin another transaction; it is noted at the beginning of every one.
type sharedRows struct {
	engine.Rows
	free func() bool
	held *int
}

func (r sharedRows) note() {
	if !r.free() {
		*r.held++
	}
}

func (sharedRows) Exclusive() bool { return false }

func (r sharedRows) Shrink(ctx context.Context) (bool, error) { r.note(); return r.Rows.Shrink(ctx) }

func (r sharedRows) View(ctx context.Context, do func(engine.State) error) error {
	r.note()
	return r.Rows.View(ctx, do)
}

func (r sharedRows) Update(ctx context.Context, touch engine.Touch, do func(engine.State) error) error {
	r.note()
	return r.Rows.Update(ctx, touch, do)
}

// TestNothingWaitsForShrinking: freeing the space of deleted rows takes a database server minutes. What health and
// the admission of browsers ask meanwhile does not wait for it.
func TestNothingWaitsForShrinking(t *testing.T) {
	t.Parallel()
	s := newHarness(t).open(t)
	held, exclusive := 0, s.rows
	s.rows = sharedRows{exclusive, func() bool {
		free := s.mu.TryLock()
		if free {
			s.mu.Unlock()
		}
		return free
	}, &held}
	ctx := context.Background()
	_, err := s.Shrink(ctx, noon)
	require.NoError(t, err)
	_, _, _, err = s.Waiting(ctx, noon)
	require.NoError(t, err)
	_, err = s.Usage(ctx)
	require.NoError(t, err)
	_, err = s.Room(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Probe(ctx))
	assert.Zero(t, held)
	s.rows = exclusive
}
