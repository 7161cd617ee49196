package bot

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIdleChatsAreEvicted(t *testing.T) {
	t.Parallel()
	clock := &steppedClock{now: time.Unix(1_800_000_000, 0)} // a bucket is full again soon
	q := newQueue(clock)
	for i := range 200 {
		require.NoError(t, q.add(&pendingUpdate{update: Update{Chat: Chat{ID: strconv.Itoa(i)}}}))
	}
	for range 3 { // a group is at most 64, so some still wait
		_, heads, _ := q.take(0)
		for _, h := range heads {
			q.finish(h.queue)
		}
	}
	later := clock.now.Add(time.Minute)
	q.evict(later)
	require.Len(t, q.chats, 200-3*groupSize, "who waits is not forgotten")
	_, heads, _ := q.take(0)
	for _, h := range heads {
		q.finish(h.queue)
	}
	q.evict(clock.now)
	require.NotEmpty(t, q.chats, "nor is a bucket that is not full")
	q.evict(later)
	require.Empty(t, q.chats)
	require.Zero(t, q.waiting)
}

func TestQueueIsBoundedOverAllChats(t *testing.T) {
	t.Parallel()
	q := newQueue(SystemClock{})
	for i := range totalLimit {
		require.NoError(t, q.add(&pendingUpdate{update: Update{Chat: Chat{ID: strconv.Itoa(i % 500)}}}))
	}
	for i := range 1000 { // a flood of new chats, each of which is refused
		require.ErrorIs(t, q.add(&pendingUpdate{update: Update{Chat: Chat{ID: "more" + strconv.Itoa(i)}}}), ErrFlooded)
	}
	require.Equal(t, 500, len(q.chats), "who is refused takes no memory")
	q.close()
	require.ErrorIs(t, q.add(&pendingUpdate{update: Update{Chat: Chat{ID: "late"}}}), ErrClosed)
}

// A burst of chats with one update each leaves no more queues behind than one minute of
// idling: idle ones are evicted meanwhile.
func TestBurstOfChatsIsEvicted(t *testing.T) {
	t.Parallel()
	clock := &steppedClock{SystemClock: SystemClock{}, now: time.Unix(1_800_000_000, 0)}
	q := newQueue(clock)
	most := 0
	for i := range 20 * minEvictAt {
		clock.now = clock.now.Add(10 * time.Millisecond)
		require.NoError(t, q.add(&pendingUpdate{update: Update{Chat: Chat{ID: strconv.Itoa(i)}}}))
		_, heads, _ := q.take(0)
		for _, h := range heads {
			q.finish(h.queue)
		}
		most = max(most, len(q.chats))
	}
	require.LessOrEqual(t, most, 2*minEvictAt)
}

// steppedClock is a clock that a test sets.
type steppedClock struct {
	SystemClock
	now time.Time
}

func (c *steppedClock) Now() time.Time { return c.now }

// If several groups are committed concurrently, no two have a chat in common, and another one
// starts only when enough work has arrived.
func TestGroupsInFlightShareNoChat(t *testing.T) {
	t.Parallel()
	q := newQueue(SystemClock{})
	q.busy = map[Chat]bool{}
	add := func(i int) {
		require.NoError(t, q.add(&pendingUpdate{update: Update{Chat: Chat{ID: strconv.Itoa(i)}}}))
	}
	add(0)
	q.push(task{chats: []Chat{{ID: "0"}, {ID: "1"}}})
	tasks, heads, _ := q.take(0)
	require.Len(t, tasks, 1)
	require.Len(t, heads, 1, "a chat may be in one group twice")
	for i := 1; i < groupSize/4; i++ {
		add(i)
	}
	none, some, _ := q.take(1)
	require.Empty(t, none)
	require.Empty(t, some, "too few for a second group")
	q.push(task{chats: []Chat{{ID: "1"}}})
	none, some, _ = q.take(1)
	require.Empty(t, none, "its chat is in the first group")
	require.Len(t, some, groupSize/4-2, "all but the chat of the first group")
	q.finish(heads[0].queue)
	q.free(tasks, heads)
	tasks, heads, _ = q.take(0)
	require.Len(t, tasks, 1)
	require.Len(t, heads, 1)
	require.Equal(t, "1", heads[0].queue.chat.ID)
}
