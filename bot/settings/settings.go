// Package settings is the configuration of the program: the settings, how a value is written and which
// values are refused. It does not read the environment.
package settings

import (
	"fmt"
	"maps"
	"net"
	netmail "net/mail"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store"
)

// Settings are the configuration of the program. The tag env is the variable of the environment that a field
// is read from, type the parser of its value (see Parsers), and help the text that explains it. The zero
// value of a field means "not set". A secret can be in a file instead, which is read only by the commands
// that need it, so that people without access to the token can make a report.
type Settings struct {
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
}

// Fault is a setting that cannot be used. Its words are the text "cli.bad." + ID with the pairs of names and
// values.
type Fault struct {
	Variable string // of the environment; empty: known to the caller of the parser
	ID       string
	Pairs    []any
}

// Error returns the fault without its words, for developers.
func (f Fault) Error() string { return strings.TrimSpace(f.Variable + " " + fmt.Sprint(f.ID, f.Pairs)) }

// Faults returns what is wrong with the combination of settings.
func (s Settings) Faults() (faults []Fault) {
	for _, given := range []struct {
		name  string
		value secret.Value
		file  string
	}{
		{"TELEGRAM_BOT_TOKEN", s.BotToken, s.BotTokenFile},
		{"DIGIWIJZER_WEBHOOK_SECRET", s.WebhookSecret, s.WebhookSecretFile},
		{"DIGIWIJZER_DASHBOARD_TOKEN", s.DashboardToken, s.DashboardTokenFile},
		{"DIGIWIJZER_OIDC_CLIENT_SECRET", s.OIDCSecret, s.OIDCSecretFile},
		{"DIGIWIJZER_SMTP_URL", s.SMTPURL, s.SMTPURLFile},
	} {
		if !given.value.Empty() && given.file != "" { // one would be silently ignored
			faults = append(faults, Fault{given.name, "both", []any{"Name", given.name}})
		}
	}
	if missing := s.missingOIDC(); missing != "" {
		faults = append(faults, Fault{missing, "oidc_part", []any{"Name", missing}})
	}
	if !s.StatsDatabase.Empty() && s.Database.Empty() {
		faults = append(faults, Fault{"DIGIWIJZER_STATS_DATABASE", "stats_database", nil})
	}
	return faults
}

// missingOIDC returns the setting that the organisation's own sign-in lacks; empty: none, or there is no
// such sign-in.
func (s Settings) missingOIDC() string {
	given := map[string]bool{"DIGIWIJZER_OIDC_ISSUER": s.OIDCIssuer != "", "DIGIWIJZER_OIDC_CLIENT_ID": s.OIDCClientID != "", "DIGIWIJZER_OIDC_ROLES": s.OIDCRoles.Claim != ""}
	any := !s.OIDCSecret.Empty() || s.OIDCSecretFile != ""
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

// Has reports whether a variable of the environment is set, directly or as a file.
func (s Settings) Has(name string) bool {
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		if env := v.Type().Field(i).Tag.Get("env"); (env == name || env == name+"_FILE") && !v.Field(i).IsZero() {
			return true
		}
	}
	return false
}

// Place returns where the data is kept.
func (s Settings) Place() store.Place {
	return store.Place{Dir: s.Data, Database: s.Database, Figures: s.StatsDatabase}
}

// Clock returns the system clock, shifted to the configured start if there is one.
func (s Settings) Clock() bot.Clock {
	if s.Start.IsZero() {
		return bot.SystemClock{}
	}
	return bot.ClockFrom(s.Start)
}

// UntrustedProxy reports whether the service needs a proxy that terminates https, but the addresses of its
// proxies are not set.
func (s Settings) UntrustedProxy() bool {
	return strings.HasPrefix(s.PublicURL, "https://") && len(s.TrustedProxy) == 0
}

// SignInSite returns the address of the site for staff, and whether they can sign in there: passkeys need
// https, or localhost.
func (s Settings) SignInSite() (string, bool) {
	if s.PublicURL != "" {
		return s.PublicURL, signin.SafeSite(s.PublicURL)
	}
	_, port, err := net.SplitHostPort(s.Listen)
	return "http://localhost:" + port, err == nil
}

// LocalURL returns the address of a page of the service for programs on this machine.
func (s Settings) LocalURL(path string) string {
	host, port, _ := net.SplitHostPort(s.Listen) // parseListen has checked it
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + path
}

// MissingOwner returns the variables about the owner that are not set. A logo is optional.
func (s Settings) MissingOwner() (missing []string) {
	for _, v := range []struct{ name, value string }{
		{"DIGIWIJZER_OWNER_NAME", s.OwnerName}, {"DIGIWIJZER_OWNER_EMAIL", s.OwnerEmail}, {"DIGIWIJZER_OWNER_PHONE", s.OwnerPhone},
		{"DIGIWIJZER_OWNER_PRIVACY_URL", s.OwnerPrivacyURL}, {"DIGIWIJZER_OWNER_A11Y_URL", s.OwnerA11yURL},
	} {
		if v.value == "" {
			missing = append(missing, v.name)
		}
	}
	return missing
}
