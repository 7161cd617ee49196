package audit

import (
	"errors"
	"slices"
	"strings"

	"digiwijzer/locales"
	"digiwijzer/referral"
)

// checkTexts checks the texts as they stand in their files.
func (g *gate) checkTexts() {
	g.checkTranslations()
	g.checkNeeded()
	g.checkUnused()
	g.checkOptionCounts()
	for _, lang := range g.Texts.Languages() {
		for _, id := range g.Texts.IDs(lang) {
			for _, source := range g.Texts.Source(lang, id) {
				g.checkMarkup(id, lang, source)
				if lang == locales.Default && !anyPrefix(id, g.limits.Professional) {
					g.checkPlain(id, source)
				}
			}
		}
	}
}

// checkTranslations compares every language with Dutch.
func (g *gate) checkTranslations() {
	for _, err := range g.Texts.Faults() {
		var f *locales.Fault
		if errors.As(err, &f) {
			g.fault("text."+string(f.Kind), textAt(f.ID, f.Lang), "What", f.What)
		}
	}
	for _, lang := range g.Texts.Languages() {
		if lang == locales.Default {
			continue
		}
		for _, id := range g.Texts.IDs(lang) {
			if slices.Contains(g.limits.Same, id) || anyPrefix(id, g.limits.SamePrefixes) {
				continue
			}
			dutch, own := g.Texts.Source(locales.Default, id), g.Texts.Source(lang, id)
			if slices.Equal(dutch, own) && len(dutch) > 0 && len(wordsOf(dutch[0])) > g.limits.SameWords {
				g.fault("text.untranslated", textAt(id, lang))
			}
		}
	}
}

// checkNeeded valueSets for the texts that data and program need.
func (g *gate) checkNeeded() {
	for _, id := range append(g.Catalogue.TextIDs(), g.Questions.Scale().TextIDs()...) {
		g.asked.note(id)
	}
	for _, query := range g.Questions.Questions {
		for _, id := range []string{"question." + query.ID + ".text", "topic." + query.ID} {
			g.asked.note(id)
		}
		if query.Team {
			g.asked.note("question." + query.ID + ".team")
		}
		for _, o := range query.Options {
			g.asked.note("option." + query.ID + "." + o.Value)
		}
	}
	for id := range g.asked.used {
		if !g.Texts.Has(locales.Default, id) {
			g.fault("text.missing", textAt(id, locales.Default))
		}
	}
}

// checkUnused valueSets for texts that nobody says.
func (g *gate) checkUnused() {
	if g.ctx.Err() != nil {
		return
	}
	for _, id := range g.Texts.IDs(locales.Default) {
		if !g.asked.used[id] && !anyPrefix(id, g.limits.Owned) && !g.ofRetired(id) {
			g.fault("text.unused", textAt(id, locales.Default))
		}
	}
}

// ofRetired tells whether a text belongs to an initiative that has ended: an overlay that
// ends one cannot take its texts out of the program.
func (g *gate) ofRetired(id string) bool {
	name, ok := strings.CutPrefix(id, "initiative.")
	name, _, _ = strings.Cut(name, ".")
	i, known := g.Catalogue.Initiative(name)
	return ok && known && i.Kind == referral.KindRetired
}

// checkOptionCounts sees to it that every language has the same options in full and
// the same short labels.
func (g *gate) checkOptionCounts() {
	for _, query := range g.Questions.Questions {
		for _, prefix := range []string{"option." + query.ID + ".", "label." + query.ID + "."} {
			want := g.having(locales.Default, prefix)
			for _, lang := range g.Texts.Languages() {
				if n := g.having(lang, prefix); n != want {
					g.fault("text.options_differ", textAt(strings.TrimSuffix(prefix, "."), lang), "N", n, "Want", want)
				}
			}
		}
	}
}

func (g *gate) having(lang, prefix string) (n int) {
	for _, id := range g.Texts.IDs(lang) {
		if strings.HasPrefix(id, prefix) {
			n++
		}
	}
	return n
}

// checkMarkup refuses what would be shown as it stands, or not at all.
func (g *gate) checkMarkup(id, lang, source string) {
	if anyPrefix(id, []string{"cli."}) {
		return
	}
	bare := placeholder.ReplaceAllString(source, "")
	for _, mark := range []string{"<", ">", "&lt;", "&gt;", "&amp;", "&nbsp;", "**", "__", "```"} {
		if strings.Contains(bare, mark) {
			g.fault("text.markup", textAt(id, lang), "Mark", mark)
		}
	}
	if strings.ContainsAny(bare, "{}") {
		g.fault("text.braces", textAt(id, lang))
	}
}
