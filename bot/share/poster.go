package share

import (
	"bytes"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// format is a size of paper and how large things are on it: lengths in millimetres,
// texts in points.
type format struct {
	file         string
	w, h, margin float64
	band         float64 // height of the coloured part
	qr           float64 // side of the QR code, quiet zone included
	title        float64
	lead         float64
	step         float64
	link         float64
	small        float64
	least        float64 // no text is smaller
}

var (
	a4 = format{file: "poster-a4", w: 210, h: 297, margin: 17, band: 103, qr: 90,
		title: 51, lead: 21, step: 18, link: 25, small: 13.5, least: 11}
	a6 = format{file: "kaart-a6", w: 105, h: 148, margin: 8.5, band: 51, qr: 44,
		title: 24, lead: 11, step: 9, link: 12.5, small: 7.5, least: 6.5}
)

// print makes the poster or card.
func (k *kit) print(f format) ([]byte, error) {
	s := newSheet(f, k.say("share.poster.title")+" · "+k.Partner.Name, k.Lang, k.Made)
	k.head(s)
	y := f.band + f.margin*0.75
	s.code(k.qr, f.margin, y, f.qr)
	s.frame(f.margin, y, f.qr)
	steps := k.steps(s, f.margin+f.qr+f.margin*0.65, y)
	k.address(s, max(y+f.qr, steps)+f.margin*0.55)
	k.foot(s)
	return s.bytes()
}

// head is the coloured part: what it is.
func (k *kit) head(s *sheet) {
	f := s.f
	s.box(0, 0, f.w, f.band, band)
	w := f.w - 2*f.margin
	top := s.put(text{words: k.say("share.poster.name"), size: f.lead, least: f.least, lines: 1, bold: true, c: sun}, f.margin, f.margin*0.8, w)
	sign := f.band * 0.24
	k.quadrant(s, f.w-f.margin-sign, f.margin*0.8, sign)
	title := s.lay(text{words: k.say("share.poster.title"), size: f.title, least: f.title / 2, lines: 2, bold: true, c: onBand}, w-sign-f.margin*0.4)
	lead := s.lay(text{words: k.say("share.poster.lead"), size: f.lead, least: f.small, lines: 2, c: softBand}, w)
	gap := f.margin * 0.3
	y := f.band - f.margin*0.7 - lead.height() - gap - title.height()
	if y < top {
		s.refuse(tooFull(f))
	}
	y = s.write(title, f.margin, y, w)
	s.write(lead, f.margin, y+gap, w)
}

// quadrant is the sign of the check: four fields and a dot.
func (k *kit) quadrant(s *sheet, x, y, side float64) {
	half, gap := side/2, side*0.04
	tones := [4]colour{{0x2f, 0x74, 0x7b}, {0x5c, 0x9a, 0x9e}, {0x1e, 0x62, 0x6a}, {0x41, 0x85, 0x8b}}
	for i, tone := range tones {
		s.box(x+float64(i%2)*(half+gap/2), y+float64(i/2)*(half+gap/2), half-gap/2, half-gap/2, tone)
	}
	s.fill(sun)
	s.pdf.Circle(x+side*0.68, y+side*0.3, side*0.1, "F")
}

// frame is the rounded line around the QR code.
func (s *sheet) frame(x, y, side float64) {
	s.pdf.SetDrawColor(hairline.r, hairline.g, hairline.b)
	s.pdf.SetLineWidth(s.f.w / 420)
	s.pdf.RoundedRect(x, y, side, side, s.f.margin/5, "1234", "D")
}

// steps are what to do, beside the QR code; it gives where they end.
func (k *kit) steps(s *sheet, x, top float64) float64 {
	f := s.f
	second := "share.poster.step_telegram"
	if k.links.Web != "" && k.links.Telegram != "" {
		second = "share.poster.step_choose"
	} else if k.links.Web != "" {
		second = "share.poster.step_web"
	}
	words := []string{k.say("share.poster.step_scan"), k.say(second), k.say("share.poster.step_answer")}
	radius := f.step * pointMM * 0.85
	left := x + radius*2 + f.margin*0.25
	w := f.w - f.margin - left
	size := f.step
	for _, step := range words { // all as large as the one that needs most room
		size = min(size, s.lay(text{words: step, size: size, least: f.least, lines: 4}, w).size)
	}
	y := top + f.qr*0.03
	for i, step := range words {
		s.bullet(strconv.Itoa(i+1), x+radius, y+radius, radius)
		y = s.put(text{words: step, size: size, least: size, lines: 4, c: ink}, left, y+radius-size*pointMM*0.6, w) + f.margin*0.42
	}
	return y - f.margin*0.42
}

// bullet is a number in a circle around x and y.
func (s *sheet) bullet(number string, x, y, radius float64) {
	s.fill(band)
	s.pdf.Circle(x, y, radius, "F")
	size := radius / pointMM * 1.1
	l := s.lay(text{words: number, size: size, least: size, lines: 1, bold: true, c: onBand}, radius*2)
	s.write(l, x-s.pdf.GetStringWidth(number)/2, y-size*pointMM*0.6, radius*2)
}

// address is the link in words, for who cannot scan, and what is promised.
func (k *kit) address(s *sheet, y float64) {
	f := s.f
	w := f.w - 2*f.margin
	intro, link := k.say("share.poster.type_telegram", "Code", k.Partner.Code), "@"+k.Place.Bot
	if k.links.Web != "" {
		intro, link = k.say("share.poster.type_web"), inWords(k.links.Web)
	}
	y = s.put(text{words: intro, size: f.small, least: f.least, lines: 2, c: soft}, f.margin, y, w)
	y = s.put(text{words: link, size: f.link, least: f.least, lines: 1, bold: true, c: band}, f.margin, y, w)
	y = s.put(text{words: k.say("share.poster.free"), size: f.small, least: f.least, lines: 2, c: ink}, f.margin, y+f.margin*0.35, w)
	end := s.put(text{words: k.say("share.poster.privacy"), size: f.small, least: f.least, lines: 2, c: ink}, f.margin, y, w)
	if end > f.h-f.margin*0.75-footHeight(f) {
		s.refuse(tooFull(f))
	}
}

func footHeight(f format) float64 { return f.margin * 1.6 }

// foot says from whom one has it.
func (k *kit) foot(s *sheet) {
	f := s.f
	height := footHeight(f)
	top := f.h - f.margin*0.6 - height
	s.box(f.margin, top, f.w-2*f.margin, f.w/420, hairline)
	w := f.w - 2*f.margin
	if k.logo != nil {
		room, tall := f.w*0.26, height*0.82
		wide := min(room, tall*k.logo.aspect)
		tall = wide / k.logo.aspect
		s.picture(k.logo.data, f.w-f.margin-wide, top+(height-tall)/2+f.margin*0.1, wide, tall)
		w -= room + f.margin*0.4
	}
	y := top + f.margin*0.28
	y = s.put(text{words: k.say("share.poster.via"), size: f.small * 0.9, least: f.least * 0.9, lines: 1, c: soft}, f.margin, y, w)
	s.put(text{words: k.Partner.Name, size: f.step, least: f.least, lines: 2, bold: true, c: ink}, f.margin, y, w)
}

func (s *sheet) picture(png []byte, x, y, w, h float64) {
	options := fpdf.ImageOptions{ImageType: "PNG"}
	s.pdf.RegisterImageOptionsReader("logo", options, bytes.NewReader(png))
	s.pdf.ImageOptions("logo", x, y, w, h, false, options, 0, "")
}
