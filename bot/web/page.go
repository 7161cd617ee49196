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
	"strings"

	"golang.org/x/text/language"

	"digiwijzer/bot/style"
	"digiwijzer/flows"
)

//go:embed templates
var templates embed.FS

// pages are the parsed templates, by name.
type pages map[string]*template.Template

// loadPages parses every page together with the layout. It panics on a faulty template,
// which is a fault of the build.
func loadPages(a assets) pages {
	all := pages{}
	common := template.Must(template.New("layout").Funcs(template.FuncMap{"asset": a.url, "upTo": upTo, "icon": style.Icon, "face": style.Face,
		"wordmark": style.Wordmark, "street": style.Street, "tel": telephone, "dial": dial, "rating": rating, "words": wordsOnly}).
		ParseFS(templates, "templates/layout.html", "templates/parts.html"))
	files, err := templates.ReadDir("templates")
	if err != nil {
		panic(fmt.Sprintf("read embedded templates: %v", err))
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

// upTo returns the numbers 1 to n, for the progress bar.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// pageData is what the layout renders: the body of a page and everything around it.
type pageData struct {
	localizer
	Title     string
	Languages []languageLink
	Form      formFields
	Chat      bool // within a conversation
	Kiosk     bool // on a shared device
	TryOut    bool
	Demo      bool   // the figures of this site are made up
	Telegram  string // the same check in Telegram; empty: no bot
	Frame     bool   // in a frame on another site: answers open a new window
	NoIndex   bool
	Notices   []string
	Owner     *Owner
	Card      *card // how other sites show a link to this page; nil: as a bare link
	Body      any
}

// Lang returns the language of the page.
func (p pageData) Lang() string { return p.lang }

// LangQuery returns the query string that keeps a language chosen by link, for links
// outside a conversation.
func (p pageData) LangQuery() string {
	if p.Chat || !p.Form.LangSet {
		return ""
	}
	return "?lang=" + p.lang
}

// IdleSeconds returns how long a shared device is idle before the page asks whether
// anyone is still there: one minute before the conversation ends.
func (p pageData) IdleSeconds() int { return int(kioskIdle.Seconds()) - 60 }

// languageLink switches to another language: by link, or in a conversation by button.
type languageLink struct {
	Lang, Name  string
	Code        string // "EN", where there is no space for the name
	Href, Value string
}

// formFields are the hidden fields of every form on a page.
type formFields struct {
	Nonce   string
	Token   string
	Viewed  string // the question on the page
	Param   string // of the partner's link
	Lang    string
	LangSet bool // the language came with the link
	Kiosk   bool
}

// visitor is who requests a page: the conversation, if there is one, and the language.
type visitor struct {
	conversation string
	lang         string
	langSet      bool // by link
}

// visitor reads the request. The language is that of the link, then the first of the
// browser's languages that we have, then Dutch. Pages of a conversation use the
// conversation's language instead.
func (s *site) visitor(r *http.Request) visitor {
	v := visitor{conversation: s.conversation(r)}
	languages := s.opts.Texts().Languages()
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

// newPage starts a page for a visitor.
func (s *site) newPage(r *http.Request, v visitor, lang string) *pageData {
	nonce := newNonce()
	page := &pageData{
		localizer: localizer{s.opts.Texts(), lang},
		Form:      formFields{Nonce: nonce, Token: s.signer.token(v.conversation, nonce), Lang: lang, LangSet: v.langSet},
		TryOut:    s.opts.TryOut,
		Owner:     &s.opts.Owner,
		Demo:      s.opts.Dashboard != nil && s.opts.Dashboard.Demo,
	}
	if name := s.opts.BotName(); name != "" {
		page.Telegram = "https://t.me/" + url.PathEscape(name)
	}
	for _, other := range page.texts.Languages() {
		if other == lang {
			continue
		}
		query := r.URL.Query()
		query.Set("lang", other)
		page.Languages = append(page.Languages, languageLink{
			Lang: other, Code: strings.ToUpper(other), Name: page.texts.Text(other, "language.name"),
			Href: r.URL.EscapedPath() + "?" + query.Encode(), Value: "d.language.." + other,
		})
	}
	return page
}

// textPage starts a page that is the same for everyone, in the language of the
// visitor's conversation unless a link asks for another.
func (s *site) textPage(r *http.Request) (*pageData, error) {
	v := s.visitor(r)
	lang := v.lang
	if v.conversation != "" {
		turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
		if err != nil {
			return nil, err
		}
		if found && !v.langSet {
			lang = turn.Session.Lang
		}
	}
	return s.newPage(r, v, lang), nil
}

// render sends a page. A template that fails sends an error instead of half a page.
func (s *site) render(w http.ResponseWriter, status int, name string, data *pageData) {
	var page bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&page, "layout", data); err != nil {
		s.opts.Log.Error("rendering failed", "page", name, "error", err)
		http.Error(w, data.T("web.failed.text"), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", data.lang)
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	if h.Get("Cache-Control") == "no-store" {
		h.Set("Vary", "Cookie, Accept-Language")
	}
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the visitor may have disconnected
}
