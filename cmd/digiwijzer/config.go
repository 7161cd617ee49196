package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot"
)

// config is what the environment says. The zero value of a field means "not set"
// where no default is named.
type config struct {
	token          secretSource
	apiURL         string // base address of the Bot API server
	data           string // folder of state.db and stats.db
	keyFile        string
	listen         string // host:port of the HTTP server
	publicURL      string // without a slash at the end
	webhook        *url.URL
	webhookSecret  secretSource
	coordinators   []int64 // Telegram user ids
	dashboardToken secretSource
	content        string  // overlay folder
	sendRate       float64 // messages per second over all chats; 0: no pacing
	start          time.Time
	terminal       terminalConfig
}

// terminalConfig is what the terminal says of itself.
type terminalConfig struct {
	lang    string // "en" when the locale is English; otherwise Dutch
	noColor bool
}

// environment looks variables up in a list of NAME=value.
type environment struct {
	values map[string]string
	faults []error
}

func newEnvironment(list []string) *environment {
	e := &environment{values: make(map[string]string, len(list))}
	for _, pair := range list {
		name, value, _ := strings.Cut(pair, "=")
		e.values[name] = value
	}
	return e
}

func (e *environment) get(name, otherwise string) string {
	if value := strings.TrimSpace(e.values[name]); value != "" {
		return value
	}
	return otherwise
}

func (e *environment) fault(name, format string, args ...any) {
	e.faults = append(e.faults, fmt.Errorf("%s: "+format, append([]any{name}, args...)...))
}

// readConfig makes sense of the environment and reports all that is wrong with it.
func readConfig(list []string) (config, error) {
	e := newEnvironment(list)
	c := config{
		token:          e.secret("TELEGRAM_BOT_TOKEN"),
		apiURL:         strings.TrimSuffix(e.address("TELEGRAM_API_URL", "https://api.telegram.org"), "/"),
		data:           e.get("DIGIWIJZER_DATA", "data"),
		keyFile:        e.get("DIGIWIJZER_KEY_FILE", "digiwijzer.key"),
		listen:         e.listen("DIGIWIJZER_LISTEN", "127.0.0.1:8080"),
		publicURL:      strings.TrimSuffix(e.address("DIGIWIJZER_PUBLIC_URL", ""), "/"),
		webhook:        e.webhook("DIGIWIJZER_WEBHOOK_URL"),
		webhookSecret:  e.secret("DIGIWIJZER_WEBHOOK_SECRET"),
		coordinators:   e.ids("DIGIWIJZER_COORDINATORS"),
		dashboardToken: e.secret("DIGIWIJZER_DASHBOARD_TOKEN"),
		content:        e.get("DIGIWIJZER_CONTENT", ""),
		sendRate:       e.rate("DIGIWIJZER_SEND_RATE", 30),
		start:          e.moment("DIGIWIJZER_NOW"),
		terminal:       e.terminal(),
	}
	return c, errors.Join(e.faults...)
}

// secret reads NAME or NAME_FILE; setting both is a fault, since one would be
// ignored without a word.
func (e *environment) secret(name string) secretSource {
	s := secretSource{name: name, value: newSecret(e.get(name, "")), file: e.get(name+"_FILE", "")}
	if !s.value.empty() && s.file != "" {
		e.fault(name, "is set, and %s_FILE too; set one of them", name)
	}
	return s
}

// address reads a web address.
func (e *environment) address(name, otherwise string) string {
	text := e.get(name, otherwise)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		e.fault(name, "%q is not a web address (https://...)", text)
		return ""
	}
	return text
}

func (e *environment) webhook(name string) *url.URL {
	text := e.address(name, "")
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil {
		e.fault(name, "%q is not a web address (https://...)", text)
		return nil
	}
	if u.Path == "" || u.Path == "/" || u.RawQuery != "" {
		e.fault(name, "%q needs a path of its own, such as %s://%s/telegram", text, u.Scheme, u.Host)
	}
	return u
}

func (e *environment) listen(name, otherwise string) string {
	text := e.get(name, otherwise)
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		e.fault(name, "%q is not an address with a port, such as 127.0.0.1:8080", text)
	}
	return text
}

func (e *environment) ids(name string) []int64 {
	var ids []int64
	for _, part := range strings.Split(e.get(name, ""), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil || id <= 0 {
			e.fault(name, "%q is not a Telegram user id (a number)", part)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

func (e *environment) rate(name string, otherwise float64) float64 {
	text := e.get(name, "")
	if text == "" {
		return otherwise
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
		e.fault(name, "%q is not a number of messages per second (0: no pacing)", text)
	}
	return rate
}

func (e *environment) moment(name string) time.Time {
	text := e.get(name, "")
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		e.fault(name, "%q is not a moment such as 2026-11-22T10:00:00+01:00", text)
	}
	return t
}

// terminal looks at the locale in the order that POSIX gives. Anything but English
// is Dutch: a machine that says nothing of its language stands in Utrecht.
func (e *environment) terminal() terminalConfig {
	locale := e.get("LC_ALL", e.get("LC_MESSAGES", e.get("LANG", "")))
	c := terminalConfig{lang: "nl", noColor: e.get("NO_COLOR", "") != "" || e.get("TERM", "") == "dumb"}
	if strings.HasPrefix(locale, "en") {
		c.lang = "en"
	}
	return c
}

// clock returns the clock of the program: the machine's, or one that began at the
// configured start and runs on from there.
func (c config) clock() bot.Clock {
	if c.start.IsZero() {
		return bot.SystemClock{}
	}
	return bot.ClockFrom(c.start)
}
