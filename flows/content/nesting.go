package content

import (
	"bytes"
	"strings"
)

// maxNesting limits how deeply arrays and tables in a content file may be nested, and how many parts a
// dotted key may have. The decoder has no limit: every level takes stack, and a stack overflow ends a Go
// program (github.com/BurntSushi/toml/issues/497).
const maxNesting = 50

// tooDeep returns the line, from 1, at which a TOML file exceeds maxNesting, or 0. It skips strings and
// comments as in the TOML specification 1.0.0 and counts what is between them. In a file that is not
// TOML it may count what the decoder does not reach.
func tooDeep(text []byte) int {
	depth, dots := 0, 0
	for i := 0; i < len(text); {
		switch text[i] {
		case '#':
			i += lengthOf(text[i:], "\n")
			continue
		case '"', '\'':
			i += stringLength(text[i:])
			continue
		case '[', '{':
			depth++
			dots = 0
		case ']', '}':
			depth = max(depth-1, 0)
			dots = 0
		case '.':
			dots++
		case '=', ',', '\n':
			dots = 0
		}
		if depth > maxNesting || dots > maxNesting {
			return 1 + bytes.Count(text[:i], []byte("\n"))
		}
		i++
	}
	return 0
}

// stringLength returns the length of the string at the start of text, with its quotation marks. An
// unterminated one ends with its line, or with the file if it is a multi-line string.
func stringLength(text []byte) int {
	quote := string(text[:1])
	escapes := quote == `"`
	if triple := strings.Repeat(quote, 3); bytes.HasPrefix(text, []byte(triple)) {
		n := 3 + closing(text[3:], triple, "", escapes)
		for more := 0; more < 2 && n < len(text) && text[n] == quote[0]; more++ {
			n++ // up to two quotation marks may precede the closing ones
		}
		return n
	}
	return 1 + closing(text[1:], quote, "\n", escapes)
}

// closing returns the length of text up to and including mark, or up to end, which is one byte or none.
func closing(text []byte, mark, end string, escapes bool) int {
	for i := 0; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] == mark[0] && bytes.HasPrefix(text[i:], []byte(mark)):
			return i + len(mark)
		case end != "" && text[i] == end[0]:
			return i
		}
	}
	return len(text)
}

// lengthOf returns the length of text up to mark.
func lengthOf(text []byte, mark string) int {
	if n := bytes.Index(text, []byte(mark)); n >= 0 {
		return n
	}
	return len(text)
}
