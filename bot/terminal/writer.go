package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// ansi is the escape sequence of a text style, used if the terminal shows colours.
type ansi string

const (
	plain  ansi = ""
	bold   ansi = "\x1b[1m"
	dim    ansi = "\x1b[2m"
	green  ansi = "\x1b[32m"
	yellow ansi = "\x1b[33m"
	blue   ansi = "\x1b[34m"
	reset       = "\x1b[0m"
)

// The narrowest and widest lines, in columns: longer lines are hard to read.
const (
	minWidth = 20
	maxWidth = 84
)

// writer wraps and styles text. It keeps the first error and writes nothing after it.
type writer struct {
	out   io.Writer
	width int
	color bool
	err   error
}

func newWriter(out io.Writer, width int, color bool) *writer {
	return &writer{out: out, width: min(max(width, minWidth), maxWidth), color: color}
}

func (w *writer) raw(s string) {
	if w.err == nil {
		_, w.err = fmt.Fprint(w.out, s)
	}
}

func (w *writer) line(s string) { w.raw(s + "\n") }

// block writes a wrapped text. prefix precedes the first line; the others are indented
// as far.
func (w *writer) block(style ansi, prefix, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(prefix))
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		for _, line := range wrap(paragraph, w.width-len(indent)) {
			w.line(prefix + w.styled(style, line))
			prefix = indent
		}
	}
}

func (w *writer) styled(style ansi, s string) string {
	if !w.color || style == plain || s == "" {
		return s
	}
	return string(style) + s + reset
}

// wrap breaks a paragraph at spaces into lines of at most width runes; a longer word, such as a web address,
// gets its own line.
func wrap(paragraph string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(paragraph) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
