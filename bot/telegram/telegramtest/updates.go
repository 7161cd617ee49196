package telegramtest

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// updates are the pending updates. As at Telegram, an update is pending until a higher
// offset or a successful webhook delivery confirms it.
type updates struct {
	pending     []*update // by id
	lastID      int64
	allowed     []string           // kept from the last call that set it; nil: never set
	added       chan struct{}      // closed and replaced when an update is added
	poller      context.CancelFunc // cancels the running getUpdates
	polls       int                // number of getUpdates calls: the last one is current
	redelivered int
}

// update is one pending update.
type update struct {
	id       int64
	kind     string // message, callback_query, my_chat_member
	orderKey string // updates with the same key stay in order: messages per chat, presses per person
	body     json.RawMessage
	done     bool
	fetched  bool // returned or posted at least once: the bot may know its id
	received bool // the bot has received it
}

// send adds an update, unless the bot has not allowed its kind. s.mu is held.
func (s *Server) send(kind, orderKey string, content any) {
	if s.updates.wants(kind) {
		s.push(kind, orderKey, content)
	}
}

// push is send, whatever the bot has allowed.
func (s *Server) push(kind, orderKey string, content any) {
	s.enqueue(kind, orderKey, content)
	if s.updates.canSwap() && s.drawn(Reorder) && s.updates.swapLast() {
		s.happened[Reorder]++
	}
	close(s.updates.added)
	s.updates.added = make(chan struct{})
	s.wakeDelivery()
}

func (s *Server) enqueue(kind, orderKey string, content any) {
	s.updates.lastID++
	u := &update{id: s.updates.lastID, kind: kind, orderKey: orderKey}
	u.body = u.encode(content)
	s.updates.pending = append(s.updates.pending, u)
	if s.hook.url != "" {
		s.hook.queues[orderKey] = append(s.hook.queues[orderKey], u)
	}
}

func (u *update) encode(content any) json.RawMessage {
	body, err := json.Marshal(map[string]any{"update_id": u.id, u.kind: content})
	if err != nil {
		panic(err) // content is always encodable
	}
	return body
}

// canSwap reports whether the last two updates have different order keys and the bot has received neither
// of their ids.
func (b *updates) canSwap() bool {
	n := len(b.pending)
	return n > 1 && b.pending[n-2].orderKey != b.pending[n-1].orderKey && !b.pending[n-2].fetched && !b.pending[n-2].done
}

// swapLast swaps the last two updates: Telegram keeps order only within a chat or a
// person's presses. It reports whether both are of the same person.
func (b *updates) swapLast() (samePerson bool) {
	n := len(b.pending)
	x, y := b.pending[n-2], b.pending[n-1]
	x.id, y.id = y.id, x.id
	x.body, y.body = renumber(x), renumber(y)
	b.pending[n-2], b.pending[n-1] = y, x
	return personOf(x.orderKey) == personOf(y.orderKey)
}

// personOf returns the id of the person in an order key.
func personOf(orderKey string) string {
	return strings.TrimLeft(orderKey, "abcdefghijklmnopqrstuvwxyz")
}

// markReceived records that the bot has received an update.
func (b *updates) markReceived(u *update) {
	if u.received {
		b.redelivered++
	}
	u.received = true
}

func renumber(u *update) json.RawMessage {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(u.body, &fields)
	return u.encode(fields[u.kind])
}

func (b *updates) wants(kind string) bool {
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

// confirm removes every update below offset; a negative offset keeps only the last -offset. An offset beyond
// the end of the queue confirms nothing, as in tdlib/telegram-bot-api (Client.cpp, do_get_updates).
func (b *updates) confirm(offset int64) {
	if offset > b.lastID+1 {
		return
	}
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

func (b *updates) first(limit int) []json.RawMessage {
	found := []json.RawMessage{}
	for _, u := range b.pending {
		if len(found) == limit {
			break
		}
		if !u.done {
			u.fetched = true
			b.markReceived(u)
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
		found, added, current := s.updates.first(limit), s.updates.added, s.updates.polls == poll
		s.mu.Unlock()
		if !current {
			return nil, &apiError{code: 409, text: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		}
		if len(found) > 0 {
			return found, nil
		}
		select {
		case <-added:
		case <-ctx.Done(): // disconnected, or replaced by another poller
			if s.isCurrent(poll) {
				return found, nil
			}
		case <-end.C:
			return found, nil
		}
	}
}

// startPoll makes this call the current poller, cancels the previous one and confirms the
// updates below its offset.
func (s *Server) startPoll(p params, stop context.CancelFunc) (int, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.url != "" {
		return 0, &apiError{code: 409, text: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	if p.has("allowed_updates") {
		s.updates.allowed = kinds(p)
	}
	if s.updates.poller != nil {
		s.updates.poller()
	}
	s.updates.poller = stop
	s.updates.polls++
	s.updates.confirm(p.int("offset"))
	s.touch(nil)
	return s.updates.polls, nil
}

func (s *Server) isCurrent(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.updates.polls == n
}

func kinds(p params) []string {
	var list []string
	_ = json.Unmarshal(p["allowed_updates"].raw, &list)
	return list
}

// Renumber makes the next update have this id, as Telegram does after a week without updates.
// It returns false, and does nothing, while an update is pending.
func (s *Server) Renumber(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates.confirm(0) // removes those delivered by webhook
	if len(s.updates.pending) > 0 && !s.updates.onlyFetched() {
		return false
	}
	s.updates.pending = nil
	s.updates.lastID = id - 1
	return true
}

// onlyFetched reports whether the bot has every pending update, and has only to confirm them.
func (b *updates) onlyFetched() bool {
	for _, u := range b.pending {
		if !u.received {
			return false
		}
	}
	return true
}

// Pending returns the number of updates that the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, u := range s.updates.pending {
		if !u.done {
			n++
		}
	}
	return n
}

// Redelivered returns how often the bot received an update again with the same id.
func (s *Server) Redelivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.updates.redelivered
}

// Pending returns the number of updates of this person that the bot has not confirmed.
func (p *Person) Pending() int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	n := 0
	for _, u := range p.s.updates.pending {
		if !u.done && personOf(u.orderKey) == strconv.FormatInt(p.c.id, 10) {
			n++
		}
	}
	return n
}

// Inject adds any update, valid or not: kind is the name of its field, such as "message"
// or "poll"; content is encoded without checks. The bot gets it although it has not allowed its kind, as
// it does from before its first call at Telegram (https://core.telegram.org/bots/api#getupdates).
func (s *Server) Inject(kind string, content any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.push(kind, "injected", content)
}
