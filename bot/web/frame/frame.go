// Package frame is what pages for staff need from the surrounding site, so that they can be outside package bot/web: the same
// header, footer, style, languages and security headers.
package frame

import (
	"html/template"
	"io/fs"
	"net/http"

	"digiwijzer/bot/style"
	"digiwijzer/locales"
)

// Frame is the site around a page.
type Frame interface {
	// Page answers a request with a page.
	Page(w http.ResponseWriter, r *http.Request, p Page)
	// Message answers a request with a page of the texts id+".title" and id+".text", with a
	// link to next; empty: to the first page.
	Message(w http.ResponseWriter, r *http.Request, status int, id, next string)
	// Failed logs an error and answers with an error page.
	Failed(w http.ResponseWriter, r *http.Request, err error)
	// Words returns the texts in the language of a request: that of its query parameter lang, otherwise the first supported
	// language of the browser, otherwise Dutch.
	Words(r *http.Request) Words
}

// Page is a page for staff.
type Page struct {
	Status int    // 0: 200
	Title  string // of the window; the body has the h1
	// Body is the content of <main>. It starts with its own <div class="wrap plain"> or, over the full width, <div
	// class="wrap">.
	Body template.HTML
	// Styles and Scripts are names of files that were given to the site as assets. Nothing
	// inline is allowed on a page.
	Styles, Scripts []string
}

// Words renders texts in one language. Templates call T.
type Words struct {
	Texts *locales.Texts
	Lang  string
	// Query is "?lang=en" if the language was chosen by link, which links and forms keep; otherwise empty.
	Query string
}

// T returns a text.
func (w Words) T(id string, pairs ...any) string { return w.Texts.Text(w.Lang, id, pairs...) }

// Link is an entry of the menu.
type Link struct {
	Text, Href string
	Current    bool
}

// Menu is the header menu of a page for staff.
type Menu struct {
	Links   []Link
	Name    string // who is signed in; empty: nobody
	SignOut string // where the button to sign out posts to; empty: there is none
}

// Parse parses the templates *.html of a package. Besides the given functions they may use icon, which draws one of package
// style. It panics on a faulty template, which is a build error.
func Parse(files fs.FS, funcs template.FuncMap) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"icon": style.Icon}).Funcs(funcs).ParseFS(files, "*.html"))
}
