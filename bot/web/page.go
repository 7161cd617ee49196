package web

import (
	"bytes"
	"cmp"
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
	"digiwijzer/bot/web/frame"
)

//go:embed templates
var templates embed.FS

// pages are the parsed templates, by name.
type pages map[string]*template.Template

// loadPages parses every page together with the layout. It panics on a faulty template, which is a build error.
func loadPages(a assets) pages {
	all := pages{}
	common := template.Must(template.New("layout").Funcs(template.FuncMap{"asset": a.url, "upTo": upTo, "icon": style.Icon, "face": style.Face,
		"wordmark": style.Wordmark, "street": style.Street, "tel": telephone, "dial": dial, "rating": rating, "words": wordsOnly, "inc": func(i int) int { return i + 1 }, "host": host, "sentence": sentence}).
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
	Canonical string // the address for search engines; empty: there is none
	Notices   []string
	Owner     *Owner
	Card      *card  // how other sites show a link to this page; nil: as a bare link
	Error     string // about the field of the page
	Typed     string // the content of that field
	Body      any
	Staff     *frame.Menu // of a page for staff; nil: it is for everyone
	Styles    []string    // besides our own
	Scripts   []string

	kiosk   kiosk
	refresh string // value of a Refresh header; empty: on a kiosk, kioskRefresh
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

// Home returns where the logo leads: to the first page or, within a conversation on a kiosk, where that would end it,
// to the current page.
func (p pageData) Home() string {
	if p.Kiosk && p.Chat {
		return "/gesprek"
	}
	return "/" + p.LangQuery()
}

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
	Where   string // the address of the page
	Param   string // of the partner's link
	Lang    string
	LangSet bool // the language came with the link
	Kiosk   bool
	Held    string // the beginning of a conversation that is not stored yet
}

// visitor is who requests a page: the conversation, if there is one, and the language.
type visitor struct {
	kiosk        kiosk
	conversation string     // empty: none, or on a kiosk one from before it was a kiosk
	beginning    *beginning // of a conversation in the browser; nil: it is stored, or gone
	sealed       string     // the same, as the browser keeps it
	lang         string
	langSet      bool // by link
}

// visitor reads the request. The language is that of the link, then the first of the
// browser's languages that we have, then Dutch. Pages of a conversation use the
// conversation's language instead.
func (s *site) visitor(r *http.Request) visitor {
	v := visitor{conversation: s.conversation(r), kiosk: s.kiosk(r)}
	if wish, said := kioskWish(r); isKiosk(v.conversation) != v.kiosk.on {
		if said && slices.Contains(kioskOff, wish) || v.kiosk.on {
			v.conversation = ""
		} else {
			v.kiosk.on = true // the device has lost its cookie
		}
	}
	if c, err := r.Cookie(s.cookieName("begin")); err == nil {
		v = s.held(v, c.Value)
	}
	languages := s.opts.Texts().Languages()
	v.lang = languages[0]
	if wish := r.URL.Query().Get("lang"); slices.Contains(languages, wish) {
		v.lang, v.langSet = wish, true
		return v
	}
	if lang := acceptedLanguage(r.Header.Get("Accept-Language"), languages); lang != "" {
		v.lang = lang
	}
	return v
}

// acceptedLanguage returns the most wanted of the languages. Browsers and tools send parts that are not language tags;
// those are ignored, not the whole header.
func acceptedLanguage(header string, languages []string) (best string) {
	most := float32(0)
	for part := range strings.SplitSeq(header[:min(len(header), maxAccepted)], ",") {
		wanted, weight, _ := strings.Cut(part, ";")
		if at := strings.IndexAny(wanted, "@."); at >= 0 { // as of a POSIX locale: en_US.UTF-8
			wanted = wanted[:at]
		}
		tags, weights, err := language.ParseAcceptLanguage(wanted + ";" + weight)
		if weight == "" {
			tags, weights, err = language.ParseAcceptLanguage(wanted)
		}
		if err != nil || len(tags) != 1 || weights[0] <= most {
			continue
		}
		if base, _ := tags[0].Base(); slices.Contains(languages, base.String()) {
			best, most = base.String(), weights[0]
		}
	}
	return best
}

// maxAccepted is how much of the header is read.
const maxAccepted = 500

// newPage starts a page for a visitor.
func (s *site) newPage(r *http.Request, v visitor, lang string) *pageData {
	nonce := newNonce(s.opts.Clock.Now())
	page := &pageData{
		localizer: localizer{s.opts.Texts(), lang},
		Form: formFields{Nonce: nonce, Token: s.signer.token(v.conversation, nonce), Lang: lang, LangSet: v.langSet,
			Where: localPath(r.URL.RequestURI()), Kiosk: v.kiosk.on, Param: v.kiosk.param, Held: v.sealed},
		Kiosk: v.kiosk.on, kiosk: v.kiosk,
		TryOut: s.opts.TryOut,
		Owner:  &s.opts.Owner,
		Demo:   s.opts.Dashboard != nil && s.opts.Dashboard.Demo,
	}
	if name := s.opts.BotName(); name != "" && !v.kiosk.on {
		page.Telegram = "https://t.me/" + url.PathEscape(name)
	}
	if s.opts.PublicURL != "" {
		page.Canonical = s.opts.PublicURL + r.URL.EscapedPath()
		if v.langSet {
			page.Canonical += "?lang=" + v.lang
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return page // there is no address to link to in another language
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

// localPath returns an address of this site without the query that belongs to one visit, or
// "" for any other.
func localPath(address string) string {
	u, err := url.ParseRequestURI(address)
	if err != nil || len(address) > 200 || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(address, "\\\r\n") {
		return ""
	}
	query := u.Query()
	for _, own := range []string{"lang", "verder", "balie", "naar"} {
		query.Del(own)
	}
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

// textPage starts a page that is the same for everyone, in the language of the visitor's conversation unless a link
// requests another.
func (s *site) textPage(w http.ResponseWriter, r *http.Request) (*pageData, error) {
	v := s.visitor(r)
	turn, found, err := s.currentTurn(r, v)
	switch {
	case err != nil:
		return nil, err
	case found && v.kiosk.on: // with the ways to end the conversation
		return s.chatPage(w, r, v, turn.Session)
	case found && !v.langSet:
		v.lang = turn.Session.Lang
	case !found:
		s.forget(w, &v)
	}
	return s.newPage(languageOnly(r), v, v.lang), nil
}

// render sends a page. If a template fails it sends an error instead of half a page.
func (s *site) render(w http.ResponseWriter, status int, name string, data *pageData) {
	body, err := s.page(name, data)
	if err != nil {
		s.failed(w, name, data, err)
		return
	}
	s.send(w, status, data, body)
}

// page renders a page, on a kiosk without links and downloads.
func (s *site) page(name string, data *pageData) ([]byte, error) {
	var page bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&page, "layout", data); err != nil {
		return nil, err
	}
	if data.Kiosk {
		return withoutWaysOut(page.Bytes())
	}
	return page.Bytes(), nil
}

func (s *site) failed(w http.ResponseWriter, name string, data *pageData, err error) {
	s.opts.Log.Error("rendering failed", "page", name, "error", err)
	http.Error(w, data.T("web.failed.text"), http.StatusInternalServerError)
}

// send sends a rendered page.
func (s *site) send(w http.ResponseWriter, status int, data *pageData, body []byte) {
	h := w.Header()
	if data.Kiosk {
		h.Set("Refresh", cmp.Or(data.refresh, data.kioskRefresh()))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", data.lang)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if h.Get("Cache-Control") == "no-store" {
		h.Set("Vary", "Cookie, Accept-Language")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the visitor may have disconnected
}
