package people

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/store/staffdb"
)

// Bounds of sessions, as required by OWASP ASVS 5.0 (7.3.1, 7.3.2).
const (
	SessionIdle = 30 * time.Minute // without a request
	SessionAge  = 8 * time.Hour    // since the sign-in: a working day
	// FreshAge is how long after a sign-in a person may change their own passkeys (7.5.1).
	FreshAge = 15 * time.Minute
)

// touchAfter is how old the recorded time of the latest request may be: it is not written on every request.
const touchAfter = time.Minute

// maxSessions is how many sessions one person may have; the longest idle one ends.
const maxSessions = 10

// The ways to sign in.
const (
	ByPasskey = "passkey"
	ByOIDC    = "oidc"
)

// Session is an open sign-in.
type Session struct {
	staff.Person
	ID    string // of the session
	Began time.Time
	Way   string // ByPasskey or ByOIDC
	Hint  string // what a provider needs to sign out there
}

// Fresh reports whether the person signed in recently.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.Began) < FreshAge }

// begin opens a session and returns the content of its cookie.
func (s *Service) begin(tx *staffdb.Tx, account, way, device, hint string) (token string, err error) {
	now := s.clock.Now()
	if err := tx.Expire(now.Add(-SessionAge), now.Add(-SessionIdle), now); err != nil {
		return "", err
	}
	open, err := tx.Sessions(account, time.Time{}, time.Time{})
	if err != nil {
		return "", err
	}
	for i := maxSessions - 1; i < len(open); i++ { // the latest come first
		if _, err := tx.EndSession(account, open[i].ID); err != nil {
			return "", err
		}
	}
	token = rand.Text()
	err = tx.AddSession(staffdb.Session{Token: Hash(token), ID: rand.Text(), Account: account, Way: way, Device: device, Hint: hint, Began: now, Used: now})
	if err != nil {
		return "", err
	}
	if err := tx.SignedIn(account, now); err != nil {
		return "", err
	}
	return token, tx.Record(staffdb.Entry{When: now, Who: account, What: SignedIn, About: account, Detail: way})
}

// Session returns the session of a cookie; ok is false if there is none, or it is over.
func (s *Service) Session(ctx context.Context, token string) (session Session, ok bool, err error) {
	now := s.clock.Now()
	var stored staffdb.Session
	err = s.db.View(ctx, func(tx *staffdb.Tx) (err error) {
		if stored, ok, err = tx.Session(Hash(token), now.Add(-SessionAge), now.Add(-SessionIdle)); err != nil || !ok {
			return err
		}
		a, err := tx.Account(stored.Account)
		if errors.Is(err, staffdb.ErrNoAccount) {
			ok = false
			return nil
		}
		session = Session{Person: PersonOf(a), ID: stored.ID, Began: stored.Began, Way: stored.Way, Hint: stored.Hint}
		return err
	})
	if err != nil || !ok || now.Sub(stored.Used) < touchAfter {
		return session, ok && err == nil, err
	}
	err = s.db.Update(ctx, func(tx *staffdb.Tx) error { return tx.TouchSession(stored.Token, now) })
	return session, err == nil, err
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, session Session) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		ended, err := tx.EndSession(session.Person.ID, session.ID)
		if err != nil || !ended {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: session.Person.ID, What: SignedOut, About: session.Person.ID})
	})
}

// Open returns the open sessions of a person, the latest first.
func (s *Service) Open(ctx context.Context, id string) (all []staffdb.Session, err error) {
	now := s.clock.Now()
	err = s.db.View(ctx, func(tx *staffdb.Tx) error {
		all, err = tx.Sessions(id, now.Add(-SessionAge), now.Add(-SessionIdle))
		return err
	})
	return all, err
}

// EndSession ends one session of a person.
func (s *Service) EndSession(ctx context.Context, by, id, session string) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		ended, err := tx.EndSession(id, session)
		if err != nil || !ended {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: by, What: SessionsEnded, About: id, Detail: "1"})
	})
}

// EndSessions ends every session of a person but one; empty: all.
func (s *Service) EndSessions(ctx context.Context, by, id, but string) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		if _, err := account(tx, id); err != nil {
			return err
		}
		n, err := tx.EndSessions(id, but)
		if err != nil || n == 0 {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: by, What: SessionsEnded, About: id, Detail: strconv.Itoa(n)})
	})
}

// External is a person authenticated by a provider.
type External struct {
	Issuer, Subject string
	Name            string
	Roles           []staff.Role
	Hint            string // the provider's token, to sign out there
}

// SignInExternal opens a session for a person authenticated by a provider, and adds the account the first
// time. a.Challenge is the returned state. The roles are those that the provider states now; if they differ
// from the stored ones, earlier sessions end.
func (s *Service) SignInExternal(ctx context.Context, who External, a Answer) (token string, p staff.Person, err error) {
	if err := checkRoles(who.Roles); err != nil {
		return "", p, err
	}
	name, err := cleanName(who.Name)
	if err != nil {
		name = who.Subject
	}
	err = s.db.Update(ctx, func(tx *staffdb.Tx) error {
		if err := spend(tx, a); err != nil {
			return err
		}
		account, err := s.external(tx, who, name)
		if err != nil {
			return err
		}
		p = PersonOf(account)
		token, err = s.begin(tx, account.ID, ByOIDC, a.Device, who.Hint)
		return err
	})
	return token, p, err
}

// external returns the account of a person at a provider, with their current roles.
func (s *Service) external(tx *staffdb.Tx, who External, name string) (staffdb.Account, error) {
	now, want := s.clock.Now(), texts(who.Roles)
	a, err := tx.AccountOfIdentity(who.Issuer, who.Subject)
	if errors.Is(err, staffdb.ErrNoAccount) {
		if a, err = tx.AddAccount(name, want, now); err != nil {
			return a, err
		}
		return a, tx.AddIdentity(who.Issuer, who.Subject, a.ID)
	}
	if err != nil {
		return a, err
	}
	if a.Name != name {
		a.Name = name
		if err := tx.Rename(a.ID, name); err != nil {
			return a, err
		}
	}
	before := strings.Join(a.Roles, ", ")
	if a.Roles = want; before == strings.Join(slices.Sorted(slices.Values(want)), ", ") {
		return a, nil
	}
	if err := tx.SetRoles(a.ID, want); err != nil {
		return a, err
	}
	if _, err := tx.EndSessions(a.ID, ""); err != nil {
		return a, err
	}
	return a, tx.Record(staffdb.Entry{When: now, Who: a.ID, What: RolesChanged, About: a.ID, Detail: before + " -> " + strings.Join(want, ", ")})
}
