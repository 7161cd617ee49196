package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"digiwijzer/bot/doctor"
	"digiwijzer/bot/telegram"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
)

type doctorCmd struct {
	contentFlag
	URL     string `arg:"" optional:"" help:"cli.help.doctor_url"`
	Live    bool   `help:"cli.help.doctor_live"`
	Offline bool   `help:"cli.help.doctor_offline"`
	Format  string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// liveTimeout is how long a program may take to say that it is well.
const liveTimeout = 4 * time.Second

// backupLate is when a backup should have been made, as the alert DigiwijzerNoBackup has it;
// backupLost is when most of the figures would be lost with the disk.
const (
	backupLate = 36 * time.Hour
	backupLost = 7 * 24 * time.Hour
)

// examination is one run of the doctor.
type examination struct {
	*program
	doctor.Findings
	ctx    context.Context //nolint:containedctx // lives as long as the command
	folder string          // with changed content; may be empty
}

// Run looks at the settings, the machine, the data and, with an address, the site as visitors meet
// it. It fails where anything is wrong, and changes nothing.
func (cmd *doctorCmd) Run(ctx context.Context, p *program) error {
	if cmd.Live {
		return p.live(ctx)
	}
	var address *url.URL
	if cmd.URL != "" {
		text, err := parseAddress(cmd.URL)
		if err != nil {
			return p.badInput("cli.bad.address", "Value", strconv.Quote(cmd.URL))
		}
		if address, err = url.Parse(text); err != nil {
			return err
		}
	}
	began := time.Now()
	x := &examination{program: p, ctx: ctx, folder: cmd.folder(p)}
	x.settings()
	x.public()
	x.keyAndData()
	x.content()
	var now time.Time
	var server string
	if !cmd.Offline {
		now, server = x.telegram()
	}
	if !cmd.Offline && x.config.OIDCIssuer != "" {
		doctor.Issuer(ctx, &x.Findings, x.config.OIDCIssuer)
	}
	if address != nil && !cmd.Offline {
		if told := doctor.Site(ctx, &x.Findings, address, doctor.Options{Now: p.clock.Now}); now.IsZero() {
			now, server = told, address.Host
		}
	}
	x.clock(began, now, server)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return x.print(cmd.Format, address)
}

// live fails where the program on this machine is not alive.
func (p *program) live(ctx context.Context) error {
	if p.faults != nil {
		return badInput{p.faults}
	}
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	if err := doctor.Probe(ctx, p.localURL("/livez")); err != nil {
		return errors.New(p.say("doctor.live.dead", "Problem", err.Error()))
	}
	return nil
}

// localURL returns the address of a page of the program on this machine.
func (p *program) localURL(path string) string {
	host, port, _ := net.SplitHostPort(p.config.Listen) // parseListen has checked it
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + path
}

// settings tells every setting that cannot be used, of the environment and in files.
func (x *examination) settings() {
	faults := []error{x.faults}
	secret, err := x.config.botToken()
	if err == nil && !secret.Empty() {
		if _, err = telegram.NewToken(secret.Reveal()); err != nil {
			err = fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
		}
	}
	faults = append(faults, err)
	s := &service{program: x.program}
	if x.config.Webhook != nil && !secret.Empty() {
		_, err = s.webhookSecret()
		faults = append(faults, err)
	}
	_, err = s.newDashboard()
	faults = append(faults, err)
	_, _, err = x.mailServer()
	faults = append(faults, err)
	_, err = x.config.owner()
	faults = append(faults, err)
	_, err = x.config.oidcSecret()
	faults = append(faults, err)
	if joined := errors.Join(faults...); joined != nil {
		for line := range strings.Lines(joined.Error()) {
			x.Fault("settings", "one", "Problem", strings.TrimSpace(line))
		}
	} else {
		x.OK("settings")
	}
	if missing := x.config.missingOwner(); len(missing) > 0 {
		x.Fault("owner", "missing", "Missing", strings.Join(missing, ", "))
	} else {
		x.OK("owner", "Name", x.config.OwnerName)
	}
}

// public checks what visitors come by: the public address, and the proxy that speaks https for it.
func (x *examination) public() {
	address, err := url.Parse(x.config.PublicURL)
	switch {
	case x.config.PublicURL == "" || err != nil:
		x.Notice("public", "none")
	case address.Scheme != "https":
		x.Fault("public", "plain", "Address", x.config.PublicURL)
	default:
		x.OK("public", "Address", x.config.PublicURL)
	}
	switch everybody := (netip.Prefix{}); {
	case x.config.untrustedProxy():
		x.Fault("proxy", "none")
	case len(x.config.TrustedProxy) > 0:
		for _, network := range x.config.TrustedProxy {
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
func (x *examination) keyAndData() {
	key, err := store.LoadKey(x.config.KeyFile)
	_, noState := os.Stat(filepath.Join(x.config.Data, "state.db"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && noState == nil:
		x.Fault("key", "lost", "File", x.config.KeyFile)
	case errors.Is(err, fs.ErrNotExist):
		x.Notice("key", "new", "File", x.config.KeyFile)
	case err != nil:
		x.Fault("key", "unreadable", "Problem", err.Error())
	default:
		x.OK("key", "N", strconv.Itoa(len(key.Keys())))
		doctor.KeyFile(&x.Findings, x.config.KeyFile, x.config.Data)
	}
	if !x.config.place().IsFolder() {
		x.server(key)
		x.backup()
		return
	}
	if !doctor.Folder(&x.Findings, x.config.Data) {
		return
	}
	err = store.Examine(x.ctx, x.config.Data, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.Notice("database", "new")
		return
	case err != nil:
		for line := range strings.Lines(x.dataError(err).Error()) {
			x.Fault("database", "one", "Problem", strings.TrimSpace(line))
		}
	default:
		_, state, stats := store.Versions()
		x.OK("database", "State", strconv.Itoa(state), "Stats", strconv.Itoa(stats))
	}
	x.running()
	x.backup()
}

// server checks the database server: its settings, and that the key belongs to its data.
func (x *examination) server(key *store.Key) {
	refused, known, err := x.databaseFindings(x.ctx)
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
	reader, err := x.config.place().OpenFigures(x.ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.Notice("database", "new")
	case err != nil:
		x.Fault("database", "one", "Problem", x.dataError(err).Error())
	default:
		x.OK("database.server", "Name", x.config.place().String())
		_ = reader.Close() // it only read
	}
}

// running checks that a program serves with the data, and is ready.
func (x *examination) running() {
	if !store.InUse(x.config.Data) {
		x.Notice("running", "not")
		return
	}
	ctx, cancel := context.WithTimeout(x.ctx, liveTimeout)
	defer cancel()
	if err := doctor.Probe(ctx, x.localURL("/readyz")); err != nil {
		x.Fault("running", "not_ready", "Problem", err.Error())
		return
	}
	x.OK("running")
}

func (x *examination) backup() {
	last, err := store.LastBackup(x.config.Data)
	age := x.program.clock.Now().Sub(last)
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

// content loads the content, and passes changed content through the gate. What is in the program
// passed it before.
func (x *examination) content() {
	e, err := content.Load(x.folder)
	if err == nil && x.folder != "" {
		var found checked
		found, e, err = x.gate(x.ctx, x.folder, false, audit.Options{From: referral.DayOf(x.program.clock.Now()), Lang: x.config.terminal.lang})
		if n := len(found.Faults); n > 0 {
			x.Fault("content", "gate", "N", strconv.Itoa(n), "Dir", x.folder)
			return
		}
	}
	if err != nil {
		first, more, _ := strings.Cut(err.Error(), "\n")
		x.Fault("content", "one", "Problem", first, "More", strconv.Itoa(strings.Count(more, "\n")))
		return
	}
	x.OK("content", "Content", e.ID)
	entries, old := e.CatalogueEntries(referral.DayOf(x.program.clock.Now())), 0
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

// telegram asks Telegram how it gets on with the bot. It returns the time there.
func (x *examination) telegram() (now time.Time, server string) {
	secret, err := x.config.botToken()
	if err != nil || secret.Empty() {
		if err == nil {
			x.Add(doctor.OK, "telegram", "off")
		}
		return now, ""
	}
	token, err := telegram.NewToken(secret.Reveal())
	if err != nil {
		return now, "" // told with the settings
	}
	i, err := telegram.Inspect(x.ctx, x.config.APIURL, token)
	if err != nil {
		x.Fault("telegram", "refuses", "Problem", err.Error())
		return now, ""
	}
	ours := ""
	if x.config.Webhook != nil {
		ours = x.config.Webhook.String()
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
	return doctor.ServerTime(x.ctx, x.config.APIURL), x.config.APIURL
}

func (x *examination) clock(began, now time.Time, server string) {
	if !x.config.Start.IsZero() {
		x.Notice("clock", "rehearsal", "Now", x.program.clock.Now().Format(time.DateTime))
		return
	}
	doctor.Clock(&x.Findings, began, now, server)
}

// duties are what internet.nl looks at and the program cannot do: its host must.
var duties = []string{"dnssec", "nameservers", "rpki", "caa", "dane", "ciphers", "mail"}

// examined is the JSON form of what was found, a part of the command line.
type examined struct {
	OK       bool     `json:"ok"`
	Findings []found  `json:"findings"`
	Host     []string `json:"host,omitempty"` // what the host must do; with an address only
}

type found struct {
	Check   string         `json:"check"`
	Verdict doctor.Verdict `json:"verdict"`
	Text    string         `json:"text"`
}

// print prints what was found; address may be nil. With a fault it returns errFound.
func (x *examination) print(format string, address *url.URL) error {
	result := examined{OK: !x.Faulty()}
	counts := map[doctor.Verdict]int{}
	for _, f := range x.Findings {
		result.Findings = append(result.Findings, found{f.Check, f.Verdict, x.say(f.ID(), f.Pairs...)})
		counts[f.Verdict]++
	}
	if address != nil {
		for _, duty := range duties {
			result.Host = append(result.Host, x.say("doctor.host."+duty, "Host", address.Hostname()))
		}
	}
	var err error
	if format == "json" {
		err = x.json(result)
	} else {
		err = x.table(result, counts)
	}
	if err == nil && !result.OK {
		err = errFound
	}
	return err
}

func (x *examination) table(result examined, counts map[doctor.Verdict]int) error {
	w := tabwriter.NewWriter(x.stdout, 0, 0, 2, ' ', 0)
	for _, f := range result.Findings {
		fmt.Fprintf(w, "%s\t%s\n", x.say("doctor.verdict."+string(f.Verdict)), f.Text)
	}
	for _, duty := range result.Host {
		fmt.Fprintf(w, "%s\t%s\n", x.say("doctor.verdict.host"), duty)
	}
	return cmp.Or(w.Flush(), func() error {
		_, err := fmt.Fprintln(x.stdout, x.say("doctor.sum", "Faults", strconv.Itoa(counts[doctor.Fault]), "Notices", strconv.Itoa(counts[doctor.Notice]), "OK", strconv.Itoa(counts[doctor.OK])))
		return err
	}())
}
