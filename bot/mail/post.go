// Package mail sends the figures of last week every Monday to staff who subscribed. Recipients get what a
// reader may see, since mail is passed on.
//
// An address must be confirmed by a link mailed to it before it gets any figures. The week is marked after the
// server accepted the mail: a crash between the two repeats one mail, with the same Message-ID, and loses none.
package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"

	"digiwijzer/bot"
	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Pages makes the figures. *staff.Pages is one.
type Pages interface {
	Page(ctx context.Context, r staff.Request) (staff.Page, error)
	Figures(ctx context.Context, r staff.Request) (report.Rendering, error)
	ClosedQuarters(ctx context.Context, n int) ([]string, error)
}

// Options configure a Post; all but Report and Owner are required.
type Options struct {
	Server    Server
	From      netmail.Address
	PublicURL string // where the links lead, without a slash at the end
	Owner     string // name of the organisation behind the site; empty: not shown
	Store     Store
	Pages     Pages
	Texts     func() *locales.Texts
	// MayRead reports whether an account may still see figures.
	MayRead func(ctx context.Context, account string) (bool, error)
	// Owns, if set, reports whether this process is the one of several that sends.
	Owns  func() bool
	Key   []byte // signs the links, at least 32 bytes
	Clock bot.Clock
	Log   *slog.Logger
	// Report is called with the problem in sending mail; nil: there is none.
	Report func(problem error)
}

// Post stores the subscriptions and sends the mail. Its methods may be called concurrently.
type Post struct {
	o      Options
	server atomic.Pointer[Server]

	mu    sync.Mutex
	asked map[string][]time.Time // requests for links within the last hour, by account

	sending  sync.Mutex // one round at a time
	failures int        // consecutive rounds that failed at the server
	pause    time.Time  // no round before
}

// New returns a Post.
func New(o Options) *Post {
	if o.Report == nil {
		o.Report = func(error) {}
	}
	p := &Post{o: o, asked: map[string][]time.Time{}}
	p.UseServer(o.Server)
	return p
}

// UseServer replaces the server at run time.
func (p *Post) UseServer(s Server) { p.server.Store(&s) }

// linksPerHour is how many links an account may have mailed per hour.
const linksPerHour = 3

// ErrTooOften is the error for an account that requested too many links.
var ErrTooOften = errors.New("too many links were requested")

// ErrUndelivered is the error for a link that could not be mailed. The subscription is stored.
var ErrUndelivered = errors.New("the link was not sent")

// Subscribe stores the subscription of an account for mail in a language, replacing an earlier one, and mails a
// link to the address. Until Confirm nothing else is sent there. The error is ErrAddress, ErrTooOften, or
// ErrUndelivered, which wraps the reason.
func (p *Post) Subscribe(ctx context.Context, account, address, lang string) error {
	address, err := ParseAddress(address)
	if err != nil {
		return err
	}
	if !p.mayAsk(account) {
		return ErrTooOften
	}
	s := Subscription{ID: rand.Text(), Account: account, Address: address, Lang: lang, Asked: p.o.Clock.Now()}
	if err := p.o.Store.Subscribe(ctx, s); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // the address is stored: who has left the page still gets the link
	m, err := p.message(s, p.confirmation(s))
	if err != nil {
		return err
	}
	if err := p.sendOne(ctx, m); err != nil {
		p.o.Log.Warn("mail not sent", "error", err)
		var refused refusal
		if errors.As(err, &refused) {
			s.Problem = refused.code
			err = errors.Join(err, p.o.Store.Deliver(ctx, s.ID, s.Delivery))
		}
		return fmt.Errorf("%w: %w", ErrUndelivered, err)
	}
	return nil
}

// mayAsk reports whether an account may have another link mailed, and counts it.
func (p *Post) mayAsk(account string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Clock.Now()
	for one, times := range p.asked {
		for len(times) > 0 && now.Sub(times[0]) >= time.Hour {
			times = times[1:]
		}
		if p.asked[one] = times; len(times) == 0 {
			delete(p.asked, one)
		}
	}
	if len(p.asked[account]) >= linksPerHour {
		return false
	}
	p.asked[account] = append(p.asked[account], now)
	return true
}

// sendOne sends a message on its own connection.
func (p *Post) sendOne(ctx context.Context, m *gomail.Msg) error {
	client, err := p.server.Load().dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // the server has accepted the message
	return send(client, m)
}

// Of returns the subscription of an account.
func (p *Post) Of(ctx context.Context, account string) (s Subscription, found bool, err error) {
	return p.find(ctx, func(s Subscription) bool { return s.Account == account })
}

// All returns every subscription that is confirmed or can still be.
func (p *Post) All(ctx context.Context) ([]Subscription, error) {
	all, err := p.o.Store.Subscriptions(ctx)
	now := p.o.Clock.Now()
	return slices.DeleteFunc(all, func(s Subscription) bool { return s.expired(now) }), err
}

// Opened returns the subscription that a link leads to.
func (p *Post) Opened(ctx context.Context, l Link, id, signature string) (s Subscription, found bool, err error) {
	if !p.opens(l, id, signature) {
		return s, false, nil
	}
	return p.find(ctx, func(s Subscription) bool { return s.ID == id })
}

func (p *Post) find(ctx context.Context, is func(Subscription) bool) (s Subscription, found bool, err error) {
	all, err := p.o.Store.Subscriptions(ctx)
	for _, s := range all {
		if is(s) && !s.expired(p.o.Clock.Now()) {
			return s, true, err
		}
	}
	return s, false, err
}

// Confirm confirms the address of a subscription that a link leads to. The first figures come
// next Monday.
func (p *Post) Confirm(ctx context.Context, id, signature string) (found bool, err error) {
	s, found, err := p.Opened(ctx, ConfirmLink, id, signature)
	if err != nil || !found || !s.Confirmed.IsZero() {
		return found, err
	}
	now := p.o.Clock.Now()
	return true, p.o.Store.Confirm(ctx, id, now, due(now))
}

// Unsubscribe deletes the subscription that a link leads to, and every other one of the same address. A missing
// subscription is no error: the link may be followed twice.
func (p *Post) Unsubscribe(ctx context.Context, id, signature string) (opened bool, err error) {
	if !p.opens(UnsubscribeLink, id, signature) {
		return false, nil
	}
	s, found, err := p.Opened(ctx, UnsubscribeLink, id, signature)
	if err != nil || !found {
		return true, err
	}
	all, err := p.o.Store.Subscriptions(ctx)
	if err != nil {
		return true, err
	}
	var ids []string
	for _, other := range all {
		if sameMailbox(other.Address, s.Address) {
			ids = append(ids, other.ID)
		}
	}
	return true, p.o.Store.Unsubscribe(ctx, ids)
}

// sameMailbox reports whether two addresses lead to the same mailbox, as nearly all servers treat them.
func sameMailbox(a, b string) bool { return strings.EqualFold(a, b) }

// Withdraw deletes the subscription of an account.
func (p *Post) Withdraw(ctx context.Context, account string) error {
	s, found, err := p.Of(ctx, account)
	if err != nil || !found {
		return err
	}
	return p.o.Store.Unsubscribe(ctx, []string{s.ID})
}

// Resume resumes mail to an address that the server rejected.
func (p *Post) Resume(ctx context.Context, account string) error {
	s, found, err := p.Of(ctx, account)
	if err != nil || !found || !s.Refused {
		return err
	}
	return p.o.Store.Deliver(ctx, s.ID, Delivery{Week: s.Week})
}

// sendHour is when the figures are sent on Monday, in the Netherlands.
const sendHour = 8

// due returns the ISO week whose figures must have been sent by now.
func due(now time.Time) string {
	if t := now.In(referral.Netherlands); t.Weekday() == time.Monday && t.Hour() < sendHour {
		now = t.AddDate(0, 0, -7)
	}
	return referral.LastWeek(now)
}
