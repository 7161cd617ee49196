package publishing

import (
	"cmp"
	"context"
	"io/fs"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Checked is the result of a check of a content folder. Its JSON form is part of the command line.
type Checked struct {
	audit.Report
	Content    string            `json:"content,omitempty"` // id; empty: the content cannot be loaded
	Outdated   []string          `json:"outdated,omitempty"`
	Played     int               `json:"transcripts,omitempty"`
	Difference *audit.Difference `json:"difference,omitempty"`
}

// CheckFolder runs the content gate on the content of a folder; empty: the embedded content. Of a
// folder that differs from the embedded content in texts only, only the texts are checked, unless
// full is set. The edition is nil if it cannot be loaded.
func CheckFolder(ctx context.Context, folder string, full bool, words *locales.Texts, o audit.Options) (found Checked, e *content.Edition, err error) {
	e, refused := content.Load(folder)
	if refused != nil {
		found.Faults = audit.Refused(refused, content.FolderSources(folder), words, o.Lang)
		return found, nil, nil
	}
	found.Report, err = checkFolder(ctx, folder, e, full, o)
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return found, nil, err
	}
	audit.Locate(found.Faults, e)
	audit.Locate(found.Notices, e)
	found.Content = e.ID
	if folder != "" {
		found.Outdated, err = content.Outdated(folder)
	}
	return found, e, err
}

func checkFolder(ctx context.Context, folder string, e *content.Edition, full bool, o audit.Options) (audit.Report, error) {
	if o.Progress != nil {
		defer o.Progress("")
	}
	if folder == "" {
		return audit.Check(ctx, AuditContent(e), o), nil
	}
	embedded, err := content.Load("")
	if err != nil {
		return audit.Report{}, err
	}
	known := content.EmbeddedStructure()
	if full {
		known = ""
	}
	before := AuditContent(embedded)
	return audit.NewGate(known).Check(ctx, &before, AuditContent(e), o), nil
}

// Replay replays the transcripts that an editor recorded and adds what went otherwise.
func (c *Checked) Replay(e *content.Edition, recorded fs.FS, lang string) error {
	faults, played, err := audit.Replay(e.Engine, e.Texts, recorded, lang)
	c.Faults, c.Played = append(c.Faults, faults...), played
	return err
}

// Compare adds what publishing e over before would change.
func (c *Checked) Compare(before, e *content.Edition, on referral.Date) error {
	difference, err := audit.Compare(AuditContent(before), AuditContent(e), on)
	c.Difference = &difference
	return err
}
