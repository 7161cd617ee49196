package mail

import (
	"context"
	"time"
)

// Subscription is the wish of a person of the staff to get the figures by mail.
type Subscription struct {
	// ID is random and stands in the links of mails. Another wish has another one, so that old
	// links lead nowhere.
	ID        string
	Account   string // whose wish it is
	Address   string
	Lang      string
	Asked     time.Time
	Confirmed time.Time // by the link that was mailed to the address; zero: not yet, and nothing else is sent
	Delivery
}

// Delivery is what came of the mail so far.
type Delivery struct {
	Week    string    // ISO week of the last figures that were sent, or that were too old to send
	Tries   int       // that failed since
	Next    time.Time // not before; zero: at any time
	Problem string    // the last answer of the server, such as "550 5.1.1"; empty: none
	Refused bool      // the server refuses the address for good; nothing is sent until the person asks for it
}

// Store keeps the subscriptions. Every change but that of a delivery goes into the audit trail
// with it. A change of what is not there any more does nothing.
type Store interface {
	Subscriptions(ctx context.Context) ([]Subscription, error)
	// Subscribe keeps a subscription instead of an earlier one of the same account.
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

// State is how a subscription is, for people. It is part of text ids.
type State string

// The states.
const (
	Waiting State = "waiting" // for the link to be followed
	Refused State = "refused" // by a mail server
	Delayed State = "delayed" // a mail server asked to try again
	Well    State = "well"
)

// State returns how the subscription is.
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

// expired reports whether nobody confirmed the address in time.
func (s Subscription) expired(now time.Time) bool {
	return s.Confirmed.IsZero() && now.Sub(s.Asked) >= Confirmable
}
