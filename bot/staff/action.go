package staff

import (
	"strings"
	"time"

	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Action is the result of a coordinator's command or button: a page, or an answer of one line, possibly
// with a change of the subscription to the Monday digest.
type Action struct {
	Page       *Request     // nil: use Answer
	Answer     flows.Phrase // needs no figures
	Subscribed flows.Phrase // replaces Answer for a chat that is subscribed; without an id: Answer
	Digest     flows.Choice // subscribes or unsubscribes
}

// The arguments of the command Monday.
const (
	On  = "on"
	Off = "off"
)

// Action resolves a command at the current time; see Resolve.
func (p *Pages) Action(id PageID, about, lang string) Action {
	return Resolve(id, about, lang, p.options.Clock.Now())
}

// Resolve resolves a command. about is what was typed after it: a week or quarter (empty:
// the last one that has ended), a year (empty: that of the last quarter), the code of a configured partner (empty: unknown), or On or
// Off.
func Resolve(id PageID, about, lang string, now time.Time) Action {
	r := &Request{Page: id, Lang: lang}
	switch id {
	case Monday:
		return subscription(about)
	case Week:
		if r.About = strings.ToUpper(about); about == "" {
			r.About = referral.LastWeek(now)
		}
		if _, err := figures.ParseWeek(r.About); err != nil {
			return Action{Answer: phrase("bad_week")}
		}
		r.Level = disclosure.Accountable // coordinators have it in their private chat
	case Quarter:
		if about == "" {
			about = referral.LastQuarter(now)
		}
		q, err := figures.ParseQuarter(strings.ToUpper(about))
		if err != nil {
			return Action{Answer: phrase("bad_quarter")}
		}
		r.About = string(q)
	case Year:
		if r.About = about; about == "" {
			r.About = referral.LastQuarter(now)[:len("2026")]
		}
		if _, err := figures.ParseYear(r.About); err != nil {
			return Action{Answer: phrase("bad_year")}
		}
	case Partner:
		if r.About = about; about == "" {
			return Action{Answer: phrase("bad_partner")}
		}
	}
	return Action{Page: r}
}

func subscription(wish string) Action {
	switch wish {
	case On:
		return Action{Answer: phrase("monday_is_on"), Digest: flows.Yes}
	case Off:
		return Action{Answer: phrase("monday_is_off"), Digest: flows.No}
	}
	return Action{Answer: phrase("monday_how"), Subscribed: phrase("monday_is_on")}
}
