package web

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// withoutWaysOut returns a page for a kiosk: elements that link to other sites, or download, copy or share
// something, are removed, and a link to another site leaves its address as text. It works on the finished page, so
// that no template can forget it.
func withoutWaysOut(page []byte) ([]byte, error) {
	var out bytes.Buffer
	var dropped string // the element being removed, with its content
	depth := 0
	var address string // shown after the text of the link being removed
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			if errors.Is(z.Err(), io.EOF) {
				return out.Bytes(), nil
			}
			return nil, z.Err()
		}
		raw := bytes.Clone(z.Raw())
		token := z.Token()
		switch {
		case dropped != "":
			depth += nesting(kind, token.Data == dropped)
			if depth == 0 {
				dropped = ""
			}
		case kind == html.StartTagToken && takesAlong(token):
			dropped, depth = token.Data, 1
		case kind == html.StartTagToken && token.Data == "a" && leadsAway(token):
			address = shownAddress(attribute(token, "href"))
			out.WriteString("<span>")
		case kind == html.EndTagToken && token.Data == "a" && address != "":
			out.WriteString(html.EscapeString(address))
			out.WriteString("</span>")
			address = ""
		default:
			out.Write(raw)
		}
	}
}

func nesting(kind html.TokenType, same bool) int {
	switch {
	case kind == html.StartTagToken && same:
		return 1
	case kind == html.EndTagToken && same:
		return -1
	}
	return 0
}

// takesAlong reports whether an element downloads, copies or shares something.
func takesAlong(t html.Token) bool {
	if t.Data == "form" && slices.Contains(downloads, attribute(t, "action")) {
		return true
	}
	if t.Data == "a" && (slices.Contains(downloads, attribute(t, "href")) || has(t, "download")) {
		return true
	}
	return has(t, "data-share") || has(t, "data-copy")
}

// downloads are the addresses that answer with a file about the visitor's advice. They also refuse kiosks
// themselves.
var downloads = []string{"/herinnering", "/advies/digiwijzer.pdf", "/advies/eerste-stap.ics", "/advies/over-een-jaar.ics"}

func leadsAway(t html.Token) bool {
	href := attribute(t, "href")
	return href != "" && !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "?")
}

// shownAddress returns how a link's address is shown after its text. Phone numbers are in the text already.
func shownAddress(href string) string {
	if rest, ok := strings.CutPrefix(href, "https://"); ok {
		return " (" + strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/") + ")"
	}
	return "\u200b" // nothing to show, but the link ends here
}

func has(t html.Token, name string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
