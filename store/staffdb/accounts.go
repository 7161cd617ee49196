package staffdb

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// ErrNoAccount is the error for an account that does not exist or was deleted.
var ErrNoAccount = errors.New("no such account")

// handleSize is the size of the user handle of passkeys, the maximum that WebAuthn recommends.
const handleSize = 64

// Account is a person who may sign in.
type Account struct {
	ID      string
	Name    string
	Handle  []byte // user handle of passkeys
	Roles   []string
	Created time.Time
	Seen    time.Time // the latest sign-in; zero: never
}

// AddAccount adds an account with a random id.
func (tx *Tx) AddAccount(name string, roles []string, now time.Time) (Account, error) {
	a := Account{ID: rand.Text(), Name: name, Handle: make([]byte, handleSize), Created: now}
	rand.Read(a.Handle) // never fails
	err := tx.run("INSERT INTO account (id, name, handle, created, seen, deleted) VALUES ($1, $2, $3, $4, 0, 0)",
		a.ID, a.Name, a.Handle, moment(now))
	if err != nil {
		return a, err
	}
	a.Roles = roles
	return a, tx.SetRoles(a.ID, roles)
}

// SetRoles replaces the roles of an account.
func (tx *Tx) SetRoles(account string, roles []string) error {
	if err := tx.run("DELETE FROM account_role WHERE account = $1", account); err != nil {
		return err
	}
	for _, role := range slices.Compact(slices.Sorted(slices.Values(roles))) {
		if err := tx.run("INSERT INTO account_role (account, role) VALUES ($1, $2)", account, role); err != nil {
			return err
		}
	}
	return nil
}

// Rename replaces the name of an account.
func (tx *Tx) Rename(account, name string) error {
	return tx.run("UPDATE account SET name = $1 WHERE id = $2 AND deleted = 0", name, account)
}

// SignedIn records a sign-in.
func (tx *Tx) SignedIn(account string, now time.Time) error {
	return tx.run("UPDATE account SET seen = $1 WHERE id = $2", moment(now), account)
}

// DeleteAccount deletes a person: name, roles, passkeys, identities, invitations,
// sessions, mail address and draft. The id stays, because the audit trail names it.
func (tx *Tx) DeleteAccount(account string, now time.Time) error {
	for _, table := range []string{"account_role", "identity", "passkey", "invitation", "session", "mail"} {
		if err := tx.run("DELETE FROM "+table+" WHERE account = $1", account); err != nil {
			return err
		}
	}
	if err := (editions{tx}).DeleteDraft(account); err != nil {
		return err
	}
	handle := make([]byte, handleSize)
	rand.Read(handle) // never fails; the old one is still in the person's passkeys
	return tx.run("UPDATE account SET name = '', handle = $1, deleted = $2 WHERE id = $3", handle, moment(now), account)
}

const selectAccount = "SELECT id, name, handle, created, seen FROM account WHERE deleted = 0"

// Account returns an account; ErrNoAccount if there is none.
func (tx *Tx) Account(id string) (Account, error) { return tx.account(" AND id = $1", id) }

// AccountOfHandle returns the account with a user handle of passkeys.
func (tx *Tx) AccountOfHandle(handle []byte) (Account, error) {
	return tx.account(" AND handle = $1", handle)
}

// AccountOfIdentity returns the account of a person at a provider.
func (tx *Tx) AccountOfIdentity(issuer, subject string) (Account, error) {
	return tx.account(" AND id = (SELECT account FROM identity WHERE issuer = $1 AND subject = $2)", issuer, subject)
}

func (tx *Tx) account(where string, args ...any) (a Account, err error) {
	found, err := tx.find(selectAccount+where, args, &a.ID, &a.Name, &a.Handle, stamp{&a.Created}, stamp{&a.Seen})
	if err != nil {
		return a, err
	}
	if !found {
		return a, ErrNoAccount
	}
	a.Roles, err = tx.roles(a.ID)
	return a, err
}

func (tx *Tx) roles(account string) ([]string, error) {
	return list(tx, "SELECT role FROM account_role WHERE account = $1 ORDER BY role", []any{account},
		func(row *sql.Rows, role *string) error { return row.Scan(role) })
}

// Accounts returns all accounts, by name.
func (tx *Tx) Accounts() ([]Account, error) {
	all, err := list(tx, selectAccount+" ORDER BY name, id", nil, func(row *sql.Rows, a *Account) error {
		return row.Scan(&a.ID, &a.Name, &a.Handle, stamp{&a.Created}, stamp{&a.Seen})
	})
	for i := range all {
		if err == nil {
			all[i].Roles, err = tx.roles(all[i].ID)
		}
	}
	return all, err
}

// AddIdentity links a person at a provider to an account.
func (tx *Tx) AddIdentity(issuer, subject, account string) error {
	return tx.run("INSERT INTO identity (issuer, subject, account) VALUES ($1, $2, $3)", issuer, subject, account)
}

// HasIdentity reports whether an account signs in at a provider.
func (tx *Tx) HasIdentity(account string) (bool, error) {
	n := 0
	_, err := tx.find("SELECT count(*) FROM identity WHERE account = $1", []any{account}, &n)
	return n > 0, err
}
