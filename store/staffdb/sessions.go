package staffdb

import (
	"database/sql"
	"time"
)

// Session is an open sign-in. Token is the SHA-256 of the cookie.
type Session struct {
	Token   []byte
	ID      string // identifies the session without revealing the token
	Account string
	Way     string // how the person signed in
	Device  string // for its owner, who recognises it
	Hint    string // what a provider needs to sign out there; empty: nothing
	Began   time.Time
	Used    time.Time
}

const selectSession = "SELECT token, id, account, way, device, hint, began, used FROM session WHERE "

// AddSession adds a session.
func (tx *Tx) AddSession(s Session) error {
	return tx.run("INSERT INTO session (token, id, account, way, device, hint, began, used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		s.Token, s.ID, s.Account, s.Way, s.Device, s.Hint, moment(s.Began), moment(s.Used))
}

// Session returns a session that began and was used after the given times; ok is false if there is none.
func (tx *Tx) Session(token []byte, began, used time.Time) (s Session, ok bool, err error) {
	ok, err = tx.find(selectSession+"token = $1 AND began > $2 AND used > $3", []any{token, moment(began), moment(used)},
		&s.Token, &s.ID, &s.Account, &s.Way, &s.Device, &s.Hint, stamp{&s.Began}, stamp{&s.Used})
	return s, ok, err
}

// Sessions returns the sessions of an account that began and were used after the given times,
// the latest first.
func (tx *Tx) Sessions(account string, began, used time.Time) ([]Session, error) {
	return list(tx, selectSession+"account = $1 AND began > $2 AND used > $3 ORDER BY used DESC, id", []any{account, moment(began), moment(used)},
		func(row *sql.Rows, s *Session) error {
			return row.Scan(&s.Token, &s.ID, &s.Account, &s.Way, &s.Device, &s.Hint, stamp{&s.Began}, stamp{&s.Used})
		})
}

// TouchSession records that a session was used.
func (tx *Tx) TouchSession(token []byte, now time.Time) error {
	return tx.run("UPDATE session SET used = $1 WHERE token = $2", moment(now), token)
}

// EndSession ends one session of an account and reports whether there was one.
func (tx *Tx) EndSession(account, id string) (bool, error) {
	n, err := tx.exec("DELETE FROM session WHERE account = $1 AND id = $2", account, id)
	return n > 0, err
}

// EndSessions ends every session of an account but one; empty: all. It returns how many.
func (tx *Tx) EndSessions(account, but string) (int, error) {
	n, err := tx.exec("DELETE FROM session WHERE account = $1 AND id <> $2", account, but)
	return int(n), err
}

// Expire deletes sessions that did not begin or were not used after the given times, and expired invitations and
// challenges.
func (tx *Tx) Expire(began, used, now time.Time) error {
	if err := tx.run("DELETE FROM session WHERE began <= $1 OR used <= $2", moment(began), moment(used)); err != nil {
		return err
	}
	if err := tx.run("DELETE FROM invitation WHERE expires <= $1", moment(now)); err != nil {
		return err
	}
	return tx.run("DELETE FROM spent WHERE expires <= $1", moment(now))
}

// Spend records that a challenge was answered; ok is false if it was answered before.
func (tx *Tx) Spend(challenge []byte, expires time.Time) (ok bool, err error) {
	n, err := tx.exec("INSERT INTO spent (challenge, expires) VALUES ($1, $2) ON CONFLICT (challenge) DO NOTHING", challenge, moment(expires))
	return n == 1, err
}
