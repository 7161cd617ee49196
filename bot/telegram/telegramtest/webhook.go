package telegramtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// webhook is the bot's address and the deliveries to it: one in flight per order key,
// different keys in parallel, retried until they succeed.
type webhook struct {
	url        string
	secret     string
	max        int
	queues     map[string][]*update // by order key
	busy       map[string]bool      // order keys with a worker
	slots      chan struct{}
	generation int // increases with every change of the address; older deliveries stop
	lastErr    string
	lastErrAt  int64 // in seconds since 1970
}

var secretPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func setWebhook(s *Server, _ context.Context, p params) (any, *apiError) {
	to := p.text("url")
	u, err := url.Parse(to)
	local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
	switch {
	case to == "":
		return deleteWebhook(s, nil, p)
	case err != nil || u.Scheme != "https" && !local: // a local server needs no TLS
		return nil, badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	case p.has("secret_token") && !secretPattern.MatchString(p.text("secret_token")):
		return nil, badRequest("secret token contains unallowed characters")
	case p.has("max_connections") && (p.int("max_connections") < 1 || p.int("max_connections") > 100):
		return nil, badRequest("max_connections must be between 1 and 100")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = webhook{url: to, secret: p.text("secret_token"), max: 40, generation: s.hook.generation + 1, queues: map[string][]*update{}, busy: map[string]bool{}}
	if p.has("max_connections") {
		s.hook.max = int(p.int("max_connections"))
	}
	s.hook.slots = make(chan struct{}, s.hook.max)
	if p.has("allowed_updates") {
		s.updates.allowed = kinds(p)
	}
	s.dropPending(p)
	for _, u := range s.updates.pending {
		s.hook.queues[u.orderKey] = append(s.hook.queues[u.orderKey], u)
	}
	if s.updates.poller != nil {
		s.updates.polls++ // a running getUpdates returns 409
		s.updates.poller()
	}
	s.wakeDelivery()
	return true, nil
}

func deleteWebhook(s *Server, _ context.Context, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = webhook{generation: s.hook.generation + 1}
	s.dropPending(p)
	return true, nil
}

func (s *Server) dropPending(p params) {
	if p.bool("drop_pending_updates") {
		s.updates.pending = nil
	}
	s.updates.confirm(0)
}

func getWebhookInfo(s *Server, _ context.Context, _ params) (any, *apiError) {
	waiting := s.Pending()
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{
		"url": s.hook.url, "has_custom_certificate": false, "pending_update_count": waiting,
		"max_connections": s.hook.max, "allowed_updates": s.updates.allowed, "last_error_message": s.hook.lastErr,
		"last_error_date": s.hook.lastErrAt,
	}, nil
}

// wakeDelivery makes deliverUpdates check for new updates.
func (s *Server) wakeDelivery() {
	select {
	case s.deliver <- struct{}{}:
	default: // a check is already due
	}
}

// deliverUpdates starts a worker for every queue without one, until ctx is done.
func (s *Server) deliverUpdates(ctx context.Context) {
	for {
		select {
		case <-s.deliver:
			s.startWorkers(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) startWorkers(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, queue := range s.hook.queues {
		if len(queue) > 0 && !s.hook.busy[key] {
			s.hook.busy[key] = true
			go s.drain(ctx, key, s.hook.generation)
		}
	}
}

// drain delivers a queue, oldest first, until it is empty or the address changes.
func (s *Server) drain(ctx context.Context, key string, generation int) {
	tries := 0
	for {
		u, hook := s.head(key, generation)
		if u == nil {
			return
		}
		select {
		case hook.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		delay, err := s.post(ctx, hook, u)
		<-hook.slots
		if err == nil {
			s.delivered(key, generation, u)
			tries = 0
			continue
		}
		s.deliveryFailed(generation, err)
		if tries > 0 { // the first retry is immediate
			delay = max(delay, s.opts.RetryUnit<<min(tries, 6))
		}
		tries++
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return
		}
	}
}

// head returns the oldest update of a queue. It returns nil when the worker must stop: the
// queue is empty, and then it may get another worker, or the address has changed.
func (s *Server) head(key string, generation int) (*update, webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.generation != generation {
		return nil, webhook{}
	}
	if len(s.hook.queues[key]) == 0 {
		delete(s.hook.busy, key)
		delete(s.hook.queues, key)
		return nil, webhook{}
	}
	u := s.hook.queues[key][0]
	u.fetched = true
	return u, s.hook
}

func (s *Server) delivered(key string, generation int, u *update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.done = true
	s.updates.confirm(0)
	if s.hook.generation == generation {
		s.hook.queues[key] = s.hook.queues[key][1:]
	}
	s.touch(nil)
}

func (s *Server) deliveryFailed(generation int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.generation == generation {
		s.hook.lastErr, s.hook.lastErrAt = err.Error(), s.opts.Now().Unix()
	}
	s.touch(nil)
}

// post delivers one update. With an error it returns the delay that the bot requested.
func (s *Server) post(ctx context.Context, hook webhook, u *update) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, 60*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.url, bytes.NewReader(u.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if hook.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", hook.secret)
	}
	resp, err := s.request(req)
	var failed *net.OpError
	if !errors.As(err, &failed) || failed.Op != "dial" { // the bot accepted the connection
		s.mu.Lock()
		s.updates.markReceived(u)
		s.mu.Unlock()
	}
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // read-only
	if resp.StatusCode/100 == 2 {
		s.callFromResponse(ctx, resp.Body)
		return 0, nil
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return min(time.Duration(seconds)*s.opts.RetryUnit, 3600*s.opts.RetryUnit), fmt.Errorf("wrong response from the webhook: %s", resp.Status)
}

// DeliverTo makes webhook deliveries call a handler instead of its address.
func (s *Server) DeliverTo(handler http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = handler
}

func (s *Server) request(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	handler := s.handler
	s.mu.Unlock()
	if handler == nil {
		return deliveryClient.Do(r)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// deliveryClient keeps enough connections alive for the largest max_connections.
var deliveryClient = &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 128, IdleConnTimeout: time.Minute}}

// callFromResponse makes the call that a bot gives as its response to an update. The bot does not get the
// result (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
func (s *Server) callFromResponse(ctx context.Context, body io.Reader) {
	p := params{}
	if err := p.fromJSON(io.LimitReader(body, maxBody)); err != nil || len(p) == 0 {
		return
	}
	name := p.text("method")
	delete(p, "method")
	m, ok := methods[name]
	if !ok {
		return
	}
	refused := p.check(m.params)
	if missing := p.missing(m.required); refused == nil && missing != "" {
		refused = badRequest("parameter \"" + missing + "\" is missing")
	}
	if refused == nil {
		_, refused = m.run(s, ctx, p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[InResponse]++
	if refused != nil && !refused.repeated {
		s.bad = append(s.bad, Call{Method: name, Code: refused.code, Description: refused.text})
	}
	s.touch(nil)
}

// InResponse counts, for Count, the calls that were made as the response to an update.
const InResponse = "in response"
