package app

import (
	"context"
	"errors"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/store/staffdb"
)

// openEditions opens the drafts and editions. They pass the same gate as content from
// elsewhere; what passed it here need not pass it again to be used.
func (s *Service) openEditions(gate *audit.Gate, verdicts *content.Verdicts) (err error) {
	s.editions, err = publishing.New(publishing.Options{
		Store: s.staffDB.Editions(),
		Live:  s.content,
		Check: func(ctx context.Context, running, candidate *content.Edition, o audit.Options) audit.Report {
			before := publishing.Gated(running)
			o.Workers = 1 // people are served meanwhile
			return gate.Check(ctx, &before, publishing.Gated(candidate), o)
		},
		Passed: func(e *content.Edition) {
			if err := verdicts.Record(e.Hash()); err != nil {
				s.log.Warn("verdict not kept", "error", err)
			}
		},
		Now:      s.Clock.Now,
		Folder:   s.Settings.Content != "",
		FourEyes: s.Settings.FourEyes,
		Running:  s.store.CountConversations,
		Words:    s.Words,
	})
	return err
}

// offline is the content of the command line, where nobody is served: a server finds what is
// published by itself.
type offline struct{ edition *content.Edition }

// Current implements publishing.Live.
func (o offline) Current() *content.Edition { return o.edition }

// Offer implements publishing.Live.
func (offline) Offer(context.Context, content.Files) error { return nil }

// OpenEditions opens the drafts and editions for a command, also while a server is running.
func (b Base) OpenEditions(ctx context.Context) (*publishing.Service, *staffdb.DB, error) {
	folder := b.Settings.Content
	db, err := b.OpenStaff(ctx)
	if err != nil {
		return nil, nil, err
	}
	live, err := published(ctx, db, folder)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	gate := audit.NewGate(content.EmbeddedStructure())
	s, err := publishing.New(publishing.Options{
		Store: db.Editions(), Live: offline{live}, Now: b.Clock.Now, Folder: folder != "", FourEyes: b.Settings.FourEyes, Words: b.Words,
		Check: func(ctx context.Context, running, candidate *content.Edition, o audit.Options) audit.Report {
			before := publishing.Gated(running)
			return gate.Check(ctx, &before, publishing.Gated(candidate), o)
		},
	})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, db, nil
}

// published loads the content that a server with this data folder uses.
func published(ctx context.Context, db *staffdb.DB, folder string) (*content.Edition, error) {
	if folder != "" {
		return content.Load(folder)
	}
	publication, _, err := publishing.Published(db.Editions())(ctx)
	if err != nil {
		return nil, err
	}
	return content.LoadFiles(publication.Files)
}
