package share

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"sync"

	"digiwijzer/bot/style"
	"digiwijzer/locales"
	"digiwijzer/store/figures"
)

// partnerPage is the page with a partner's own figures.
type partnerPage struct {
	Name  string
	Since string // ISO week from which its address works
	figures.PartnerFigures
	Floor int // smallest figure that is shown
}

//go:embed figures.html
var figuresHTML string

//go:embed figures.css
var figuresRules string

// figuresCSS is the whole style sheet of the page: it is one file, so the fonts are in it.
var figuresCSS = sync.OnceValue(func() string { return style.FontFaces(style.Inline) + style.CSS() + figuresRules })

var figuresPage = template.Must(template.New("figures").Parse(figuresHTML))

// styleHash is the CSP source that allows the page's own style sheet and no other.
func styleHash() string {
	sum := sha256.Sum256([]byte(figuresCSS()))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// serve writes the page. Its address is a secret, so the headers forbid caching, indexing
// and sending it as a referrer.
func (p partnerPage) serve(w http.ResponseWriter, texts *locales.Texts, lang string) error {
	var b bytes.Buffer
	err := figuresPage.Execute(&b, map[string]any{
		"Lang": lang, "Figures": p, "Style": template.CSS(figuresCSS()), "Wordmark": style.Wordmark(),
		"Say": func(id string, pairs ...any) string { return texts.Text(lang, "share.figures."+id, pairs...) },
	})
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; font-src data:; style-src " + styleHash() + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cache-Control":           "private, no-store",
		"X-Robots-Tag":            "noindex, nofollow",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
	} {
		w.Header().Set(name, value)
	}
	_, err = w.Write(b.Bytes())
	return err
}
