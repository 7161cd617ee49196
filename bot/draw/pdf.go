package draw

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"digiwijzer/bot/style"
)

// PDF writes the scene as one page; see PDF.
func (s Scene) PDF(w io.Writer, made time.Time) error { return PDF(w, made, s) }

// PDF writes scenes as pages of W×H points, all of the size of the first, with embedded
// fonts. The title and language are those of the first; made is the date in the document.
func PDF(w io.Writer, made time.Time, pages ...Scene) error {
	s := pages[0]
	p := &page{Fpdf: fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: s.W, Ht: s.H}})}
	p.SetMargins(0, 0, 0)
	p.SetAutoPageBreak(false, 0)
	p.SetTitle(s.Title, true)
	p.SetLang(s.Lang)
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetCatalogSort(true) // the same scene gives the same bytes
	p.addFonts()
	for _, s := range pages {
		p.AddPage()
		for _, shape := range s.Shapes {
			shape.pdf(p)
		}
	}
	if err := p.Output(w); err != nil {
		return fmt.Errorf("draw: pdf: %w", err)
	}
	return nil
}

// page is a PDF being written. Its first error is returned by Output.
type page struct {
	*fpdf.Fpdf
	images int
}

const family = "cantarell"

func (p *page) addFonts() {
	p.AddUTF8FontFromBytes(family, "", style.TrueType(style.RegularFont))
	p.AddUTF8FontFromBytes(family, "B", style.TrueType(style.BoldFont))
}

func (r Rect) pdf(p *page) {
	p.SetFillColor(r.Fill.RGB())
	if r.R > 0 {
		p.RoundedRect(r.X, r.Y, r.W, r.H, r.R, "1234", "F")
		return
	}
	p.Rect(r.X, r.Y, r.W, r.H, "F")
}

func (c Circle) pdf(p *page) {
	p.SetFillColor(c.Fill.RGB())
	p.Circle(c.X, c.Y, c.R, "F")
}

func (g Grid) pdf(p *page) {
	for _, run := range g.runs() {
		run.pdf(p)
	}
}

func (i Image) pdf(p *page) {
	p.images++
	name, options := fmt.Sprintf("image%d", p.images), fpdf.ImageOptions{ImageType: "PNG"}
	p.RegisterImageOptionsReader(name, options, bytes.NewReader(i.encoded()))
	p.ImageOptions(name, i.X, i.Y, i.W, i.H, false, options, 0, "")
}

func (t Text) pdf(p *page) {
	weight := ""
	if t.Bold {
		weight = "B"
	}
	p.SetFont(family, weight, t.Size)
	p.SetTextColor(t.Fill.RGB())
	if t.Up {
		p.TransformBegin()
		defer p.TransformEnd()
		p.TransformRotate(90, t.X, t.Y)
	}
	left := t.X - t.Anchor.before(t.Width())
	p.Text(left, t.Y, t.Text)
	if t.Href != "" {
		p.LinkString(left, t.Y-t.Size, t.Width(), t.Size*1.3, t.Href)
	}
}
