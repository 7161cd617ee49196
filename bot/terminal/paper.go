package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// ink is how text looks where the terminal shows colours: an ANSI sequence.
type ink string

const (
	normalInk ink = ""
	bold      ink = "\x1b[1m"
	dim       ink = "\x1b[2m"
	green     ink = "\x1b[32m"
	yellow    ink = "\x1b[33m"
	blue      ink = "\x1b[34m"
	inkOff        = "\x1b[0m"
)

// The widths lines are wrapped at: a line that is longer reads badly.
const (
	narrowest = 20
	widest    = 84
)

// paper is what is written on. The first error stays and ends the writing.
type paper struct {
	out   io.Writer
	width int
	color bool
	err   error
}

func newPaper(out io.Writer, width int, color bool) *paper {
	return &paper{out: out, width: min(max(width, narrowest), widest), color: color}
}

func (p *paper) raw(s string) {
	if p.err == nil {
		_, p.err = fmt.Fprint(p.out, s)
	}
}

func (p *paper) line(s string) { p.raw(s + "\n") }

// block writes a text wrapped at the width. before stands before the first line, and
// as many blanks before the others.
func (p *paper) block(look ink, before, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(before))
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		for _, line := range wrap(paragraph, p.width-len(indent)) {
			p.line(before + p.ink(look, line))
			before = indent
		}
	}
}

func (p *paper) ink(look ink, s string) string {
	if !p.color || look == normalInk || s == "" {
		return s
	}
	return string(look) + s + inkOff
}

// wrap breaks a paragraph at blanks into lines of at most width runes; a longer word
// (a web address) gets a line of its own, whole.
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
