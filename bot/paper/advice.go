// Package paper lays out text as a PDF on A4: an advice, to keep or to hand to an adviser, and documents with
// headings, lists and tables. It stores nothing and is independent of conversations: it draws what it is given.
package paper

import (
	"io"
	"strconv"
	"time"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

// Advice is an advice in words. Empty parts are left out.
type Advice struct {
	Lang    string
	Heading string // "Jouw uitslag: winkel, 2 tot 9 mensen"
	Date    string
	Name    string   // of the quadrant
	Say     []string // what it means
	Scores  []Score
	Picture draw.Scene // no shapes: none

	Wish    string
	Doing   string // title of the actions
	How     string // before the explanation of an action
	Actions []Action

	HelpTitle string
	Help      []Help

	TopicsTitle string
	Topics      []Pair

	Code *Code // nil: there is none

	AnswersTitle string
	Answers      []Pair

	Foot   string                 // who made it, and where to ask
	PageOf func(n, of int) string // "1 van 2"
}

// Score is a score from 0 to 100.
type Score struct {
	Label string
	N     int
}

// Code is the advice code. Address is the target of its QR code; empty: there is none.
type Code struct{ Title, Text, Code, Address string }

// Action is something to do oneself.
type Action struct{ Title, Terms, How, Source, URL string }

// Help is an initiative to turn to.
type Help struct {
	Name, Pitch string
	Lines       []string
	Phone, Dial string // the number as written, and its tel address
	URL         string
}

// Pair is a line of a list of two columns.
type Pair struct{ Term, Text string }

// PDF writes the advice. made is the date in the document.
func (a Advice) PDF(w io.Writer, made time.Time) error {
	s := &sheet{letterhead: letterhead{lang: a.Lang, heading: a.Heading, date: a.Date, foot: a.Foot, pageOf: a.PageOf}}
	s.turn()
	a.head(s)
	a.doing(s)
	a.help(s)
	s.pairs(a.TopicsTitle, a.Topics)
	if a.Code != nil {
		if err := a.Code.draw(s); err != nil {
			return err
		}
	}
	s.pairs(a.AnswersTitle, a.Answers)
	for i := range s.pages {
		s.number(i)
	}
	return draw.PDF(w, made, s.pages...)
}

// head adds the outcome: text and bars next to the picture.
func (a Advice) head(s *sheet) {
	const picture = 150.0
	text, top := inner, s.y
	if len(a.Picture.Shapes) > 0 {
		text = inner - picture - 24
		s.add(a.Picture.At(margin+inner-picture, top, picture)...)
	}
	s.write(line{text: a.Heading, size: small, color: style.Soft}, margin, text)
	s.write(line{text: a.Name, size: name, bold: true}, margin, text)
	for _, say := range a.Say {
		s.gap(3)
		s.write(line{text: say, size: body}, margin, text)
	}
	for _, score := range a.Scores {
		s.score(score, text)
	}
	if len(a.Picture.Shapes) > 0 {
		s.y = max(s.y, top+picture*(a.Picture.H-2*a.Picture.Bleed)/(a.Picture.W-2*a.Picture.Bleed)+4)
	}
}

// draw adds the code in a frame, with its QR code at the right.
func (c *Code) draw(s *sheet) error {
	const side, edge = 66.0, 8.0
	s.gap(12)
	s.room(side + 2*edge)
	top, text := s.y, inner-side-4*edge
	frame := draw.Rect{X: margin, Y: top, W: inner, H: side + 2*edge, Fill: style.Ink}
	paper := draw.Rect{X: margin + .8, Y: top + .8, W: inner - 1.6, H: side + 2*edge - 1.6, Fill: style.White}
	s.add(frame, paper)
	if c.Address != "" {
		qr, err := draw.NewQR(c.Address)
		if err != nil {
			return err
		}
		s.add(qr.Grid(margin+inner-side-edge, top+edge, side))
	}
	s.gap(edge + 2)
	s.write(line{text: c.Title, size: body, bold: true}, margin+edge, text)
	s.write(line{text: c.Text, size: small, color: style.Soft}, margin+edge, text)
	s.gap(3)
	s.write(line{text: c.Code, size: title, bold: true}, margin+edge, text)
	s.y = top + side + 2*edge
	return nil
}

// doing adds the actions, each with a box to tick.
func (a Advice) doing(s *sheet) {
	if len(a.Actions) == 0 {
		return
	}
	if a.Wish != "" {
		s.gap(14)
		s.write(line{text: a.Wish, size: title, bold: true}, margin, inner)
	}
	s.title(a.Doing)
	const box, indent = 11.0, 22.0
	for _, action := range a.Actions {
		parts := []line{{text: action.Title, size: body, bold: true}, {text: action.Terms, size: small, color: style.Soft}}
		if action.How != "" {
			parts = append(parts, line{text: a.How + ": " + action.How, size: small})
		}
		parts = append(parts, line{text: action.Source, size: least, color: style.Soft, href: action.URL})
		s.keep(parts, inner-indent, 10)
		s.rule(style.Line)
		s.gap(5)
		s.add(draw.Rect{X: margin, Y: s.y + 1, W: box, H: box, Fill: style.Ink}, draw.Rect{X: margin + 1, Y: s.y + 2, W: box - 2, H: box - 2, Fill: style.White})
		for _, part := range parts {
			s.write(part, margin+indent, inner-indent)
		}
		s.gap(4)
	}
}

// help adds the initiatives, with their numbers and addresses in full.
func (a Advice) help(s *sheet) {
	if len(a.Help) == 0 {
		return
	}
	s.title(a.HelpTitle)
	for i, h := range a.Help {
		parts := []line{{text: strconv.Itoa(i+1) + ". " + h.Name, size: body, bold: true}}
		if h.Pitch != "" {
			parts = append(parts, line{text: h.Pitch, size: small, color: style.Soft})
		}
		for _, l := range h.Lines {
			parts = append(parts, line{text: l, size: small})
		}
		if h.Phone != "" {
			parts = append(parts, line{text: h.Phone, size: title, bold: true, href: h.Dial})
		}
		if h.URL != "" {
			parts = append(parts, line{text: h.URL, size: small, href: h.URL})
		}
		s.keep(parts, inner, 10)
		s.rule(style.Line)
		s.gap(5)
		for _, part := range parts {
			s.write(part, margin, inner)
		}
		s.gap(4)
	}
}
