package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"digiwijzer/bot"
	"digiwijzer/bot/mail"
	"digiwijzer/bot/staff"
	"digiwijzer/store/staffdb"
)

// mailServer returns the server that sends mail; ok is false if there is none.
func (b Base) mailServer() (server mail.Server, ok bool, err error) {
	address, err := b.Settings.MailServer()
	if err != nil || address.Empty() {
		return server, false, err
	}
	server, err = mail.ParseServer(address)
	switch {
	case err != nil:
		err = b.badSetting("DIGIWIJZER_SMTP_URL", "cli.bad.smtp_url")
	case b.Settings.MailFrom == nil:
		err = b.badSetting("DIGIWIJZER_MAIL_FROM", "cli.bad.mail_from_missing")
	case b.Settings.PublicURL == "":
		err = b.badSetting("DIGIWIJZER_PUBLIC_URL", "cli.bad.mail_nowhere")
	}
	return server, err == nil, err
}

// openMail sets up the Monday mail, if there is a server for it.
func (s *Service) openMail(key []byte) error {
	server, ok, err := s.mailServer()
	if err != nil || !ok || s.demo {
		return err
	}
	s.post = mail.New(mail.Options{
		Server:    server,
		From:      *s.Settings.MailFrom,
		PublicURL: s.Settings.PublicURL,
		Owner:     s.owner.Name,
		Store:     mailBook{s.staffDB, s.Clock.Now},
		Pages:     s.staff,
		Texts:     s.texts,
		MayRead:   s.maySeeFigures,
		Owns:      func() bool { return s.dispatcher.Owns(bot.LeaseJobs) },
		Key:       key,
		Clock:     s.Clock,
		Log:       s.log,
		Report:    func(problem error) { s.dispatcher.Report("mail", "server", problem) },
	})
	return nil
}

// maySeeFigures reports whether an account exists and may see figures.
func (s *Service) maySeeFigures(ctx context.Context, account string) (may bool, err error) {
	err = s.staffDB.View(ctx, func(tx *staffdb.Tx) error {
		a, err := tx.Account(account)
		if errors.Is(err, staffdb.ErrNoAccount) {
			return nil
		}
		may = personOf(a).May(staff.SeeFigures)
		return err
	})
	return may, err
}

// mailBook stores the subscriptions to the Monday mail in the data of the staff.
type mailBook struct {
	db  *staffdb.DB
	now func() time.Time
}

var _ mail.Store = mailBook{}

// Subscriptions implements mail.Store.
func (b mailBook) Subscriptions(ctx context.Context) (all []mail.Subscription, err error) {
	err = b.db.View(ctx, func(tx *staffdb.Tx) error {
		rows, err := tx.Mails()
		for _, m := range rows {
			all = append(all, mail.Subscription{ID: m.ID, Account: m.Account, Address: m.Address, Lang: m.Lang, Asked: m.Asked, Confirmed: m.Confirmed,
				Delivery: mail.Delivery(m.Sending)})
		}
		return err
	})
	return all, err
}

// Subscribe implements mail.Store.
func (b mailBook) Subscribe(ctx context.Context, s mail.Subscription) error {
	return b.db.Update(ctx, func(tx *staffdb.Tx) error {
		err := tx.SetMail(staffdb.Mail{ID: s.ID, Account: s.Account, Address: s.Address, Lang: s.Lang, Asked: s.Asked, Confirmed: s.Confirmed,
			Sending: staffdb.Sending(s.Delivery)})
		return errors.Join(err, b.record(tx, s.Account, "mail asked for"))
	})
}

// Confirm implements mail.Store.
func (b mailBook) Confirm(ctx context.Context, id string, at time.Time, week string) error {
	return b.db.Update(ctx, func(tx *staffdb.Tx) error {
		account, err := tx.ConfirmMail(id, at, week)
		return errors.Join(err, b.record(tx, account, "mail confirmed"))
	})
}

// Deliver implements mail.Store.
func (b mailBook) Deliver(ctx context.Context, id string, d mail.Delivery) error {
	return b.db.Update(ctx, func(tx *staffdb.Tx) error { return tx.SetSending(id, staffdb.Sending(d)) })
}

// Unsubscribe implements mail.Store.
func (b mailBook) Unsubscribe(ctx context.Context, ids []string) error {
	return b.db.Update(ctx, func(tx *staffdb.Tx) error {
		for _, id := range ids {
			account, err := tx.DeleteMail(id)
			if err := errors.Join(err, b.record(tx, account, "mail ended")); err != nil {
				return fmt.Errorf("mail: %w", err)
			}
		}
		return nil
	})
}

// record adds an event in the mail of an account to the audit trail, without the address; nothing if there
// is no account.
func (b mailBook) record(tx *staffdb.Tx, account, what string) error {
	if account == "" {
		return nil
	}
	return tx.Record(staffdb.Entry{When: b.now(), Who: account, What: what, About: account})
}
