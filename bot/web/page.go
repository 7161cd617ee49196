package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"

	"golang.org/x/text/language"
)

//go:embed templates
var templates embed.FS

// pages are the parsed templates, by name.
type pages map[string]*template.Template

// loadPages parses every page with the layout. The templates are part of the program,
// so a fault in one is a fault of the program.
func loadPages(a assets) pages {
	all := pages{}
	common := template.Must(template.New("layout").Funcs(template.FuncMap{"asset": a.url, "until": until}).
		ParseFS(templates, "templates/layout.html", "templates/parts.html", "templates/wordmark.svg"))
	files, err := templates.ReadDir("templates")
	if err != nil {
		panic(fmt.Sprintf("the embedded templates cannot be read: %v", err))
	}
	for _, f := range files {
		name := f.Name()
		if path.Ext(name) != ".html" || name == "layout.html" || name == "parts.html" {
			continue
		}
		all[name[:len(name)-len(".html")]] = template.Must(template.Must(common.Clone()).ParseFS(templates, "templates/"+name))
	}
	return all
}

// until counts from 1 to n, for the bar of parts.
func until(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// sheet is all that the layout shows around the body of a page.
type sheet struct {
	words
	Title    string
	Tongues  []tongue
	Form     form
	Chat     bool   // within a conversation: the header and the ways at its foot fit it
	Counter  bool   // on a shared device
	Again    string // on a shared device: where the next person begins
	TryOut   bool
	Demo     bool   // the figures of this site are made up
	Telegram string // the same check in Telegram; empty: there is no bot
	Frame    bool   // in a frame on another site: answers open a new window
	NoIndex  bool
	Notices  []string
	Body     any
}

// Lang is the language of the page.
func (s sheet) Lang() string { return s.lang }

// Ask puts the language into links, where it was chosen by link only.
func (s sheet) Ask() string {
	if s.Chat || !s.Form.LangSet {
		return ""
	}
	return "?lang=" + s.lang
}

// Idle is after how many seconds without a sign of life a shared device is asked
// whether someone is still there.
func (s sheet) Idle() int { return int(deskIdle.Seconds()) - 60 }

// tongue is another language: a link, or in a conversation a button.
type tongue struct {
	Lang, Name  string
	Href, Value string
}

// form is what every form on a page carries along.
type form struct {
	Nonce   string
	Token   string
	Viewed  string // the question on the page
	Param   string // of the partner's link
	Lang    string
	LangSet bool // the language came with the link
	Counter bool
}

// visitor is who asks for a page: the conversation, if there is one, and the language.
type visitor struct {
	conversation string
	lang         string
	langSet      bool // by link
}

// visitor reads the request. The language is that of the link, else the browser's
// if we have it, else Dutch; a conversation's own comes before all.
func (s *site) visitor(r *http.Request) visitor {
	v := visitor{conversation: s.conversation(r)}
	languages := s.Texts().Languages()
	v.lang = languages[0]
	if wish := r.URL.Query().Get("lang"); slices.Contains(languages, wish) {
		v.lang, v.langSet = wish, true
		return v
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return v
	}
	for _, tag := range tags {
		if base, _ := tag.Base(); slices.Contains(languages, base.String()) {
			v.lang = base.String()
			break
		}
	}
	return v
}

// sheet begins a page for a visitor.
func (s *site) sheet(r *http.Request, v visitor, lang string) *sheet {
	nonce := newNonce()
	sh := &sheet{
		words:  words{s.Texts(), lang},
		Form:   form{Nonce: nonce, Token: s.seal.token(v.conversation, nonce), Lang: lang, LangSet: v.langSet},
		TryOut: s.TryOut,
		Demo:   s.Dashboard != nil && s.Dashboard.Demo,
	}
	if name := s.BotName(); name != "" {
		sh.Telegram = "https://t.me/" + url.PathEscape(name)
	}
	for _, other := range sh.texts.Languages() {
		if other == lang {
			continue
		}
		query := r.URL.Query()
		query.Set("lang", other)
		sh.Tongues = append(sh.Tongues, tongue{
			Lang: other, Name: sh.texts.Text(other, "language.name"),
			Href: r.URL.EscapedPath() + "?" + query.Encode(), Value: "d.language.." + other,
		})
	}
	return sh
}

// render sends a page. A page that cannot be made leaves no half page behind.
func (s *site) render(w http.ResponseWriter, status int, name string, sh *sheet) {
	var page bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&page, "layout", sh); err != nil {
		s.Log.Error("a page could not be made", "page", name, "error", err)
		http.Error(w, sh.T("web.failed.text"), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", sh.lang)
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	if h.Get("Cache-Control") == "no-store" {
		h.Set("Vary", "Cookie, Accept-Language")
	}
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the visitor may have gone; nothing to do about it
}
