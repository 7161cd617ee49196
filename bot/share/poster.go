package share

import (
	"strconv"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

// page returns the poster or card.
func (k *kit) page(f format) (draw.Scene, error) {
	s := &sheet{format: f, Scene: draw.Scene{W: f.w, H: f.h, Lang: k.Lang, Title: k.text("share.poster.title") + " · " + k.Partner.Name}}
	k.addHead(s)
	y := f.band + f.margin*0.75
	s.addFrame(f.margin, y, f.qr)
	s.Add(k.qr.Grid(f.margin, y, f.qr))
	steps := k.addSteps(s, f.margin+f.qr+f.margin*0.65, y)
	k.addLink(s, max(y+f.qr, steps)+f.margin*0.55)
	k.addFoot(s)
	return s.Scene, s.err
}

// addHead adds the coloured part with what the check is.
func (k *kit) addHead(s *sheet) {
	s.Add(draw.Rect{W: s.w, H: s.band, Fill: style.Band})
	w := s.w - 2*s.margin
	top := s.write(text{words: k.text("share.poster.name"), size: s.lead, least: s.least, lines: 1, bold: true, color: style.Sun}, s.margin, s.margin*0.8, w)
	logo := s.band * 0.24
	s.addSign(s.w-s.margin-logo, s.margin*0.8, logo)
	title := s.fit(text{words: k.text("share.poster.title"), size: s.title, least: s.title / 2, lines: 2, bold: true, color: style.White}, w-logo-s.margin*0.4)
	lead := s.fit(text{words: k.text("share.poster.lead"), size: s.lead, least: s.small, lines: 2, color: style.SoftBand}, w)
	gap := s.margin * 0.3
	y := s.band - s.margin*0.7 - lead.height() - gap - title.height()
	if y < top {
		s.refuseFull()
	}
	s.put(lead, s.margin, s.put(title, s.margin, y)+gap)
}

// addSign adds the logo of the check: a dial whose hand points at the sun.
func (s *sheet) addSign(x, y, side float64) {
	const stroke, hand = 0.085, 0.056 // of the side
	middle, radius := side*0.48, side*0.41
	cx, cy := x+middle, y+side-middle
	s.Add(draw.Circle{X: cx, Y: cy, R: radius + side*stroke/2, Fill: style.White}, draw.Circle{X: cx, Y: cy, R: radius - side*stroke/2, Fill: style.Band})
	const dots = 24 // close enough to look like a line
	for i := range dots + 1 {
		along := side * 0.28 * float64(i) / dots
		s.Add(draw.Circle{X: cx + along, Y: cy - along, R: side * hand, Fill: style.White})
	}
	s.Add(draw.Circle{X: cx, Y: cy, R: side * 0.09, Fill: style.White}, draw.Circle{X: cx + side*0.29, Y: cy - side*0.29, R: side * 0.16, Fill: style.Sun})
}

// addFrame adds the rounded line around the QR code.
func (s *sheet) addFrame(x, y, side float64) {
	width, corner := s.w/420, s.margin/5
	out, in := side+width, side-width
	s.Add(draw.Rect{X: x - width/2, Y: y - width/2, W: out, H: out, R: corner + width/2, Fill: style.Line},
		draw.Rect{X: x + width/2, Y: y + width/2, W: in, H: in, R: corner - width/2, Fill: style.White})
}

// addSteps adds the instructions, next to the QR code, and returns where they end.
func (k *kit) addSteps(s *sheet, x, y float64) float64 {
	second := "share.poster.step_telegram"
	if k.links.Web != "" && k.links.Telegram != "" {
		second = "share.poster.step_choose"
	} else if k.links.Web != "" {
		second = "share.poster.step_web"
	}
	steps := []string{k.text("share.poster.step_scan"), k.text(second), k.text("share.poster.step_answer")}
	radius, gap := s.step*0.85, s.margin*0.42
	left := x + radius*2 + s.margin*0.25
	w := s.w - s.margin - left
	size := s.step
	for _, step := range steps { // all as large as the one that needs most space
		size = min(size, s.fit(text{words: step, size: size, least: s.least, lines: 4}, w).size())
	}
	y += s.qr * 0.03
	for i, step := range steps {
		s.addNumber(i+1, x+radius, y+radius, radius)
		y = s.write(text{words: step, size: size, least: size, lines: 4, color: style.Ink}, left, y+radius-size*0.6, w) + gap
	}
	return y - gap
}

// addNumber adds a number in a circle around x, y.
func (s *sheet) addNumber(n int, x, y, radius float64) {
	size := radius * 1.1
	s.Add(draw.Circle{X: x, Y: y, R: radius, Fill: style.Band},
		draw.Text{X: x, Y: y + size*(ascent-0.6), Text: strconv.Itoa(n), Size: size, Bold: true, Fill: style.White, Anchor: draw.Middle})
}

// addLink adds the link as text, for people who cannot scan, and the promises.
func (k *kit) addLink(s *sheet, y float64) {
	w := s.w - 2*s.margin
	intro, link := k.text("share.poster.type_telegram", "Code", k.Partner.Code), "@"+k.Place.Bot
	if k.links.Web != "" {
		intro, link = k.text("share.poster.type_web"), inWords(k.links.Web)
	}
	small := func(words string, c style.Color) text {
		return text{words: words, size: s.small, least: s.least, lines: 2, color: c}
	}
	y = s.write(small(intro, style.Soft), s.margin, y, w)
	y = s.write(text{words: link, size: s.link, least: s.least, lines: 1, bold: true, color: style.Band}, s.margin, y, w)
	y = s.write(small(k.text("share.poster.free"), style.Ink), s.margin, y+s.margin*0.35, w)
	y = s.write(small(k.text("share.poster.privacy"), style.Ink), s.margin, y, w)
	if y > s.h-s.margin*0.75-s.footHeight() {
		s.refuseFull()
	}
}

func (f format) footHeight() float64 { return f.margin * 1.6 }

// addFoot adds the partner.
func (k *kit) addFoot(s *sheet) {
	height, w := s.footHeight(), s.w-2*s.margin
	top := s.h - s.margin*0.6 - height
	s.Add(draw.Rect{X: s.margin, Y: top, W: w, H: s.w / 420, Fill: style.Line})
	if k.logo != nil {
		size := k.logo.Bounds()
		widest, aspect := s.w*0.26, float64(size.Dx())/float64(size.Dy())
		wide := min(widest, height*0.82*aspect)
		tall := wide / aspect
		s.Add(draw.Image{X: s.w - s.margin - wide, Y: top + (height-tall)/2 + s.margin*0.1, W: wide, H: tall, Bitmap: k.logo})
		w -= widest + s.margin*0.4
	}
	y := s.write(text{words: k.text("share.poster.via"), size: s.small * 0.9, least: s.least * 0.9, lines: 1, color: style.Soft}, s.margin, top+s.margin*0.28, w)
	s.write(text{words: k.Partner.Name, size: s.step, least: s.least, lines: 2, bold: true, color: style.Ink}, s.margin, y, w)
}
