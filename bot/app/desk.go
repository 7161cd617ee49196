package app

import (
	"context"
	"time"

	"digiwijzer/bot/web"
	"digiwijzer/bot/web/desk"
	"digiwijzer/flows/content/linkcheck"
)

// How long the desk tries a web address while an editor waits for the list.
const (
	deskLinkTimeout = 10 * time.Second
	deskLinkTries   = 1
)

// newDesk returns the editor's desk. names returns the names of staff by id.
func (s *Service) newDesk(site *web.Site, names func(context.Context) (map[string]string, error)) *desk.Desk {
	checker := linkcheck.New(linkcheck.Options{Timeout: deskLinkTimeout, Tries: deskLinkTries})
	return desk.New(desk.Options{
		Frame:   site,
		Service: s.editions,
		Current: s.content.Current,
		Now:     s.Clock.Now,
		Name: func(ctx context.Context, id string) string {
			known, err := names(ctx)
			if name := known[id]; err == nil && name != "" {
				return name
			}
			return id
		},
		Links:    checker.Check,
		Folder:   s.Settings.Content != "",
		FourEyes: s.Settings.FourEyes,
	})
}
