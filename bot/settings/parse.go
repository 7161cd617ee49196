package settings

import (
	"fmt"
	"math"
	"net"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/mail"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/web/signin"
)

// Parser parses the text of a setting. For an invalid text it returns a Fault without a variable.
type Parser func(string) (any, error)

// Parsers returns the parsers of settings by the tag type of their fields.
func Parsers() map[string]Parser {
	return map[string]Parser{
		"address":  parser(ParseAddress),
		"database": parser(ParseDatabase),
		"email":    parser(parseEmail),
		"mailfrom": parser(parseMailFrom),
		"phone":    parser(parsePhone),
		"webhook":  parser(parseWebhook),
		"issuer":   parser(parseIssuer),
		"roles":    parser(parseRoles),
		"listen":   parser(parseListen),
		"ids":      parser(parseIDs),
		"proxies":  parser(parseProxies),
		"log":      parser(parseLog),
		"yes":      parser(parseYes),
		"rate":     parser(parseRate),
		"moment":   parser(parseMoment),
	}
}

func parser[T any](parse func(string) (T, error)) Parser {
	return func(text string) (any, error) { return parse(text) }
}

func bad(id, value string, pairs ...any) error {
	return Fault{ID: id, Pairs: append([]any{"Value", strconv.Quote(value)}, pairs...)}
}

// ParseAddress parses a web address and removes a slash at its end.
func ParseAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", bad("address", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}

// ParseDatabase parses the address of a database. An error does not show the text: it may contain the
// password.
func ParseDatabase(text string) (secret.Value, error) {
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return secret.Value{}, bad("database", "")
	}
	if _, err := url.Parse(text); err != nil {
		return secret.Value{}, bad("database", "")
	}
	return secret.New(text), nil
}

// routeForm matches a path that is its own canonical form: unreserved characters (RFC 3986, section 2.3)
// between slashes, so that no encoding, pattern or redirect is involved.
var routeForm = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// parseWebhook parses a web address with a path, which is the route of the webhook.
func parseWebhook(text string) (*url.URL, error) {
	if _, err := ParseAddress(text); err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err == nil && (!routeForm.MatchString(u.EscapedPath()) || u.RawQuery != "" || u.ForceQuery || u.Fragment != "") {
		err = bad("webhook", text, "Example", ExampleWebhook(u))
	}
	return u, err
}

// ExampleWebhook is an address for the webhook on the same host.
func ExampleWebhook(u *url.URL) string { return fmt.Sprintf("%s://%s/telegram", u.Scheme, u.Host) }

// The formats of the log.
const (
	LogText = "text"
	LogJSON = "json"
)

func parseLog(text string) (string, error) {
	if text != LogText && text != LogJSON {
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
		return nil, Fault{ID: "ids", Pairs: []any{"Value", strings.Join(wrong, ", ")}}
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

// phoneForm matches a telephone number: digits with spaces or dashes.
var phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 –-]{6,}[0-9]$`)

func parseEmail(text string) (string, error) {
	if address, err := netmail.ParseAddress(text); err != nil || address.Address != text {
		return "", bad("email", text)
	}
	return text, nil
}

func parsePhone(text string) (string, error) {
	if !phoneForm.MatchString(text) {
		return "", bad("phone", text)
	}
	return text, nil
}

func parseMailFrom(text string) (*netmail.Address, error) {
	sender, err := mail.ParseSender(text)
	if err != nil {
		return nil, bad("mail_from", text)
	}
	return &sender, nil
}
