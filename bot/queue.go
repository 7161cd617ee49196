package bot

import (
	"runtime"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"digiwijzer/flows"
)

// Bounds of the intake. A chat's bucket is far above what a person taps, and far
// below what would hold up others.
const (
	chatRate   = 5     // updates a second of one chat
	chatBurst  = 60    // at once, before that rate holds
	chatQueue  = 200   // waiting in one chat
	totalQueue = 20000 // waiting in all
	groupSize  = 64    // works in one transaction
)

// job is an update on its way.
type job struct {
	update Update
	done   func(flows.Turn, error)
	turn   flows.Turn // made by the last try
	twice  bool       // the last try found that it was seen before
	tries  int        // that failed
	class  string     // of the last failure
}

// line is the queue of one chat. Its head takes part in a group only while the line
// is in queue.ready or being worked on, so no chat has two turns at once.
type line struct {
	chat   Chat
	jobs   []*job
	active bool // in ready, in a group, or waiting for the bucket
	bucket *rate.Limiter
}

// work is one part of a group: what to do in the transaction, and whom to tell.
type work struct {
	chats  []Chat // that do touches
	shared bool   // do touches rows of no chat
	do     func(Tx) error
	done   func(error)
}

// queue holds what waits for the next transaction.
type queue struct {
	clock Clock
	quit  chan struct{} // closed when nothing more is taken
	wake  chan struct{} // holds a value when there may be something to take

	mu      sync.Mutex
	closed  bool // no more jobs
	ended   bool // no more works either
	lines   map[Chat]*line
	ready   []*line // lines whose head may go, in order
	works   []work  // not of a chat's line: what became of sent messages
	waiting int     // jobs in all lines
	crowded int     // with so many lines it is time to look which are done
}

// leastCrowd is how many lines may be there before it is worth a look.
const leastCrowd = 4096

// turn is the head of a line, in a group.
type turn struct {
	line *line
	job  *job
}

func newQueue(clock Clock) *queue {
	return &queue{
		clock: clock, quit: make(chan struct{}), wake: make(chan struct{}, 1), lines: map[Chat]*line{}, crowded: leastCrowd,
	}
}

// close refuses what comes from now on; what waits stays.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		close(q.quit)
	}
}

// signal leaves one value in a channel of capacity one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add puts a job at the end of its chat's line.
func (q *queue) add(j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	l := q.lines[j.update.Chat]
	if l != nil && len(l.jobs) >= chatQueue || q.waiting >= totalQueue {
		return ErrFlooded
	}
	if l == nil { // only now: who is refused must cost nothing
		if len(q.lines) >= q.crowded {
			q.sweep(q.clock.Now()) // a rush of many chats must not wait for the next minute
		}
		l = &line{chat: j.update.Chat, bucket: rate.NewLimiter(chatRate, chatBurst)}
		q.lines[l.chat] = l
	}
	l.jobs = append(l.jobs, j)
	q.waiting++
	if !l.active {
		q.activate(l)
	}
	return nil
}

// activate makes the head of a line ready, at once or when its bucket allows. While
// closing no bucket counts: nothing new comes in.
func (q *queue) activate(l *line) {
	l.active = true
	now := q.clock.Now()
	delay := l.bucket.ReserveN(now, 1).DelayFrom(now)
	if delay <= 0 {
		q.setReady(l)
		return
	}
	go func() {
		select {
		case <-q.clock.After(delay):
		case <-q.quit:
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.setReady(l)
	}()
}

func (q *queue) setReady(l *line) {
	q.ready = append(q.ready, l)
	signal(q.wake)
}

// push adds a work that belongs to no line.
func (q *queue) push(w work) {
	q.mu.Lock()
	ended := q.ended
	if !ended {
		q.works = append(q.works, w)
		signal(q.wake)
	}
	q.mu.Unlock()
	if ended {
		w.done(ErrClosed)
	}
}

// gather lets whoever is about to hand something in do so first, as long as more keeps
// coming: a group is then as large as it can be without waiting for anybody.
func (q *queue) gather() {
	for before, now := 0, q.size(); now > before && now < groupSize; {
		runtime.Gosched()
		before, now = now, q.size()
	}
}

// size is how much could go in the next transaction.
func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.works) + len(q.ready)
}

// take returns what may go in the next transaction, at most groupSize: works for half
// of it at most, then the heads of ready lines.
func (q *queue) take() (works []work, turns []turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.works), groupSize/2)
	works, q.works = q.works[:n:n], q.works[n:]
	m := min(len(q.ready), groupSize-n)
	for _, l := range q.ready[:m] {
		turns = append(turns, turn{l, l.jobs[0]})
	}
	q.ready = q.ready[m:]
	return works, turns
}

// finish takes the head off a line and lets the next come.
func (q *queue) finish(l *line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.jobs[0] = nil
	l.jobs = l.jobs[1:]
	q.waiting--
	q.next(l)
}

// fail empties a line. What waits behind an update that will be delivered again must
// not overtake it.
func (q *queue) fail(l *line) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := l.jobs
	l.jobs = nil
	q.waiting -= len(jobs)
	q.next(l)
	return jobs
}

// abandon empties the queue, when the desk has to stop at once.
func (q *queue) abandon() (works []work, jobs []*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lines {
		jobs = append(jobs, l.jobs...)
		l.jobs = nil
	}
	works, q.works, q.ready, q.waiting, q.ended = q.works, nil, nil, 0, true
	return works, jobs
}

// again lets the head of a line have another try, without a new token.
func (q *queue) again(l *line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.setReady(l)
}

func (q *queue) next(l *line) {
	l.active = false
	if len(l.jobs) > 0 {
		q.activate(l)
	}
}

// empty tells whether nothing waits at all.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting == 0 && len(q.works) == 0
}

// tidy frees the lines of chats that have been quiet long enough for their bucket to
// be full again.
func (q *queue) tidy(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweep(now)
}

func (q *queue) sweep(now time.Time) {
	for chat, l := range q.lines {
		if !l.active && l.bucket.TokensAt(now) >= chatBurst {
			delete(q.lines, chat)
		}
	}
	q.crowded = max(leastCrowd, 2*len(q.lines))
}
