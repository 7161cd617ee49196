package share

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"digiwijzer/bot/draw"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Order specifies a kit.
type Order struct {
	Partner      flows.Partner
	Lang         string    // of posters and texts; empty: the partner's, or else the first
	Municipality string    // GM code in the links, besides the partner's own default; may be empty
	Place        Place     // where the links lead
	Logo         []byte    // PNG or JPEG; nil: none
	Made         time.Time // the date in the documents
}

// File is one file of a kit.
type File struct {
	Name string // "kvk-utrecht-poster-a4.pdf"
	Type string // media type
	Data []byte
}

// Links are the links of a kit.
type Links struct {
	Main     string // in the QR code
	Telegram string // empty without a bot
	Web      string // empty without a site
}

// Kit makes the files that a partner needs: the QR code as SVG and PNG, a poster (A4) and a card (A6) to print, a text for a
// newsletter and a line for a web page. It returns an error for a name that does not fit, a logo that cannot be printed or
// an order without a link.
func Kit(texts *locales.Texts, o Order) ([]File, error) {
	k, err := newKit(texts, o)
	if err != nil {
		return nil, err
	}
	poster, errPoster := k.page(a4)
	card, errCard := k.page(a6)
	if err := cmp.Or(errPoster, errCard); err != nil {
		return nil, err
	}
	var svg, png, posterPDF, cardPDF bytes.Buffer
	if err := cmp.Or(k.qr.Scene(1, k.links.Main).SVG(&svg), k.qr.Scene(k.qr.PrintModule(), k.links.Main).PNG(&png),
		poster.PDF(&posterPDF, o.Made), card.PDF(&cardPDF, o.Made)); err != nil {
		return nil, err
	}
	return []File{
		k.file("qr.svg", "image/svg+xml", svg.Bytes()),
		k.file("qr.png", "image/png", png.Bytes()),
		k.file(a4.file+".pdf", "application/pdf", posterPDF.Bytes()),
		k.file(a6.file+".pdf", "application/pdf", cardPDF.Bytes()),
		k.file(k.text("share.file.newsletter")+".txt", "text/plain; charset=utf-8", []byte(k.newsletter())),
		k.file(k.text("share.file.embed")+".html", "text/html; charset=utf-8", []byte(k.links.embed+"\n")),
	}, nil
}

// LinksOf returns the links in the kit of an order.
func LinksOf(texts *locales.Texts, o Order) (Links, error) {
	k, err := newKit(texts, o)
	return k.links.Links, err
}

// kit is a checked order with its links, QR code and logo.
type kit struct {
	Order
	texts *locales.Texts
	links struct {
		Links
		embed string
	}
	qr   draw.QR
	logo image.Image // nil: none
}

func newKit(texts *locales.Texts, o Order) (k kit, err error) {
	k = kit{Order: o, texts: texts}
	if err := o.Partner.Check(); err != nil {
		return k, err
	}
	if err := o.Place.check(); err != nil {
		return k, err
	}
	if k.Lang == "" {
		k.Lang = o.Partner.Lang
	}
	if k.Lang == "" {
		k.Lang = texts.Languages()[0]
	}
	if !slices.Contains(texts.Languages(), k.Lang) {
		return k, fmt.Errorf("there are no texts in language %q", k.Lang)
	}
	if err := k.link(); err != nil {
		return k, err
	}
	if k.qr, err = draw.NewQR(k.links.Main); err == nil && len(o.Logo) > 0 {
		k.logo, err = readLogo(o.Logo)
	}
	return k, err
}

// link makes the links. They carry the language if people would otherwise begin in another.
func (k *kit) link() error {
	lang := k.Lang
	if lang == k.Partner.Lang || (k.Partner.Lang == "" && lang == k.texts.Languages()[0]) {
		lang = ""
	}
	parameter, err := flows.Link{Partner: k.Partner.Code, Municipality: k.Municipality, Lang: lang}.Parameter()
	if err != nil {
		return err
	}
	k.links.Links = Links{Main: k.Place.Main(parameter), Telegram: k.Place.Telegram(parameter), Web: k.Place.Web(parameter)}
	k.links.embed = k.Place.Embed(parameter, k.text("share.poster.title"))
	return nil
}

func (k *kit) text(id string, pairs ...any) string { return k.texts.Text(k.Lang, id, pairs...) }

func (k *kit) file(name, mediaType string, data []byte) File {
	return File{Name: k.Partner.Code + "-" + name, Type: mediaType, Data: data}
}

// newsletter is a text to paste.
func (k *kit) newsletter() string {
	lines := []string{k.text("share.poster.title"), k.text("share.newsletter"), k.text("share.newsletter_link", "Link", k.links.Main)}
	if k.links.Web != "" && k.links.Telegram != "" {
		lines = append(lines, k.text("share.newsletter_telegram", "Link", k.links.Telegram))
	}
	lines = append(lines, k.text("share.poster.privacy"), k.Partner.Name)
	return strings.Join(lines, "\n\n") + "\n"
}
