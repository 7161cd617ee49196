package app

import (
	"context"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
)

// openEditions opens the drafts and editions. They pass the same gate as other content; what passed it
// here is not checked again when it is put in use.
func (s *Service) openEditions(gate *audit.Gate, verdicts *content.Verdicts) (err error) {
	s.editions, err = publishing.New(publishing.Options{
		Store: s.staffDB.Editions(),
		Live:  s.content,
		Check: func(ctx context.Context, running, candidate *content.Edition, o audit.Options) audit.Report {
			before := publishing.AuditContent(running)
			o.Workers = 1 // visitors are served meanwhile
			return gate.Check(ctx, &before, publishing.AuditContent(candidate), o)
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
