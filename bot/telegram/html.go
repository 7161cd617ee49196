package telegram

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"digiwijzer/flows"
)

// The limits of texts and captions, in UTF-16 units of the text without markup
// (https://core.telegram.org/bots/api#sendmessage).
const (
	maxText    = 4096
	maxCaption = 1024
)

// escaper escapes text for Telegram's HTML, in content and in attributes.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape escapes text. Every text of a message passes through it.
func escape(s string) string { return escaper.Replace(s) }

// paragraph is a formatted block.
type paragraph struct {
	style flows.Style
	html  string
	size  int // utf16Length without markup
}

// utf16Length returns the length of a text in UTF-16 units, as Telegram counts it.
func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r)) // invalid bytes become U+FFFD
	}
	return n
}

// truncate shortens a text to at most n UTF-16 units, at the end of a character, with an
// ellipsis.
func truncate(s string, n int) string {
	if utf16Length(s) <= n {
		return s
	}
	left := n - 1 // for the ellipsis
	for i, r := range s {
		if left -= max(1, utf16.RuneLen(r)); left < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// maxPrefix is more than the longest prefix that format adds: "10. ".
const maxPrefix = 8

// split splits a text into pieces of at most n UTF-16 units, at spaces if possible. An
// empty text has no pieces.
func split(text string, n int) []string {
	var pieces []string
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	for utf16Length(text) > n {
		cut := splitAt(text, n)
		pieces = append(pieces, strings.TrimSpace(text[:cut]))
		text = strings.TrimSpace(text[cut:])
	}
	if text != "" {
		pieces = append(pieces, text)
	}
	return pieces
}

// splitAt returns the index at which to split a text of more than n units: the last space
// within them, or else the end of the last character.
func splitAt(text string, n int) int {
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

// format returns a text as HTML in the style of its block. name is the proper name in the
// text of a step, if there is one.
func format(b flows.Block, text, name string) paragraph {
	open, end, prefix := "", "", ""
	switch b.Style {
	case flows.Part:
		open, end = "<i>", "</i>"
	case flows.Question, flows.Title, flows.Wish, flows.Actions:
		open, end = "<b>", "</b>"
	case flows.Done:
		prefix = "✓ "
	case flows.Option, flows.Note, flows.Benchmark:
		prefix = "• "
	case flows.Trust, flows.Own, flows.Obstacle:
		open, end = "<i>", "</i>"
	case flows.StepName:
		return formatStep(b, text, name)
	case flows.ActionName: // without a number: only the steps below have one
		open, prefix, end = "<b>", "☐ ", "</b>"
	case flows.ActionHow:
		open, end = "<blockquote expandable>", "</blockquote>"
	case flows.Code: // a tap copies what is within
		label, _, _ := strings.Cut(text, name)
		return paragraph{style: b.Style, html: escape(label) + "<code>" + escape(name) + "</code>", size: utf16Length(text)}
	case flows.ActionSource, flows.BenchmarkSource:
		return formatSource(b, text)
	}
	return paragraph{style: b.Style, html: open + escape(prefix+text) + end, size: utf16Length(prefix + text)}
}

// formatStep makes the name of a step bold, and a link if the block has a URL.
func formatStep(b flows.Block, text, name string) paragraph {
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
	return paragraph{style: b.Style, html: "<b>" + number + html + "</b>" + escape(rest), size: utf16Length(number + text)}
}

// formatSource makes a source a link.
func formatSource(b flows.Block, text string) paragraph {
	html := escape(text)
	if isLink(b.URL) {
		html = `<a href="` + escape(b.URL) + `">` + html + "</a>"
	}
	return paragraph{style: b.Style, html: html, size: utf16Length(text)}
}

// isLink reports whether a URL is allowed in buttons and texts.
func isLink(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// stepStyles are the styles of a step.
var stepStyles = []flows.Style{flows.StepName, flows.Why, flows.Next, flows.Ask, flows.Call, flows.Trust}

// fold puts the reason of a step and its next action in one collapsible quote, as long as it is not longer
// than limit: the advice is read on a phone.
func fold(paragraphs []paragraph, limit int) (folded []paragraph) {
	const open, end = "<blockquote expandable>", "</blockquote>"
	last := -1 // the quote that can be extended
	for _, p := range paragraphs {
		switch {
		case p.style != flows.Why && p.style != flows.Next:
			last = -1
		case last >= 0 && folded[last].size+1+p.size <= limit:
			folded[last].html = strings.TrimSuffix(folded[last].html, end) + "\n" + p.html + end
			folded[last].size += 1 + p.size
			continue
		default:
			p.html, last = open+p.html+end, len(folded)
		}
		folded = append(folded, p)
	}
	return folded
}

// separator returns the text between two paragraphs: a line break within a group, otherwise
// an empty line.
func separator(above, below flows.Style) string {
	inStep := slices.Contains(stepStyles, above)
	switch below {
	case flows.Done:
		if above == flows.Done || above == flows.Part {
			return "\n"
		}
	case flows.Hint:
		if above == flows.Question {
			return "\n"
		}
	case flows.Option, flows.Note, flows.Benchmark:
		if above == below || above == flows.Title || above == flows.BenchmarkSource {
			return "\n"
		}
	case flows.Why, flows.Next, flows.Ask, flows.Call, flows.Trust:
		if inStep || above == flows.Note {
			return "\n"
		}
	case flows.ActionTerms, flows.ActionHow, flows.ActionSource, flows.BenchmarkSource, flows.Obstacle:
		return "\n"
	case flows.Levels:
		if above == below {
			return "\n"
		}
	}
	return "\n\n"
}

// joinParagraphs joins paragraphs into as few texts of at most limit UTF-16 units as
// possible without splitting one. No paragraph may be longer than limit.
func joinParagraphs(paragraphs []paragraph, limit int) []string {
	var texts []string
	var b strings.Builder
	b.Grow(htmlLength(paragraphs))
	size, above := 0, flows.Plain
	for _, p := range paragraphs {
		join := ""
		if size > 0 {
			join = separator(above, p.style)
		}
		if size > 0 && size+len(join)+p.size > limit {
			texts = append(texts, b.String())
			b.Reset()
			size, join = 0, ""
		}
		b.WriteString(join)
		b.WriteString(p.html)
		size += len(join) + p.size
		above = p.style
	}
	if size > 0 {
		texts = append(texts, b.String())
	}
	return texts
}

// htmlLength returns how long paragraphs are at most as one text, in bytes.
func htmlLength(paragraphs []paragraph) (n int) {
	for _, p := range paragraphs {
		n += len(p.html) + len("\n\n")
	}
	return n
}
