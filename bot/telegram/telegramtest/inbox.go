package telegramtest

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// inbox holds what waits for the bot, as Telegram's server does: an update stays
// until a later offset or a delivered webhook confirms it.
type inbox struct {
	pending []*update // by id
	lastID  int64
	allowed []string // sticky; nil: never set
	news    chan struct{}
	poller  context.CancelFunc // ends the running getUpdates
	polls   int                // counts them, so that a poller knows whether it is still the one
	again   int                // updates that reached the bot another time
}

// update is one update that waits.
type update struct {
	id   int64
	kind string // message, callback_query, my_chat_member
	lane string // what must stay in order: messages per chat, buttons per person
	body json.RawMessage
	done bool
	out  bool // handed out at least once: its id is known to the bot
	came bool // it has reached the bot
}

// send queues an update for the bot unless it does not want that kind. s.mu is held.
func (s *Server) send(kind, lane string, content any) {
	if !s.inbox.wants(kind) {
		return
	}
	s.enqueue(kind, lane, content)
	if s.inbox.canSwap() && s.strikes(Reorder) && s.inbox.swapLast() {
		s.happened[Reorder]++
	}
	close(s.inbox.news)
	s.inbox.news = make(chan struct{})
	s.dispatch()
}

func (s *Server) enqueue(kind, lane string, content any) {
	s.inbox.lastID++
	u := &update{id: s.inbox.lastID, kind: kind, lane: lane}
	u.body = u.encode(content)
	s.inbox.pending = append(s.inbox.pending, u)
	if s.hook.url != "" {
		s.hook.lanes[lane] = append(s.hook.lanes[lane], u)
	}
}

func (u *update) encode(content any) json.RawMessage {
	body, err := json.Marshal(map[string]any{"update_id": u.id, u.kind: content})
	if err != nil {
		panic(err) // only values of this package come here
	}
	return body
}

// canSwap tells whether the last two updates are of different lanes and the bot knows
// of neither.
func (b *inbox) canSwap() bool {
	n := len(b.pending)
	return n > 1 && b.pending[n-2].lane != b.pending[n-1].lane && !b.pending[n-2].out && !b.pending[n-2].done
}

// swapLast lets the last two updates arrive in the other order: Telegram promises
// order only within a lane. It reports whether one person did both.
func (b *inbox) swapLast() (ofOne bool) {
	n := len(b.pending)
	x, y := b.pending[n-2], b.pending[n-1]
	x.id, y.id = y.id, x.id
	x.body, y.body = renumber(x), renumber(y)
	b.pending[n-2], b.pending[n-1] = y, x
	return whose(x.lane) == whose(y.lane)
}

// whose is the id of the person in the name of a lane.
func whose(lane string) string { return strings.TrimLeft(lane, "abcdefghijklmnopqrstuvwxyz") }

// arrived notes that an update has reached the bot.
func (b *inbox) arrived(u *update) {
	if u.came {
		b.again++
	}
	u.came = true
}

func renumber(u *update) json.RawMessage {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(u.body, &fields)
	return u.encode(fields[u.kind])
}

func (b *inbox) wants(kind string) bool {
	if len(b.allowed) == 0 {
		return true
	}
	for _, k := range b.allowed {
		if k == kind {
			return true
		}
	}
	return false
}

// confirm forgets every update below offset; a negative offset keeps only the last ones.
func (b *inbox) confirm(offset int64) {
	if offset < 0 {
		if keep := int(-offset); keep < len(b.pending) {
			b.pending = b.pending[len(b.pending)-keep:]
		}
		return
	}
	for len(b.pending) > 0 && (b.pending[0].id < offset || b.pending[0].done) {
		b.pending[0] = nil
		b.pending = b.pending[1:]
	}
}

func (b *inbox) first(limit int) []json.RawMessage {
	found := []json.RawMessage{}
	for _, u := range b.pending {
		if len(found) == limit {
			break
		}
		if !u.done {
			u.out = true
			b.arrived(u)
			found = append(found, u.body)
		}
	}
	return found
}

func getUpdates(s *Server, ctx context.Context, p params) (any, *apiError) {
	limit := 100
	if p.has("limit") {
		limit = int(p.int("limit"))
	}
	if limit < 1 || limit > 100 {
		return nil, badRequest("limit must be between 1 and 100")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	poll, refused := s.startPoll(p, stop)
	if refused != nil {
		return nil, refused
	}
	end := time.NewTimer(time.Duration(p.int("timeout")) * time.Second)
	defer end.Stop()
	for {
		s.mu.Lock()
		found, news, current := s.inbox.first(limit), s.inbox.news, s.inbox.polls == poll
		s.mu.Unlock()
		if !current {
			return nil, &apiError{code: 409, text: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		}
		if len(found) > 0 {
			return found, nil
		}
		select {
		case <-news:
		case <-ctx.Done(): // hung up, or another poller came: the loop tells which
			if s.isPoll(poll) {
				return found, nil
			}
		case <-s.ctx.Done():
			return found, nil
		case <-end.C:
			return found, nil
		}
	}
}

// startPoll makes this the poller, ends the one before it and confirms what it confirms.
func (s *Server) startPoll(p params, stop context.CancelFunc) (int, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.url != "" {
		return 0, &apiError{code: 409, text: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	if p.has("allowed_updates") {
		s.inbox.allowed = kinds(p)
	}
	if s.inbox.poller != nil {
		s.inbox.poller()
	}
	s.inbox.poller = stop
	s.inbox.polls++
	s.inbox.confirm(p.int("offset"))
	s.touch(nil)
	return s.inbox.polls, nil
}

func (s *Server) isPoll(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.polls == n
}

func kinds(p params) []string {
	var list []string
	_ = json.Unmarshal(p["allowed_updates"].raw, &list)
	return list
}

// Pending is the number of updates that the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, u := range s.inbox.pending {
		if !u.done {
			n++
		}
	}
	return n
}

// Redelivered counts how often an update reached the bot that had reached it before,
// under the same id.
func (s *Server) Redelivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.again
}

// Pending is the number of updates of this person that the bot has not confirmed.
func (p *Person) Pending() int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	n := 0
	for _, u := range p.s.inbox.pending {
		if !u.done && whose(u.lane) == strconv.FormatInt(p.c.id, 10) {
			n++
		}
	}
	return n
}

// Inject queues any update, well-formed for Telegram or not: kind is the name of its
// field, such as "message" or "poll". What it holds is sent as it is.
func (s *Server) Inject(kind string, content any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(kind, "injected", content)
}
