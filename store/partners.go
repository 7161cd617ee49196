package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"digiwijzer/flows"
)

// PartnerState is what is decided about a partner, wherever that itself is kept.
type PartnerState struct {
	Paused  bool
	Version int    // of the address of its own figures; 0: it has none yet
	Since   string // ISO week from which that address works; empty: it does not
}

// Partners is what is kept of partners: those of the data folder, by code, and the
// state of these and of those in files.
type Partners struct {
	List   []flows.Partner
	States map[string]PartnerState
}

// ReadPartners reads what is kept of partners in dir, while another process may be
// writing. Where there is no data, there are none.
func ReadPartners(ctx context.Context, dir string) (Partners, error) {
	f, err := openToRead(ctx, dir, statsFile, reading)
	if errors.Is(err, fs.ErrNotExist) {
		return Partners{}, nil
	}
	if err != nil {
		return Partners{}, err
	}
	defer f.Close()
	return partnersIn(ctx, f)
}

// Partners reads what is kept of partners.
func (s *Store) Partners(ctx context.Context) (Partners, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return partnersIn(ctx, s.stats)
}

func partnersIn(ctx context.Context, f *file) (p Partners, err error) {
	rows, err := f.conn.QueryContext(ctx, "SELECT code, label, kind, place, lang FROM partner ORDER BY code")
	if err != nil {
		return p, trouble("reading partners", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one flows.Partner
		if err := rows.Scan(&one.Code, &one.Name, &one.Kind, &one.Municipality, &one.Lang); err != nil {
			return p, trouble("reading partners", err)
		}
		p.List = append(p.List, one)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return p, trouble("reading partners", err)
	}
	p.States, err = partnerStates(ctx, f)
	return p, err
}

func partnerStates(ctx context.Context, f *file) (map[string]PartnerState, error) {
	rows, err := f.conn.QueryContext(ctx, "SELECT code, paused, version, since FROM partner_state")
	if err != nil {
		return nil, trouble("reading partners", err)
	}
	defer rows.Close()
	states := map[string]PartnerState{}
	for rows.Next() {
		var code string
		var s PartnerState
		if err := rows.Scan(&code, &s.Paused, &s.Version, &s.Since); err != nil {
			return nil, trouble("reading partners", err)
		}
		states[code] = s
	}
	return states, trouble("reading partners", rows.Err())
}

// PartnerBook changes what is kept of partners, while serve may be running.
type PartnerBook struct {
	stats *file
	lock  *os.File // held only where the file had to be made or brought up to date
}

// OpenPartnerBook opens the data in dir, making it if need be.
func OpenPartnerBook(ctx context.Context, dir string) (*PartnerBook, error) {
	b := &PartnerBook{}
	ready, err := isReady(ctx, dir)
	if err != nil {
		return nil, err
	}
	if !ready {
		if b.lock, err = lockFolder(dir); err != nil {
			return nil, err
		}
	}
	if b.stats, err = openSound(ctx, dir, statsFile, "put a backup back with: digiwijzer restore FILE"); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// isReady tells whether the file is there and of this version, so that it needs no
// change that a running serve must not see.
func isReady(ctx context.Context, dir string) (bool, error) {
	if _, err := os.Stat(filepath.Join(dir, statsFile)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := openFile(ctx, dir, statsFile, copying)
	if err != nil {
		return false, err
	}
	defer f.Close()
	have, err := f.version(ctx)
	return have == schemaVersion, err
}

// Close lets go of the file.
func (b *PartnerBook) Close() error {
	err := b.stats.Close()
	if b.lock != nil {
		err = errors.Join(err, b.lock.Close())
	}
	return err
}

// Put adds a partner, or changes all but the code of one that is there.
func (b *PartnerBook) Put(ctx context.Context, p flows.Partner) error {
	return b.write(ctx, `INSERT INTO partner (code, label, kind, place, lang) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET label = excluded.label, kind = excluded.kind, place = excluded.place, lang = excluded.lang`,
		p.Code, p.Name, p.Kind, p.Municipality, p.Lang)
}

// Pause pauses a partner, or ends its pause.
func (b *PartnerBook) Pause(ctx context.Context, code string, paused bool) error {
	return b.write(ctx, `INSERT INTO partner_state (code, paused) VALUES (?, ?)
		ON CONFLICT (code) DO UPDATE SET paused = excluded.paused`, code, paused)
}

// Renew gives the figures of a partner a new address, which makes every earlier one
// worthless. week is the ISO week of now.
func (b *PartnerBook) Renew(ctx context.Context, code, week string) error {
	return b.write(ctx, `INSERT INTO partner_state (code, version, since) VALUES (?, 1, ?)
		ON CONFLICT (code) DO UPDATE SET version = version + 1, since = excluded.since`, code, week)
}

// Read gives what is kept.
func (b *PartnerBook) Read(ctx context.Context) (Partners, error) { return partnersIn(ctx, b.stats) }

func (b *PartnerBook) write(ctx context.Context, query string, args ...any) error {
	return b.stats.within(ctx, func() error {
		_, err := b.stats.conn.ExecContext(ctx, query, args...)
		return trouble("keeping a partner", err)
	})
}
