package audit

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// checkChanges checks what editors often forget with a change, by comparing with the content in use.
func (g *gate) checkChanges() {
	if g.before == nil {
		return
	}
	g.checkNumbers()
	for _, i := range g.Catalogue.Initiatives() {
		was, known := g.before.Catalogue.Initiative(i.ID)
		if !known || serialise(was) != serialise(i) {
			g.checkAddress(i)
		}
		if known {
			g.checkRenamed(was, i)
			g.checkMoved(was, i)
		}
	}
	g.checkUpdated()
}

// checkNumbers checks that answers and points under one number are the same.
func (g *gate) checkNumbers() {
	a, b := g.before.Questions, g.Questions
	if a.Version == b.Version && a.Layout().Fingerprint != b.Layout().Fingerprint {
		g.fault("layout.changed", location{file: questionsFile, id: "question_set"}, "Number", b.Version)
	}
	if a.Scale().Version == b.Scale().Version && !maps.Equal(points(a), points(b)) {
		g.fault("scoring.same", location{file: questionsFile, id: "scoring"}, "Number", b.Scale().Version)
	}
}

// points returns the points of every option of the scored questions that keep their options.
func points(q *flows.Questionnaire) map[string]float64 {
	all := map[string]float64{}
	for _, item := range q.Scale().Items {
		for option, n := range item.Points {
			all[item.Question+"."+option+"."+string(item.Axis)] = n
		}
	}
	return all
}

// checkAddress reports another initiative with the same address: an advice shows one of them.
func (g *gate) checkAddress(i *referral.Initiative) {
	if i.Kind == referral.KindRetired || i.Via != "" {
		return
	}
	for _, other := range g.Catalogue.Initiatives() {
		if other != i && other.Kind != referral.KindRetired && other.Via == "" && i.URL() != "" && sameAddress(i.URL(), other.URL()) {
			g.notice("initiative.same_address", recordAt(i), "Other", other.Name)
			return
		}
	}
}

func recordAt(i *referral.Initiative) location {
	return location{file: "referral/catalogue/" + i.ID + ".toml", id: i.ID}
}

func sameAddress(a, b string) bool { return address(a) == address(b) }

// address returns a web address without the parts that make no difference.
func address(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimSuffix(u.Path, "/") + "?" + u.RawQuery
}

// checkRenamed reports an old name that people may still type, and texts that still contain it.
func (g *gate) checkRenamed(was, is *referral.Initiative) {
	if was.Name == is.Name {
		return
	}
	if !slices.Contains(is.Aliases, was.Name) {
		g.notice("initiative.renamed", recordAt(is), "Old", was.Name)
	}
	for _, lang := range g.Texts.Languages() {
		for _, id := range g.Texts.IDs(lang) {
			if strings.HasPrefix(id, "initiative."+is.ID+".") && slices.ContainsFunc(g.Texts.Source(lang, id), func(s string) bool { return strings.Contains(s, was.Name) }) {
				g.notice("initiative.old_name", textAt(id, lang), "Old", was.Name)
			}
		}
	}
}

// checkMoved reports a new address whose source is still the old page.
func (g *gate) checkMoved(was, is *referral.Initiative) {
	sources := map[string]string{}
	for _, e := range is.Evidence {
		sources[e.ID] = e.URL
	}
	old := map[string]bool{}
	for _, c := range was.Contact {
		old[c.Value] = true
	}
	for _, c := range is.Contact {
		if source := sources[c.Evidence]; c.Type == "web" && !old[c.Value] && source != "" && !sameAddress(source, c.Value) {
			g.notice("contact.other_source", recordAt(is), "Address", c.Value, "Source", c.Evidence, "Page", source)
		}
	}
}

// checkUpdated reports translations that did not change with their Dutch text, and invisible
// characters.
func (g *gate) checkUpdated() {
	for _, id := range g.Texts.IDs(locales.Default) {
		if !g.changed(locales.Default, id) || anyPrefix(id, g.limits.SamePrefixes) {
			continue
		}
		for _, source := range g.Texts.Source(locales.Default, id) {
			if strings.ContainsAny(source, "\u00a0\u200b\u00ad") {
				g.notice("text.invisible", textAt(id, locales.Default))
			}
		}
		for _, lang := range g.Texts.Languages() {
			if lang != locales.Default && g.Texts.Has(lang, id) && g.before.Texts.Has(locales.Default, id) && !g.changed(lang, id) {
				g.notice("text.not_updated", textAt(id, lang))
			}
		}
	}
}

// changed reports whether a text differs from the one in use, or is new.
func (g *gate) changed(lang, id string) bool {
	return !g.before.Texts.Has(lang, id) || !slices.Equal(g.before.Texts.Source(lang, id), g.Texts.Source(lang, id))
}

// checkSectors reports a sector of the questions that the region does not have.
func (g *gate) checkSectors() {
	query, ok := g.Questions.Query("sector")
	if !ok {
		return
	}
	for _, o := range query.Options {
		if !slices.ContainsFunc(g.Catalogue.Region().Sectors(), func(s referral.Sector) bool { return s.ID == o.Value }) {
			g.notice("sector.no_figures", location{file: questionsFile, id: "sector"}, "Sector", o.Value)
		}
	}
}
