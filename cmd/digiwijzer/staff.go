package main

import (
	"context"
	"net/http"

	"digiwijzer/bot/web"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store/staffdb"
)

// openStaff opens the data of the staff.
func (s *service) openStaff(ctx context.Context) (err error) {
	s.staffDB, err = staffdb.Open(ctx, s.config.Data)
	return err
}

// serveStaff returns the addresses for staff around a site. Who adds pages adds them here, with
// the right that each needs.
func (s *service) serveStaff(site *web.Site) (*signin.Routes, error) {
	in, err := signin.New(signin.Options{Frame: site, Shared: site.Reader, PublicURL: s.config.PublicURL})
	if err != nil {
		return nil, err
	}
	s.signIn = in
	routes := in.NewRoutes()
	s.addOffice(routes, site)
	return routes, nil
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
