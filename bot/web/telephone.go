package web

import (
	"html/template"
	"regexp"
	"strings"
)

var (
	notDialled = regexp.MustCompile(`[^0-9]`)
	// inText matches a Dutch telephone number in a text: an area or service code, then the
	// rest in groups, or the international form.
	inText = regexp.MustCompile(`(?:\+31[ -]?|\b0)[1-9][0-9]{0,3}(?: ?[-–] ?| )[0-9]{2,8}(?: [0-9]{2,4}){0,3}\b`)
)

// telephone returns the address that dials a number, however it is written: 0800-2117 and
// 0800 – 21 17 give tel:08002117.
func telephone(number string) template.URL {
	digits := notDialled.ReplaceAllString(number, "")
	if strings.HasPrefix(strings.TrimSpace(number), "+") {
		digits = "+" + digits
	}
	return template.URL("tel:" + digits) // digits only
}

// dial returns a text in which every telephone number is a link.
func dial(text string) template.HTML {
	var b strings.Builder
	end := 0
	for _, at := range inText.FindAllStringIndex(text, -1) {
		number := text[at[0]:at[1]]
		b.WriteString(template.HTMLEscapeString(text[end:at[0]]))
		b.WriteString(`<a class="tel" href="` + string(telephone(number)) + `">` + template.HTMLEscapeString(number) + `</a>`)
		end = at[1]
	}
	b.WriteString(template.HTMLEscapeString(text[end:]))
	return template.HTML(b.String()) // every part is escaped
}
