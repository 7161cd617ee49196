package bot

import (
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"digiwijzer/bot/admission"
	"digiwijzer/flows"
)

// Bounds of the intake. A chat's bucket is far above what a person taps, and far
// below what would delay others.
const (
	chatRate   = 5     // updates per second of one chat
	chatBurst  = 60    // at once, before that rate applies
	chatLimit  = 200   // updates queued per chat
	totalLimit = 20000 // updates queued in all
	groupSize  = 64    // works in one transaction
)

// maxPostponed is how often work whose chat is locked by another process is postponed to a later group,
// before it waits and delays its whole group.
const maxPostponed = 3

// groupsInFlight is how many groups are committed concurrently if the store locks chats itself:
// while one waits for the disk, another is read and processed.
const groupsInFlight = 2

// minEvictAt is the number of chat queues below which idle ones are evicted only once a
// minute.
const minEvictAt = 4096

// pendingUpdate is an accepted update that is not committed yet.
type pendingUpdate struct {
	update    Update
	done      func(flows.Turn, error)
	queued    time.Time
	turn      flows.Turn // of the last try
	duplicate bool       // the last try found its key recorded
	tries     int        // that failed
	class     string     // of the last failure
	busy      int        // times that another program worked on the chat

	// The guard is consulted once per question, however often the turn is tried.
	verdicts  []admission.Verdict // on the runs that the update begins
	asked     int                 // verdicts used by the last try
	same      *bool               // the same answers led to a result within the past hour; nil: not yet determined
	uncounted []string            // ISO weeks of runs that turned out not to count, in the last try
}

// chatQueue holds the updates of one chat, in order. It is active while its head is ready,
// throttled or being committed, so that no chat has two turns at once.
type chatQueue struct {
	chat    Chat
	updates []*pendingUpdate
	active  bool
	bucket  *rate.Limiter
	delay   pause // while it is throttled
}

// task is a work other than an update of a chat, such as recording a delivery.
type task struct {
	chats  []Chat // whose rows do touches
	shared bool   // do touches rows of no chat
	lease  Lease  // under which it must run
	do     func(Tx) error
	done   func(error)
	busy   int // times that another program worked on one of the chats
}

// head is the first update of a chat queue, in a group.
type head struct {
	queue   *chatQueue
	pending *pendingUpdate
}

// queue holds what goes into the next transactions.
type queue struct {
	clock Clock
	wake  chan struct{} // holds a value when there may be something to take
	quit  chan struct{} // closed by close

	mu      sync.Mutex
	closed  bool // no updates are accepted any more
	ended   bool // nor tasks
	chats   map[Chat]*chatQueue
	ready   []*chatQueue // whose head may go, in order
	delayed []*chatQueue // throttled
	tasks   []task
	busy    map[Chat]bool // in groups that are being committed; nil: one group at a time
	waiting int           // updates in all chat queues
	evictAt int           // evict idle chat queues when there are so many
}

func newQueue(clock Clock) *queue {
	return &queue{clock: clock, wake: make(chan struct{}, 1), quit: make(chan struct{}), chats: map[Chat]*chatQueue{}, evictAt: minEvictAt}
}

// close refuses updates from now on; queued ones stay, and are not throttled any more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		close(q.quit)
		signal(q.wake)
	}
}

// signal leaves one value in a channel of capacity one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add appends an update to its chat's queue.
func (q *queue) add(p *pendingUpdate) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	c := q.chats[p.update.Chat]
	if c != nil && len(c.updates) >= chatLimit || q.waiting >= totalLimit {
		return ErrFlooded
	}
	if c == nil { // only now: a refused update must not take memory
		if len(q.chats) >= q.evictAt {
			q.evictIdle(q.clock.Now()) // a burst of many chats must not wait for the next minute
		}
		c = &chatQueue{chat: p.update.Chat, bucket: rate.NewLimiter(chatRate, chatBurst)}
		q.chats[c.chat] = c
	}
	c.updates = append(c.updates, p)
	q.waiting++
	if !c.active {
		q.activate(c)
	}
	return nil
}

// activate makes the head of a chat queue ready, at once or when its bucket allows.
func (q *queue) activate(c *chatQueue) {
	c.active = true
	now := q.clock.Now()
	if delay := c.bucket.ReserveN(now, 1).DelayFrom(now); delay > 0 {
		c.delay = newPause(now, delay)
		q.delayed = append(q.delayed, c)
	} else {
		q.ready = append(q.ready, c)
	}
	signal(q.wake)
}

// release makes throttled chat queues ready whose delay is over, and returns the shortest
// delay left; 0: none is throttled.
func (q *queue) release(now time.Time) (wait time.Duration) {
	q.delayed = slices.DeleteFunc(q.delayed, func(c *chatQueue) bool {
		left := c.delay.left(now)
		if left == 0 || q.closed {
			q.ready = append(q.ready, c)
			return true
		}
		if wait == 0 || left < wait {
			wait = left
		}
		return false
	})
	return wait
}

// push adds a task.
func (q *queue) push(t task) {
	q.mu.Lock()
	ended := q.ended
	if !ended {
		q.tasks = append(q.tasks, t)
		signal(q.wake)
	}
	q.mu.Unlock()
	if ended {
		t.done(ErrClosed)
	}
}

// take returns what goes into the next transaction, at most groupSize: tasks for half of
// it at most, then the heads of ready chat queues. wait is when a throttled chat queue
// will be ready; 0: none is throttled. The more groups are in flight, the more work must have
// arrived before another starts, so that under load they are few and large; and no two have a
// chat in common, for which one would have to wait.
func (q *queue) take(inFlight int) (tasks []task, heads []head, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.delayed) > 0 {
		wait = q.release(q.clock.Now())
	}
	if len(q.tasks)+len(q.ready) < inFlight*groupSize/4 {
		return nil, nil, wait
	}
	if q.busy != nil {
		tasks, heads = q.takeFree()
		return tasks, heads, wait
	}
	n := min(len(q.tasks), groupSize/2)
	tasks, q.tasks = q.tasks[:n:n], q.tasks[n:]
	m := min(len(q.ready), groupSize-n)
	for _, c := range q.ready[:m] {
		heads = append(heads, head{c, c.updates[0]})
	}
	q.ready = q.ready[m:]
	return tasks, heads, wait
}

// takeFree takes the work on chats that are in no group yet.
func (q *queue) takeFree() (tasks []task, heads []head) {
	taken := map[Chat]bool{}
	q.tasks = slices.DeleteFunc(q.tasks, func(t task) bool {
		if len(tasks) == groupSize/2 || slices.ContainsFunc(t.chats, func(c Chat) bool { return q.busy[c] }) {
			return false
		}
		for _, c := range t.chats {
			taken[c] = true
		}
		tasks = append(tasks, t)
		return true
	})
	q.ready = slices.DeleteFunc(q.ready, func(c *chatQueue) bool {
		if len(tasks)+len(heads) == groupSize || q.busy[c.chat] {
			return false
		}
		taken[c.chat] = true
		heads = append(heads, head{c, c.updates[0]})
		return true
	})
	maps.Copy(q.busy, taken)
	return tasks, heads
}

// free releases the chats of a committed group.
func (q *queue) free(tasks []task, heads []head) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range tasks {
		for _, c := range t.chats {
			delete(q.busy, c)
		}
	}
	for _, h := range heads {
		delete(q.busy, h.queue.chat)
	}
}

// finish removes the head of a chat queue and activates the next.
func (q *queue) finish(c *chatQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.updates[0] = nil
	c.updates = c.updates[1:]
	q.waiting--
	q.next(c)
}

// fail empties a chat queue. What follows an update that will be delivered again must
// not overtake it.
func (q *queue) fail(c *chatQueue) []*pendingUpdate {
	q.mu.Lock()
	defer q.mu.Unlock()
	updates := c.updates
	c.updates = nil
	q.waiting -= len(updates)
	q.next(c)
	return updates
}

// retry makes the head of a chat queue ready again, without another token.
func (q *queue) retry(c *chatQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, c)
	signal(q.wake)
}

func (q *queue) next(c *chatQueue) {
	c.active = false
	if len(c.updates) > 0 {
		q.activate(c)
	}
}

// abandon empties the queue.
func (q *queue) abandon() (tasks []task, updates []*pendingUpdate) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range q.chats {
		updates = append(updates, c.updates...)
		c.updates = nil
	}
	tasks, q.tasks, q.ready, q.delayed, q.waiting, q.ended = q.tasks, nil, nil, nil, 0, true
	return tasks, updates
}

// empty reports whether no update is queued or being committed, and no task is queued.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting == 0 && len(q.tasks) == 0
}

// evict frees the queues of chats that have been idle long enough for their bucket to be
// full again.
func (q *queue) evict(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.evictIdle(now)
}

func (q *queue) evictIdle(now time.Time) {
	for chat, c := range q.chats {
		if !c.active && c.bucket.TokensAt(now) >= chatBurst {
			delete(q.chats, chat)
		}
	}
	q.evictAt = max(minEvictAt, 2*len(q.chats))
}
