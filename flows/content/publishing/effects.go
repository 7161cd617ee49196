package publishing

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Effects are what publishing a draft changes for people.
type Effects struct {
	audit.Difference
	Complete     bool // false: being computed, ask again
	Gone         []Shown
	New          []Shown
	Untranslated []Untranslated
	// Conversations in progress, and those of which a question or an answer is removed.
	Conversations, Touched int
	CountedConversations   bool

	before, after *content.Edition
}

// Shown is an initiative that is shown to businesses either before or after, not both.
type Shown struct {
	ID, Name   string
	Businesses int // of those compared
}

// Untranslated is a text that changed in Dutch and not in another language.
type Untranslated struct{ ID, Lang string }

// Effects compares a draft with the content in use. It returns after Patience at most, and the comparison
// continues in the background. A draft that cannot be loaded has no effects.
func (s *Service) Effects(ctx context.Context, d Draft) (Effects, error) {
	return s.effects(ctx, d, Patience)
}

// AllEffects compares a draft with the content in use and waits for the result.
func (s *Service) AllEffects(ctx context.Context, d Draft) (Effects, error) {
	for {
		e, err := s.effects(ctx, d, time.Second)
		if err != nil || e.Complete {
			return e, err
		}
		if ctx.Err() != nil {
			return e, refuse(Interrupted)
		}
	}
}

func (s *Service) effects(ctx context.Context, d Draft, limit time.Duration) (Effects, error) {
	after, err := s.load(d.files)
	if err != nil {
		return Effects{}, refuseFor(HasFaults, "", err)
	}
	before := s.o.Live.Current()
	today := referral.DayOf(s.o.Now())
	j := start(s, s.compared, d.Owner, strings.Join([]string{d.Hash(), before.Hash(), string(today)}, " "), func(ctx context.Context, _ *job[Effects]) (Effects, error) {
		return compare(before, after, today)
	})
	if !j.wait(ctx, limit) {
		return Effects{}, ctx.Err()
	}
	e, _, err := j.state()
	if err != nil {
		return Effects{}, refuseFor(Interrupted, "", err)
	}
	if s.o.Running != nil {
		if e.Touched, e.Conversations, err = s.o.Running(ctx, Affected(before, after, today)); err != nil {
			return e, err
		}
		e.CountedConversations = true
	}
	return e, nil
}

func compare(before, after *content.Edition, today referral.Date) (Effects, error) {
	difference, err := audit.Compare(AuditContent(before), AuditContent(after), today)
	if err != nil {
		return Effects{}, err
	}
	e := Effects{Difference: difference, Complete: true, before: before, after: after}
	for _, id := range slices.Sorted(maps.Keys(difference.Advised)) {
		switch n := difference.Advised[id]; {
		case n.After == 0:
			e.Gone = append(e.Gone, Shown{id, nameOf(before, id), n.Before})
		case n.Before == 0:
			e.New = append(e.New, Shown{id, nameOf(after, id), n.After})
		}
	}
	e.Untranslated = untranslated(before, after)
	return e, nil
}

// AuditContent returns an edition in the form of the content gate.
func AuditContent(e *content.Edition) audit.Content {
	return audit.Content{Questions: e.Questions, Catalogue: e.Catalogue, Texts: e.Texts, Engine: e.Engine, Structure: e.Structure()}
}

// nameOf returns the name of an initiative; its id if there is none.
func nameOf(e *content.Edition, id string) string {
	if i, ok := e.Catalogue.Initiative(id); ok {
		return i.Name
	}
	return id
}

// untranslated returns the texts that changed in Dutch but not in another language that has
// them.
func untranslated(before, after *content.Edition) (all []Untranslated) {
	changed := func(lang, id string) bool {
		return !slices.Equal(before.Texts.Source(lang, id), after.Texts.Source(lang, id))
	}
	for _, id := range after.Texts.IDs(locales.Default) {
		if !changed(locales.Default, id) {
			continue
		}
		for _, lang := range after.Texts.Languages() {
			if lang != locales.Default && !changed(lang, id) {
				all = append(all, Untranslated{id, lang})
			}
		}
	}
	return all
}

// Affected returns a function that reports whether a conversation has reached a question, or gave an answer,
// that is removed when an edition replaces another.
func Affected(before, after *content.Edition, today referral.Date) func(flows.Session) bool {
	goes := func(id string) bool {
		_, was := before.Questions.Query(id)
		_, is := after.Questions.Query(id)
		return was && !is
	}
	lost := map[string][]string{} // options by question
	for _, q := range before.Questions.Questions {
		for _, option := range before.Engine.Allowed(q.ID, today) {
			if !slices.Contains(after.Engine.Allowed(q.ID, today), option) {
				lost[q.ID] = append(lost[q.ID], option)
			}
		}
	}
	return func(s flows.Session) bool {
		if goes(before.Engine.Pending(s)) {
			return true
		}
		for id, value := range s.Answers {
			if slices.Contains(lost[id], value) {
				return true
			}
		}
		return false
	}
}

// Example returns a business of a shift in words: its line of business, size and place.
func (e Effects) Example(lang string, s audit.Shift) string {
	return business(e.before, lang, s.Example)
}

// business describes a business by its answers.
func business(e *content.Edition, lang string, answers map[string]string) string {
	place := e.Texts.Text(lang, "edition.outside")
	if m, ok := e.Catalogue.Region().Municipality(answers["municipality"], referral.MaxDate); ok {
		place = m.Name
	}
	return e.Texts.Text(lang, "edition.business", "Sector", e.Texts.Text(lang, "option.sector."+answers["sector"]),
		"Size", e.Texts.Text(lang, "option.size."+answers["size"]), "Place", place)
}

// Outcome returns an outcome of a shift in words: the quadrant and the first step.
func (e Effects) Outcome(lang string, o audit.Outcome) string {
	first := e.after.Texts.Text(lang, "edition.no_step")
	for _, edition := range []*content.Edition{e.after, e.before} {
		if i, ok := edition.Catalogue.Initiative(o.FirstStep); ok {
			first = i.Name
			break
		}
	}
	return e.after.Texts.Text(lang, "edition.outcome", "Quadrant", e.after.Texts.Text(lang, "quadrant."+string(o.Quadrant)+".title"), "First", first)
}

// Differences returns what a draft changes, in words.
func (s *Service) Differences(d Draft, lang string) []Difference {
	return s.differences(d.base, d.files, lang)
}
