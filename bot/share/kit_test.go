package share_test

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

var both = share.Place{Bot: "digiwijzer_bot", PublicURL: "https://digiwijzer.example"}

func words(t testing.TB) *locales.Texts {
	t.Helper()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	return texts
}

func kvk() flows.Partner {
	return flows.Partner{Code: "kvk-utrecht", Name: "KVK Utrecht", Kind: flows.PartnerKVK}
}

func order() share.Order {
	return share.Order{Partner: kvk(), Place: both, Made: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

// kitOf makes a kit and returns its files by the end of their names.
func kitOf(t testing.TB, o share.Order) map[string]share.File {
	t.Helper()
	files, err := share.Kit(words(t), o)
	require.NoError(t, err)
	byEnd := map[string]share.File{}
	for _, f := range files {
		end, ok := strings.CutPrefix(f.Name, o.Partner.Code+"-")
		require.True(t, ok, f.Name)
		byEnd[end] = f
	}
	return byEnd
}

// decode reads a QR code with a decoder that has nothing in common with the encoder.
func decode(t testing.TB, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	require.NoError(t, err)
	return result.GetText()
}

// paint draws rectangles, in modules or millimetres, so large that they can be read.
func paint(boxes [][4]float64, scale float64) image.Image {
	var right, bottom float64
	for _, b := range boxes {
		right, bottom = max(right, b[0]+b[2]), max(bottom, b[1]+b[3])
	}
	img := image.NewGray(image.Rect(0, 0, int((right+8)*scale), int((bottom+8)*scale)))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, b := range boxes {
		for y := int(b[1]*scale + .5); y < int((b[1]+b[3])*scale+.5); y++ {
			for x := int(b[0]*scale + .5); x < int((b[0]+b[2])*scale+.5); x++ {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	return img
}

func numbers(t testing.TB, texts []string) (n [4]float64) {
	t.Helper()
	for i, text := range texts {
		value, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		n[i] = value
	}
	return n
}

// boxesOfSVG reads the dark shapes of an SVG.
func boxesOfSVG(t testing.TB, svg []byte) (boxes [][4]float64) {
	t.Helper()
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v(1)h-\d+z`).FindAllStringSubmatch(string(svg), -1) {
		boxes = append(boxes, numbers(t, m[1:]))
	}
	return boxes
}

// boxesOfPDF reads the black rectangles out of a page, in points from the top.
func boxesOfPDF(t testing.TB, pdf []byte) (boxes [][4]float64) {
	t.Helper()
	black := false
	for line := range strings.Lines(contentOf(t, pdf)) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, " g") || strings.HasSuffix(line, " rg") {
			black = strings.HasPrefix(line, "0.000 g") || strings.HasPrefix(line, "0.000 0.000 0.000 rg")
		}
		m := regexp.MustCompile(`^([\d.-]+) ([\d.-]+) ([\d.-]+) (-[\d.]+) re f$`).FindStringSubmatch(line)
		if black && m != nil {
			n := numbers(t, m[1:])
			boxes = append(boxes, [4]float64{n[0], 842 - n[1], n[2], -n[3]})
		}
	}
	return boxes
}

// contentOf unpacks the drawing instructions of a PDF.
func contentOf(t testing.TB, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue // a font map, not packed
		}
		content, _ := io.ReadAll(r)
		if bytes.Contains(content, []byte(" re f")) {
			all.Write(content)
		}
	}
	require.NotEmpty(t, all.String())
	return all.String()
}

// TestEveryCodeIsTheLink: a QR code is read back from the PNG, the SVG, the
// poster and the card, and is the link to the last character.
func TestEveryCodeIsTheLink(t *testing.T) {
	for want, change := range map[string]func(*share.Order){
		"https://digiwijzer.example/p/kvk-utrecht":           func(*share.Order) {},
		"https://digiwijzer.example/p/kvk-utrecht_GM0355_en": func(o *share.Order) { o.Municipality, o.Lang = "GM0355", "en" },
		"https://t.me/digiwijzer_bot?start=kvk-utrecht":      func(o *share.Order) { o.Place.PublicURL = "" },
		"https://digiwijzer.example/p/ondernemersvereniging-de-heuvelrug-39_GM1581": func(o *share.Order) {
			o.Partner.Code, o.Municipality, o.Place.Bot = "ondernemersvereniging-de-heuvelrug-39", "GM1581", ""
		},
	} {
		o := order()
		change(&o)
		kit := kitOf(t, o)
		img, err := png.Decode(bytes.NewReader(kit["qr.png"].Data))
		require.NoError(t, err)
		assert.Equal(t, want, decode(t, img), "PNG")
		assert.GreaterOrEqual(t, img.Bounds().Dx(), 1200, "enough for print")
		assert.Equal(t, want, decode(t, paint(boxesOfSVG(t, kit["qr.svg"].Data), 4)), "SVG")
		assert.Equal(t, want, decode(t, paint(boxesOfPDF(t, kit["poster-a4.pdf"].Data), 3)), "poster")
		assert.Equal(t, want, decode(t, paint(boxesOfPDF(t, kit["kaart-a6.pdf"].Data), 6)), "card")
	}
}

func TestCodeHasItsQuietZone(t *testing.T) {
	svg := kitOf(t, order())["qr.svg"].Data
	side := regexp.MustCompile(`viewBox="0 0 (\d+) `).FindSubmatch(svg)
	require.NotNil(t, side)
	size, err := strconv.ParseFloat(string(side[1]), 64)
	require.NoError(t, err)
	least, most := size, 0.0
	for _, b := range boxesOfSVG(t, svg) {
		least, most = min(least, b[0], b[1]), max(most, b[0]+b[2], b[1]+b[3])
	}
	assert.Equal(t, 4.0, least)
	assert.Equal(t, size-4, most)
}

// TestCodeSurvivesDamage: the code is readable with a tenth of it damaged.
func TestCodeSurvivesDamage(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(kitOf(t, order())["qr.png"].Data))
	require.NoError(t, err)
	worn := image.NewGray(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			worn.Set(x, y, img.At(x, y))
		}
	}
	side := img.Bounds().Dx()
	for y := side / 2; y < side*8/10; y++ {
		for x := side / 2; x < side*8/10; x++ {
			worn.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	assert.Equal(t, "https://digiwijzer.example/p/kvk-utrecht", decode(t, worn))
}

func TestPapersEmbedTheirFonts(t *testing.T) {
	kit := kitOf(t, order())
	for _, name := range []string{"poster-a4.pdf", "kaart-a6.pdf"} {
		pdf := string(kit[name].Data)
		assert.Equal(t, 2, strings.Count(pdf, "/FontFile2 "), name)
		assert.NotContains(t, pdf, "/Type1", name)
		assert.Contains(t, pdf, "/Lang", name)
	}
	assert.Contains(t, string(kit["poster-a4.pdf"].Data), "/MediaBox [0 0 595.28 841.89]")
	assert.Contains(t, string(kit["kaart-a6.pdf"].Data), "/MediaBox [0 0 297.64 419.53]")
}

func TestSameOrderSameKit(t *testing.T) {
	o := order()
	o.Logo = logoPNG(t, 400, 200)
	first, second := kitOf(t, o), kitOf(t, o)
	require.Len(t, first, 6)
	for name, file := range first {
		assert.True(t, bytes.Equal(file.Data, second[name].Data), name)
	}
}

func TestLogo(t *testing.T) {
	o := order()
	plain := len(kitOf(t, o)["poster-a4.pdf"].Data)
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 500, 250)), nil))
	o.Logo = append(photo.Bytes(), []byte("camera of Jan Jansen")...)
	pdf := kitOf(t, o)["poster-a4.pdf"].Data
	assert.Contains(t, string(pdf), "/Subtype /Image")
	assert.Greater(t, len(pdf), plain)
	assert.NotContains(t, string(pdf), "Jan Jansen", "nothing but the picture goes along")

	for want, data := range map[string][]byte{
		"not a PNG or JPEG": []byte("<svg/>"),
		"for print":         logoPNG(t, 40, 40),
		"damaged":           logoPNG(t, 400, 400)[:200],
		"at most 5120":      make([]byte, 6<<20),
	} {
		o.Logo = data
		_, err := share.Kit(words(t), o)
		assert.ErrorContains(t, err, want)
	}
}

func TestKitNeedsABotOrSite(t *testing.T) {
	for want, place := range map[string]share.Place{
		"nothing to link to":        {},
		"not the username of a bot": {Bot: "my bot"},
		"not a web address":         {PublicURL: "digiwijzer.example"},
	} {
		o := order()
		o.Place = place
		_, err := share.Kit(words(t), o)
		assert.ErrorContains(t, err, want)
	}
	o := order()
	o.Lang = "fr"
	_, err := share.Kit(words(t), o)
	assert.ErrorContains(t, err, `language "fr"`)
}

func TestTextsOfTheKit(t *testing.T) {
	kit := kitOf(t, order())
	news := string(kit["nieuwsbrief.txt"].Data)
	assert.Contains(t, news, "https://digiwijzer.example/p/kvk-utrecht\n")
	assert.Contains(t, news, "https://t.me/digiwijzer_bot?start=kvk-utrecht\n")
	assert.Contains(t, news, "vier minuten")
	assert.Contains(t, string(kit["website.html"].Data), `<iframe src="https://digiwijzer.example/embed/kvk-utrecht" `)

	o := order()
	o.Lang, o.Place.PublicURL = "en", ""
	kit = kitOf(t, o)
	assert.Contains(t, string(kit["newsletter.txt"].Data), "four minutes")
	assert.Equal(t, `<a href="https://t.me/digiwijzer_bot?start=kvk-utrecht_en">How digital is your business?</a>`+"\n", string(kit["website.html"].Data))
}

func TestFiguresOpenWithTheirOwnAddressOnly(t *testing.T) {
	seal := share.Seal{Key: []byte("a key of thirty-two bytes, surely")}
	path := seal.FiguresPath("kvk-utrecht", 3)
	signature, ok := strings.CutPrefix(path, "/p/kvk-utrecht/cijfers/")
	require.True(t, ok)
	assert.Len(t, signature, 22, "128 bits")
	assert.True(t, seal.Valid("kvk-utrecht", 3, signature))
	assert.False(t, seal.Valid("kvk-utrecht", 4, signature), "renewed")
	assert.False(t, seal.Valid("kvk-utrecht", 2, signature))
	assert.False(t, seal.Valid("gooi", 3, signature), "another partner's")
	assert.False(t, share.Seal{Key: []byte("another key")}.Valid("kvk-utrecht", 3, signature))
	assert.False(t, seal.Valid("kvk-utrecht", 3, ""))
	assert.False(t, seal.Valid("kvk-utrecht", 3, signature[:21]+"x"))
}
