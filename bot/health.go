package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Status is how the desk is doing. It tells nothing about any person.
type Status struct {
	OK       bool          `json:"ok"` // all parts are
	Content  ContentStatus `json:"content"`
	Storage  Part          `json:"storage"`
	Telegram *Part         `json:"telegram,omitempty"` // nil: not in use
	Outbox   OutboxStatus  `json:"outbox"`
	Staged   int           `json:"staged"` // finished conversations not yet handed over to the figures
}

// Part is the health of one part.
type Part struct {
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"` // for the operator, English
}

// ContentStatus is the health of the content: not OK when newer content was refused.
type ContentStatus struct {
	Version string `json:"version"`
	Part
}

// OutboxStatus tells of the messages not yet delivered.
type OutboxStatus struct {
	Waiting       int   `json:"waiting"`        // messages
	OldestSeconds int64 `json:"oldest_seconds"` // age of the oldest
}

// Health tells how the desk is doing. It asks the storage.
func (d *Dispatcher) Health(ctx context.Context) Status {
	var s Status
	var channels map[string]Part
	s.Content, s.Storage, channels = d.state.parts()
	staged, unsent, oldest, err := d.Store.Waiting(ctx, d.Clock.Now())
	if err == nil && s.Storage.OK {
		err = d.damage()
	}
	if err != nil {
		s.Storage = part(err)
	}
	s.Staged = staged
	s.Outbox = OutboxStatus{Waiting: unsent, OldestSeconds: int64(oldest / time.Second)}
	s.OK = s.Content.OK && s.Storage.OK
	for name := range d.channels {
		p, known := channels[name]
		if !known {
			p = Part{OK: true}
		}
		s.OK = s.OK && p.OK
		if name == "telegram" {
			s.Telegram = &p
		}
	}
	return s
}

// damage says that stored conversations could not be read, where the store can tell by a
// method Unreadable() int. People went on from the beginning; someone must look at the file.
func (d *Dispatcher) damage() error {
	s, tells := d.Store.(interface{ Unreadable() int })
	if !tells || s.Unreadable() == 0 {
		return nil
	}
	return fmt.Errorf("%d stored conversations could not be read: state.db is damaged", s.Unreadable())
}

// HealthHandler answers with the Status as JSON: 200 when all is well, 503 when not.
func (d *Dispatcher) HealthHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		status := d.Health(ctx)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !status.OK {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(status) // the asker may be gone
	})
}
