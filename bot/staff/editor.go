package staff

import (
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

// editorDays is how many days the page Editor looks ahead.
const editorDays = 90

// editor makes the page with the initiatives and plans that need a check now, and with the initiatives
// that need one within editorDays.
func (p *Pages) editor(c *content.Edition, lang string) Page {
	today := referral.DayOf(p.options.Clock.Now())
	var now, soon Part
	for _, i := range c.Catalogue.Initiatives() {
		checks, later := i.NeedsCheck(today), i.NeedsCheck(today.AddDays(editorDays))
		later = slices.DeleteFunc(later, func(check referral.Check) bool { return slices.Contains(checks, check) })
		if len(checks) > 0 {
			now = append(now, item("editor_line", "Name", i.Name, "Checks", checkNames(c, lang, checks)))
		}
		if len(later) > 0 {
			soon = append(soon, item("editor_line", "Name", i.Name, "Checks", checkNames(c, lang, later)))
		}
	}
	for _, m := range c.Catalogue.Region().AllMunicipalities() {
		if m.Planned != "" && m.ValidTo <= today.AddDays(editorDays) {
			now = append(now, item("editor_planned", "Name", m.Name, "Day", string(m.ValidTo)))
		}
	}
	var page Page
	if len(now) > 0 {
		page.Parts = append(page.Parts, append(Part{say("editor")}, now...))
	}
	if len(soon) > 0 {
		page.Parts = append(page.Parts, append(Part{say("editor_soon", "N", strconv.Itoa(editorDays))}, soon...))
	}
	if len(page.Parts) == 0 {
		return sentence(say("editor_done", "N", strconv.Itoa(editorDays)))
	}
	return page
}

func checkNames(c *content.Edition, lang string, checks []referral.Check) string {
	names := make([]string, len(checks))
	for i, check := range checks {
		names[i] = Render(c.Texts, lang, phrase("needs."+string(check)))
	}
	return strings.Join(names, ", ")
}
