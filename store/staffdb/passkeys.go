package staffdb

import (
	"database/sql"
	"time"
)

// Passkey is a passkey on a person's device.
type Passkey struct {
	ID         []byte
	Account    string
	Name       string // of the device, for its owner
	Credential string // in the encoding of the WebAuthn library
	Created    time.Time
	Used       time.Time // zero: never
}

// AddPasskey adds a passkey.
func (tx *Tx) AddPasskey(p Passkey) error {
	return tx.run("INSERT INTO passkey (id, account, name, credential, created, used) VALUES ($1, $2, $3, $4, $5, $6)",
		p.ID, p.Account, p.Name, p.Credential, moment(p.Created), moment(p.Used))
}

// Passkeys returns the passkeys of an account, the oldest first.
func (tx *Tx) Passkeys(account string) ([]Passkey, error) {
	return list(tx, "SELECT id, account, name, credential, created, used FROM passkey WHERE account = $1 ORDER BY created, id", []any{account},
		func(row *sql.Rows, p *Passkey) error {
			return row.Scan(&p.ID, &p.Account, &p.Name, &p.Credential, stamp{&p.Created}, stamp{&p.Used})
		})
}

// UsedPasskey stores the state of a passkey after a sign-in.
func (tx *Tx) UsedPasskey(id []byte, credential string, now time.Time) error {
	return tx.run("UPDATE passkey SET credential = $1, used = $2 WHERE id = $3", credential, moment(now), id)
}

// DeletePasskey deletes a passkey of an account and reports whether there was one.
func (tx *Tx) DeletePasskey(account string, id []byte) (bool, error) {
	n, err := tx.exec("DELETE FROM passkey WHERE account = $1 AND id = $2", account, id)
	return n > 0, err
}
