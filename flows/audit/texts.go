package audit

import (
	"context"
	"errors"
	"slices"
	"strings"

	"digiwijzer/locales"
	"digiwijzer/referral"
)

// checkTexts checks the texts as written in their files.
func (g *gate) checkTexts(ctx context.Context) {
	g.checkTranslations()
	g.checkNeeded()
	g.checkUnused(ctx)
	g.checkOptionCounts()
	for _, lang := range g.Texts.Languages() {
		for _, id := range g.Texts.IDs(lang) {
			if g.before != nil && !g.changed(lang, id) {
				continue // it passed as part of the content in use
			}
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
			g.translationFault(f)
		}
	}
	g.checkUnfinished()
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

// unfinishedID is a text that marks a language as being translated.
const unfinishedID = "language.unfinished"

// translationFault reports a fault of one translation. Placeholders that differ because the
// Dutch text changed are a fault of the Dutch text.
func (g *gate) translationFault(f *locales.Fault) {
	at := textAt(f.ID, f.Lang)
	switch {
	case f.ID == unfinishedID, f.Kind == locales.Missing && g.Texts.Has(f.Lang, unfinishedID):
	case f.Kind == locales.Placeholders:
		wrong, right := f.Own, f.Dutch
		if g.before != nil && g.before.Texts.Has(f.Lang, f.ID) && g.changed(locales.Default, f.ID) && !g.changed(f.Lang, f.ID) {
			at = textAt(f.ID, locales.Default)
			wrong, right = right, wrong
		}
		g.fault("text.placeholders", at, "Own", placeholderList(wrong), "Right", placeholderList(right))
	default:
		g.fault("text."+string(f.Kind), at)
	}
}

// placeholderList returns the names of placeholders as they are written.
func placeholderList(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return "{{." + strings.Join(names, "}}, {{.") + "}}"
}

// checkUnfinished counts missing translations of a language that is marked as unfinished: they are
// shown in Dutch.
func (g *gate) checkUnfinished() {
	for _, lang := range g.Texts.Languages() {
		if !g.Texts.Has(lang, unfinishedID) {
			continue
		}
		n := 0
		for _, id := range g.Texts.IDs(locales.Default) {
			if !g.Texts.Has(lang, id) {
				n++
			}
		}
		g.notice("language.unfinished", location{file: "locales", lang: lang}, "N", n)
	}
}

// checkNeeded reports texts that the data or the program uses and that are missing.
func (g *gate) checkNeeded() {
	for _, id := range append(g.Catalogue.TextIDs(), g.Questions.Scale().TextIDs()...) {
		g.used.add(id)
	}
	for _, query := range g.Questions.Questions {
		for _, id := range []string{"question." + query.ID + ".text", "topic." + query.ID} {
			g.used.add(id)
		}
		if query.Team {
			g.used.add("question." + query.ID + ".team")
		}
		for _, o := range query.Options {
			g.used.add("option." + query.ID + "." + o.Value)
		}
	}
	for id := range g.used.ids {
		if !g.Texts.Has(locales.Default, id) {
			g.fault("text.missing", textAt(id, locales.Default))
		}
	}
}

// checkUnused reports texts that nothing uses. After a cancelled rendering it would
// report too many.
func (g *gate) checkUnused(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	for _, id := range g.Texts.IDs(locales.Default) {
		if !g.used.ids[id] && !anyPrefix(id, g.limits.Owned) && !g.ofRetired(id) {
			g.unused(id)
		}
	}
}

// unused reports a text that nothing uses. Texts of the program itself may be used again when the
// content changes, such as the one for help that is reached through others. An unused text that already
// existed is no mistake in the change, and a content folder cannot remove those of the program.
func (g *gate) unused(id string) {
	if g.before != nil && g.before.Texts.Has(locales.Default, id) {
		if !g.walk.done { // otherwise only some of the messages are rendered
			g.notice("text.unused", textAt(id, locales.Default))
		}
		return
	}
	if strings.HasPrefix(id, "chat.") || strings.HasPrefix(id, "code.") {
		g.notice("text.unused", textAt(id, locales.Default))
		return
	}
	g.fault("text.unused", textAt(id, locales.Default))
}

// ofRetired reports whether a text belongs to an initiative or action that has ended: a
// content folder can end one, but cannot remove its texts from the program.
func (g *gate) ofRetired(id string) bool {
	kind, rest, _ := strings.Cut(id, ".")
	name, _, _ := strings.Cut(rest, ".")
	switch kind {
	case "initiative":
		i, known := g.Catalogue.Initiative(name)
		return known && i.Kind == referral.KindRetired
	case "action":
		a, known := g.Catalogue.Action(name)
		return known && a.Status == referral.StatusEnded
	}
	return false
}

// checkOptionCounts reports languages in which the number of full options, short labels or examples
// differs from Dutch.
func (g *gate) checkOptionCounts() {
	ids := map[string][]string{} // by language
	for _, lang := range g.Texts.Languages() {
		ids[lang] = g.Texts.IDs(lang)
	}
	for _, query := range g.Questions.Questions {
		for _, prefix := range []string{"option." + query.ID + ".", "label." + query.ID + ".", "hint." + query.ID + "."} {
			want := countTexts(ids[locales.Default], prefix)
			for _, lang := range g.Texts.Languages() {
				if n := countTexts(ids[lang], prefix); n != want && !g.Texts.Has(lang, unfinishedID) {
					g.fault("text.options_differ", textAt(strings.TrimSuffix(prefix, "."), lang), "N", n, "Want", want)
				}
			}
		}
	}
}

func countTexts(ids []string, prefix string) (n int) {
	for _, id := range ids {
		if strings.HasPrefix(id, prefix) {
			n++
		}
	}
	return n
}

// checkMarkup reports markup, which channels would show literally or drop.
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
