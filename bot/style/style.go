// Package style defines the visual style of the service: colours, type, space, fonts, icons and the wordmark. The site,
// drawings, reports and printed matter all use it, so that the style is changed in one place.
package style

import (
	"embed"
	"encoding/base64"
	"fmt"
	"strings"
)

// Color is a colour of the palette, on a light and on a dark page, as 0xRRGGBB. A colour
// without a name is the same on every page.
type Color struct {
	Name        string // of the custom property in style sheets: "ink" is var(--ink)
	Light, Dark uint32
}

// The palette. Contrast was measured in both modes (WCAG 2.2, 1.4.3 and 1.4.11): text in
// Ink, Soft, Act or Alarm on Paper, Paper2 and Sheet has at least 4.5, and so have White and
// SoftBand on Band and OnSun on Sun; Edge on Paper and LineBand on Band have at least 3. Sun
// on Paper has 1.7, so a sun always has a ring of OnSun.
var (
	Paper     = Color{"paper", 0xf7f3ea, 0x10191c}      // page
	Paper2    = Color{"paper-2", 0xede6d7, 0x0b1316}    // footer, empty track
	Sheet     = Color{"sheet", 0xfffdf8, 0x18252a}      // card, choice, field
	Ink       = Color{"ink", 0x17262b, 0xecf1ee}        // text
	Soft      = Color{"soft", 0x4b5a5f, 0xb4c1c0}       // secondary text
	Line      = Color{"line", 0xddd5c4, 0x2e4146}       // rule, decoration only
	Edge      = Color{"edge", 0x76827f, 0x7f9295}       // border of a control
	Act       = Color{"act", 0x0b5a62, 0x86d4d0}        // link, button, filled bar
	ActDeep   = Color{"act-deep", 0x06393f, 0xb7ebe6}   // the same under a pointer
	OnAct     = Color{"on-act", 0xffffff, 0x06272b}     // text on it
	Wash      = Color{"wash", 0xe2eeeb, 0x1c353a}       // a choice under a pointer
	Band      = Color{"band", 0x0b4d55, 0x0c343b}       // head and hero
	Band2     = Color{"band-2", 0x0f5f68, 0x12474f}     // empty track on a band
	LineBand  = Color{"line-band", 0x68a0a4, 0x5a8f95}  // outline on a band
	SoftBand  = Color{"soft-band", 0xd3e6e5, 0xc5d9d9}  // secondary text on a band
	OnBand    = Color{"on-band", 0xffffff, 0xffffff}    // text on a band
	Cream     = Color{"cream", 0xfffdf8, 0xf3ead6}      // the person's own area, filled bar on a band
	Sun       = Color{"sun", 0xf3b53a, 0xf3b53a}        // where the person is now
	OnSun     = Color{"on-sun", 0x17262b, 0x17262b}     // text on it, and its ring
	SunWash   = Color{"sun-wash", 0xf9e7bb, 0x38321f}   // what to say
	SunMark   = Color{"sun-mark", 0xf9dc9c, 0x5d4a18}   // marker under words
	Alarm     = Color{"alarm", 0xa62b1a, 0xff9f8a}      // error, incident
	AlarmWash = Color{"alarm-wash", 0xfae3dc, 0x3b1d17} // its ground
	Good      = Color{"good", 0x1c6b45, 0x7dcf9f}       // saved
	Drawn     = Color{"drawn", 0xb3a78d, 0x4d666b}      // street in the footer
	Drawn2    = Color{"drawn-2", 0xd3c9b4, 0x34494e}    // its background
	Back      = Color{"back", 0x3f858b, 0x2f666c}       // background of the street on a band

	White = Color{Light: 0xffffff, Dark: 0xffffff}
	Black = Color{}
)

// palette is every colour with a name.
var palette = []Color{Paper, Paper2, Sheet, Ink, Soft, Line, Edge, Act, ActDeep, OnAct, Wash, Band, Band2, LineBand, SoftBand, OnBand,
	Cream, Sun, OnSun, SunWash, SunMark, Alarm, AlarmWash, Good, Drawn, Drawn2, Back}

// Hex returns the colour on a light page as "#rrggbb".
func (c Color) Hex() string { return hex(c.Light) }

func hex(rgb uint32) string { return fmt.Sprintf("#%06x", rgb) }

// RGB returns the channels of the colour on a light page, 0 to 255.
func (c Color) RGB() (r, g, b int) {
	return int(c.Light >> 16 & 0xff), int(c.Light >> 8 & 0xff), int(c.Light & 0xff)
}

// Class returns the CSS class that fills a shape of an SVG with the colour in the mode of
// the page; empty for a colour that is the same everywhere.
func (c Color) Class() string {
	if c.Name == "" {
		return ""
	}
	return "c-" + c.Name
}

// Size is a step of the type scale in rem, on a phone and from Breakpoint on.
type Size struct {
	name        string
	phone, wide float64
}

// The type scale.
var (
	Least      = Size{"least", .875, .875}
	Small      = Size{"small", .9375, .9375}
	Body       = Size{"body", 1.0625, 1.125}
	Heading3   = Size{"h3", 1.1875, 1.3125}
	Heading2   = Size{"h2", 1.5, 1.75}
	Heading1   = Size{"h1", 1.875, 2.5}
	Question   = Size{"question", 1.75, 2.25}
	Wish       = Size{"wish", 1.75, 2.375}
	Result     = Size{"result", 2.5, 3.5}
	Landing    = Size{"landing", 2.125, 3.375}
	scale      = []Size{Least, Small, Body, Heading3, Heading2, Heading1, Question, Wish, Result, Landing}
	bodyPoints = 10.5
)

// Points returns the size on paper, where Body is 10.5 points.
func (s Size) Points() float64 { return bodyPoints * s.phone / Body.phone }

// Breakpoint is the width from which a page has columns.
const Breakpoint = "60rem"

// spaces are the steps of space, in rem: var(--s1) is the smallest.
var spaces = []float64{.25, .5, .75, 1, 1.25, 1.5, 2, 3, 4}

// CSS returns the tokens as custom properties for light and dark pages, with a class per
// colour that fills shapes of an SVG.
func CSS() string {
	var b strings.Builder
	b.WriteString(":root{color-scheme:light dark")
	for _, c := range palette {
		fmt.Fprintf(&b, ";--%s:%s", c.Name, hex(c.Light))
	}
	for _, s := range scale {
		fmt.Fprintf(&b, ";--t-%s:%grem", s.name, s.phone)
	}
	for i, s := range spaces {
		fmt.Fprintf(&b, ";--s%d:%grem", i+1, s)
	}
	b.WriteString("}\n@media (min-width:" + Breakpoint + "){:root{")
	for _, s := range scale {
		if s.wide != s.phone {
			fmt.Fprintf(&b, "--t-%s:%grem;", s.name, s.wide)
		}
	}
	b.WriteString("}}\n@media screen and (prefers-color-scheme:dark){:root{")
	for _, c := range palette {
		if c.Dark != c.Light {
			fmt.Fprintf(&b, "--%s:%s;", c.Name, hex(c.Dark))
		}
	}
	b.WriteString("}}\n")
	for _, c := range palette {
		fmt.Fprintf(&b, ".%s{fill:var(--%s)}", c.Class(), c.Name)
	}
	b.WriteString("\n")
	return b.String()
}

//go:embed fonts/*.woff2 fonts/*.ttf
var fonts embed.FS

// The font: Cantarell, under the SIL Open Font License 1.1 (fonts/OFL.txt). fonts/make.py makes its files.
const (
	Family      = "Cantarell"
	RegularFont = "cantarell-regular"
	BoldFont    = "cantarell-bold"
)

// WOFF2 returns a font for browsers, with the characters of Dutch and English pages only.
func WOFF2(name string) []byte { return font(name + ".woff2") }

// TrueType returns a font for PNG and PDF files, with every character it has.
func TrueType(name string) []byte { return font(name + ".ttf") }

func font(file string) []byte {
	content, err := fonts.ReadFile("fonts/" + file)
	if err != nil {
		panic(fmt.Sprintf("style: embedded font %s: %v", file, err))
	}
	return content
}

// FontFaces returns the rules that load the fonts from the addresses that url returns.
func FontFaces(url func(name string) string) string {
	const face = "@font-face{font-family:Cantarell;font-weight:%d;font-display:swap;src:url(%s) format(\"woff2\")}\n"
	return fmt.Sprintf(face, 400, url(RegularFont)) + fmt.Sprintf(face, 700, url(BoldFont))
}

// Inline returns a font as a data URL, for a page that must be one file.
func Inline(name string) string {
	return "data:font/woff2;base64," + base64.StdEncoding.EncodeToString(WOFF2(name))
}
