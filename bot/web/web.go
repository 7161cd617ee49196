// Package web is the conversation in a browser: plain pages and forms, for everyone
// without Telegram. It works without a script.
//
// A GET changes nothing: the page shows what Dispatcher.Peek returns. A POST becomes one
// update of the dispatcher and redirects to the next page. A conversation is identified
// by a random cookie, set with the first answer and not before, and stored with the second.
package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/bot/web/frame"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
)

// Channel is the name of this channel in chats and figures.
const Channel = bot.Browser

// Dispatcher handles the updates of this channel.
type Dispatcher interface {
	// Handle handles one update and returns the turn once it is durable; a turn without
	// replies means that the update was a duplicate.
	Handle(ctx context.Context, u bot.Update) (flows.Turn, error)
	// Peek returns the turn that the update would lead to, and stores nothing; found
	// reports whether there is a conversation.
	Peek(ctx context.Context, u bot.Update) (turn flows.Turn, found bool, err error)
	// Full reports whether no new conversation can begin now; Handle then returns bot.ErrFull
	// for one.
	Full() bool
	// ScheduleFollowUp stores that a chat may answer the follow-up once, from due on; the zero
	// time revokes it.
	ScheduleFollowUp(ctx context.Context, chat bot.Chat, due time.Time) error
	// HasFollowUp reports whether a chat may still answer the follow-up.
	HasFollowUp(ctx context.Context, chat bot.Chat) (bool, error)
	// HalfYear returns the current half-year, such as "2026H2".
	HalfYear() string
	// Report makes health show the problem with a part of this channel; nil: there is none.
	Report(channel, part string, problem error)
}

var _ Dispatcher = (*bot.Dispatcher)(nil)

// Options configure the site. Dispatcher and Texts are required.
type Options struct {
	Dispatcher Dispatcher
	// Texts returns the texts in use; they may change while running.
	Texts func() *locales.Texts
	// Guide returns the questions and rules in use, for the page that explains the
	// advice; nil: that page lists none.
	Guide func() content.Guide
	// Link parses what follows /p/ and /embed/: a partner's code, possibly with a municipality, as in a start link. It
	// returns the partner, if known. Nil: no partner is known.
	Link  func(param string) (link flows.Link, partner flows.Partner, ok bool)
	Logos PartnerLogos
	// Places returns the names that may be typed for a municipality, as suggestions; nil:
	// there are none.
	Places func() []string
	// PublicURL is the site's public address, without a path; empty: there is none.
	// With https the cookies are Secure.
	PublicURL string
	// Owner is the organisation behind the site.
	Owner Owner
	// BotName returns the username of the Telegram bot; empty: there is none, or it is
	// not known yet. Nil: there is none.
	BotName func() string
	// TryOut shows on every page that nothing is counted. The dispatcher must be configured accordingly.
	TryOut bool
	// ErasedLater makes the privacy page explain that erased data stays in files of the storage, usually for a quarter of an
	// hour.
	ErasedLater bool
	// Admission gets the source of a conversation that begins; the dispatcher must have the same one. Nil: all
	// conversations count.
	Admission *admission.Guard
	// Proxies are the reverse proxies trusted to report where a request came from.
	Proxies admission.Proxies
	// Edition returns the content in use, which reads advice codes.
	Edition func() *content.Edition
	// Opened counts that an adviser opened a code; nil: it is not counted.
	Opened func(context.Context) error
	// YearForms stores initiatives' figures of a year; nil: there are no such pages.
	YearForms YearForms
	// Key signs the forms, at least 32 bytes; nil: a random one, which invalidates open
	// forms at a restart.
	Key []byte
	// Clock is the time; nil: bot.SystemClock.
	Clock bot.Clock
	// Dashboard is the coordinators' part, under /werkgroep; nil: there is none.
	Dashboard *Dashboard
	// Assets are the style sheets and scripts of pages for staff, besides our own.
	Assets []fs.FS
	// Menu returns the menu in the header of a page for staff; nil: none.
	Menu func(r *http.Request, words frame.Words) frame.Menu
	// Log receives errors, without personal data; nil: nothing is logged.
	Log *slog.Logger
}

// site serves the pages. It is immutable except for its caches.
type site struct {
	opts   Options
	signer signer
	sealer sealer
	secure bool
	assets assets
	pages  pages
	cards  cards
	logos  logos

	fixedPages fixedPages
	board      *dashboard // nil: there is none
}

// Site is the handler of the whole site: pages, forms and assets.
type Site struct {
	http.Handler
	routes *http.ServeMux
	site   *site
}

// Serves reports whether a path is that of a page, a form or a file of the site.
func (s *Site) Serves(path string) bool {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		_, pattern := s.routes.Handler(&http.Request{Method: method, URL: &url.URL{Path: path}})
		if pattern != "" && pattern != unknown {
			return true
		}
	}
	return false
}

// New returns the site. The caller wraps it in Headers, together with anything else served at the same address.
func New(o Options) *Site {
	o.Clock = cmp.Or[bot.Clock](o.Clock, bot.SystemClock{})
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.BotName == nil {
		o.BotName = func() string { return "" }
	}
	if o.Link == nil {
		o.Link = func(string) (flows.Link, flows.Partner, bool) { return flows.Link{}, flows.Partner{}, false }
	}
	if o.Places == nil {
		o.Places = func() []string { return nil }
	}
	if o.Guide == nil {
		o.Guide = func() content.Guide { return content.Guide{} }
	}
	if o.Opened == nil {
		o.Opened = func(context.Context) error { return nil }
	}
	if o.Menu == nil {
		o.Menu = func(*http.Request, frame.Words) frame.Menu { return frame.Menu{} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Key == nil {
		o.Key = make([]byte, 32)
		rand.Read(o.Key) // never fails
	}
	a := loadAssets(o.Assets)
	s := &site{opts: o, signer: signer{o.Key}, sealer: newSealer(o.Key), secure: isHTTPS(o.PublicURL), assets: a, pages: loadPages(a)}
	s.addLogo()
	routes := s.routes()
	return &Site{Handler: s.ownForms(s.watchProxy(s.readForm(s.keepKiosk(routes)))), routes: routes, site: s}
}

// unknown is the pattern of addresses that do not exist.
const unknown = "GET /"

// routes lists every address of the site.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.landing)
	mux.HandleFunc("GET /gesprek", s.current)
	mux.HandleFunc("GET /vraag/{question}", s.question)
	mux.HandleFunc("GET /controle", s.check)
	mux.HandleFunc("GET /advies", s.current)
	mux.HandleFunc("GET /advies/bewaren", s.keep)
	mux.HandleFunc("GET /advies/digiwijzer.pdf", s.pdf)
	mux.HandleFunc("GET /advies/eerste-stap.ics", s.stepEntry)
	mux.HandleFunc("GET /advies/over-een-jaar.ics", s.yearEntry)
	mux.HandleFunc("POST /gesprek", s.submit)
	mux.HandleFunc("POST /klaar", s.endKiosk)
	mux.HandleFunc("GET /nog-bezig", s.stillThere)
	mux.HandleFunc("POST /nog-bezig", s.stayThere)
	mux.HandleFunc("GET /balie", s.kioskSwitch)
	mux.HandleFunc("POST /balie", s.endKioskMode)
	for _, p := range infoPages {
		mux.HandleFunc("GET "+p.path, s.infoPage(p.action))
	}
	mux.HandleFunc("GET /alarm/nu", s.incident)
	mux.HandleFunc("GET /stoppen", s.confirm("stop"))
	mux.HandleFunc("GET /opnieuw", s.confirm("restart"))
	mux.HandleFunc("GET /gestopt", s.ended("web.stopped.title", "chat.stopped"))
	mux.HandleFunc("GET /gewist", s.ended("chat.erased", "chat.erased_more"))
	mux.HandleFunc("GET /initiatief/{id}", s.initiative)

	mux.HandleFunc("GET /adviseur", s.adviserForm)
	mux.HandleFunc("GET /a", s.adviserForm)
	mux.HandleFunc("POST /adviseur", s.openSheet)
	mux.HandleFunc("GET /adviseur/beeld", s.showSheet)
	mux.HandleFunc("GET /code", s.codeForm)
	mux.HandleFunc("POST /code", s.enterCode)
	mux.HandleFunc("GET /code/beeld", s.codeResult)

	mux.HandleFunc("POST /herinnering", s.reminder)
	mux.HandleFunc("GET /vervolg/{ticket...}", s.followUp)
	mux.HandleFunc("POST /vervolg/{ticket}", s.answerFollowUp)
	mux.HandleFunc("GET /p/{code...}", s.partner)
	mux.HandleFunc("GET /logo/{name}", s.partnerLogo)
	mux.HandleFunc("GET /embed/{code...}", s.embed)
	mux.HandleFunc("GET /privacy", s.textsPage("privacy"))
	mux.HandleFunc("GET /toegankelijkheid", s.textsPage("toegankelijkheid"))
	mux.HandleFunc("GET /over", s.fixed("about", s.about))
	mux.HandleFunc("GET /kaart/{name}", s.cardPicture)

	mux.Handle("GET /static/{file}", s.assets)
	mux.HandleFunc("GET /favicon.ico", s.favicon)
	mux.HandleFunc("GET /robots.txt", s.robots)
	mux.HandleFunc("GET /.well-known/security.txt", s.securityText)
	if s.opts.Dashboard != nil {
		s.board = s.dashboard(mux)
	}
	if s.opts.YearForms != nil {
		mux.HandleFunc("GET /jaarformulier/{initiative}/{year}/{signature}", s.yearForm)
		mux.HandleFunc("POST /jaarformulier/{initiative}/{year}/{signature}", s.sendYearForm)
	}
	mux.HandleFunc(unknown, s.notFound)
	return mux
}
