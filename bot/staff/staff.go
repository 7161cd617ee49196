// Package staff makes the pages for coordinators as channel-neutral values: blocks of text and files. A
// channel identifies a coordinator, requests an Action or a Page and renders it; it has no access to
// figures, content or transactions.
package staff

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"digiwijzer/bot/report"
	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// PageID names a page or, in the case of Monday, a subscription.
type PageID string

// The pages.
const (
	Week     PageID = "week"     // the figures of an ISO week
	Weeks    PageID = "weeks"    // the figures of a range of weeks: the first, To, the last
	Quarter  PageID = "quarter"  // the figures of a quarter
	Year     PageID = "year"     // the figures of a year
	Recent   PageID = "recent"   // the figures of the last RecentWeeks, the running week included
	Partners PageID = "partners" // the organisations that hand out the link, and its use
	Partner  PageID = "partner"  // the kit of one partner
	Editor   PageID = "editor"   // the initiatives that an editor must check
	Forms    PageID = "forms"    // the initiatives that sent the form of last year, and the others
	Digest   PageID = "digest"   // Week as it is sent on Monday
	Monday   PageID = "monday"   // the subscription to Digest
)

// RangeSeparator separates the first and the last week in Request.About.
const RangeSeparator = ".."

// RecentWeeks is the number of weeks of the page Recent: a quarter of a year.
const RecentWeeks = 13

// Request is a request for one page. The Telegram outbox stores it as JSON.
type Request struct {
	Page  PageID `json:"page"`
	About string `json:"about,omitempty"` // ISO week, quarter, year, or code of a partner
	Lang  string `json:"lang"`
	// Level is what the reader may see; empty: disclosure.Internal. Files that come with a page
	// never show more than Internal, since files are passed on.
	Level disclosure.Level `json:"level,omitempty"`
}

// DigestOf returns the request for the Monday digest of a week, for the private chat of a
// coordinator.
func DigestOf(week, lang string) Request {
	return Request{Page: Digest, About: week, Lang: lang, Level: disclosure.Accountable}
}

// Exact returns the request for exact figures, for those who may see them: not to be passed on.
func (r Request) Exact() Request {
	r.Level = disclosure.Accountable
	return r
}

func (r Request) level() disclosure.Level { return cmp.Or(r.Level, disclosure.Internal) }

// Page is the result for a coordinator: paragraphs and files.
type Page struct {
	Parts []Part
	Files []File // at most Files of its page
}

// Part is a paragraph of lines. Lines of style Item are a list.
type Part []flows.Block

// Item is the style of a list item.
const Item flows.Style = "item"

// File is a file that comes with a page.
type File struct {
	Name  string // "digiwijzer-2026-W47.xlsx"
	Image bool   // a PNG to show instead of attach
	// Make returns the bytes of the file; nil if there is none today, for a reason that is on the page.
	Make func() ([]byte, error)
}

// ErrNoPeriod is the error for a week or quarter that does not exist.
var ErrNoPeriod = errors.New("no such period")

// Figures is the part of figures.Service that pages use.
type Figures interface {
	Report(ctx context.Context, p figures.Period, l disclosure.Level) (figures.Report, error)
	History(ctx context.Context, until figures.Span, l disclosure.Level, n int) ([]figures.Told, error)
	FirstWeek(ctx context.Context) (string, error)
	ClosedQuarters(ctx context.Context, n int) ([]figures.Quarter, error)
	Activities(ctx context.Context, codes []string) (figures.Activities, error)
}

// Options configure Pages; those about figures are required.
type Options struct {
	Figures Figures
	Content func() *content.Edition // in use now
	Place   func() share.Place      // where the links of a kit lead
	Clock   figures.Clock
	// WhiteSpots returns the kinds of business to which the rules of an edition offer nothing on a day; nil: not
	// shown.
	WhiteSpots func(c *content.Edition, on referral.Date) []referral.WhiteSpot
	Invented   bool // the figures are those of a demo
	// Logo returns the logo of a partner as PNG, nil for one without; nil: no partner has one.
	Logo func(ctx context.Context, code string) ([]byte, error)
	// YearForms returns the initiatives' own figures of a year; nil: none.
	YearForms func(ctx context.Context, year int) ([]figures.YearForm, error)
}

// Pages makes the pages. Its methods may be called concurrently.
type Pages struct{ options Options }

// New returns the pages.
func New(o Options) *Pages { return &Pages{o} }

// Page makes a page. A period that does not exist is explained on the page; an error means
// that the figures could not be read.
func (p *Pages) Page(ctx context.Context, r Request) (Page, error) {
	c := p.options.Content()
	switch r.Page {
	case Week, Digest:
		return p.week(ctx, c, r)
	case Quarter, Year:
		return p.span(ctx, r)
	case Partners:
		return p.partners(ctx, c, r)
	case Partner:
		return p.partner(ctx, c, r)
	case Editor:
		return p.editor(c, r.Lang), nil
	case Forms:
		return p.forms(ctx, c)
	}
	return Page{}, nil
}

// ClosedQuarters returns which of the latest n quarters are closed and have figures, such as
// "2026Q3", the newest first.
func (p *Pages) ClosedQuarters(ctx context.Context, n int) ([]string, error) {
	closed, err := p.options.Figures.ClosedQuarters(ctx, n)
	names := make([]string, len(closed))
	for i, q := range closed {
		names[i] = string(q)
	}
	return names, err
}

// PlainText renders the text of a page for a channel without markup: a blank line between
// paragraphs, and a bullet before each list item.
func (p Page) PlainText(texts *locales.Texts, lang string) string {
	parts := make([]string, len(p.Parts))
	for i, part := range p.Parts {
		lines := make([]string, len(part))
		for j, block := range part {
			if lines[j] = Render(texts, lang, block.Text); block.Style == Item {
				lines[j] = "• " + lines[j]
			}
		}
		parts[i] = strings.Join(lines, "\n")
	}
	return strings.Join(parts, "\n\n")
}

// Render renders a phrase of a page; one without a text becomes its id in brackets.
func Render(texts *locales.Texts, lang string, phrase flows.Phrase) string {
	text, err := texts.Render(lang, phrase)
	if err != nil {
		return "[" + phrase.ID + "]"
	}
	return text
}

// say returns a line of the coordinators' texts.
func say(id string, pairs ...any) flows.Block { return flows.Block{Text: phrase(id, pairs...)} }

// item returns a list item of the coordinators' texts.
func item(id string, pairs ...any) flows.Block {
	return flows.Block{Style: Item, Text: phrase(id, pairs...)}
}

func phrase(id string, pairs ...any) flows.Phrase { return flows.Say("coordinator."+id, pairs...) }

// sentence returns a page of one line.
func sentence(line flows.Block) Page { return Page{Parts: []Part{{line}}} }

// fileFormats are the formats that come with a page of figures, in order.
var fileFormats = map[PageID][]report.Format{
	Week:    {report.PNG, report.XLSX},
	Digest:  {report.PNG, report.XLSX},
	Quarter: {report.XLSX},
	Year:    {report.XLSX},
}

// Files returns the highest number of files that come with a page.
func Files(id PageID) int {
	if id == Partner {
		return 1
	}
	return len(fileFormats[id])
}
