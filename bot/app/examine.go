package app

import (
	"context"
	"digiwijzer/bot/doctor"
	"digiwijzer/bot/telegram"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/referral"
	"digiwijzer/store"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// liveTimeout is how long a program may take to report that it is alive.
const liveTimeout = 4 * time.Second

// backupLate is the age at which a backup is late, as for the alert DigiwijzerNoBackup; backupLost is the
// age from which most of the figures would be lost with the disk.
const (
	backupLate = 36 * time.Hour
	backupLost = 7 * 24 * time.Hour
)

// ExamineOptions are what Examine needs besides the settings.
type ExamineOptions struct {
	Faults  error    // in the environment; nil: none
	Folder  string   // with changed content; may be empty
	Site    *url.URL // as visitors reach it; nil: no site
	Offline bool     // contacts no other machine
}

// Examine examines the settings, the machine, the data, the content and the site, and changes nothing. It
// returns an error only if ctx ends.
func (b Base) Examine(ctx context.Context, of ExamineOptions) (doctor.Findings, error) {
	began := time.Now()
	x := &examination{Base: b, ExamineOptions: of}
	x.settings()
	x.public()
	x.keyAndData(ctx)
	x.content(ctx)
	var now time.Time
	var server string
	if !of.Offline {
		now, server = x.telegram(ctx)
	}
	if !of.Offline && x.Settings.OIDCIssuer != "" {
		doctor.Issuer(ctx, &x.Findings, x.Settings.OIDCIssuer)
	}
	if of.Site != nil && !of.Offline {
		if there := doctor.Site(ctx, &x.Findings, of.Site, doctor.Options{Now: b.Clock.Now}); now.IsZero() {
			now, server = there, of.Site.Host
		}
	}
	x.clock(began, now, server)
	return x.Findings, ctx.Err()
}

// Alive fails if the service on this machine does not report that it is alive.
func (b Base) Alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	return doctor.Probe(ctx, b.Settings.LocalURL("/livez"))
}

// examination is one run of the doctor.
type examination struct {
	Base
	ExamineOptions
	doctor.Findings
}

// settings reports every setting that cannot be used, of the environment and in files.
func (x *examination) settings() {
	faults := []error{x.Faults}
	add := func(err error) { faults = append(faults, x.Explain(err)) }
	secret, err := x.Settings.Token()
	if err == nil && !secret.Empty() {
		if _, err = telegram.NewToken(secret.Reveal()); err != nil {
			err = fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
		}
	}
	add(err)
	if x.Settings.Webhook != nil && !secret.Empty() {
		_, err = x.webhookSecret()
		add(err)
	}
	_, err = x.sharedToken()
	add(err)
	_, _, err = x.mailServer()
	add(err)
	_, err = x.Settings.Owner()
	add(err)
	_, err = x.Settings.ClientSecret()
	add(err)
	if joined := errors.Join(faults...); joined != nil {
		for line := range strings.Lines(joined.Error()) {
			x.Fault("settings", "one", "Problem", strings.TrimSpace(line))
		}
	} else {
		x.OK("settings")
	}
	if missing := x.Settings.MissingOwner(); len(missing) > 0 {
		x.Fault("owner", "missing", "Missing", strings.Join(missing, ", "))
	} else {
		x.OK("owner", "Name", x.Settings.OwnerName)
	}
}

// public checks what visitors use: the public address, and the proxy that terminates https for it.
func (x *examination) public() {
	address, err := url.Parse(x.Settings.PublicURL)
	switch {
	case x.Settings.PublicURL == "" || err != nil:
		x.Notice("public", "none")
	case address.Scheme != "https":
		x.Fault("public", "plain", "Address", x.Settings.PublicURL)
	default:
		x.OK("public", "Address", x.Settings.PublicURL)
	}
	switch everybody := (netip.Prefix{}); {
	case x.Settings.UntrustedProxy():
		x.Fault("proxy", "none")
	case len(x.Settings.TrustedProxy) > 0:
		for _, network := range x.Settings.TrustedProxy {
			if network.Bits() == 0 {
				everybody = network
			}
		}
		if everybody.IsValid() {
			x.Fault("proxy", "everybody", "Network", everybody.String())
			return
		}
		x.OK("proxy")
	}
}

// keyAndData checks the key, the folder with the data, the data itself and its backup.
func (x *examination) keyAndData(ctx context.Context) {
	key, err := store.LoadKey(x.Settings.KeyFile)
	_, noState := os.Stat(filepath.Join(x.Settings.Data, "state.db"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && noState == nil:
		x.Fault("key", "lost", "File", x.Settings.KeyFile)
	case errors.Is(err, fs.ErrNotExist):
		x.Notice("key", "new", "File", x.Settings.KeyFile)
	case err != nil:
		x.Fault("key", "unreadable", "Problem", err.Error())
	default:
		x.OK("key", "N", strconv.Itoa(len(key.Keys())))
		doctor.KeyFile(&x.Findings, x.Settings.KeyFile, x.Settings.Data)
	}
	if !x.Settings.Place().IsFolder() {
		x.server(ctx, key)
		x.backup()
		return
	}
	if !doctor.Folder(&x.Findings, x.Settings.Data) {
		return
	}
	err = store.Examine(ctx, x.Settings.Data, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.Notice("database", "new")
		return
	case err != nil:
		for line := range strings.Lines(x.Explain(err).Error()) {
			x.Fault("database", "one", "Problem", strings.TrimSpace(line))
		}
	default:
		_, state, stats := store.Versions()
		x.OK("database", "State", strconv.Itoa(state), "Stats", strconv.Itoa(stats))
	}
	x.running(ctx)
	x.backup()
}

// server checks the database server: its settings, and that the key belongs to its data.
func (x *examination) server(ctx context.Context, key *store.Key) {
	refused, known, err := x.databaseFindings(ctx)
	if err != nil {
		x.Fault("database", "one", "Problem", x.unreachableDatabase(err).Error())
		return
	}
	for _, problem := range refused {
		x.Fault("database", "one", "Problem", problem.Error())
	}
	for _, problem := range known {
		x.Notice("database", "one", "Problem", problem)
	}
	reader, err := x.Settings.Place().OpenFigures(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.Notice("database", "new")
	case err != nil:
		x.Fault("database", "one", "Problem", x.Explain(err).Error())
	default:
		x.OK("database.server", "Name", x.Settings.Place().String())
		_ = reader.Close() // was only read
	}
}

// running checks that a program is serving with the data, and is ready.
func (x *examination) running(ctx context.Context) {
	if !store.InUse(x.Settings.Data) {
		x.Notice("running", "not")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	if err := doctor.Probe(ctx, x.Settings.LocalURL("/readyz")); err != nil {
		x.Fault("running", "not_ready", "Problem", err.Error())
		return
	}
	x.OK("running")
}

func (x *examination) backup() {
	last, err := store.LastBackup(x.Settings.Data)
	age := x.Clock.Now().Sub(last)
	hours := strconv.Itoa(int(age.Hours()))
	switch {
	case err != nil:
		x.Fault("backup", "unreadable", "Problem", err.Error())
	case last.IsZero():
		x.Notice("backup", "never")
	case age > backupLost:
		x.Fault("backup", "late", "Hours", hours)
	case age > backupLate:
		x.Notice("backup", "late", "Hours", hours)
	default:
		x.OK("backup", "Hours", hours)
	}
}

// content loads the content, and passes changed content through the gate. The embedded content passed it
// before the release.
func (x *examination) content(ctx context.Context) {
	e, err := content.Load(x.Folder)
	if err == nil && x.Folder != "" {
		var found publishing.Checked
		found, e, err = publishing.CheckFolder(ctx, x.Folder, false, x.Words, audit.Options{From: referral.DayOf(x.Clock.Now()), Lang: x.Lang})
		if n := len(found.Faults); n > 0 {
			x.Fault("content", "gate", "N", strconv.Itoa(n), "Dir", x.Folder)
			return
		}
	}
	if err != nil {
		first, more, _ := strings.Cut(err.Error(), "\n")
		x.Fault("content", "one", "Problem", first, "More", strconv.Itoa(strings.Count(more, "\n")))
		return
	}
	x.OK("content", "Content", e.ID)
	entries, old := e.CatalogueEntries(referral.DayOf(x.Clock.Now())), 0
	for _, entry := range entries {
		if len(entry.NeedsCheck) > 0 {
			old++
		}
	}
	if old > 0 {
		x.Notice("age", "old", "N", strconv.Itoa(old), "All", strconv.Itoa(len(entries)))
		return
	}
	x.OK("age")
}

// telegram requests the state of the bot. It returns the time of the Bot API server, zero if unknown,
// and its address.
func (x *examination) telegram(ctx context.Context) (now time.Time, server string) {
	secret, err := x.Settings.Token()
	if err != nil || secret.Empty() {
		if err == nil {
			x.Add(doctor.OK, "telegram", "off")
		}
		return now, ""
	}
	token, err := telegram.NewToken(secret.Reveal())
	if err != nil {
		return now, "" // reported with the settings
	}
	i, err := telegram.Inspect(ctx, x.Settings.APIURL, token)
	if err != nil {
		x.Fault("telegram", "refuses", "Problem", err.Error())
		return now, ""
	}
	ours := ""
	if x.Settings.Webhook != nil {
		ours = x.Settings.Webhook.String()
	}
	recent := !i.Failed.IsZero() && time.Since(i.Failed) < time.Hour
	switch {
	case i.Topics:
		x.Fault("telegram", "topics")
	case ours != "" && i.Webhook == "":
		x.Fault("telegram", "no_webhook")
	case i.Webhook != ours:
		x.Fault("telegram", "other_webhook", "Address", i.Webhook)
	case recent && i.Pending > 0:
		x.Fault("telegram", "fails", "Problem", i.Problem, "N", strconv.Itoa(i.Pending))
	case recent:
		x.Notice("telegram", "failed", "Problem", i.Problem)
	case i.Pending >= 100:
		x.Notice("telegram", "pending", "N", strconv.Itoa(i.Pending))
	default:
		x.OK("telegram", "Name", i.Username)
	}
	return doctor.ServerTime(ctx, x.Settings.APIURL), x.Settings.APIURL
}

func (x *examination) clock(began, now time.Time, server string) {
	if !x.Settings.Start.IsZero() {
		x.Notice("clock", "rehearsal", "Now", x.Clock.Now().Format(time.DateTime))
		return
	}
	doctor.Clock(&x.Findings, began, now, server)
}
