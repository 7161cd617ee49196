package share

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"sync"
	"time"

	"digiwijzer/bot/style"
	"digiwijzer/locales"
	"digiwijzer/referral"
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

// weekInDays returns an ISO week by its days: "23 nov – 29 nov". An invalid week is returned unchanged.
func weekInDays(texts *locales.Texts, lang, week string) string {
	monday, err := referral.Monday(week)
	if err != nil {
		return week
	}
	return texts.Text(lang, "dashboard.span", "From", shortDay(texts, lang, monday), "To", shortDay(texts, lang, monday.AddDate(0, 0, 6)))
}

// firstDay returns the first day of an ISO week: "23 nov 2026".
func firstDay(texts *locales.Texts, lang, week string) string {
	monday, err := referral.Monday(week)
	if err != nil {
		return week
	}
	return shortDay(texts, lang, monday) + " " + strconv.Itoa(monday.Year())
}

func shortDay(texts *locales.Texts, lang string, day time.Time) string {
	return strconv.Itoa(day.Day()) + " " + texts.Text(lang, "dashboard.month."+strconv.Itoa(int(day.Month())))
}

// serve writes the page. Its address is a secret, so the headers forbid caching, indexing
// and sending it as a referrer.
func (p partnerPage) serve(w http.ResponseWriter, texts *locales.Texts, lang string) error {
	var b bytes.Buffer
	err := figuresPage.Execute(&b, map[string]any{
		"Lang": lang, "Figures": p, "Style": template.CSS(figuresCSS()), "Wordmark": style.Wordmark(),
		"Say":  func(id string, pairs ...any) string { return texts.Text(lang, "share.figures."+id, pairs...) },
		"Week": func(week string) string { return weekInDays(texts, lang, week) },
		"Day":  func(week string) string { return firstDay(texts, lang, week) },
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
