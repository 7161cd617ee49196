package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store"
)

// config is the configuration from the environment, one variable per field. The zero value
// of a field means "not set". Secrets can be in a file instead, which only the command that
// needs the secret reads, so that people without access to the token can make a report.
type config struct {
	BotToken           secret.Value      `env:"TELEGRAM_BOT_TOKEN" help:"cli.help.set.bot_token"`
	BotTokenFile       string            `env:"TELEGRAM_BOT_TOKEN_FILE" help:"cli.help.set.file"`
	APIURL             string            `env:"TELEGRAM_API_URL" type:"address" default:"https://api.telegram.org" help:"cli.help.set.api_url"`
	Data               string            `env:"DIGIWIJZER_DATA" default:"data" help:"cli.help.set.data"`
	Database           secret.Value      `env:"DIGIWIJZER_DATABASE" type:"database" help:"cli.help.set.database"`
	StatsDatabase      secret.Value      `env:"DIGIWIJZER_STATS_DATABASE" type:"database" help:"cli.help.set.stats_database"`
	KeyFile            string            `env:"DIGIWIJZER_KEY_FILE" default:"digiwijzer.key" help:"cli.help.set.key_file"`
	Listen             string            `env:"DIGIWIJZER_LISTEN" type:"listen" default:"127.0.0.1:8080" help:"cli.help.set.listen"`
	AdminListen        string            `env:"DIGIWIJZER_ADMIN_LISTEN" type:"listen" help:"cli.help.set.admin_listen"`
	PublicURL          string            `env:"DIGIWIJZER_PUBLIC_URL" type:"address" help:"cli.help.set.public_url"`
	Webhook            *url.URL          `env:"DIGIWIJZER_WEBHOOK_URL" type:"webhook" help:"cli.help.set.webhook_url"`
	WebhookSecret      secret.Value      `env:"DIGIWIJZER_WEBHOOK_SECRET" help:"cli.help.set.webhook_secret"`
	WebhookSecretFile  string            `env:"DIGIWIJZER_WEBHOOK_SECRET_FILE" help:"cli.help.set.file"`
	Coordinators       []int64           `env:"DIGIWIJZER_COORDINATORS" type:"ids" help:"cli.help.set.coordinators"`
	DashboardToken     secret.Value      `env:"DIGIWIJZER_DASHBOARD_TOKEN" help:"cli.help.set.dashboard_token"`
	DashboardTokenFile string            `env:"DIGIWIJZER_DASHBOARD_TOKEN_FILE" help:"cli.help.set.file"`
	OIDCIssuer         string            `env:"DIGIWIJZER_OIDC_ISSUER" type:"issuer" help:"cli.help.set.oidc_issuer"`
	OIDCClientID       string            `env:"DIGIWIJZER_OIDC_CLIENT_ID" help:"cli.help.set.oidc_client_id"`
	OIDCSecret         secret.Value      `env:"DIGIWIJZER_OIDC_CLIENT_SECRET" help:"cli.help.set.oidc_client_secret"`
	OIDCSecretFile     string            `env:"DIGIWIJZER_OIDC_CLIENT_SECRET_FILE" help:"cli.help.set.file"`
	OIDCRoles          signin.RoleRules  `env:"DIGIWIJZER_OIDC_ROLES" type:"roles" help:"cli.help.set.oidc_roles"`
	SMTPURL            secret.Value      `env:"DIGIWIJZER_SMTP_URL" help:"cli.help.set.smtp_url"`
	SMTPURLFile        string            `env:"DIGIWIJZER_SMTP_URL_FILE" help:"cli.help.set.file"`
	MailFrom           *netmail.Address  `env:"DIGIWIJZER_MAIL_FROM" type:"mailfrom" help:"cli.help.set.mail_from"`
	Content            string            `env:"DIGIWIJZER_CONTENT" help:"cli.help.set.content"`
	FourEyes           bool              `env:"DIGIWIJZER_FOUR_EYES" type:"yes" help:"cli.help.set.four_eyes"`
	Log                string            `env:"DIGIWIJZER_LOG" type:"log" help:"cli.help.set.log"`
	SendRate           float64           `env:"DIGIWIJZER_SEND_RATE" type:"rate" default:"30" help:"cli.help.set.send_rate"`
	OwnerName          string            `env:"DIGIWIJZER_OWNER_NAME" help:"cli.help.set.owner_name"`
	OwnerEmail         string            `env:"DIGIWIJZER_OWNER_EMAIL" type:"email" help:"cli.help.set.owner_email"`
	OwnerPhone         string            `env:"DIGIWIJZER_OWNER_PHONE" type:"phone" help:"cli.help.set.owner_phone"`
	OwnerPrivacyURL    string            `env:"DIGIWIJZER_OWNER_PRIVACY_URL" type:"address" help:"cli.help.set.owner_privacy_url"`
	OwnerA11yURL       string            `env:"DIGIWIJZER_OWNER_A11Y_URL" type:"address" help:"cli.help.set.owner_a11y_url"`
	OwnerLogo          string            `env:"DIGIWIJZER_OWNER_LOGO" help:"cli.help.set.owner_logo"`
	TrustedProxy       admission.Proxies `env:"DIGIWIJZER_TRUSTED_PROXY" type:"proxies" help:"cli.help.set.trusted_proxy"`
	Start              time.Time         `env:"DIGIWIJZER_NOW" type:"moment" help:"cli.help.set.now"`

	terminal terminalConfig
}

// terminalConfig is the configuration of the terminal from the environment.
type terminalConfig struct {
	lang    string // "en" if the locale is English; otherwise "nl"
	noColor bool
}

// variables are the environment, by name.
type variables map[string]string

func newVariables(env []string) variables {
	v := variables{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		v[name] = strings.TrimSpace(value)
	}
	return v
}

// terminal reads the locale in the order of POSIX. Anything but English is Dutch: most
// machines that do not set a language are in the region.
func (v variables) terminal() terminalConfig {
	locale := cmp.Or(v["LC_ALL"], v["LC_MESSAGES"], v["LANG"])
	c := terminalConfig{lang: "nl", noColor: v["NO_COLOR"] != "" || v["TERM"] == "dumb"}
	if strings.HasPrefix(locale, "en") {
		c.lang = "en"
	}
	return c
}

// say renders a text of the command line.
type say func(id string, pairs ...any) string

// readConfig decodes the environment; a blank variable is not set. The error joins every
// fault, each with the name of its variable.
func readConfig(env variables, say say) (config, error) {
	c := config{terminal: env.terminal()}
	settings, err := settingsOf(&c, say)
	if err != nil {
		return c, err
	}
	var faults []error
	for _, s := range settings {
		text := cmp.Or(env[s.Envs[0]], s.Default)
		if text == "" {
			continue
		}
		value := kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: text})
		if err := s.Mapper.Decode(&kong.DecodeContext{Value: s.Value, Scan: value}, s.Target); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.Envs[0], err))
		}
	}
	for _, s := range []struct {
		name  string
		value secret.Value
		file  string
	}{
		{"TELEGRAM_BOT_TOKEN", c.BotToken, c.BotTokenFile},
		{"DIGIWIJZER_WEBHOOK_SECRET", c.WebhookSecret, c.WebhookSecretFile},
		{"DIGIWIJZER_DASHBOARD_TOKEN", c.DashboardToken, c.DashboardTokenFile},
		{"DIGIWIJZER_OIDC_CLIENT_SECRET", c.OIDCSecret, c.OIDCSecretFile},
		{"DIGIWIJZER_SMTP_URL", c.SMTPURL, c.SMTPURLFile},
	} {
		if !s.value.Empty() && s.file != "" { // one would be silently ignored
			faults = append(faults, fmt.Errorf("%s: %s", s.name, say("cli.bad.both", "Name", s.name)))
		}
	}
	if missing := c.missingOIDC(); missing != "" {
		faults = append(faults, fmt.Errorf("%s: %s", missing, say("cli.bad.oidc_part", "Name", missing)))
	}
	if !c.StatsDatabase.Empty() && c.Database.Empty() {
		faults = append(faults, fmt.Errorf("DIGIWIJZER_STATS_DATABASE: %s", say("cli.bad.stats_database")))
	}
	return c, errors.Join(faults...)
}

// settingsOf returns the fields of a config as kong reads their tags. They are not parsed
// by kong itself: it stops at the first fault.
func settingsOf(c *config, say say) ([]*kong.Flag, error) {
	parser, err := kong.New(c, kong.NoDefaultHelp(),
		kong.NamedMapper("address", decode(say, parseAddress)),
		kong.NamedMapper("database", decode(say, parseDatabase)),
		kong.NamedMapper("email", decode(say, parseEmail)),
		kong.NamedMapper("mailfrom", decode(say, parseMailFrom)),
		kong.NamedMapper("phone", decode(say, parsePhone)),
		kong.NamedMapper("webhook", decode(say, parseWebhook)),
		kong.NamedMapper("issuer", decode(say, parseIssuer)),
		kong.NamedMapper("roles", decode(say, parseRoles)),
		kong.NamedMapper("listen", decode(say, parseListen)),
		kong.NamedMapper("ids", decode(say, parseIDs)),
		kong.NamedMapper("proxies", decode(say, parseProxies)),
		kong.NamedMapper("log", decode(say, parseLog)),
		kong.NamedMapper("yes", decode(say, parseYes)),
		kong.NamedMapper("rate", decode(say, parseRate)),
		kong.NamedMapper("moment", decode(say, parseMoment)),
	)
	if err != nil {
		return nil, err
	}
	translateHelp(parser.Model, say)
	return parser.Model.Flags, nil
}

// badSetting is a value that cannot be decoded: the text "cli.bad.<id>" and its arguments.
type badSetting struct {
	id    string
	pairs []any
}

func (b badSetting) Error() string { return fmt.Sprint(b.id, b.pairs) }

func bad(id, value string, pairs ...any) error {
	return badSetting{id, append([]any{"Value", strconv.Quote(value)}, pairs...)}
}

// decode returns a mapper whose errors are in the language of the terminal.
func decode[T any](say say, parse func(string) (T, error)) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		value, err := parse(ctx.Scan.Pop().String())
		var bad badSetting
		if errors.As(err, &bad) {
			return errors.New(say("cli.bad."+bad.id, bad.pairs...))
		}
		if err != nil {
			return err
		}
		target.Set(reflect.ValueOf(value))
		return nil
	}
}

// parseAddress parses a web address and removes a slash at its end.
func parseAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", bad("address", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}

// parseDatabase parses the address of a database. What is wrong is not shown: it may be the
// password.
func parseDatabase(text string) (secret.Value, error) {
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return secret.Value{}, bad("database", "")
	}
	if _, err := url.Parse(text); err != nil {
		return secret.Value{}, bad("database", "")
	}
	return secret.New(text), nil
}

// place returns where the data is kept.
func (c config) place() store.Place {
	return store.Place{Dir: c.Data, Database: c.Database, Figures: c.StatsDatabase}
}

// routeForm is a path that means itself: unreserved characters (RFC 3986, section 2.3)
// between slashes, so that no encoding, pattern or redirect is involved.
var routeForm = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// parseWebhook parses a web address with a path, which is the route of the webhook.
func parseWebhook(text string) (*url.URL, error) {
	if _, err := parseAddress(text); err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err == nil && (!routeForm.MatchString(u.EscapedPath()) || u.RawQuery != "" || u.ForceQuery || u.Fragment != "") {
		err = bad("webhook", text, "Example", exampleWebhook(u))
	}
	return u, err
}

// exampleWebhook is an address for the webhook on the same host.
func exampleWebhook(u *url.URL) string { return fmt.Sprintf("%s://%s/telegram", u.Scheme, u.Host) }

// The forms of the log.
const (
	logText = "text"
	logJSON = "json"
)

func parseLog(text string) (string, error) {
	if text != logText && text != logJSON {
		return "", bad("log", text)
	}
	return text, nil
}

// parseIssuer parses the address of a provider: https, or on this machine.
func parseIssuer(text string) (string, error) {
	if !signin.SafeIssuer(text) {
		return "", bad("issuer", text)
	}
	return text, nil
}

func parseRoles(text string) (signin.RoleRules, error) {
	rules, ok := signin.ParseRoleRules(text)
	if !ok {
		return rules, bad("roles", text)
	}
	return rules, nil
}

// missingOIDC returns the setting that sign-in by the organisation lacks; empty: none, or there
// is no such sign-in.
func (c config) missingOIDC() string {
	given := map[string]bool{"DIGIWIJZER_OIDC_ISSUER": c.OIDCIssuer != "", "DIGIWIJZER_OIDC_CLIENT_ID": c.OIDCClientID != "", "DIGIWIJZER_OIDC_ROLES": c.OIDCRoles.Claim != ""}
	any := !c.OIDCSecret.Empty() || c.OIDCSecretFile != ""
	missing := ""
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if any = any || given[name]; !given[name] && missing == "" {
			missing = name
		}
	}
	if !any {
		return ""
	}
	return missing
}

func (c config) oidcSecret() (secret.Value, error) {
	return readSecret("DIGIWIJZER_OIDC_CLIENT_SECRET", c.OIDCSecret, c.OIDCSecretFile)
}

// parseYes parses a setting that is on or off.
func parseYes(text string) (bool, error) {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, bad("yes", text)
	}
	return on, nil
}

func parseListen(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", bad("listen", text)
	}
	return text, nil
}

// parseIDs parses Telegram user ids, comma-separated.
func parseIDs(text string) (ids []int64, err error) {
	var wrong []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil || id <= 0 {
			wrong = append(wrong, strconv.Quote(part))
		}
		ids = append(ids, id)
	}
	if len(wrong) > 0 {
		return nil, badSetting{"ids", []any{"Value", strings.Join(wrong, ", ")}}
	}
	return ids, nil
}

// parseProxies parses addresses and networks, comma-separated.
func parseProxies(text string) (admission.Proxies, error) {
	proxies, err := admission.ParseProxies(text)
	if err != nil {
		return nil, bad("proxies", text)
	}
	return proxies, nil
}

// untrustedProxy reports whether a proxy must stand in front of the service that it was not
// told of: somebody has to speak https for it.
func (c config) untrustedProxy() bool {
	return strings.HasPrefix(c.PublicURL, "https://") && len(c.TrustedProxy) == 0
}

func parseRate(text string) (float64, error) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return 0, bad("rate", text)
	}
	return rate, nil
}

func parseMoment(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, bad("moment", text)
	}
	return t, nil
}

func (c config) botToken() (secret.Value, error) {
	return readSecret("TELEGRAM_BOT_TOKEN", c.BotToken, c.BotTokenFile)
}

func (c config) webhookSecret() (secret.Value, error) {
	return readSecret("DIGIWIJZER_WEBHOOK_SECRET", c.WebhookSecret, c.WebhookSecretFile)
}

func (c config) dashboardToken() (secret.Value, error) {
	return readSecret("DIGIWIJZER_DASHBOARD_TOKEN", c.DashboardToken, c.DashboardTokenFile)
}

// maxSecret is the most bytes read of a file with a secret.
const maxSecret = 4096

// readSecret returns a secret, from its file if there is one; empty if it is not set. A
// file that every user of the machine can read is refused, as the key file is.
func readSecret(name string, value secret.Value, path string) (secret.Value, error) {
	if path == "" {
		return value, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return secret.Value{}, fmt.Errorf("%s_FILE: %w", name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Mode().Perm()&0o007 != 0 {
		return secret.Value{}, fmt.Errorf("%s_FILE: everybody on this machine can read %s: chmod 600 it", name, path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSecret))
	if err != nil {
		return secret.Value{}, fmt.Errorf("%s_FILE: %w", name, err)
	}
	if value = secret.New(strings.TrimSpace(string(text))); value.Empty() {
		return secret.Value{}, fmt.Errorf("%s_FILE: %s is empty", name, path)
	}
	return value, nil
}

// clock returns the system clock, shifted to the configured start if there is one.
func (c config) clock() bot.Clock {
	if c.Start.IsZero() {
		return bot.SystemClock{}
	}
	return bot.ClockFrom(c.Start)
}
