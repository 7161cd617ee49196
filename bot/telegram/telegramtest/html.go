package telegramtest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

// allowedTags are the tags of the HTML parse mode
// (core.telegram.org/bots/api#html-style).
var allowedTags = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "a": "text_link",
	"code": "code", "pre": "pre", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
}

// Entity is a styled part of a text; offset and length are in UTF-16 units.
type Entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url,omitempty"`
}

// htmlParser accepts and refuses the same input as parse_html in
// td/telegram/MessageEntity.cpp.
type htmlParser struct {
	in   string
	pos  int
	out  strings.Builder
	size int // of out, in UTF-16 units
	open []openTag
	ents []Entity
}

type openTag struct {
	name  string
	start int
	at    int
	url   string
}

// parseHTML returns the text without markup and its entities.
func parseHTML(in string) (string, []Entity, *apiError) {
	p := &htmlParser{in: in}
	for p.pos < len(in) {
		switch in[p.pos] {
		case '&':
			p.entity()
		case '<':
			if err := p.tag(); err != nil {
				return "", nil, err
			}
		default:
			next := strings.IndexAny(in[p.pos:], "&<")
			if next < 0 {
				next = len(in) - p.pos
			}
			p.emit(in[p.pos : p.pos+next])
			p.pos += next
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, parseErrorf("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	return p.out.String(), p.ents, nil
}

// parseErrorf returns Telegram's error for invalid markup.
func parseErrorf(format string, args ...any) *apiError {
	return badRequest("can't parse entities: " + fmt.Sprintf(format, args...))
}

func (p *htmlParser) emit(s string) {
	p.out.WriteString(s)
	p.size += units(s)
}

// entity decodes &lt; &gt; &amp; &quot; and numeric entities; any other & is kept.
func (p *htmlParser) entity() {
	end := strings.IndexByte(p.in[p.pos:], ';')
	if end > 0 && end < 12 {
		name := p.in[p.pos+1 : p.pos+end]
		if s := entityText(name); s != "" {
			p.emit(s)
			p.pos += end + 1
			return
		}
	}
	p.emit("&")
	p.pos++
}

func entityText(name string) string {
	switch name {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "quot":
		return `"`
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return ""
	}
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n >= 0x10ffff {
		return ""
	}
	return string(rune(n))
}

func (p *htmlParser) tag() *apiError {
	at := p.pos
	end := strings.IndexByte(p.in[at:], '>')
	if end < 0 {
		return parseErrorf("Unclosed start tag at byte offset %d", at)
	}
	body := p.in[at+1 : at+end]
	p.pos = at + end + 1
	if name, closing := strings.CutPrefix(body, "/"); closing {
		return p.closeTag(strings.ToLower(strings.TrimSpace(name)), at)
	}
	name, attrs, _ := strings.Cut(body, " ")
	name = strings.ToLower(name)
	if allowedTags[name] == "" {
		return parseErrorf("Unsupported start tag %q at byte offset %d", name, at)
	}
	tag := openTag{name: name, start: p.size, at: at}
	if name == "a" {
		tag.url = attribute(attrs, "href")
	}
	if name == "span" && attribute(attrs, "class") != "tg-spoiler" {
		return parseErrorf("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", at)
	}
	p.open = append(p.open, tag)
	return nil
}

func (p *htmlParser) closeTag(name string, at int) *apiError {
	n := len(p.open)
	if n == 0 {
		return parseErrorf("Unexpected end tag at byte offset %d", at)
	}
	top := p.open[n-1]
	if name != "" && name != top.name {
		return parseErrorf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", at, top.name, name)
	}
	p.open = p.open[:n-1]
	e := Entity{Type: allowedTags[top.name], Offset: top.start, Length: p.size - top.start, URL: top.url}
	if e.Length > 0 && (top.name != "a" || validURL(e.URL)) {
		p.ents = append(p.ents, e)
	}
	return nil
}

// attribute returns the value of name="value" in the attributes of a tag.
func attribute(attrs, name string) string {
	_, rest, ok := strings.Cut(attrs, name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	text, _, err := parseHTML(value)
	if err != nil {
		return ""
	}
	return text
}

func validURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return strings.Contains(u.Hostname(), ".") || u.Hostname() == "localhost"
	case "tg":
		return u.Host != ""
	}
	return false
}

// units returns the length of a text in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
