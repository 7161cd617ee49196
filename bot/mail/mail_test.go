package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/mail"
	"digiwijzer/bot/mail/mailtest"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

var update = flag.Bool("update", false, "write the golden files")

var shipped = sync.OnceValues(func() (*content.Edition, error) { return content.Load("") })

// book is a mail.Store in memory.
type book struct{ all []mail.Subscription }

func (b *book) Subscriptions(context.Context) ([]mail.Subscription, error) {
	return slices.Clone(b.all), nil
}

func (b *book) Subscribe(_ context.Context, s mail.Subscription) error {
	b.all = append(slices.DeleteFunc(b.all, func(o mail.Subscription) bool { return o.Account == s.Account }), s)
	return nil
}

func (b *book) Confirm(_ context.Context, id string, at time.Time, week string) error {
	for i := range b.all {
		if b.all[i].ID == id {
			b.all[i].Confirmed, b.all[i].Week = at, week
		}
	}
	return nil
}

func (b *book) Deliver(_ context.Context, id string, d mail.Delivery) error {
	for i := range b.all {
		if b.all[i].ID == id {
			b.all[i].Delivery = d
		}
	}
	return nil
}

func (b *book) Unsubscribe(_ context.Context, ids []string) error {
	b.all = slices.DeleteFunc(b.all, func(s mail.Subscription) bool { return slices.Contains(ids, s.ID) })
	return nil
}

// week is a figures.Source with one week.
type week struct{ figures.Empty }

func (week) Snapshot(context.Context, figures.Period) (s figures.Snapshot, err error) {
	for _, w := range []string{"2026-W46", "2026-W47"} {
		s.Counted = append(s.Counted, figures.Count{Week: w, Kind: figures.Started, N: 9}, figures.Count{Week: w, Kind: figures.Completed, N: 7},
			figures.Count{Week: w, Kind: figures.Referral, Key: "slim", N: 3}, figures.Count{Week: w, Kind: figures.Partner, Key: "kvk-utrecht", N: 4})
	}
	return s, err
}

// clock shows a time that a test sets.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time                       { return c.now }
func (c *clock) After(time.Duration) <-chan time.Time { return nil }

// friday is in 2026-W47, and monday the moment its figures are due.
var (
	friday = time.Date(2026, time.November, 20, 12, 0, 0, 0, referral.Netherlands)
	monday = time.Date(2026, time.November, 23, 8, 0, 0, 0, referral.Netherlands)
)

type harness struct {
	*testing.T
	*mail.Post
	book *book
	*clock
	server  *mailtest.Server
	may     map[string]bool
	problem error // as reported
}

func newHarness(t *testing.T, scheme, tlsMode string) *harness {
	t.Helper()
	edition, err := shipped()
	require.NoError(t, err)
	h := &harness{T: t, book: &book{}, clock: &clock{friday}, server: mailtest.New(t, tlsMode), may: map[string]bool{"ann": true, "bob": true, "cas": true}}
	pages := staff.New(staff.Options{
		Figures: figures.NewService(week{}, func() *referral.Catalogue { return edition.Catalogue }, h.clock),
		Content: func() *content.Edition { return edition },
		Place:   func() share.Place { return share.Place{} },
		Clock:   h.clock,
	})
	h.Post = mail.New(mail.Options{
		Server: at(t, h.server, scheme), From: netmail.Address{Name: "Werkgroep Überzicht", Address: "digiwijzer@example.org"},
		PublicURL: "https://check.example", Owner: "Provincie Voorbeeld", Store: h.book, Pages: pages,
		Texts:   func() *locales.Texts { return edition.Texts },
		MayRead: func(_ context.Context, account string) (bool, error) { return h.may[account], nil },
		Key:     []byte("0123456789abcdef0123456789abcdef"), Clock: bot.Clock(h.clock), Log: slog.New(slog.DiscardHandler),
		Report: func(problem error) { h.problem = problem },
	})
	return h
}

// at returns a server as a setting names it.
func at(t *testing.T, s *mailtest.Server, scheme string) mail.Server {
	t.Helper()
	parsed, err := mail.ParseServer(secret.New(s.URL(scheme)))
	require.NoError(t, err)
	parsed.Roots = s.Roots()
	return parsed
}

// letter is a mail as a reader gets it.
type letter struct {
	netmail.Header
	text, html string
	files      map[string][]byte
}

func (h *harness) read(m mailtest.Taken) (l letter) {
	h.Helper()
	parsed, err := netmail.ReadMessage(strings.NewReader(string(m.Data)))
	require.NoError(h, err)
	l.Header, l.files = parsed.Header, map[string][]byte{}
	h.part(&l, parsed.Header.Get("Content-Type"), parsed.Body)
	return l
}

func (h *harness) part(l *letter, kind string, body io.Reader) {
	h.Helper()
	media, params, err := mime.ParseMediaType(kind)
	require.NoError(h, err)
	require.True(h, strings.HasPrefix(media, "multipart/"), media)
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(h, err)
		if strings.HasPrefix(p.Header.Get("Content-Type"), "multipart/") {
			h.part(l, p.Header.Get("Content-Type"), p)
			continue
		}
		var from io.Reader = p // quoted-printable is decoded already
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			from = base64.NewDecoder(base64.StdEncoding, p)
		}
		data, err := io.ReadAll(from)
		require.NoError(h, err)
		switch {
		case p.FileName() != "":
			l.files[p.FileName()] = data
		case strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain"):
			l.text = string(data)
		default:
			l.html = string(data)
		}
	}
}

// subscribed subscribes and confirms by the link in the mail.
func (h *harness) subscribed(account, address string) {
	h.Helper()
	require.NoError(h, h.Subscribe(h.Context(), account, address, "nl"))
	mails := h.server.Mails()
	require.Len(h, mails, 1)
	id, signature := h.link(h.read(mails[0]).text, mail.ConfirmLink)
	found, err := h.Confirm(h.Context(), id, signature)
	require.NoError(h, err)
	require.True(h, found)
}

// link returns what a link in a text consists of.
func (h *harness) link(text string, l mail.Link) (id, signature string) {
	h.Helper()
	prefix := "https://check.example/werkgroep/mail/" + string(l) + "/"
	_, rest, found := strings.Cut(text, prefix)
	require.True(h, found, text)
	id, rest, _ = strings.Cut(rest, "/")
	signature, _, _ = strings.Cut(rest, "\n")
	return id, strings.TrimRight(signature, ">\r")
}

// The whole way of one subscriber: confirm, one mail a week, unsubscribe. Both ways to
// encrypt.
func TestMondayMail(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{mailtest.Implicit, mailtest.StartTLS} {
		t.Run(scheme, func(t *testing.T) {
			h := newHarness(t, scheme, scheme)
			h.subscribed("ann", "ann@Example.org")
			require.NoError(t, h.Round(t.Context()))
			assert.Empty(t, h.server.Mails(), "the first one comes on Monday")
			h.now = monday.Add(-time.Second)
			require.NoError(t, h.Round(t.Context()))
			assert.Empty(t, h.server.Mails(), "not before eight")
			h.now = monday
			require.NoError(t, h.Round(t.Context()))
			mails := h.server.Mails()
			require.Len(t, mails, 1)
			assert.Equal(t, "digiwijzer@example.org", mails[0].From)
			assert.Equal(t, "ann@example.org", mails[0].To)
			for range 3 {
				require.NoError(t, h.Round(t.Context()))
				h.now = h.now.Add(48 * time.Hour)
			}
			assert.Empty(t, h.server.Mails(), "once per week")

			l := h.read(mails[0])
			if file := filepath.Join("testdata", "monday.golden.txt"); scheme == mailtest.Implicit {
				id, signature := h.link(l.text, mail.UnsubscribeLink)
				text := strings.NewReplacer(id, "ID", signature, "SIGNATURE").Replace(l.text)
				if *update {
					require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
				}
				golden, err := os.ReadFile(file)
				require.NoError(t, err)
				assert.Equal(t, string(golden), text)
			}
			assert.NotContains(t, l.text+l.html, "SLIM", "an attribute of a business")
			assert.NotContains(t, l.text+l.html, "Verwezen")
			assert.Contains(t, l.html, "Deed de check: 7")
			assert.True(t, strings.HasPrefix(string(l.files["digiwijzer-2026-W47.pdf"]), "%PDF-"))
			assert.Len(t, l.files, 1)
			assert.Equal(t, "List-Unsubscribe=One-Click", l.Get("List-Unsubscribe-Post"))
			id, signature := h.link(l.Get("List-Unsubscribe")+"\n", mail.UnsubscribeLink)

			opened, err := h.Unsubscribe(t.Context(), id, signature+"x")
			require.NoError(t, err)
			assert.False(t, opened)
			assert.Len(t, h.book.all, 1)
			for range 2 { // twice is no error
				opened, err = h.Unsubscribe(t.Context(), id, signature)
				require.NoError(t, err)
				assert.True(t, opened)
				assert.Empty(t, h.book.all)
			}
			h.now = monday.AddDate(0, 0, 7)
			require.NoError(t, h.Round(t.Context()))
			assert.Empty(t, h.server.Mails())
		})
	}
}

// An unconfirmed address gets one mail with a link, however many Mondays pass, and is deleted after a week. A
// link for one purpose does not work for another.
func TestUnconfirmedAddressGetsNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, mailtest.StartTLS, mailtest.StartTLS)
	require.NoError(t, h.Subscribe(t.Context(), "ann", "ann@example.org", "en"))
	l := h.read(h.server.Mails()[0])
	assert.Contains(t, l.text, "We send no figures unless you confirm.")
	assert.Empty(t, l.files)
	assert.Empty(t, l.Get("List-Unsubscribe"))
	id, signature := h.link(l.text, mail.ConfirmLink)
	opened, err := h.Unsubscribe(t.Context(), id, signature)
	require.NoError(t, err)
	assert.False(t, opened, "not what the link is for")
	h.now = monday
	require.NoError(t, h.Round(t.Context()))
	assert.Empty(t, h.server.Mails())
	h.now = friday.Add(mail.Confirmable)
	found, err := h.Confirm(t.Context(), id, signature)
	require.NoError(t, err)
	assert.False(t, found, "too late")
	require.NoError(t, h.Round(t.Context()))
	assert.Empty(t, h.book.all)
}

// Nobody can have more than a few links mailed to addresses of others.
func TestFewLinksPerHour(t *testing.T) {
	t.Parallel()
	h := newHarness(t, mailtest.StartTLS, mailtest.StartTLS)
	for range 3 {
		require.NoError(t, h.Subscribe(t.Context(), "ann", "victim@example.org", "nl"))
	}
	require.ErrorIs(t, h.Subscribe(t.Context(), "ann", "victim@example.org", "nl"), mail.ErrTooOften)
	require.NoError(t, h.Subscribe(t.Context(), "bob", "bob@example.org", "nl"))
	assert.Len(t, h.server.Mails(), 4)
	assert.Len(t, h.book.all, 2, "one wish for each account")
	h.now = h.now.Add(time.Hour)
	assert.NoError(t, h.Subscribe(t.Context(), "ann", "ann@example.org", "nl"))
}

// A server that puts an address off is tried again after growing pauses; one that refuses it is
// not. The others get their mail, and one mailbox gets one.
func TestRefusedAddresses(t *testing.T) {
	t.Parallel()
	h := newHarness(t, mailtest.StartTLS, mailtest.StartTLS)
	h.subscribed("ann", "ann@example.org")
	h.subscribed("bob", "Bob@example.org")
	h.subscribed("cas", "cas@example.org")
	h.server.Answer("ann@example.org", 450, [3]int{4, 2, 1})
	h.server.Answer("Bob@example.org", 550, [3]int{5, 1, 1})
	h.now = monday
	require.NoError(t, h.Round(t.Context()))
	require.Len(t, h.server.Mails(), 1)
	assert.Equal(t, mail.Delivery{Week: "2026-W46", Tries: 1, Next: monday.Add(5 * time.Minute), Problem: "450 4.2.1"}, h.book.all[0].Delivery)
	assert.Equal(t, mail.Delivery{Week: "2026-W46", Tries: 1, Problem: "550 5.1.1", Refused: true}, h.book.all[1].Delivery)
	assert.Equal(t, mail.Delivery{Week: "2026-W47"}, h.book.all[2].Delivery)
	assert.NoError(t, h.problem, "nothing is wrong with the server")
	h.now = monday.Add(5 * time.Minute)
	require.NoError(t, h.Round(t.Context()))
	assert.Equal(t, h.now.Add(10*time.Minute), h.book.all[0].Next, "a longer pause")
	h.server.Answer("ann@example.org", 0, [3]int{})
	h.server.Answer("Bob@example.org", 0, [3]int{})
	h.now = h.now.Add(9 * time.Minute)
	require.NoError(t, h.Round(t.Context()))
	assert.Empty(t, h.server.Mails(), "not yet")
	h.now = h.now.Add(time.Minute)
	require.NoError(t, h.Round(t.Context()))
	mails := h.server.Mails()
	require.Len(t, mails, 1, "the refused address is left alone")
	assert.Equal(t, "ann@example.org", mails[0].To)
	require.NoError(t, h.Resume(t.Context(), "bob"))
	require.NoError(t, h.Round(t.Context()))
	assert.Len(t, h.server.Mails(), 1)

	require.NoError(t, h.Withdraw(t.Context(), "cas"))
	h.subscribed("cas", "BOB@example.org") // a mailbox that another account has, too
	h.may["ann"] = false
	h.now = monday.AddDate(0, 0, 7)
	require.NoError(t, h.Round(t.Context()))
	mails = h.server.Mails()
	require.Len(t, mails, 1, "one for one mailbox, none for who may not see figures")
	assert.Len(t, h.book.all, 2)
	id, signature := h.link(h.read(mails[0]).text, mail.UnsubscribeLink)
	_, err := h.Unsubscribe(t.Context(), id, signature)
	require.NoError(t, err)
	assert.Empty(t, h.book.all, "the mailbox wants none")
}

// TestRefusedMailboxOfTwo: two accounts have one mailbox, and the server defers the mail. Neither is marked as sent,
// and the mailbox gets the figures once, later.
func TestRefusedMailboxOfTwo(t *testing.T) {
	t.Parallel()
	h := newHarness(t, mailtest.StartTLS, mailtest.StartTLS)
	h.subscribed("ann", "ann@example.org")
	h.subscribed("bob", "ann@example.org")
	h.server.Answer("ann@example.org", 450, [3]int{4, 2, 1})
	h.now = monday
	require.NoError(t, h.Round(t.Context()))
	assert.Empty(t, h.server.Mails())
	for _, s := range h.book.all {
		assert.Equal(t, "2026-W46", s.Week, s.Account)
	}
	h.server.Answer("ann@example.org", 0, [3]int{})
	h.now = monday.Add(5 * time.Minute)
	require.NoError(t, h.Round(t.Context()))
	assert.Len(t, h.server.Mails(), 1)
	for _, s := range h.book.all {
		assert.Equal(t, "2026-W47", s.Week, s.Account)
	}
}

// Trouble with the server is reported, spares the addresses, and ends.
func TestServerTrouble(t *testing.T) {
	t.Parallel()
	h := newHarness(t, mailtest.StartTLS, mailtest.StartTLS)
	h.subscribed("ann", "ann@example.org")
	h.server.Fail(true)
	h.now = monday
	require.Error(t, h.Round(t.Context()))
	assert.ErrorContains(t, h.problem, "421")
	assert.NotContains(t, h.problem.Error(), "ann@")
	assert.Equal(t, mail.Delivery{Week: "2026-W46"}, h.book.all[0].Delivery)
	h.server.Fail(false)
	require.NoError(t, h.Round(t.Context()))
	assert.Empty(t, h.server.Mails(), "a pause")
	h.now = h.now.Add(time.Minute)
	require.NoError(t, h.Round(t.Context()))
	assert.Len(t, h.server.Mails(), 1)
	assert.NoError(t, h.problem)
}

// TestStopDoesNotWaitForTheServer: a server that never answers does not delay the end of the program, and the mail
// is sent after the next start.
func TestStopDoesNotWaitForTheServer(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{mailtest.StartTLS, mailtest.Implicit} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, mode, mode)
			h.subscribed("ann", "ann@example.org")
			h.now = monday
			arrived := h.server.Stall()
			limit, cancel := context.WithTimeout(t.Context(), 10*time.Second) // half of what the client waits
			defer cancel()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- h.Round(ctx) }()
			select {
			case <-arrived:
			case err := <-ended:
				require.Fail(t, "the mail was not sent", "%v", err)
			}
			stop()
			select {
			case err := <-ended:
				require.NoError(t, err)
			case <-limit.Done():
				require.Fail(t, "it waits for the server")
			}
			assert.Equal(t, "2026-W46", h.book.all[0].Week)
			require.NoError(t, h.Round(t.Context()))
			assert.Len(t, h.server.Mails(), 1)
		})
	}
}

// Without trusted TLS nothing is sent to a server, neither the password nor a mail.
func TestOnlyWithTLS(t *testing.T) {
	t.Parallel()
	plain := newHarness(t, mailtest.StartTLS, mailtest.None)
	err := plain.Subscribe(t.Context(), "ann", "ann@example.org", "nl")
	require.ErrorIs(t, err, mail.ErrUndelivered)
	assert.ErrorContains(t, err, "STARTTLS")
	assert.Empty(t, plain.server.Mails())
	for _, scheme := range []string{mailtest.Implicit, mailtest.StartTLS} {
		h := newHarness(t, scheme, scheme)
		stranger := at(t, h.server, scheme)
		stranger.Roots = nil // those of the machine
		post := mail.New(mail.Options{Server: stranger, From: netmail.Address{Address: "digiwijzer@example.org"}, Store: h.book,
			Texts: func() *locales.Texts { edition, err := shipped(); require.NoError(t, err); return edition.Texts },
			Key:   make([]byte, 32), Clock: h.clock, Log: slog.New(slog.DiscardHandler)})
		require.ErrorContains(t, post.Subscribe(t.Context(), "ann", "ann@example.org", "nl"), "certificate")
		assert.Empty(t, h.server.Mails())
	}
}

func TestParseServer(t *testing.T) {
	for address, want := range map[string]string{"smtps://mail.example.org": "mail.example.org:465", "smtp://u:p%40ss@mail.example.org": "mail.example.org:587",
		"smtp://mail.example.org:25/": "mail.example.org:25", "smtps://u:p@[::1]:1465": "::1:1465"} {
		s, err := mail.ParseServer(secret.New(address))
		require.NoError(t, err, address)
		assert.Equal(t, want, s.String())
	}
	for _, address := range []string{"", "mail.example.org", "http://mail.example.org", "smtp+insecure://mail.example.org", "smtp://mail.example.org?tls=off",
		"smtp://u@mail.example.org", "smtps://:p@mail.example.org", "smtp://u:sec%zzret@mail.example.org", "smtp://mail.example.org:0", "smtp://mail.example.org/x"} {
		_, err := mail.ParseServer(secret.New(address))
		require.ErrorIs(t, err, mail.ErrServer, address)
		assert.NotContains(t, err.Error(), "sec", "the address may hold a password")
	}
}

// Nothing that a person types becomes a header or a second recipient.
func TestAddresses(t *testing.T) {
	for _, text := range []string{"", "ann", "ann@host", "ann@", "@example.org", "Ann <ann@example.org>", "ann@example.org, bob@example.org", "ann@example.org\r\nBcc: bob@example.org",
		"ann@example.org\nSubject: hi", "ann\x00@example.org", `"ann b"@example.org`, `"a\r\nRCPT TO:<b@example.org>"@example.org`, "ann@[127.0.0.1]", "ann@exa mple.org", "ann(comment)@example.org",
		"ann@example.org>", "<ann@example.org>", "ànn@example.org", strings.Repeat("a", 250) + "@example.org", url.PathEscape("ann@example.org\n")} {
		_, err := mail.ParseAddress(text)
		assert.ErrorIs(t, err, mail.ErrAddress, "%q", text)
	}
	for text, want := range map[string]string{" Ann.B+x@Example.ORG ": "Ann.B+x@example.org", "o'neil@sub.example.org": "o'neil@sub.example.org"} {
		got, err := mail.ParseAddress(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"Werkgroep\r\nBcc: x@example.org <a@example.org>", "a@b", "Werkgroep", ""} {
		_, err := mail.ParseSender(text)
		assert.ErrorIs(t, err, mail.ErrAddress, "%q", text)
	}
	sender, err := mail.ParseSender(`"Werkgroep, Utrecht" <a@example.org>`)
	require.NoError(t, err)
	assert.Equal(t, netmail.Address{Name: "Werkgroep, Utrecht", Address: "a@example.org"}, sender)
}
