package app

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/mail"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/settings"
	"digiwijzer/locales"
	"digiwijzer/store/staffdb"
)

// TestMailNeedsTLS: what cannot send mail safely is refused at the start, with one line that
// does not repeat the password.
func TestMailNeedsTLS(t *testing.T) {
	t.Parallel()
	words, err := locales.BuiltIn()
	require.NoError(t, err)
	sender := netmail.Address{Name: "Digiwijzer", Address: "digi@example.org"}
	for _, c := range []struct {
		settings settings.Settings
		want     string
	}{
		{settings.Settings{SMTPURL: secret.New("smtp+insecure://u:geheim@mail.example.org"), MailFrom: &sender, PublicURL: "https://example.org"}, "DIGIWIJZER_SMTP_URL: is geen mailserver met TLS"},
		{settings.Settings{SMTPURL: secret.New("smtp://u:geh%eim@mail.example.org"), MailFrom: &sender, PublicURL: "https://example.org"}, "DIGIWIJZER_SMTP_URL: is geen mailserver met TLS"},
		{settings.Settings{SMTPURL: secret.New("smtps://mail.example.org"), PublicURL: "https://example.org"}, "DIGIWIJZER_MAIL_FROM: ontbreekt"},
		{settings.Settings{SMTPURL: secret.New("smtps://mail.example.org"), MailFrom: &sender}, "DIGIWIJZER_PUBLIC_URL: ontbreekt"},
		{settings.Settings{SMTPURL: secret.New("smtps://u:geheim@mail.example.org"), MailFrom: &sender, PublicURL: "https://example.org"}, ""},
		{settings.Settings{MailFrom: &sender}, ""},
	} {
		_, _, err = Base{Settings: c.settings, Words: words}.mailServer()
		if c.want == "" {
			assert.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.want)
		assert.NotContains(t, err.Error(), "geh")
		assert.NotContains(t, err.Error(), "\n")
		assert.NotContains(t, fmt.Sprintf("%+v %#v", c.settings, c.settings), "geheim")
	}
}

// TestMailBook: a subscription exists from the request until it ends or the account does; the audit trail
// has every step and no address.
func TestMailBook(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)
	db, err := staffdb.Open(ctx, t.TempDir())
	require.NoError(t, err)
	defer db.Close()
	book := mailBook{db, func() time.Time { return now }}
	var ann, bob staffdb.Account
	require.NoError(t, db.Update(ctx, func(tx *staffdb.Tx) (err error) {
		ann, err = tx.AddAccount("Ann", []string{"reader"}, now)
		require.NoError(t, err)
		bob, err = tx.AddAccount("Bob", []string{"editor"}, now)
		return err
	}))
	first := mail.Subscription{ID: "1", Account: ann.ID, Address: "old@example.org", Lang: "nl", Asked: now}
	require.NoError(t, book.Subscribe(ctx, first))
	second := mail.Subscription{ID: "2", Account: ann.ID, Address: "ann@example.org", Lang: "en", Asked: now.Add(time.Second)}
	require.NoError(t, book.Subscribe(ctx, second))
	third := mail.Subscription{ID: "3", Account: bob.ID, Address: "bob@example.org", Lang: "nl", Asked: now.Add(time.Minute)}
	require.NoError(t, book.Subscribe(ctx, third))
	require.NoError(t, book.Confirm(ctx, "2", now, "2026-W46"))
	require.NoError(t, book.Confirm(ctx, "2", now, "2026-W47"), "a second time changes nothing")
	require.NoError(t, book.Confirm(ctx, "1", now, "2026-W46"), "replaced before")
	all, err := book.Subscriptions(ctx)
	require.NoError(t, err)
	second.Confirmed, second.Week = now, "2026-W46"
	assert.Equal(t, []mail.Subscription{second, third}, all)
	second.Delivery = mail.Delivery{Week: "2026-W47", Tries: 2, Next: now.Add(time.Hour), Problem: "450 4.2.1", Refused: true}
	require.NoError(t, book.Deliver(ctx, "2", second.Delivery))
	all, err = book.Subscriptions(ctx)
	require.NoError(t, err)
	assert.Equal(t, []mail.Subscription{second, third}, all)

	s := &Service{staffDB: db}
	for account, want := range map[string]bool{ann.ID: true, bob.ID: false, "nobody": false} {
		may, err := s.maySeeFigures(ctx, account)
		require.NoError(t, err)
		assert.Equal(t, want, may)
	}
	require.NoError(t, book.Unsubscribe(ctx, []string{"3", "gone"}))
	require.NoError(t, db.Update(ctx, func(tx *staffdb.Tx) error { return tx.DeleteAccount(ann.ID, now) }))
	all, err = book.Subscriptions(ctx)
	require.NoError(t, err)
	assert.Empty(t, all)
	var lines bytes.Buffer
	require.NoError(t, db.View(ctx, func(tx *staffdb.Tx) error {
		entries, err := tx.Audit(staffdb.Filter{})
		for _, e := range entries {
			fmt.Fprintf(&lines, "%s;", e.What)
			assert.NotContains(t, fmt.Sprint(e), "@")
		}
		return err
	}))
	assert.Equal(t, "mail ended;mail confirmed;mail asked for;mail asked for;mail asked for;", lines.String())
}
