package staff

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// Act is an action of a staff member, for the audit trail.
type Act struct {
	Who    string // id of an account, or staffdb.CommandLine
	What   string // a short constant, such as "partner paused"
	About  string // id of the object
	Detail string // in few words; never a secret
}

// PartnerBook stores partners. *store.PartnerBook is one.
type PartnerBook interface {
	Put(ctx context.Context, p flows.Partner) error
	Pause(ctx context.Context, code string, paused bool) error
	SetLogo(ctx context.Context, code string, png []byte) error
	Renew(ctx context.Context, code, week string) error
	PutEvent(ctx context.Context, e admission.Event) error
}

// PartnerDesk changes partners, for the command line and the browser alike.
type PartnerDesk struct {
	Content func() *content.Edition // with the partners of the data folder
	// Change makes one change and records the act; if it succeeds, Content includes it.
	Change func(ctx context.Context, act Act, change func(PartnerBook) error) error
	Clock  figures.Clock
}

// PartnerFaults is the error for an invalid partner.
type PartnerFaults []flows.PartnerFault

func (f PartnerFaults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "; ")
}

// Other errors of a partner desk.
var (
	ErrNoPartner     = errors.New("no such partner")
	ErrPartnerInFile = errors.New("the partner is in a content file")
)

// Put adds a partner, or changes everything but the code of an existing one. It returns what needs a
// review.
func (d PartnerDesk) Put(ctx context.Context, who string, p flows.Partner) (doubts []flows.PartnerRemark, err error) {
	p.Name = norm.NFC.String(strings.TrimSpace(p.Name)) // as fonts have the letters
	c := d.Content()
	if faults := c.PartnerFaults(p); len(faults) > 0 {
		return nil, PartnerFaults(faults)
	}
	old, known := c.Partner(p.Code)
	if known && old.InFile {
		return nil, ErrPartnerInFile
	}
	p.Paused = old.Paused
	if old.Partner != p {
		act := Act{Who: who, What: "partner added", About: p.Code, Detail: partnerDetail(p)}
		if known {
			act.What, act.Detail = "partner changed", partnerDetail(old.Partner)+" → "+partnerDetail(p)
		}
		if err := d.Change(ctx, act, func(b PartnerBook) error { return b.Put(ctx, p) }); err != nil {
			return nil, err
		}
	}
	for _, remark := range c.PartnerRemarks(&p) {
		if remark.Partner.Code == p.Code {
			doubts = append(doubts, remark)
		}
	}
	return doubts, nil
}

func partnerDetail(p flows.Partner) string {
	return strings.TrimRight(fmt.Sprintf("%q %s %s %s", p.Name, p.Kind, p.Municipality, p.Lang), " ")
}

// Pause pauses a partner or ends its pause. Its links keep working.
func (d PartnerDesk) Pause(ctx context.Context, who, code string, paused bool) (content.ListedPartner, error) {
	p, known := d.Content().Partner(code)
	if !known {
		return p, ErrNoPartner
	}
	if p.Paused == paused {
		return p, nil
	}
	what := "partner resumed"
	if paused {
		what = "partner paused"
	}
	return p, d.Change(ctx, Act{Who: who, What: what, About: code}, func(b PartnerBook) error { return b.Pause(ctx, code, paused) })
}

// SetLogo gives a partner a logo, a PNG or JPEG; nil removes it. The error may be a
// share.LogoFault.
func (d PartnerDesk) SetLogo(ctx context.Context, who, code string, picture []byte) (content.ListedPartner, error) {
	p, known := d.Content().Partner(code)
	if !known {
		return p, ErrNoPartner
	}
	act := Act{Who: who, What: "partner logo removed", About: code}
	if picture != nil {
		act.What = "partner logo set"
		var err error
		if picture, err = share.Logo(picture); err != nil {
			return p, err
		}
	}
	return p, d.Change(ctx, act, func(b PartnerBook) error { return b.SetLogo(ctx, code, picture) })
}

// EventFault is why an event is invalid: "date" is not a date, "past" is over, "expect" is not a number of
// people up to MaxExpected.
type EventFault string

func (f EventFault) Error() string { return "an event is impossible: " + string(f) }

// The faults of events.
const (
	EventDate   EventFault = "date"
	EventPast   EventFault = "past"
	EventExpect EventFault = "expect"
)

// MaxExpected limits the count of an event, so that a mistyped number cannot disable the limits.
const MaxExpected = 5000

// SetEvent announces a day, such as 2026-12-03, on which expect people begin through a partner's link from
// one place, so that they all count; expect 0 cancels it.
func (d PartnerDesk) SetEvent(ctx context.Context, who, code, day string, expect int) (content.ListedPartner, error) {
	p, known := d.Content().Partner(code)
	_, err := time.Parse(time.DateOnly, day)
	switch {
	case !known:
		return p, ErrNoPartner
	case err != nil:
		return p, EventDate
	case expect < 0 || expect > MaxExpected:
		return p, EventExpect
	case referral.Date(day) < referral.DayOf(d.Clock.Now()):
		return p, EventPast
	}
	event := admission.Event{Partner: code, Day: referral.Date(day), Expect: expect}
	return p, d.Change(ctx, Act{Who: who, What: "partner event set", About: code, Detail: fmt.Sprintf("%s: %d", day, expect)},
		func(b PartnerBook) error { return b.PutEvent(ctx, event) })
}

// RenewFigures gives the figures of a partner a new address, which invalidates all earlier ones.
func (d PartnerDesk) RenewFigures(ctx context.Context, who, code string) (content.ListedPartner, error) {
	p, known := d.Content().Partner(code)
	if !known {
		return p, ErrNoPartner
	}
	return p, d.Change(ctx, Act{Who: who, What: "partner figures address renewed", About: code},
		func(b PartnerBook) error { return b.Renew(ctx, code, referral.WeekOf(d.Clock.Now())) })
}
