package main

import (
	"crypto/sha256"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"digiwijzer/bot/web"
)

// A dashboard token is refused when it is shorter, or has fewer different characters: those
// of "openssl rand -hex 16" have 32, and fewer than eight different ones once in 28 million times.
const (
	minToken     = 16
	minDifferent = 8
)

// newDashboard configures the coordinators' pages in the browser. Without a token only people
// who signed in get in; a demo needs neither.
func (s *service) newDashboard() (*web.Dashboard, error) {
	d := &web.Dashboard{Demo: s.demo}
	if s.demo {
		return d, nil
	}
	secret, err := s.config.dashboardToken()
	if err != nil || secret.Empty() {
		return d, err
	}
	if n := utf8.RuneCountInString(secret.Reveal()); n < minToken {
		return nil, badInputf("DIGIWIJZER_DASHBOARD_TOKEN: %s",
			s.say("cli.bad.dashboard_token", "N", strconv.Itoa(n), "Min", strconv.Itoa(minToken)))
	}
	if repetitive(secret.Reveal()) {
		return nil, badInputf("DIGIWIJZER_DASHBOARD_TOKEN: %s", s.say("cli.bad.dashboard_token_simple"))
	}
	d.Token = sha256.Sum256([]byte(secret.Reveal()))
	return d, nil
}

// repetitive reports whether a token consists of few characters or repeats a part of itself.
func repetitive(token string) bool {
	runes := []rune(token)
	different := map[rune]bool{}
	for _, r := range runes {
		different[r] = true
	}
	if len(different) < minDifferent {
		return true
	}
	for period := minDifferent; period <= len(runes)/2; period++ {
		if slices.Equal(runes[period:], runes[:len(runes)-period]) {
			return true
		}
	}
	return false
}

// exposesDashboard reports whether the token and the figures may pass a network unencrypted:
// other machines reach the server, and visitors come by http as far as it knows.
func (s *service) exposesDashboard() bool {
	if !s.dashboard.HasToken() || s.demo || strings.HasPrefix(s.config.PublicURL, "https://") {
		return false
	}
	address, ok := s.address().(*net.TCPAddr)
	return !ok || !address.IP.IsLoopback()
}

// announceDashboard prints the address of the dashboard.
func (s *service) announceDashboard(address string) {
	switch {
	case s.demo:
		fmt.Fprintln(s.stdout, s.say("dashboard.demo.address", "Address", address))
	case s.dashboard.HasToken():
		fmt.Fprintln(s.stdout, s.say("dashboard.address", "Address", address))
	}
}
