package telegramtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// webhook is the bot's address and what is on its way there: one delivery at a time
// per lane, lanes side by side, a failed delivery again and again.
type webhook struct {
	url     string
	secret  string
	max     int
	lanes   map[string][]*update
	busy    map[string]bool
	slots   chan struct{}
	turn    int // rises with every change of the address: older deliveries give up
	lastErr string
}

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func setWebhook(s *Server, _ context.Context, p params) (any, *apiError) {
	to := p.text("url")
	u, err := url.Parse(to)
	local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
	switch {
	case to == "":
		return deleteWebhook(s, nil, p)
	case err != nil || u.Scheme != "https" && !local: // a local server may listen without TLS
		return nil, badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	case p.has("secret_token") && !secretForm.MatchString(p.text("secret_token")):
		return nil, badRequest("secret token contains unallowed characters")
	case p.has("max_connections") && (p.int("max_connections") < 1 || p.int("max_connections") > 100):
		return nil, badRequest("max_connections must be between 1 and 100")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = webhook{url: to, secret: p.text("secret_token"), max: 40, turn: s.hook.turn + 1, lanes: map[string][]*update{}, busy: map[string]bool{}}
	if p.has("max_connections") {
		s.hook.max = int(p.int("max_connections"))
	}
	s.hook.slots = make(chan struct{}, s.hook.max)
	if p.has("allowed_updates") {
		s.inbox.allowed = kinds(p)
	}
	s.dropPending(p)
	for _, u := range s.inbox.pending {
		s.hook.lanes[u.lane] = append(s.hook.lanes[u.lane], u)
	}
	if s.inbox.poller != nil {
		s.inbox.polls++ // a running getUpdates ends with 409
		s.inbox.poller()
	}
	s.dispatch()
	return true, nil
}

func deleteWebhook(s *Server, _ context.Context, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = webhook{turn: s.hook.turn + 1}
	s.dropPending(p)
	return true, nil
}

func (s *Server) dropPending(p params) {
	if p.bool("drop_pending_updates") {
		s.inbox.pending = nil
	}
	s.inbox.confirm(0)
}

func getWebhookInfo(s *Server, _ context.Context, _ params) (any, *apiError) {
	waiting := s.Pending()
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{
		"url": s.hook.url, "has_custom_certificate": false, "pending_update_count": waiting,
		"max_connections": s.hook.max, "allowed_updates": s.inbox.allowed, "last_error_message": s.hook.lastErr,
	}, nil
}

// dispatch starts a worker for every lane that has none. s.mu is held.
func (s *Server) dispatch() {
	for lane, queue := range s.hook.lanes {
		if len(queue) > 0 && !s.hook.busy[lane] {
			s.hook.busy[lane] = true
			go s.drain(lane, s.hook.turn)
		}
	}
}

// drain delivers a lane, oldest first, until it is empty or the address changes.
func (s *Server) drain(lane string, turn int) {
	tries := 0
	for {
		u, hook := s.head(lane, turn)
		if u == nil {
			return
		}
		select {
		case hook.slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		pause, err := s.deliver(hook, u)
		<-hook.slots
		if err == nil {
			s.delivered(lane, turn, u)
			tries = 0
			continue
		}
		s.deliveryFailed(turn, err)
		if tries > 0 { // the first repeat comes at once
			pause = max(pause, s.opts.RetryUnit<<min(tries, 6))
		}
		tries++
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
			return
		}
	}
}

// head is the oldest update of a lane; nil when there is none left, and then the
// lane is free for another worker.
func (s *Server) head(lane string, turn int) (*update, webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.turn != turn {
		return nil, webhook{}
	}
	if len(s.hook.lanes[lane]) == 0 {
		delete(s.hook.busy, lane)
		delete(s.hook.lanes, lane)
		return nil, webhook{}
	}
	u := s.hook.lanes[lane][0]
	u.out = true
	return u, s.hook
}

func (s *Server) delivered(lane string, turn int, u *update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.done = true
	s.inbox.confirm(0)
	if s.hook.turn == turn {
		s.hook.lanes[lane] = s.hook.lanes[lane][1:]
	}
	s.touch(nil)
}

func (s *Server) deliveryFailed(turn int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.turn == turn {
		s.hook.lastErr = err.Error()
	}
	s.touch(nil)
}

// deliver posts one update and reports how long the bot asks to wait when it refuses.
func (s *Server) deliver(hook webhook, u *update) (time.Duration, error) {
	ctx, stop := context.WithTimeout(s.ctx, 60*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.url, bytes.NewReader(u.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if hook.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", hook.secret)
	}
	resp, err := deliveryClient.Do(req)
	var failed *net.OpError
	if !errors.As(err, &failed) || failed.Op != "dial" { // somebody listens
		s.mu.Lock()
		s.inbox.arrived(u)
		s.mu.Unlock()
	}
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing to be done
	if resp.StatusCode/100 == 2 {
		return 0, nil
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return min(time.Duration(seconds)*s.opts.RetryUnit, 3600*s.opts.RetryUnit), fmt.Errorf("wrong response from the webhook: %s", resp.Status)
}

// deliveryClient keeps enough connections open for the largest max_connections.
var deliveryClient = &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 128, IdleConnTimeout: time.Minute}}
