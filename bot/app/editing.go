package app

import (
	"context"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/store/staffdb"
	"errors"
	"strconv"
	"strings"
)

// Editing is the service for drafts and editions for a user of the command line.
type Editing struct {
	*publishing.Service
	Who publishing.Editor

	base     Base
	db       *staffdb.DB
	accounts map[string]string // names by id
}

// OpenEditing opens the drafts and editions for the account with a name or id, also while a server
// is running. With an empty name it is the command line, which may do everything: its user may read
// and write the data folder. The caller closes it.
func (b Base) OpenEditing(ctx context.Context, by string) (*Editing, error) {
	service, db, err := b.openEditions(ctx)
	if err != nil {
		return nil, err
	}
	e := &Editing{Service: service, base: b, db: db, accounts: map[string]string{staffdb.CommandLine: b.Say("cli.content.command_line")}}
	if err := e.identify(ctx, by); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

// identify finds the account and the rights of its roles.
func (e *Editing) identify(ctx context.Context, by string) error {
	var all []staffdb.Account
	err := e.db.View(ctx, func(tx *staffdb.Tx) (err error) {
		all, err = tx.Accounts()
		return err
	})
	if err != nil {
		return err
	}
	e.Who = publishing.Editor{ID: staffdb.CommandLine, Draft: true, Publish: true}
	var matching []staffdb.Account
	for _, a := range all {
		e.accounts[a.ID] = a.Name
		if by != "" && (a.ID == by || strings.EqualFold(a.Name, by)) {
			matching = append(matching, a)
		}
	}
	switch {
	case by == "":
		return nil
	case len(matching) != 1:
		return e.base.BadInput("cli.bad.content_by", "Value", strconv.Quote(by), "Count", len(matching))
	}
	e.Who = editorOf(matching[0])
	return nil
}

// Name returns the name of an account; for a deleted one the id.
func (e *Editing) Name(id string) string {
	if name := e.accounts[id]; name != "" {
		return name
	}
	return id
}

// Owner returns the id of the account with a name or id, as the owner of a draft; empty: one's own.
func (e *Editing) Owner(of string) (string, error) {
	if of == "" {
		return e.Who.ID, nil
	}
	if _, known := e.accounts[of]; known {
		return of, nil
	}
	var matching []string // names need not be unique
	for id, name := range e.accounts {
		if strings.EqualFold(name, of) {
			matching = append(matching, id)
		}
	}
	if len(matching) != 1 {
		return "", e.base.BadInput("cli.bad.content_by", "Value", strconv.Quote(of), "Count", len(matching))
	}
	return matching[0], nil
}

// Close closes the data of staff.
func (e *Editing) Close() error { return e.db.Close() }

// Refused returns a refusal of the service in the language of the operator, with its faults; any
// other error is returned as it is.
func (b Base) Refused(err error) error {
	r, ok := publishing.AsRefusal(err)
	if !ok {
		return err
	}
	lines := []string{r.Text(b.Words, b.Lang)}
	for _, f := range r.Faults {
		lines = append(lines, f.String())
	}
	return BadInput{errors.New(strings.Join(lines, "\n"))}
}

func (b Base) openEditions(ctx context.Context) (*publishing.Service, *staffdb.DB, error) {
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
			before := publishing.AuditContent(running)
			return gate.Check(ctx, &before, publishing.AuditContent(candidate), o)
		},
	})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, db, nil
}

// offline is the content for commands, which serve nobody: a running server finds what is published by
// itself.
type offline struct{ edition *content.Edition }

// Current implements publishing.Live.
func (o offline) Current() *content.Edition { return o.edition }

// Offer implements publishing.Live.
func (offline) Offer(context.Context, content.Files) error { return nil }

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
