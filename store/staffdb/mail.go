package staffdb

import (
	"database/sql"
	"time"
)

// Mail is an address to which figures are sent.
type Mail struct {
	Account   string
	ID        string // random
	Address   string
	Lang      string
	Asked     time.Time
	Confirmed time.Time // zero: not yet
	Sending
}

// Sending is the state of the mail to an address.
type Sending struct {
	Week    string    // ISO week of the last figures that were sent, or that were too old to send
	Tries   int       // that failed since
	Next    time.Time // not before; zero: at any time
	Problem string    // the last answer of the server; empty: none
	Refused bool      // the server permanently rejects the address
}

// SetMail stores an address, replacing the earlier one of the account.
func (tx *Tx) SetMail(m Mail) error {
	if err := tx.run("DELETE FROM mail WHERE account = $1", m.Account); err != nil {
		return err
	}
	return tx.run("INSERT INTO mail (account, id, address, lang, asked, confirmed, week, tries, next, problem, refused) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		m.Account, m.ID, m.Address, m.Lang, moment(m.Asked), moment(m.Confirmed), m.Week, m.Tries, moment(m.Next), m.Problem, number(m.Refused))
}

// Mails returns all addresses, in the order of subscription.
func (tx *Tx) Mails() ([]Mail, error) {
	return list(tx, "SELECT account, id, address, lang, asked, confirmed, week, tries, next, problem, refused FROM mail ORDER BY asked, id", nil,
		func(row *sql.Rows, m *Mail) error {
			refused := 0
			err := row.Scan(&m.Account, &m.ID, &m.Address, &m.Lang, stamp{&m.Asked}, stamp{&m.Confirmed}, &m.Week, &m.Tries, stamp{&m.Next}, &m.Problem, &refused)
			m.Refused = refused != 0
			return err
		})
}

// ConfirmMail records that an address was confirmed by its mail, with the week after which figures are sent;
// account is empty if the address is gone or was confirmed before.
func (tx *Tx) ConfirmMail(id string, now time.Time, week string) (account string, err error) {
	found, err := tx.find("SELECT account FROM mail WHERE id = $1 AND confirmed = 0", []any{id}, &account)
	if err != nil || !found {
		return "", err
	}
	return account, tx.run("UPDATE mail SET confirmed = $1, week = $2 WHERE id = $3", moment(now), week, id)
}

// SetSending records the result of a mail to an address, if that still exists.
func (tx *Tx) SetSending(id string, s Sending) error {
	return tx.run("UPDATE mail SET week = $1, tries = $2, next = $3, problem = $4, refused = $5 WHERE id = $6",
		s.Week, s.Tries, moment(s.Next), s.Problem, number(s.Refused), id)
}

// DeleteMail deletes an address; account is empty if it did not exist.
func (tx *Tx) DeleteMail(id string) (account string, err error) {
	if _, err := tx.find("SELECT account FROM mail WHERE id = $1", []any{id}, &account); err != nil {
		return "", err
	}
	return account, tx.run("DELETE FROM mail WHERE id = $1", id)
}

// number returns 1 for true and 0 for false.
func number(is bool) int {
	if is {
		return 1
	}
	return 0
}
