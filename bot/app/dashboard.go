package app

import (
	"crypto/sha256"
	"errors"
	"net"
	"strings"

	"digiwijzer/bot/settings"
	"digiwijzer/bot/web"
)

// newDashboard configures the coordinators' pages in the browser. Without a token only people who signed
// in have access; a demo needs neither.
func (s *Service) newDashboard() (*web.Dashboard, error) {
	d := &web.Dashboard{Demo: s.demo}
	if s.demo {
		return d, nil
	}
	var err error
	d.Token, err = s.sharedToken()
	return d, err
}

// sharedToken returns the SHA-256 of the token of the dashboard; zero without one.
func (b Base) sharedToken() (sum [sha256.Size]byte, err error) {
	token, err := b.Settings.SharedToken()
	var bad settings.Fault
	switch {
	case errors.As(err, &bad):
		return sum, BadInput{errors.New(bad.Variable + ": " + b.Say("cli.bad."+bad.ID, bad.Pairs...))}
	case err != nil || token.Empty():
		return sum, err
	}
	return sha256.Sum256([]byte(token.Reveal())), nil
}

// exposesDashboard reports whether the token and the figures may cross a network unencrypted: the server
// accepts connections from other machines, and the public address is not https.
func (s *Service) exposesDashboard() bool {
	if !s.dashboard.HasToken() || s.demo || strings.HasPrefix(s.Settings.PublicURL, "https://") {
		return false
	}
	address, ok := s.address().(*net.TCPAddr)
	return !ok || !address.IP.IsLoopback()
}

// dashboardLines returns lines with the address of the dashboard.
func (s *Service) dashboardLines(address string) []string {
	switch {
	case s.demo:
		return []string{s.Say("dashboard.demo.address", "Address", address)}
	case s.dashboard.HasToken():
		return []string{s.Say("dashboard.address", "Address", address)}
	}
	return nil
}
