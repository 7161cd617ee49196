package staffdb

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Entry is a line of the audit trail.
type Entry struct {
	Seq    int64 // 1, 2, 3 …; set by Record
	When   time.Time
	Who    string // id of an account, "shared" or "command line"; never a name
	What   string // a short constant, such as "partner paused"
	About  string // id of the object; empty: none
	Detail string // values before and after, in few words; never a secret
	Hash   []byte // of this entry and the hash before it; set by Record
}

// CommandLine is the acting user of the command line: anyone who can read the data folder.
const CommandLine = "command line"

// Record adds an entry, in the transaction of what it records.
func (tx *Tx) Record(e Entry) error {
	var before []byte
	if _, err := tx.find("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", nil, &e.Seq, &before); err != nil {
		return err
	}
	e.Seq++
	e.When = time.UnixMilli(e.When.UnixMilli()).UTC()
	e.Hash = e.chain(before)
	tx.recorded = append(tx.recorded, e)
	return tx.run("INSERT INTO audit (seq, at, who, what, about, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		e.Seq, moment(e.When), e.Who, e.What, e.About, e.Detail, e.Hash)
}

// chain returns the SHA-256 of the previous hash and every field of the entry, each with its length, so
// that the encoding is unambiguous.
func (e Entry) chain(before []byte) []byte {
	var b []byte
	for _, field := range [][]byte{before, binary.BigEndian.AppendUint64(nil, uint64(e.Seq)), binary.BigEndian.AppendUint64(nil, uint64(moment(e.When))),
		[]byte(e.Who), []byte(e.What), []byte(e.About), []byte(e.Detail)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
		b = append(b, field...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// Filter selects entries; an empty field matches all.
type Filter struct {
	Who, What, About string
	From, Until      time.Time // Until is excluded
	Before           int64     // only entries with a lower number; 0: all
	Limit            int       // the latest Limit entries; 0: all
}

// Audit returns entries, the latest first.
func (tx *Tx) Audit(f Filter) ([]Entry, error) {
	query := "SELECT seq, at, who, what, about, detail, hash FROM audit WHERE ($1 = '' OR who = $1) AND ($2 = '' OR what = $2) AND ($3 = '' OR about = $3)" +
		" AND at >= $4 AND (at < $5 OR $5 = 0) AND (seq < $6 OR $6 = 0) ORDER BY seq DESC"
	args := []any{f.Who, f.What, f.About, moment(f.From), moment(f.Until), f.Before}
	if f.Limit > 0 {
		query += " LIMIT $7"
		args = append(args, f.Limit)
	}
	return list(tx, query, args, scanEntry)
}

func scanEntry(row *sql.Rows, e *Entry) error {
	return row.Scan(&e.Seq, stamp{&e.When}, &e.Who, &e.What, &e.About, &e.Detail, &e.Hash)
}

// Kinds returns every What that was recorded, in alphabetical order.
func (tx *Tx) Kinds() ([]string, error) {
	return list(tx, "SELECT DISTINCT what FROM audit ORDER BY what", nil, func(row *sql.Rows, what *string) error { return row.Scan(what) })
}

// ErrBroken is the error of an audit trail that was changed afterwards.
var ErrBroken = errors.New("the audit trail was changed")

// Chain is the state of an intact chain.
type Chain struct {
	Entries int64
	Head    []byte // the hash of the latest entry; nil: there is none
}

// VerifyAudit reads the audit trail from the start and returns its head. The error is ErrBroken with the
// first entry that was changed. It cannot detect that entries were removed at the end; comparing with an
// earlier head can.
func (tx *Tx) VerifyAudit() (c Chain, err error) {
	rows, err := tx.tx.QueryContext(tx.ctx, "SELECT seq, at, who, what, about, detail, hash FROM audit ORDER BY seq")
	if err != nil {
		return c, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		if err := scanEntry(rows, &e); err != nil {
			return c, err
		}
		if e.Seq != c.Entries+1 || !bytes.Equal(e.Hash, e.chain(c.Head)) {
			return c, fmt.Errorf("%w at entry %d", ErrBroken, c.Entries+1)
		}
		c = Chain{e.Seq, e.Hash}
	}
	return c, rows.Err()
}
