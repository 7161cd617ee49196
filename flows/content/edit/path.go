package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Step is one part of a Path: a key of a table, or an element of an array of tables.
type Step struct {
	Name    string
	Element bool // Name is the id of an element, or "#" and its index if it has none
}

// Path leads from the root of a document to a value, for example question[size].part.
type Path []Step

// Key returns the path followed by a key.
func (p Path) Key(name string) Path { return append(slices.Clip(p), Step{Name: name}) }

// At returns the path followed by the element with an id. The second element with the same
// id is "id~2"; one without an id is "#" and its index.
func (p Path) At(id string) Path { return append(slices.Clip(p), Step{Name: id, Element: true}) }

// Parent returns the path without its last step.
func (p Path) Parent() Path { return p[:max(len(p)-1, 0)] }

// Last returns the name of the last step; empty for the root.
func (p Path) Last() string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1].Name
}

// Within reports whether the path is other or below it.
func (p Path) Within(other Path) bool {
	return len(p) >= len(other) && slices.Equal(p[:len(other)], other)
}

// String formats a path as ParsePath reads it: keys separated by dots as in TOML, elements in square
// brackets.
func (p Path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.Element:
			b.WriteString("[" + quoted(s.Name, true) + "]")
		case i > 0:
			b.WriteString("." + quoted(s.Name, false))
		default:
			b.WriteString(quoted(s.Name, false))
		}
	}
	return b.String()
}

// ParsePath reads a path, such as question[size].options[1].points or "chat.begin".
func ParsePath(text string) (Path, error) {
	var p Path
	for rest := text; rest != ""; {
		var s Step
		switch {
		case rest[0] == '[':
			s.Element, rest = true, rest[1:]
		case rest[0] == '.' && len(p) > 0:
			rest = rest[1:]
		case len(p) > 0:
			return nil, fmt.Errorf("path %q: a point or a bracket is missing", text)
		}
		name, after, ok := cutName(rest, s.Element)
		if !ok || s.Element && !strings.HasPrefix(after, "]") {
			return nil, fmt.Errorf("path %q: cannot be read from %q", text, rest)
		}
		s.Name, rest = name, after
		if s.Element {
			rest = rest[1:]
		}
		p = append(p, s)
	}
	return p, nil
}

// cutName cuts a bare or quoted name off the start of text.
func cutName(text string, element bool) (name, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		prefix, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", false
		}
		name, err = strconv.Unquote(prefix)
		return name, text[len(prefix):], err == nil
	}
	n := 0
	for n < len(text) && (bare(text[n]) || element && (text[n] == '#' || text[n] == '~')) {
		n++
	}
	return text[:n], text[n:], n > 0
}

// quoted returns a name, in quotation marks if needed.
func quoted(name string, element bool) string {
	if cut, rest, ok := cutName(name, element); ok && cut == name && rest == "" && name[0] != '"' {
		return name
	}
	return strconv.Quote(name)
}

// bare reports whether a byte is allowed in a TOML key without quotation marks.
func bare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
