package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/store/staffdb"
)

// ErrSpent is the error for a challenge that was already answered.
var ErrSpent = errors.New("the challenge was answered before")

// ErrNoInvitation is the error for a link that is unknown, used or expired; it deliberately does not
// distinguish these.
var ErrNoInvitation = errors.New("the invitation does not work any more")

// ErrLastPasskey is the error for removing the only passkey.
var ErrLastPasskey = errors.New("without a passkey the person could not get in any more")

// Keyholder is an account with its passkeys.
type Keyholder struct {
	staffdb.Account
	Keys []staffdb.Passkey
}

// Invitee returns who an invitation is for.
func (s *Service) Invitee(ctx context.Context, token string) (k Keyholder, err error) {
	err = s.db.View(ctx, func(tx *staffdb.Tx) error {
		i, ok, err := tx.Invitation(Hash(token), s.clock.Now())
		if err != nil || !ok {
			return errors.Join(err, ErrNoInvitation)
		}
		if k.Account, err = tx.Account(i.Account); err != nil {
			return err
		}
		k.Keys, err = tx.Passkeys(i.Account)
		return err
	})
	return k, err
}

// Keyholder returns a person with their passkeys, by id or, where that is empty, by user handle.
func (s *Service) Keyholder(ctx context.Context, id string, handle []byte) (k Keyholder, err error) {
	err = s.db.View(ctx, func(tx *staffdb.Tx) (err error) {
		if id != "" {
			k.Account, err = account(tx, id)
		} else {
			k.Account, err = tx.AccountOfHandle(handle)
		}
		if err != nil {
			return err
		}
		k.Keys, err = tx.Passkeys(k.Account.ID)
		return err
	})
	return k, err
}

// Answer is a verified answer to a challenge of a passkey.
type Answer struct {
	Challenge []byte
	Expires   time.Time // of the challenge
	Key       staffdb.Passkey
	Device    string
}

// Accept uses up an invitation: the passkey replaces earlier ones, and the person is signed in.
func (s *Service) Accept(ctx context.Context, token string, a Answer) (session string, err error) {
	err = s.db.Update(ctx, func(tx *staffdb.Tx) error {
		i, ok, err := tx.Invitation(Hash(token), s.clock.Now())
		if err != nil || !ok {
			return errors.Join(err, ErrNoInvitation)
		}
		if err := s.addKey(tx, i.Account, a); err != nil {
			return err
		}
		if err := tx.DeleteInvitations(i.Account); err != nil {
			return err
		}
		before, err := tx.Passkeys(i.Account)
		if err != nil {
			return err
		}
		for _, old := range before {
			if slices.Equal(old.ID, a.Key.ID) {
				continue
			}
			if _, err := tx.DeletePasskey(i.Account, old.ID); err != nil {
				return err
			}
		}
		if _, err := tx.EndSessions(i.Account, ""); err != nil {
			return err
		}
		if err := tx.Record(staffdb.Entry{When: s.clock.Now(), Who: i.Account, What: Accepted, About: i.Account}); err != nil {
			return err
		}
		session, err = s.begin(tx, i.Account, ByPasskey, a.Device, "")
		return err
	})
	return session, err
}

func (s *Service) addKey(tx *staffdb.Tx, account string, a Answer) error {
	if err := spend(tx, a); err != nil {
		return err
	}
	key := a.Key
	key.Account, key.Created = account, s.clock.Now()
	return tx.AddPasskey(key)
}

func spend(tx *staffdb.Tx, a Answer) error {
	ok, err := tx.Spend(Hash(string(a.Challenge)), a.Expires)
	if err == nil && !ok {
		err = ErrSpent
	}
	return err
}

// AddPasskey adds a passkey to a person's own account.
func (s *Service) AddPasskey(ctx context.Context, id string, a Answer) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		if _, err := account(tx, id); err != nil {
			return err
		}
		if err := s.addKey(tx, id, a); err != nil {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: id, What: PasskeyAdded, About: id})
	})
}

// RemovePasskey removes one of a person's own passkeys, and ends their other sessions.
func (s *Service) RemovePasskey(ctx context.Context, session Session, key []byte) error {
	id := session.Person.ID
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		keys, err := tx.Passkeys(id)
		if err != nil {
			return err
		}
		if len(keys) < 2 {
			return ErrLastPasskey
		}
		removed, err := tx.DeletePasskey(id, key)
		if err != nil || !removed {
			return err
		}
		if _, err := tx.EndSessions(id, session.ID); err != nil {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: id, What: PasskeyRemoved, About: id})
	})
}

// SignIn opens a session for the holder of a passkey.
func (s *Service) SignIn(ctx context.Context, id string, a Answer) (session string, p staff.Person, err error) {
	err = s.db.Update(ctx, func(tx *staffdb.Tx) error {
		holder, err := account(tx, id)
		if err != nil {
			return err
		}
		if err := spend(tx, a); err != nil {
			return err
		}
		if err := tx.UsedPasskey(a.Key.ID, a.Key.Credential, s.clock.Now()); err != nil {
			return err
		}
		p = PersonOf(holder)
		session, err = s.begin(tx, id, ByPasskey, a.Device, "")
		return err
	})
	return session, p, err
}

// Copied records that a passkey was refused because a copy of it seems to exist.
func (s *Service) Copied(ctx context.Context, id string) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: id, What: SignInRefused, About: id, Detail: "copied passkey"})
	})
}
