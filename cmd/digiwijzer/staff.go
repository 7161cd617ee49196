package main

import (
	"context"
	"encoding/hex"
	"net"
	"net/http"
	"strings"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/desk"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
)

// openStaffData opens the data of staff in their file, or in the database.
func (c config) openStaffData(ctx context.Context) (*staffdb.DB, error) {
	if address := c.place().StaffDatabase(); !address.Empty() {
		return staffdb.OpenDatabase(ctx, address.Reveal())
	}
	return staffdb.Open(ctx, c.Data)
}

// openStaff opens the data of the staff. What staff do is in the log too, so that a trail that
// somebody cut off shows.
func (s *service) openStaff(ctx context.Context) (err error) {
	if s.staffDB, err = s.config.openStaffData(ctx); err != nil {
		return err
	}
	s.staffDB.OnRecord(func(e staffdb.Entry) {
		s.log.Info("audit", "event", e.What, "who", e.Who, "about", e.About, "seq", e.Seq, "hash", hex.EncodeToString(e.Hash))
	})
	return nil
}

// serveStaff returns the addresses for staff around a site. Who adds pages adds them here, with
// the right that each needs.
func (s *service) serveStaff(ctx context.Context, site *web.Site) (*signin.Routes, error) {
	provider, err := s.newProvider(ctx)
	if err != nil {
		return nil, err
	}
	everybody := people.New(s.staffDB, s.clock)
	o := signin.Options{
		Frame:     site,
		People:    everybody,
		Key:       s.key.Derive(store.StaffSignIn),
		Clock:     s.clock,
		PublicURL: s.config.PublicURL,
		Contact:   contactOf(s.owner),
		Proxies:   s.config.TrustedProxy,
		Provider:  provider,
		Desks:     []signin.Desk{{Href: "/werkgroep", Text: "dashboard.nav", Right: staff.SeeFigures}, {Href: desk.Path, Text: "desk.title", Right: staff.SeeContent}},
		Log:       s.log,
	}
	if s.dashboard.HasToken() {
		o.Shared = site.Reader
	}
	in, err := signin.New(o)
	if err != nil {
		return nil, err
	}
	s.signIn = in
	s.dashboard.Person, s.dashboard.SignIn = in.Account, signin.Path
	s.staffRoutes = in.NewRoutes()
	s.newDesk(site, everybody.Names).AddTo(s.staffRoutes)
	s.addOffice(s.staffRoutes, site)
	return s.staffRoutes, nil
}

// staffMenu returns the menu of a page for staff.
func (s *service) staffMenu(r *http.Request, words frame.Words) frame.Menu {
	return s.signIn.Menu(r, words)
}

// newProvider returns the organisation's own sign-in; nil without one. It need not be reachable
// now.
func (s *service) newProvider(ctx context.Context) (*signin.Provider, error) {
	if s.config.OIDCIssuer == "" {
		return nil, nil
	}
	secret, err := s.config.oidcSecret()
	if err != nil {
		return nil, err
	}
	provider := signin.NewProvider(signin.ProviderOptions{Issuer: s.config.OIDCIssuer, ClientID: s.config.OIDCClientID,
		Secret: secret, Rules: s.config.OIDCRoles, Clock: s.clock})
	if err := provider.Reach(ctx); err != nil {
		s.log.Warn("the provider cannot be reached; it is tried again at the next sign-in", "error", err)
	}
	return provider, nil
}

// contactOf returns how to reach the organisation; empty where that is not known.
func contactOf(o web.Owner) string {
	var parts []string
	for _, part := range []string{o.Name, o.Email, o.Phone} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// besideSite serves what staff have an address for, and everything else by the site.
func besideSite(staff *signin.Routes, site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if staff.Serves(r) {
			staff.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// signInSite returns the address of the site as staff reach it: passkeys need https, or
// localhost.
func (c config) signInSite() (string, bool) {
	if c.PublicURL != "" {
		return c.PublicURL, signin.SafeSite(c.PublicURL)
	}
	_, port, err := net.SplitHostPort(c.Listen)
	return "http://localhost:" + port, err == nil
}
