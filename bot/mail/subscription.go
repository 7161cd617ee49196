package mail

import (
	"context"
	"time"
)

// Subscription is a staff member's subscription to the figures by mail.
type Subscription struct {
	// ID is random and part of the links in mails. A new subscription has a new one, so that old links stop working.
	ID        string
	Account   string // of the subscriber
	Address   string
	Lang      string
	Asked     time.Time
	Confirmed time.Time // by the link that was mailed to the address; zero: not yet, and nothing else is sent
	Delivery
}

// Delivery is the state of the mail so far.
type Delivery struct {
	Week    string    // ISO week of the last figures that were sent, or that were too old to send
	Tries   int       // that failed since
	Next    time.Time // not before; zero: at any time
	Problem string    // the last answer of the server, such as "550 5.1.1"; empty: none
	Refused bool      // the server permanently rejects the address; nothing is sent until the person resumes it
}

// Store stores the subscriptions. Every change except that of a delivery is also recorded in the audit trail. A
// change of a missing subscription does nothing.
type Store interface {
	Subscriptions(ctx context.Context) ([]Subscription, error)
	// Subscribe stores a subscription, replacing an earlier one of the same account.
	Subscribe(ctx context.Context, s Subscription) error
	Confirm(ctx context.Context, id string, at time.Time, week string) error
	Deliver(ctx context.Context, id string, d Delivery) error
	// Unsubscribe deletes subscriptions.
	Unsubscribe(ctx context.Context, ids []string) error
}

// Confirmable is how long the link in the first mail works.
const Confirmable = 7 * 24 * time.Hour

// Active reports whether figures are sent to the address.
func (s Subscription) Active() bool { return !s.Confirmed.IsZero() && !s.Refused }

// State is the state of a subscription, for display. It is part of text ids.
type State string

// The states.
const (
	Waiting State = "waiting" // for the link to be followed
	Refused State = "refused" // by a mail server
	Delayed State = "delayed" // a mail server asked to try again
	Well    State = "well"
)

// State returns the state of the subscription.
func (s Subscription) State() State {
	switch {
	case s.Delivery.Refused:
		return Refused
	case s.Confirmed.IsZero():
		return Waiting
	case s.Problem != "":
		return Delayed
	}
	return Well
}

// expired reports whether the address was not confirmed in time.
func (s Subscription) expired(now time.Time) bool {
	return s.Confirmed.IsZero() && now.Sub(s.Asked) >= Confirmable
}
