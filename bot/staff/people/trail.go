package people

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"digiwijzer/bot/report"
	"digiwijzer/store/staffdb"
)

// The formats of an exported audit trail.
const (
	CSV  = "csv"
	JSON = "json" // a JSON object per line
)

// Audit returns entries of the audit trail, the latest first, and every kind of entry in it.
func (s *Service) Audit(ctx context.Context, f staffdb.Filter) (entries []staffdb.Entry, kinds []string, err error) {
	err = s.db.View(ctx, func(tx *staffdb.Tx) error {
		if entries, err = tx.Audit(f); err != nil {
			return err
		}
		kinds, err = tx.Kinds()
		return err
	})
	return entries, kinds, err
}

// Verify checks the hash chain of the audit trail; see staffdb.Tx.VerifyAudit.
func (s *Service) Verify(ctx context.Context) (c staffdb.Chain, err error) {
	err = s.db.View(ctx, func(tx *staffdb.Tx) error {
		c, err = tx.VerifyAudit()
		return err
	})
	return c, err
}

// Exported records that somebody exported the audit trail.
func (s *Service) Exported(ctx context.Context, by, form string, n int) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: by, What: AuditExported, Detail: form + ", " + strconv.Itoa(n)})
	})
}

// WriteAudit writes entries as CSV or as JSON lines. It names people by id only.
func WriteAudit(w io.Writer, form string, entries []staffdb.Entry) error {
	if form == JSON {
		return writeLines(w, entries)
	}
	table := csv.NewWriter(w)
	if err := table.Write([]string{"seq", "when", "who", "what", "about", "detail", "hash"}); err != nil {
		return err
	}
	for _, e := range entries {
		row := []string{strconv.FormatInt(e.Seq, 10), e.When.Format(time.RFC3339Nano), e.Who, e.What, report.PlainText(e.About), report.PlainText(e.Detail), hex.EncodeToString(e.Hash)}
		if err := table.Write(row); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

func writeLines(w io.Writer, entries []staffdb.Entry) error {
	lines := json.NewEncoder(w)
	for _, e := range entries {
		line := struct {
			Seq    int64     `json:"seq"`
			When   time.Time `json:"when"`
			Who    string    `json:"who"`
			What   string    `json:"what"`
			About  string    `json:"about"`
			Detail string    `json:"detail"`
			Hash   string    `json:"hash"`
		}{e.Seq, e.When, e.Who, e.What, e.About, e.Detail, hex.EncodeToString(e.Hash)}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
