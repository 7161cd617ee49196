package staffdb

import (
	"database/sql"
	"time"
)

// Invitation is a one-time link for an account. Token is the SHA-256 of the token in the link.
type Invitation struct {
	Token   []byte
	Account string
	Expires time.Time
}

// AddInvitation adds an invitation; earlier ones of the account become invalid.
func (tx *Tx) AddInvitation(i Invitation) error {
	if err := tx.DeleteInvitations(i.Account); err != nil {
		return err
	}
	return tx.run("INSERT INTO invitation (token, account, expires) VALUES ($1, $2, $3)", i.Token, i.Account, moment(i.Expires))
}

// Invitation returns an invitation that has not expired; ok is false if there is none.
func (tx *Tx) Invitation(token []byte, now time.Time) (i Invitation, ok bool, err error) {
	ok, err = tx.find("SELECT token, account, expires FROM invitation WHERE token = $1 AND expires > $2", []any{token, moment(now)},
		&i.Token, &i.Account, stamp{&i.Expires})
	return i, ok, err
}

// Invitations returns those that have not expired.
func (tx *Tx) Invitations(now time.Time) ([]Invitation, error) {
	return list(tx, "SELECT token, account, expires FROM invitation WHERE expires > $1 ORDER BY expires", []any{moment(now)},
		func(row *sql.Rows, i *Invitation) error { return row.Scan(&i.Token, &i.Account, stamp{&i.Expires}) })
}

// DeleteInvitations deletes the invitations of an account.
func (tx *Tx) DeleteInvitations(account string) error {
	return tx.run("DELETE FROM invitation WHERE account = $1", account)
}
