package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
	"digiwijzer/flows"
)

// card describes how other sites and messengers show a link to a page (the Open Graph protocol,
// https://ogp.me).
type card struct {
	Title, Text string
	URL, Image  string // absolute; empty when the public address is not known
}

// generalCard is the name of the picture for links without a partner.
const generalCard = "digiwijzer"

// cardOf returns the card of the landing page, in the name of the partner whose link it is.
func (s *site) cardOf(l localizer, e entry) *card {
	c := &card{Title: l.T("web.landing.title"), Text: l.T("web.card.text", "N", s.questionCount())}
	name, path := generalCard, "/"
	if e.partner.Name != "" {
		c.Title = l.T("web.card.title", "Partner", e.partner.Name)
		name, path = e.param, "/p/"+url.PathEscape(e.param)
	}
	if s.opts.PublicURL != "" {
		c.URL = s.opts.PublicURL + path
		c.Image = s.opts.PublicURL + "/kaart/" + url.PathEscape(name) + ".png?lang=" + l.lang
	}
	return c
}

// cards caches drawn pictures of the content in use.
type cards struct {
	mu    sync.Mutex
	of    contentOf
	drawn map[cardKey][]byte
}

type cardKey struct{ lang, partner string }

// maxCards bounds the memory for pictures, of up to 100 KB each.
const maxCards = 200

// get returns a picture, and draws it unless it is cached. Drawing takes long, so others are served meanwhile.
func (c *cards) get(of contentOf, key cardKey, draw func() ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if c.of != of || c.drawn == nil {
		c.of, c.drawn = of, map[cardKey][]byte{}
	}
	picture, found := c.drawn[key]
	c.mu.Unlock()
	if found {
		return picture, nil
	}
	picture, err := draw()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && c.of == of {
		if len(c.drawn) >= maxCards {
			clear(c.drawn)
		}
		c.drawn[key] = picture
	}
	return picture, err
}

// cardPicture serves the picture of a card.
func (s *site) cardPicture(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(r.PathValue("name"), ".png")
	_, partner, known := s.opts.Link(name)
	if !ok || !known && name != generalCard {
		s.notFound(w, r)
		return
	}
	l := localizer{s.opts.Texts(), s.visitor(r).lang}
	picture, err := s.cards.get(contentOf{s.opts.Edition(), l.texts}, cardKey{l.lang, partner.Name}, func() ([]byte, error) {
		var b bytes.Buffer
		err := l.cardScene(partner).PNG(&b)
		return b.Bytes(), err
	})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write(picture) // the client may have disconnected
}

// cardScene draws a card of 1200 by 630, the size that messengers show in full.
func (l localizer) cardScene(partner flows.Partner) draw.Scene {
	const width, height, margin, leading = 1200, 630, 80, 1.12
	s := draw.Scene{W: width, H: height, Lang: l.lang, Title: l.T("web.landing.title")}
	s.Add(draw.Rect{W: width, H: height, Fill: style.Band})
	s.Add(draw.Text{X: margin, Y: margin + 36, Text: "digiwijzer", Size: 44, Bold: true, Fill: style.White})
	y := float64(margin + 150)
	for _, line := range (draw.Text{X: margin, Y: y, Text: l.T("web.landing.title"), Size: 70, Bold: true, Fill: style.White}).Wrap(640, leading) {
		s.Add(line)
		y = line.Y
	}
	lead := draw.Text{X: margin, Y: y + 66, Text: l.T("web.card.lead"), Size: 32, Fill: style.SoftBand}
	for _, line := range lead.Wrap(640, 1.35) {
		s.Add(line)
	}
	l.addExample(&s, 770, 150)
	if partner.Name != "" {
		s.Add(draw.Rect{Y: height - 92, W: width, H: 92, Fill: style.Sun})
		s.Add(draw.Text{X: margin, Y: height - 34, Text: l.T("web.landing.via", "Partner", partner.Name), Size: 34, Bold: true, Fill: style.OnSun}.Cut(width - 2*margin))
	}
	return s
}

// addExample draws the four areas with a dot, as an example.
func (l localizer) addExample(s *draw.Scene, left, top float64) {
	const w, h, gap, line, corner = 170, 145, 8, 3, 12
	for i, id := range []string{"vulnerable", "leading", "unhurried", "in_order"} {
		x, y := left+float64(i%2)*(w+gap), top+float64(i/2)*(h+gap)
		title := draw.Text{X: x + 16, Y: y + 36, Text: l.T("quadrant." + id + ".title"), Size: 24, Fill: style.SoftBand}
		if i == 0 {
			s.Add(draw.Rect{X: x, Y: y, W: w, H: h, R: corner, Fill: style.Cream})
			title.Bold, title.Fill = true, style.OnSun
		} else {
			s.Add(draw.Rect{X: x, Y: y, W: w, H: h, R: corner, Fill: style.LineBand},
				draw.Rect{X: x + line, Y: y + line, W: w - 2*line, H: h - 2*line, R: corner - line, Fill: style.Band})
		}
		if i > 1 {
			title.Y = y + h - 18
		}
		s.Add(title)
	}
	s.Add(draw.Circle{X: left + 125, Y: top + 100, R: 22, Fill: style.OnSun}, draw.Circle{X: left + 125, Y: top + 100, R: 16, Fill: style.Sun})
}
