package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"digiwijzer/bot/admission"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
)

// PartnerState is the state of a partner, whether the partner is in the statistics or in a file.
type PartnerState struct {
	Paused  bool
	Version int    // of the address of the partner's figures; 0: none yet
	Since   string // ISO week from which that address works; empty: never
}

// Partners holds the partners in the statistics, by code, and the state of these and of those in
// files.
type Partners struct {
	List   []flows.Partner
	States map[string]PartnerState
	Logos  map[string]string // versions by code; each picture has its own
}

// ReadPartners reads the partners in dir, while another process may be writing. Without data,
// there are none.
func ReadPartners(ctx context.Context, dir string) (Partners, error) {
	return Place{Dir: dir}.ReadPartners(ctx)
}

// Partners reads the partners.
func (s *Store) Partners(ctx context.Context) (Partners, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return partnersIn(ctx, s.rows)
}

func partnersIn(ctx context.Context, rows engine.Rows) (p Partners, err error) {
	err = rows.ViewStats(ctx, func(stats engine.Stats) error {
		list, err := stats.Partners()
		if err != nil {
			return err
		}
		for _, one := range list {
			p.List = append(p.List, flows.Partner{
				Code: one.Code, Name: one.Name, Kind: flows.PartnerKind(one.Kind), Municipality: one.Municipality, Lang: one.Lang,
			})
		}
		logos, err := stats.PartnerLogos()
		if err != nil {
			return err
		}
		p.Logos = make(map[string]string, len(logos))
		for _, l := range logos {
			p.Logos[l.Code] = l.Version
		}
		states, err := stats.PartnerStates()
		p.States = make(map[string]PartnerState, len(states))
		for _, s := range states {
			p.States[s.Code] = PartnerState{Paused: s.Paused, Version: s.Version, Since: s.Since}
		}
		return err
	})
	return p, err
}

// Events reads the events from a day onwards, by day and partner.
func (s *Store) Events(ctx context.Context, from referral.Date) ([]admission.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return eventsIn(ctx, s.rows, from)
}

func eventsIn(ctx context.Context, rows engine.Rows, from referral.Date) (all []admission.Event, err error) {
	err = rows.ViewStats(ctx, func(stats engine.Stats) error {
		events, err := stats.Events(string(from))
		for _, e := range events {
			all = append(all, admission.Event{Partner: e.Code, Day: referral.Date(e.Day), Expect: e.Expect})
		}
		return err
	})
	return all, err
}

// PartnerBook changes partners, while another process may have the store open.
type PartnerBook struct{ rows engine.Rows }

// OpenPartnerBook opens the statistics in dir with SQLite, creating them if needed.
func OpenPartnerBook(ctx context.Context, dir string) (*PartnerBook, error) {
	return Place{Dir: dir}.OpenPartnerBook(ctx)
}

// NewPartnerBook returns the partners in rows; Close closes rows.
func NewPartnerBook(rows engine.Rows) *PartnerBook { return &PartnerBook{rows} }

// Close closes the engine.
func (b *PartnerBook) Close() error { return b.rows.Close() }

// Put adds a partner, or changes all but the code of an existing one.
func (b *PartnerBook) Put(ctx context.Context, p flows.Partner) error {
	return b.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		return stats.SavePartner(engine.Partner{Code: p.Code, Name: p.Name, Kind: string(p.Kind), Municipality: p.Municipality, Lang: p.Lang})
	})
}

// SetLogo sets the logo of a partner, a PNG; nil removes it.
func (b *PartnerBook) SetLogo(ctx context.Context, code string, png []byte) error {
	return b.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		if len(png) == 0 {
			return stats.RemovePartnerLogo(code)
		}
		sum := sha256.Sum256(png)
		return stats.SavePartnerLogo(engine.PartnerLogo{Code: code, Version: hex.EncodeToString(sum[:6])}, png)
	})
}

// Logo returns the logo of a partner as PNG; nil: it has none.
func (b *PartnerBook) Logo(ctx context.Context, code string) ([]byte, error) {
	return logoIn(ctx, b.rows, code)
}

// PartnerLogo returns the logo of a partner as PNG; nil: it has none.
func (s *Store) PartnerLogo(ctx context.Context, code string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return logoIn(ctx, s.rows, code)
}

func logoIn(ctx context.Context, rows engine.Rows, code string) (png []byte, err error) {
	err = rows.ViewStats(ctx, func(stats engine.Stats) error {
		png, err = stats.PartnerLogo(code)
		return err
	})
	return png, err
}

// Pause pauses a partner, or ends its pause.
func (b *PartnerBook) Pause(ctx context.Context, code string, paused bool) error {
	return b.rows.UpdateStats(ctx, func(stats engine.Stats) error { return stats.PausePartner(code, paused) })
}

// Renew gives the figures of a partner a new address, which invalidates all earlier ones. week
// is the current ISO week.
func (b *PartnerBook) Renew(ctx context.Context, code, week string) error {
	return b.rows.UpdateStats(ctx, func(stats engine.Stats) error { return stats.RenewPartner(code, week) })
}

// PutEvent adds an event or changes how many it expects; with 0 it is cancelled.
func (b *PartnerBook) PutEvent(ctx context.Context, e admission.Event) error {
	return b.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		return stats.SaveEvent(engine.Event{Code: e.Partner, Day: string(e.Day), Expect: e.Expect})
	})
}

// Events returns the events from a day onwards, by day and partner.
func (b *PartnerBook) Events(ctx context.Context, from referral.Date) ([]admission.Event, error) {
	return eventsIn(ctx, b.rows, from)
}

// Read returns the partners.
func (b *PartnerBook) Read(ctx context.Context) (Partners, error) { return partnersIn(ctx, b.rows) }
