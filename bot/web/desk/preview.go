package desk

import (
	"html/template"
	"regexp"
	"strings"

	"digiwijzer/referral"
)

// preview is a record or a text as people will see it, in one language.
type preview struct {
	Lang, Language string
	Adviser        bool   // it is for the adviser's page, not for a phone
	Title          string // of an action or a kind of help
	Lines          []template.HTML
	Buttons        []string
	Link           string // text of the button to an address
	Small          []string
}

// placeholder matches a part that the program fills in.
var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// filledIn returns a text with its placeholders marked.
func filledIn(text string) template.HTML {
	var b strings.Builder
	from := 0
	for _, at := range placeholder.FindAllStringIndex(text, -1) {
		b.WriteString(template.HTMLEscapeString(text[from:at[0]]))
		name := strings.Trim(text[at[0]:at[1]], "{}. ")
		b.WriteString("<mark>" + template.HTMLEscapeString(name) + "</mark>")
		from = at[1]
	}
	b.WriteString(template.HTMLEscapeString(text[from:]))
	return template.HTML(b.String()) //nolint:gosec // every part is escaped above
}

// previews shows a record in every language; none if people see nothing of it.
func (w *workspace) previews(r record, texts []string) (all []preview) {
	for _, lang := range w.texts.Languages {
		p := preview{Lang: lang, Language: w.Texts.Text(lang, "language.name")}
		text := func(id string) string { return w.texts.ByID[id].Text(lang) }
		add := func(ids ...string) {
			for _, id := range ids {
				if t := text(id); t != "" {
					p.Lines = append(p.Lines, filledIn(t))
				}
			}
		}
		switch r.kindName() {
		case "vragen":
			w.previewQuestion(&p, r, text)
		case "hulp":
			w.previewHelp(&p, r, text)
		case "regels":
			add(texts...)
		case "acties":
			w.previewAction(&p, r, text)
		case "cijfers":
			add("benchmark." + r.id)
			p.Small = []string{r.text("source")}
		case "adviseur":
			p.Adviser = true
			add("interview."+r.id+".text", "interview."+r.id+".why")
		case "":
			add(texts...)
		}
		if len(p.Lines)+len(p.Buttons) > 0 || p.Title != "" {
			all = append(all, p)
		}
	}
	return all
}

// kindName returns the name of the kind of a record; empty for a standalone text.
func (r record) kindName() string {
	if r.kind == nil {
		return ""
	}
	return r.kind.name
}

func (w *workspace) previewQuestion(p *preview, r record, text func(string) string) {
	p.Lines = append(p.Lines, filledIn(text("question."+r.id+".text")))
	list := r.value.FieldByName("Options")
	for i := range list.Len() {
		id := r.id + "." + list.Index(i).FieldByName("Value").String()
		if label := text("option." + id); label != "" {
			p.Buttons = append(p.Buttons, label)
		} else {
			p.Buttons = append(p.Buttons, list.Index(i).FieldByName("Value").String())
		}
	}
	if r.value.FieldByName("DontKnow").Bool() {
		p.Buttons = append(p.Buttons, w.Texts.Text(p.Lang, "chat.dont_know"))
	}
}

func (w *workspace) previewHelp(p *preview, r record, text func(string) string) {
	i, _ := r.value.Addr().Interface().(*referral.Initiative)
	p.Title = i.Name
	ids := []string{".pitch", ".next", ".cost"}
	if i.Kind == referral.KindRetired {
		ids = []string{".about"}
	}
	for _, part := range ids {
		if t := text("initiative." + r.id + part); t != "" {
			p.Lines = append(p.Lines, filledIn(t))
		}
	}
	if url := i.URL(); url != "" && i.Kind != referral.KindRetired {
		p.Link, p.Small = i.Name, []string{url}
	}
}

func (w *workspace) previewAction(p *preview, r record, text func(string) string) {
	a, _ := r.value.Addr().Interface().(*referral.Action)
	p.Title = text("action." + r.id + ".title")
	if how := text("action." + r.id + ".how"); how != "" {
		p.Lines = append(p.Lines, filledIn(how))
	}
	p.Small = []string{w.Texts.Text(p.Lang, "adviser.actions.terms", "Minutes", a.Minutes, "Cost", w.Texts.Text(p.Lang, "result.cost."+string(a.Cost)))}
}
