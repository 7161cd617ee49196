package mail

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/style"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// letter is a mail before it has a recipient.
type letter struct {
	Lang    string
	Subject string
	Parts   []paragraph
	Action  link // what the reader can do; without an address: nothing
	Small   []string
	Leave   link // unsubscribes; without an address: the recipient is not subscribed
	Files   []file
}

// paragraph is a heading, some lines, or a list.
type paragraph struct {
	Heading bool
	Lines   []string
	List    bool
}

type link struct{ Text, Address string }

type file struct {
	name string
	data []byte
}

// words renders the texts of a language.
func (p *Post) words(lang string) func(id string, pairs ...any) string {
	texts := p.o.Texts()
	return func(id string, pairs ...any) string { return text(texts, lang, "office.mail."+id, pairs...) }
}

func text(texts *locales.Texts, lang, id string, pairs ...any) string {
	return staff.Render(texts, lang, flows.Say(id, pairs...))
}

// confirmation is the mail with the link that confirms an address.
func (p *Post) confirmation(s Subscription) letter {
	say := p.words(s.Lang)
	return letter{Lang: s.Lang, Subject: say("confirm_subject"),
		Parts:  []paragraph{{Heading: true, Lines: []string{say("confirm_subject")}}, {Lines: []string{say("confirm_text")}}},
		Action: link{say("confirm_button"), p.o.PublicURL + p.Path(ConfirmLink, s.ID)},
		Small:  append([]string{say("confirm_not_you")}, p.signature(s.Lang)...)}
}

// weekly is the mail with the figures of a week, at a reader's level, since recipients may pass it on.
func (p *Post) weekly(ctx context.Context, week, lang string) (letter, error) {
	say := p.words(lang)
	request := staff.Request{Page: staff.Week, About: week, Lang: lang}
	page, err := p.o.Pages.Page(ctx, request)
	if err != nil {
		return letter{}, err
	}
	l := letter{Lang: lang, Subject: say("subject", "Week", weekName(week)), Small: append([]string{say("why")}, p.signature(lang)...),
		Parts:  append([]paragraph{{Lines: []string{say("hello")}}}, p.paragraphs(page, lang)...),
		Action: link{say("all"), p.o.PublicURL + "/werkgroep?lang=" + lang}}
	requests := []staff.Request{request}
	quarters, err := p.o.Pages.ClosedQuarters(ctx, quartersBack)
	if err != nil {
		return letter{}, err
	}
	attached := "attached"
	if len(quarters) > 0 {
		requests, attached = append(requests, staff.Request{Page: staff.Quarter, About: quarters[0], Lang: lang}), "attached_quarter"
		l.Parts = append(l.Parts, paragraph{Lines: []string{say(attached, "Number", quarters[0][len(quarters[0])-1:], "Year", quarters[0][:4])}})
	} else {
		l.Parts = append(l.Parts, paragraph{Lines: []string{say(attached)}})
	}
	for _, r := range requests {
		made, err := p.o.Pages.Figures(ctx, r)
		if err != nil {
			return letter{}, err
		}
		var b bytes.Buffer
		if err := made.Write(&b, report.PDF); err != nil {
			return letter{}, err
		}
		l.Files = append(l.Files, file{made.Document().ID + ".pdf", b.Bytes()})
	}
	return l, nil
}

// quartersBack is how many quarters back the summary may be.
const quartersBack = 2

// weekName names a week for people: 47 of 2026-W47.
func weekName(week string) string { return strings.TrimLeft(week[len(week)-2:], "0") }

// paragraphs renders a page. Its first line is a heading.
func (p *Post) paragraphs(page staff.Page, lang string) (all []paragraph) {
	texts := p.o.Texts()
	for i, part := range page.Parts {
		for j, block := range part {
			line, last := staff.Render(texts, lang, block.Text), len(all)-1
			list := block.Style == staff.Item
			switch {
			case i == 0 && j == 0:
				all = append(all, paragraph{Heading: true, Lines: []string{line}})
			case j > 0 && all[last].List == list && !all[last].Heading:
				all[last].Lines = append(all[last].Lines, line)
			default:
				all = append(all, paragraph{List: list, Lines: []string{line}})
			}
		}
	}
	return all
}

// signature names the sender of the mail.
func (p *Post) signature(lang string) []string {
	if p.o.Owner == "" {
		return nil
	}
	return []string{p.words(lang)("from", "Name", p.o.Owner)}
}

// to adds the parts that differ per recipient.
func (l letter) to(p *Post, s Subscription) letter {
	l.Leave = link{p.words(l.Lang)("leave"), p.o.PublicURL + p.Path(UnsubscribeLink, s.ID)}
	return l
}

// plainText renders the letter as plain text.
func (l letter) plainText() string {
	var parts []string
	for _, p := range l.Parts {
		lines := p.Lines
		if p.List {
			lines = make([]string, len(p.Lines))
			for i, line := range p.Lines {
				lines[i] = "- " + line
			}
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	if l.Action.Address != "" {
		parts = append(parts, l.Action.Text+":\n"+l.Action.Address)
	}
	parts = append(parts, "-- \n"+strings.Join(l.Small, "\n"))
	if l.Leave.Address != "" {
		parts = append(parts, l.Leave.Text+":\n"+l.Leave.Address)
	}
	return strings.Join(parts, "\n\n") + "\n"
}

//go:embed letter.html
var page string

var letterPage = template.Must(template.New("letter").Funcs(template.FuncMap{
	"colour": func(c style.Color) template.CSS { return template.CSS(fmt.Sprintf("#%06x", c.Light)) },
}).Parse(page))

// look is the part of the visual style that the template uses.
type look struct {
	letter
	Paper, Sheet, Ink, Soft, Line, Act, OnAct style.Color
}

func (l letter) html() (string, error) {
	var b bytes.Buffer
	err := letterPage.Execute(&b, look{l, style.Paper, style.Sheet, style.Ink, style.Soft, style.Line, style.Act, style.OnAct})
	return b.String(), err
}

// host returns the part of an address after the @.
func host(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// message returns the mail to a subscriber.
func (p *Post) message(s Subscription, l letter) (*gomail.Msg, error) {
	html, err := l.html()
	if err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&p.o.From)
	if err := m.To(s.Address); err != nil { // one address: ParseAddress
		return nil, ErrAddress // the error must not contain the address
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(p.o.Clock.Now().In(referral.Netherlands))
	m.SetMessageIDWithValue(p.sign("message", s.ID, "confirm") + "@" + host(p.o.From.Address))
	m.SetGenHeader("Content-Language", l.Lang)
	m.SetGenHeader("Auto-Submitted", "auto-generated")                // RFC 3834: prevents out-of-office replies
	if leave := l.Leave.Address; strings.HasPrefix(leave, "https:") { // RFC 8058 requires https
		m.SetListUnsubscribe(leave)
		m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.plainText())
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	for _, f := range l.Files {
		if err := m.AttachReader(f.name, bytes.NewReader(f.data), gomail.WithFileContentType("application/pdf")); err != nil {
			return nil, err
		}
	}
	return m, nil
}
