package telegram

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"digiwijzer/flows"
)

// Telegram's limits, in UTF-16 units of what people see.
const (
	maxText    = 4096
	maxCaption = 1024
)

// escaper makes any text safe in Telegram's HTML: in content and in attributes.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape is the only way of words into a message.
func escape(s string) string { return escaper.Replace(s) }

// paragraph is a block in words and dress.
type paragraph struct {
	style flows.Style
	html  string
	size  int // of what people see
}

// visible is the length of a text as Telegram counts it.
func visible(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r)) // what is no character becomes one
	}
	return n
}

// cutText cuts a text to at most n units, at a character's end, and shows that it did.
func cutText(s string, n int) string {
	if visible(s) <= n {
		return s
	}
	left := n - 1 // for the dots
	for i, r := range s {
		if left -= max(1, utf16.RuneLen(r)); left < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// maxMark is the most that a dress adds in front of a text: "10. ".
const maxMark = 8

// divide cuts a text into pieces of at most n units, at spaces where it can. An empty
// text has no pieces.
func divide(text string, n int) []string {
	var pieces []string
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	for visible(text) > n {
		cut := cutAt(text, n)
		pieces = append(pieces, strings.TrimSpace(text[:cut]))
		text = strings.TrimSpace(text[cut:])
	}
	if text != "" {
		pieces = append(pieces, text)
	}
	return pieces
}

// cutAt is where a text of more than n units is best cut: at its last space within
// them, or else in a word.
func cutAt(text string, n int) int {
	space, left := 0, n
	for i, r := range text {
		if left -= max(1, utf16.RuneLen(r)); left < 0 {
			if space > 0 {
				return space
			}
			return i
		}
		if r == ' ' || r == '\n' {
			space = i
		}
	}
	return len(text)
}

// dress puts a block into HTML by its style. name is the part of a step's line that
// is a proper name, if there is one.
func dress(b flows.Block, text, name string) paragraph {
	open, shut, before := "", "", ""
	switch b.Style {
	case flows.Part:
		open, shut = "<i>", "</i>"
	case flows.Question, flows.Title, flows.Wish, flows.Actions:
		open, shut = "<b>", "</b>"
	case flows.Done:
		before = "✓ "
	case flows.Option, flows.Note:
		before = "• "
	case flows.StepName:
		return dressStep(b, text, name)
	case flows.ActionName:
		open, before, shut = "<b>", strconv.Itoa(b.Number)+". ", "</b>"
	case flows.ActionHow:
		open, shut = "<blockquote expandable>", "</blockquote>"
	case flows.ActionSource:
		return dressSource(b, text)
	}
	return paragraph{style: b.Style, html: open + escape(before+text) + shut, size: visible(before + text)}
}

// dressStep makes the name of a step bold, and a link where it leads somewhere.
func dressStep(b flows.Block, text, name string) paragraph {
	number := ""
	if b.Number > 0 {
		number = strconv.Itoa(b.Number) + ". "
	}
	bold, rest := text, ""
	if name != "" && strings.HasPrefix(text, name) {
		bold, rest = name, text[len(name):]
	}
	html := escape(bold)
	if isLink(b.URL) {
		html = `<a href="` + escape(b.URL) + `">` + html + "</a>"
	}
	return paragraph{style: b.Style, html: "<b>" + number + html + "</b>" + escape(rest), size: visible(number + text)}
}

// dressSource makes a source a link.
func dressSource(b flows.Block, text string) paragraph {
	html := escape(text)
	if isLink(b.URL) {
		html = `<a href="` + escape(b.URL) + `">` + html + "</a>"
	}
	return paragraph{style: b.Style, html: html, size: visible(text)}
}

// isLink tells whether a button or text may lead there.
func isLink(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// between is what separates two paragraphs: a new line where they belong together,
// otherwise an empty line.
func between(above, below flows.Style) string {
	inStep := above == flows.StepName || above == flows.Why || above == flows.Next || above == flows.Caveat
	switch below {
	case flows.Done:
		if above == flows.Done || above == flows.Part {
			return "\n"
		}
	case flows.Hint:
		if above == flows.Question {
			return "\n"
		}
	case flows.Option, flows.Note:
		if above == below || above == flows.Title {
			return "\n"
		}
	case flows.Why, flows.Next, flows.Caveat:
		if inStep {
			return "\n"
		}
	case flows.ActionTerms, flows.ActionHow, flows.ActionSource:
		return "\n"
	case flows.Levels:
		if above == below {
			return "\n"
		}
	}
	return "\n\n"
}

// pack puts paragraphs into as few texts of at most limit units as their borders
// allow; no paragraph is longer than that.
func pack(paragraphs []paragraph, limit int) []string {
	var texts []string
	var b strings.Builder
	size, above := 0, flows.Plain
	for _, p := range paragraphs {
		join := ""
		if size > 0 {
			join = between(above, p.style)
		}
		if size > 0 && size+len(join)+p.size > limit {
			texts = append(texts, b.String())
			b.Reset()
			size, join = 0, ""
		}
		b.WriteString(join + p.html)
		size += len(join) + p.size
		above = p.style
	}
	if size > 0 {
		texts = append(texts, b.String())
	}
	return texts
}
