package main

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"unicode/utf8"

	"digiwijzer/bot/web"
)

// minToken is the shortest dashboard token, in characters.
const minToken = 16

// newDashboard configures the coordinators' pages in the browser; nil without a token. A
// demo needs no token.
func (s *service) newDashboard() (*web.Dashboard, error) {
	d := &web.Dashboard{Demo: s.demo}
	if s.demo {
		return d, nil
	}
	secret, err := s.config.dashboardToken()
	if err != nil || secret.Empty() {
		return nil, err
	}
	if n := utf8.RuneCountInString(secret.Reveal()); n < minToken {
		return nil, badInputf("DIGIWIJZER_DASHBOARD_TOKEN: %s",
			s.say("cli.bad.dashboard_token", "N", strconv.Itoa(n), "Min", strconv.Itoa(minToken)))
	}
	d.Token = sha256.Sum256([]byte(secret.Reveal()))
	return d, nil
}

// announceDashboard prints the address of the dashboard.
func (s *service) announceDashboard(address string) {
	switch {
	case s.demo:
		fmt.Fprintln(s.stdout, s.say("dashboard.demo.address", "Address", address))
	case s.dashboard != nil:
		fmt.Fprintln(s.stdout, s.say("dashboard.address", "Address", address))
	}
}
