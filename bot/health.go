package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Status is the health of the dispatcher. It holds nothing about any person.
type Status struct {
	OK       bool // all parts are OK
	Ready    bool // see Dispatcher.Ready
	Content  ContentStatus
	Storage  Part
	Leases   *LeaseStatus    // nil: there is one program
	Settings Part            // not OK when newer keys or secrets were refused
	Channels map[string]Part // those with an outbox, and others with a problem, by name
	Outbox   OutboxStatus
	Staged   int // finished conversations not yet handed over to the figures
	Usage    Usage
	// HandedOver is when conversations were last handed over to the figures; zero: not since
	// the start.
	HandedOver time.Time
}

// Brief returns which parts are OK, without any details, for the public.
func (s Status) Brief() map[string]bool {
	brief := map[string]bool{"ok": s.OK, "ready": s.Ready, "content": s.Content.OK, "storage": s.Storage.OK, "settings": s.Settings.OK}
	if s.Content.Checking {
		brief["checking"] = true
	}
	for name, p := range s.Channels {
		brief[name] = p.OK
	}
	return brief
}

// MarshalJSON writes the object served at /healthz: the fields of version 1, and newer ones.
func (s Status) MarshalJSON() ([]byte, error) {
	wire := struct {
		OK       bool          `json:"ok"`
		Content  ContentStatus `json:"content"`
		Storage  Part          `json:"storage"`
		Telegram *Part         `json:"telegram,omitempty"` // absent: not in use
		Web      *Part         `json:"web,omitempty"`      // absent: OK
		Mail     *Part         `json:"mail,omitempty"`     // absent: OK
		Outbox   OutboxStatus  `json:"outbox"`
		Staged   int           `json:"staged"`

		Settings   *Part        `json:"settings,omitempty"` // absent: OK
		Leases     *LeaseStatus `json:"leases,omitempty"`
		Ready      bool         `json:"ready"`
		Open       int          `json:"open"` // conversations
		Free       uint64       `json:"free_bytes"`
		Used       uint64       `json:"database_bytes"`
		HandedOver *time.Time   `json:"handed_over,omitempty"`
	}{OK: s.OK, Content: s.Content, Storage: s.Storage, Outbox: s.Outbox, Staged: s.Staged,
		Ready: s.Ready, Open: s.Usage.Open, Free: s.Usage.Free, Used: s.Usage.Used}
	if !s.HandedOver.IsZero() {
		wire.HandedOver = &s.HandedOver
	}
	wire.Leases = s.Leases
	if !s.Settings.OK {
		wire.Settings = &s.Settings
	}
	if p, ok := s.Channels["telegram"]; ok {
		wire.Telegram = &p
	}
	if p, ok := s.Channels["web"]; ok {
		wire.Web = &p
	}
	if p, ok := s.Channels["mail"]; ok {
		wire.Mail = &p
	}
	return json.Marshal(wire)
}

// Part is the health of one part.
type Part struct {
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"` // for the operator, English
}

// ContentStatus is the health of the content: not OK when newer content was refused.
type ContentStatus struct {
	Version string    `json:"version"`
	Since   time.Time `json:"since"` // when it came into use
	// Checking: newer content is being checked, and comes into use if it passes.
	Checking bool `json:"checking,omitempty"`
	Part
}

// LeaseStatus is the state of this process's leases, where several processes share the data.
type LeaseStatus struct {
	Part            // not OK: it lost its leases
	Sending float64 `json:"sending"` // share of all chats whose messages it sends, 0 to 1
	Jobs    bool    `json:"jobs"`
	Poll    bool    `json:"poll"`
}

// OutboxStatus is the backlog of messages.
type OutboxStatus struct {
	Waiting       int   `json:"waiting"`        // messages
	OldestSeconds int64 `json:"oldest_seconds"` // age of the oldest
}

// Health returns the health of all parts. It queries the storage.
func (d *Dispatcher) Health(ctx context.Context) Status {
	s := Status{Channels: map[string]Part{}}
	var known map[string]Part
	s.Content, s.Storage, known = d.state.parts(d.clock.Now())
	s.Ready, s.HandedOver = d.Ready() == nil, d.state.succeeded(handOver)
	staged, unsent, oldest, err := d.store.Waiting(ctx, d.clock.Now())
	if err == nil {
		s.Usage, err = d.store.Usage(ctx)
	}
	if err == nil && s.Storage.OK {
		err = d.damage()
	}
	if err != nil && s.Storage.OK { // the error of a transaction is more specific than a timed-out read
		s.Storage = part(err)
	}
	s.Staged = staged
	s.Outbox = OutboxStatus{Waiting: unsent, OldestSeconds: int64(oldest / time.Second)}
	s.Settings = part(d.state.settingsProblem())
	s.OK = s.Content.OK && s.Storage.OK && s.Settings.OK
	if d.leases.shared() {
		s.Leases = &LeaseStatus{Part: part(d.state.leasesProblem()), Sending: d.leases.Sending(), Jobs: d.Owns(LeaseJobs), Poll: d.Owns(LeasePoll)}
		s.OK = s.OK && s.Leases.OK
	}
	for name := range d.channels {
		p, ok := known[name]
		if !ok {
			p = Part{OK: true}
		}
		s.OK = s.OK && p.OK
		s.Channels[name] = p
	}
	for name, p := range known { // channels without an outbox only report problems
		if _, listed := s.Channels[name]; !listed && !p.OK {
			s.OK, s.Channels[name] = false, p
		}
	}
	return s
}

// RefuseSettings records why newer keys or secrets are not in use; nil: they are.
func (d *Dispatcher) RefuseSettings(problem error) { d.state.setSettings(problem) }

// damage returns an error if stored conversations could not be decoded. Those people started
// over; an operator must inspect the file.
func (d *Dispatcher) damage() error {
	s, ok := d.store.(DamageReporter)
	if !ok || s.Unreadable() == 0 {
		return nil
	}
	return fmt.Errorf("%d stored conversations could not be read: state.db is damaged", s.Unreadable())
}
