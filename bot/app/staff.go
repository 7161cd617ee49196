package app

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/desk"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
)

// OpenStaff opens the data of staff in their file, or in the database.
func (b Base) OpenStaff(ctx context.Context) (*staffdb.DB, error) {
	if address := b.Settings.Place().StaffDatabase(); !address.Empty() {
		return staffdb.OpenDatabase(ctx, address.Reveal())
	}
	return staffdb.Open(ctx, b.Settings.Data)
}

// openStaff opens the data of the staff. The audit trail is also logged, so that truncating it is
// detectable.
func (s *Service) openStaff(ctx context.Context) (err error) {
	if s.staffDB, err = s.OpenStaff(ctx); err != nil {
		return err
	}
	s.staffDB.OnRecord(func(e staffdb.Entry) {
		s.log.Info("audit", "event", e.What, "who", e.Who, "about", e.About, "seq", e.Seq, "hash", hex.EncodeToString(e.Hash))
	})
	return nil
}

// serveStaff returns the addresses for staff around a site. New pages are added here, with the right that
// each requires.
func (s *Service) serveStaff(ctx context.Context, site *web.Site) (*signin.Routes, error) {
	provider, err := s.newProvider(ctx)
	if err != nil {
		return nil, err
	}
	everybody := people.New(s.staffDB, s.Clock)
	o := signin.Options{
		Frame:     site,
		People:    everybody,
		Key:       s.key.Derive(store.StaffSignIn),
		Clock:     s.Clock,
		PublicURL: s.Settings.PublicURL,
		Contact:   contactOf(s.owner),
		Proxies:   s.Settings.TrustedProxy,
		Provider:  provider,
		Menu:      []signin.MenuEntry{{Href: "/werkgroep", Text: "dashboard.nav", Right: staff.SeeFigures}, {Href: desk.Path, Text: "desk.title", Right: staff.SeeContent}},
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
func (s *Service) staffMenu(r *http.Request, words frame.Words) frame.Menu {
	return s.signIn.Menu(r, words)
}

// newProvider returns the organisation's own sign-in; nil without one. It need not be reachable now.
func (s *Service) newProvider(ctx context.Context) (*signin.Provider, error) {
	if s.Settings.OIDCIssuer == "" {
		return nil, nil
	}
	secret, err := s.Settings.ClientSecret()
	if err != nil {
		return nil, err
	}
	provider := signin.NewProvider(signin.ProviderOptions{Issuer: s.Settings.OIDCIssuer, ClientID: s.Settings.OIDCClientID,
		Secret: secret, Rules: s.Settings.OIDCRoles, Clock: s.Clock})
	if err := provider.Reach(ctx); err != nil {
		s.log.Warn("the provider cannot be reached; it is tried again at the next sign-in", "error", err)
	}
	return provider, nil
}

// contactOf returns how to reach the organisation; empty if that is not known.
func contactOf(o web.Owner) string {
	var parts []string
	for _, part := range []string{o.Name, o.Email, o.Phone} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// besideSite serves the addresses of staff, and passes everything else to the site.
func besideSite(staff *signin.Routes, site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if staff.Serves(r) {
			staff.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// editorOf returns what an account may do with content.
func editorOf(a staffdb.Account) publishing.Editor {
	p := personOf(a)
	return publishing.Editor{ID: p.ID, Draft: p.May(staff.Draft), Publish: p.May(staff.Publish)}
}

// personOf returns an account as a person.
func personOf(a staffdb.Account) staff.Person {
	person := staff.Person{ID: a.ID, Name: a.Name}
	for _, r := range a.Roles {
		person.Roles = append(person.Roles, staff.Role(r))
	}
	return person
}

// RecordRestore notes in the audit trail that later entries follow a restore.
func (b Base) RecordRestore(ctx context.Context) error {
	db, err := b.OpenStaff(ctx)
	if err != nil {
		return err
	}
	return errors.Join(db.Update(ctx, func(tx *staffdb.Tx) error {
		return tx.Record(staffdb.Entry{When: b.Clock.Now(), Who: staffdb.CommandLine, What: people.Restored})
	}), db.Close())
}
