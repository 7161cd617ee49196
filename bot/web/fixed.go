package web

import (
	"net/http"
	"sync"

	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// fixedKey is what a page that is the same for everyone depends on, besides the content and the day.
type fixedKey struct {
	path, lang string
	langSet    bool
	kiosk      bool
	telegram   string
}

// fixedPages caches the pages that are the same for everyone, as sent: rendering one takes over a millisecond,
// and many visitors on it must not delay the conversations.
type fixedPages struct {
	mu    sync.Mutex
	of    contentOf
	day   referral.Date
	pages map[fixedKey][]byte
}

// contentOf is the content that a page or picture was made from. Editions with other rules or questions can have
// the same texts.
type contentOf struct {
	edition *content.Edition
	texts   *locales.Texts
}

// get returns a page, and makes it once per content and day.
func (f *fixedPages) get(of contentOf, day referral.Date, key fixedKey, render func() ([]byte, error)) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of != of || f.day != day {
		f.of, f.day, f.pages = of, day, map[fixedKey][]byte{}
	}
	if body, ok := f.pages[key]; ok {
		return body, nil
	}
	body, err := render()
	if err == nil {
		f.pages[key] = body
	}
	return body, err
}

// fixed serves a page that is the same for everyone; fill adds its title and body.
func (s *site) fixed(name string, fill func(*pageData)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := s.textPage(w, r)
		if err != nil {
			s.busy(w, r, err)
			return
		}
		if page.Chat { // with the button that ends the conversation on a kiosk
			fill(page)
			s.render(w, http.StatusOK, name, page)
			return
		}
		key := fixedKey{r.URL.Path, page.lang, page.Form.LangSet, page.Kiosk, page.Telegram}
		body, err := s.fixedPages.get(contentOf{s.opts.Edition(), page.texts}, referral.DayOf(s.opts.Clock.Now()), key, func() ([]byte, error) {
			fill(page)
			return s.page(name, page)
		})
		if err != nil {
			s.failed(w, name, page, err)
			return
		}
		s.send(w, http.StatusOK, page, body)
	}
}

// languageOnly returns a request with no query except the language: nothing else may appear in a page that is
// served to others too.
func languageOnly(r *http.Request) *http.Request {
	clean, u := *r, *r.URL
	lang := u.Query().Get("lang")
	if u.RawQuery = ""; lang != "" {
		u.RawQuery = "lang=" + lang
	}
	clean.URL = &u
	return &clean
}
