package web

import (
	"html/template"
	"strings"

	"digiwijzer/bot/draw"
)

// codeView is the advice code of a result as shown on a page.
type codeView struct {
	Groups []string
	Whole  string
	Holds  string        // what it contains
	Ways   string        // what it is for
	QR     template.HTML // a picture that leads to the code; empty: the site has no address
	Mail   string        // a message to a bookkeeper, in the person's own mail
	Share  string        // the same, for the share sheet
	Title  string
}

// code returns the code of a result with the ways to pass it on; nil if there is none. On a shared device it
// is shown large, with a QR code for the person's own phone.
func (s *site) code(l localizer, v visitor, a adviceBody) *codeView {
	whole := a.Advice.Code
	if whole == "" {
		return nil
	}
	c := &codeView{Groups: strings.Split(whole, "-"), Whole: whole, Holds: a.Advice.CodeNote, QR: s.codeQR(l, whole, v.kiosk.on)}
	if !v.kiosk.on {
		c.Title = l.T("web.code.bookkeeper_subject")
		c.Share = s.bookkeeperText(l, a)
		c.Mail = mailto(c.Title, c.Share)
	}
	return c
}

// codeAddress returns the address with a code in its fragment, which browsers send to no server; "" if the
// site has no address.
func (s *site) codeAddress(path, code string) string {
	if s.opts.PublicURL == "" {
		return ""
	}
	return s.opts.PublicURL + path + "#" + code
}

// codeQR returns a QR code that leads to the page for people with the code or, on paper, to that for
// advisers.
func (s *site) codeQR(l localizer, code string, own bool) template.HTML {
	path := "/a"
	if own {
		path = codePath
	}
	address := s.codeAddress(path, code)
	if address == "" {
		return ""
	}
	qr, err := draw.NewQR(address)
	if err != nil {
		s.opts.Log.Error("drawing code failed") // the error would name the code
		return ""
	}
	return s.figure(qr.Scene(1, l.T("web.code.picture")))
}

// bookkeeperText returns a message to the person's bookkeeper or adviser: the advice in words
// and the code.
func (s *site) bookkeeperText(l localizer, a adviceBody) string {
	lines := []string{l.T("web.code.bookkeeper_hello"), "", s.adviceText(l, a), "", l.T("web.code.mine", "Code", a.Advice.Code)}
	if address := s.codeAddress("/a", a.Advice.Code); address != "" {
		lines = append(lines, l.T("web.code.bookkeeper_how", "Link", address))
	}
	return strings.Join(lines, "\n")
}
