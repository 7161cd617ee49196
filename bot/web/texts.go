package web

import (
	"net/http"
	"strconv"
	"strings"
)

// textsPage serves a page of texts: web.<name>.title, .intro and numbered sections.
func (s *site) textsPage(name string) http.HandlerFunc {
	return s.fixed("text", func(page *pageData) {
		page.Title = page.T("web." + name + ".title")
		body := textBody{Name: name, Sections: page.sections("web." + name)}
		if name == "privacy" && s.opts.ErasedLater {
			rights := &body.Sections[len(body.Sections)-1]
			rights.Parts = append(rights.Parts, paragraph{Text: page.T("web.privacy_database")})
		}
		page.Body = body
	})
}

// textBody is a page of texts.
type textBody struct {
	Name     string
	Sections []section // the first is the intro, without a title
}

// section is a heading with paragraphs and lists.
type section struct {
	Title string
	Parts []paragraph
}

// paragraph is a text or a list.
type paragraph struct {
	Text string
	List []string
}

// sections returns the intro and the numbered sections of a page.
func (l localizer) sections(prefix string) (all []section) {
	all = append(all, section{Parts: paragraphs(l.T(prefix + ".intro"))})
	for i := 1; ; i++ {
		id := prefix + "." + strconv.Itoa(i)
		if !l.texts.Has(l.texts.Languages()[0], id+".title") {
			return all
		}
		all = append(all, section{Title: l.T(id + ".title"), Parts: paragraphs(l.T(id + ".text"))})
	}
}

// paragraphs splits a text at empty lines; lines that begin with "- " are a list.
func paragraphs(text string) (all []paragraph) {
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		if !strings.HasPrefix(lines[0], "- ") {
			all = append(all, paragraph{Text: part})
			continue
		}
		for i := range lines {
			lines[i] = strings.TrimPrefix(lines[i], "- ")
		}
		all = append(all, paragraph{List: lines})
	}
	return all
}
