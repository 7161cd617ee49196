package web

import (
	"net/url"
	"strconv"
	"strings"

	"digiwijzer/flows"
)

// take is the ways that the page offers to keep and pass on the advice. Nothing is sent to us: the links open the
// person's own mail or messages, filled in.
type take struct {
	Title, Text    string // for the share sheet and the clipboard
	Mail, WhatsApp string
	Step           bool // there is a first action to put in a calendar
}

// take returns the ways to keep an advice.
func (s *site) take(l localizer, a adviceBody) *take {
	t := &take{Title: l.T("web.share.title"), Step: len(a.Advice.Actions) > 0, Text: s.adviceText(l, a)}
	t.WhatsApp = "https://wa.me/?text=" + url.QueryEscape(t.Text) // an address, so never with the code
	if a.Advice.Code != "" {
		t.Text += "\n\n" + l.T("web.code.mine", "Code", a.Advice.Code)
	}
	t.Mail = mailto(t.Title, t.Text)
	return t
}

// mailto returns the address of a message in the person's own mail. In it a space is %20,
// never a plus (RFC 6068, section 5).
func mailto(subject, text string) string {
	return "mailto:?subject=" + url.PathEscape(subject) + "&body=" + strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(text, "\n", "\r\n")), "+", "%20")
}

// adviceText returns the advice as plain text, short enough for a message.
func (s *site) adviceText(l localizer, a adviceBody) string {
	lines := []string{l.T("web.result.yours") + ": " + a.Place.Title}
	for _, bar := range a.Scores {
		lines = append(lines, bar.Label+": "+bar.Value+" "+l.T("web.result.of"))
	}
	if a.Advice.Wish != "" {
		lines = append(lines, "", a.Advice.Wish)
	}
	if len(a.Advice.Actions) > 0 {
		lines = append(lines, "", a.Advice.ActionsTitle)
	}
	for _, action := range a.Advice.Actions {
		lines = append(lines, strconv.Itoa(action.Number)+". "+action.Title)
	}
	if a.Advice.Title != "" {
		lines = append(lines, "", a.Advice.Title)
	}
	for _, step := range a.Advice.Items {
		if step.Step {
			lines = append(lines, "- "+step.line())
		}
	}
	if s.opts.PublicURL != "" {
		lines = append(lines, "", l.T("web.share.try", "Link", s.opts.PublicURL))
	}
	return strings.Join(lines, "\n")
}

// isPhone reports whether a block is the line with a telephone number.
func isPhone(b block) bool { return b.Style == flows.Call }

// phone returns the number of a step; empty: it has none.
func (i item) phone() string {
	for _, b := range i.Body {
		if isPhone(b) {
			return inText.FindString(b.Text)
		}
	}
	return ""
}

// line returns a step in one line: its name, number and address.
func (i item) line() string {
	parts := []string{i.Text}
	for _, part := range []string{i.phone(), i.URL} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
