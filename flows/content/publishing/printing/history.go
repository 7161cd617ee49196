package printing

import (
	"context"
	"strconv"
	"time"

	"digiwijzer/flows/content/publishing"
)

// Published is one edition of the history. Its JSON form is part of the command line.
type Published struct {
	ID         int64    `json:"id"`
	At         string   `json:"at"`
	By         string   `json:"by"`
	Drafted    string   `json:"drafted,omitempty"`
	Note       string   `json:"note"`
	RolledBack *int64   `json:"rolled_back_to,omitempty"`
	Hash       string   `json:"hash"`
	Changes    []string `json:"changes"`

	moment time.Time
}

// History returns what was published, the latest first and limit editions at most, with what changed in
// words.
func (p Printer) History(ctx context.Context, limit int) ([]Published, error) {
	all, err := p.Service.History(ctx, 0, limit)
	if err != nil {
		return nil, err
	}
	past := []Published{}
	for _, edition := range all {
		v, err := p.Service.Version(ctx, edition.ID)
		if err != nil {
			return nil, err
		}
		past = append(past, p.published(v))
	}
	return past, nil
}

func (p Printer) published(v publishing.Version) Published {
	one := Published{moment: v.At, ID: v.ID, At: v.At.Format(time.RFC3339), By: p.Name(v.By), Drafted: p.Name(v.Drafted), Note: v.Note, Hash: v.Hash,
		Changes: p.texts(p.Service.DifferencesOf(v, p.Lang))}
	if v.RolledBack {
		one.RolledBack = &v.Of
	}
	return one
}

// Published returns the history.
func (p Printer) Published(past []Published) (lines []string) {
	if len(past) == 0 {
		return []string{p.say("cli.content.no_history")}
	}
	for _, one := range past {
		id, pairs := "cli.content.edition", []any{"ID", strconv.FormatInt(one.ID, 10), "At", when(one.moment), "By", one.By, "Note", one.Note}
		if one.RolledBack != nil {
			id, pairs = "cli.content.rolled_back", append(pairs, "Of", strconv.FormatInt(*one.RolledBack, 10))
		}
		lines = append(lines, p.say(id, pairs...))
		lines = append(lines, indented(one.Changes)...)
	}
	return lines
}
