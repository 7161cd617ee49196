package style

import (
	_ "embed"
	"html/template"
)

// iconPaths are the line icons by name, 24 by 24 units.
var iconPaths = map[string]string{
	// The topics of the check.
	"online":         "M4 10v9.5h16V10M2.5 9.5 4.5 4h15l2 5.5M2.5 9.5a3.2 3.2 0 0 0 6.3 0 3.2 3.2 0 0 0 6.4 0 3.2 3.2 0 0 0 6.3 0M9.5 19.5v-5h5v5",
	"administration": "M5.5 3v18l2.2-1.5L9.8 21l2.2-1.5 2.2 1.5 2.1-1.5 2.2 1.5V3l-2.2 1.5L14.2 3 12 4.5 9.8 3 7.7 4.5zM9 9h6M9 13h6",
	"access":         "M5 5h14v10H5zM2.5 19h19M10 19l.5-1.5h3L14 19M12 12.2V8M9.8 10 12 7.8l2.2 2.2",
	"customers":      "M3 6.5h18v13H3zM6 3.5h12M8.8 11.8a1.9 1.9 0 1 0 0-.01M5.8 16.8c.3-2 1.6-2.7 3-2.7s2.7.7 3 2.7M15 11h3M15 14.5h3",
	"ai":             "M4 5h16v11h-8.5L7 20v-4H4zM12 7.5l.9 2.1 2.1.9-2.1.9-.9 2.1-.9-2.1-2.1-.9 2.1-.9z",
	"learning":       "M12 6.5C10 5 7 4.5 3.5 4.5v13.5c3.5 0 6.5.5 8.5 2 2-1.5 5-2 8.5-2V4.5C17 4.5 14 5 12 6.5zM12 6.5V20",
	"plan":           "M5.5 21V3.5M5.5 4.5c4-2 7 2 13 0v9c-6 2-9-2-13 0",
	"security":       "M5 11h14v9.5H5zM8 11V7.5a4 4 0 0 1 8 0V11M12 14.8v2.2",

	// The sectors.
	"sector-retail":      "M5 8.5h14l1 12H4zM8.5 11V7a3.5 3.5 0 0 1 7 0v4",
	"sector-groothandel": "M3 20V9l9-5.5L21 9v11M7.5 20v-4h4.5v4M12 20v-4h4.5v4M9.7 16v-4h4.6v4",
	"sector-zakelijk":    "M3.5 8h17v11.5h-17zM9 8V4.5h6V8M3.5 13h7M13.5 13h7M10.5 11.8h3v2.6h-3z",
	"sector-zorg":        "M12 20.5S3.5 15.5 3.5 9.3A4.6 4.6 0 0 1 12 7a4.6 4.6 0 0 1 8.5 2.3c0 6.2-8.5 11.2-8.5 11.2zM12 10v5M9.5 12.5h5",
	"sector-horeca":      "M4.5 9h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM16.5 10.5h1.3a2.4 2.4 0 0 1 0 5h-1.5M8 6c-1-1.2 1-2 0-3.2M12.5 6c-1-1.2 1-2 0-3.2",
	"sector-bouw":        "M3 17.5h18M5 17.5v-2a7 7 0 0 1 14 0v2M9.5 13V8.4h5V13M3.5 20.5h17",
	"sector-media":       "M14 4.5 19.5 10 9 20.5l-5.5 0v-5.5zM11.5 7 17 12.5M3.5 20.5h17",
	"sector-maak":        "M3.5 20.5V10l5 3.5V10l5 3.5V10l3 2V3.5h3.5l.5 17zM7 17h2M12 17h2",
	"sector-agri":        "M12 21v-9M12 13c0-4-3-6.5-7.5-6.5C4.5 11 7.5 13 12 13zM12 11c0-4 3-7 7.5-7 0 4.5-3 7-7.5 7zM6 21h12",
	"sector-ict":         "M3.5 5h17v14.500h-17zM3.5 9h17M7 12.500l2.5 2L7 16.500M12 16.500h4.5",
	"sector-transport":   "M2.5 6.500h11.500v10.500H2.500zM14 10h4l3.5 3.500V17H14M6.5 19.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
	"sector-persoonlijk": "M6.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6.5 20a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8.5 8 20 17.500M8.5 16 20 6.5",
	"sector-anders":      "M12 3.5a8.5 8.5 0 1 0 .01 0M8 12h.01M12 12h.01M16 12h.01",

	// Other subjects.
	"clock":    "M12 3.5a8.5 8.5 0 1 0 .01 0M12 7.5V12l3 2",
	"euro":     "M17.5 6.8A7 7 0 1 0 17.5 17.2M4 10.5h9M4 13.5h8",
	"phone":    "M5 4h4l1.8 4.5-2.3 1.6a11 11 0 0 0 5.4 5.4l1.6-2.3L20 15v4a1.5 1.5 0 0 1-1.6 1.5C10.5 20 4 13.5 3.5 5.6A1.5 1.5 0 0 1 5 4z",
	"print":    "M7 8.5V3.5h10v5M7 16.5H3.5v-8h17v8H17M7 13.5h10v7H7z",
	"share":    "M12 15V3.5M8 7l4-3.5L16 7M6 11H4.5v9.5h15V11H18",
	"calendar": "M4 5.5h16v15H4zM4 10h16M8.5 3v4M15.5 3v4M8.5 14.5l2.2 2.2 4.3-4",
	"copy":     "M8.5 8.5h12v12h-12zM15.5 5.5v-2h-12v12h2",
	"mail":     "M3 5.5h18v13.5H3zM3.5 6.5 12 13l8.5-6.5",
	"chat":     "M12 3.500c-5 0-8.5 3.3-8.5 7.7 0 2.1.9 4 2.3 5.300L5 20.500l4-1.800c.9.3 1.9.4 3 .4 5 0 8.5-3.4 8.5-7.900S17 3.5 12 3.500zM8.5 11.500h.01M12 11.500h.01M15.5 11.500h.01",
	"download": "M12 3.500V15M8 11.500l4 3.5 4-3.500M4.5 15v5.500h15V15",
	"back":     "M14.5 5.5 8 12l6.5 6.5",
	"onward":   "M9.5 5.5 16 12l-6.5 6.5",
	"down":     "M12 4v15M6 13l6 6 6-6",
	"up":       "M12 20V5M6 11l6-6 6 6",
	"check":    "M5 12.5l4.5 4.5L19 7.5",
	"cross":    "M5.5 5.500l13 13M18.5 5.500l-13 13",
	"warning":  "M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.2",
	"person":   "M12 11.5a4 4 0 1 0-.01 0M4.5 20.5c.5-4.5 3.5-6.5 7.5-6.5s7 2 7.5 6.5",
	"example":  "M4 4.500h7v7H4zM13 4.500h7v7h-7zM4 13.500h7v7H4zM13 13.500h7v7h-7z",
}

// Icon returns a line icon as inline SVG, for use next to a word. An unknown name gives an empty string.
func Icon(name string) template.HTML {
	path, ok := iconPaths[name]
	if !ok {
		return ""
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="` + path + `"/></svg>`) // constants only
}

// mouths are the mouths of the five faces, from very bad to very good.
var mouths = [...]string{"M10 22.5c3-4 9-4 12 0", "M10.5 21.5c3-2 8-2 11 0", "M10.5 21h11", "M10 19.5c3 2.5 9 2.5 12 0", "M9 18.5c2 6 12 6 14 0z"}

// Face returns the n-th of five faces, 1 for very bad and 5 for very good; an empty string for another n.
func Face(n int) template.HTML {
	if n < 1 || n > len(mouths) {
		return ""
	}
	return template.HTML(`<svg class="face" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13"/><path d="M11.5 12.5V14M20.5 12.5V14` + mouths[n-1] + `"/></svg>`)
}

//go:embed wordmark.svg
var wordmark string

// Wordmark returns the name with its logo, in the surrounding text colour.
func Wordmark() template.HTML { return template.HTML(wordmark) }

//go:embed street.svg
var street string

// Street returns the drawing of a street, decoration only. Its class is its place: "band" or "foot".
func Street(place string) template.HTML {
	return template.HTML(`<svg class="street ` + template.HTMLEscapeString(place) + `"` + street[len("<svg"):])
}
