package app

import (
	"context"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
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
