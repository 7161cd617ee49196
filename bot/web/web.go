// Package web is the conversation in a browser: plain pages and forms that work
// without a script, for everyone without Telegram.
//
// Showing a page changes nothing: it asks the desk what the engine would say now.
// Whatever a person does is a form that is sent, becomes one update of the desk and
// ends in a redirect to the page that comes next. A conversation is known by a random
// cookie, which is set with the first answer and not before.
package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
)

// Channel is the name of this channel in chats and figures.
const Channel = "web"

// Desk is what the pages need of the desk.
type Desk interface {
	// Handle takes one update and returns the turn once it is durable; a turn without
	// replies means that the update was seen before.
	Handle(ctx context.Context, u bot.Update) (flows.Turn, error)
	// Peek returns the turn that the input would lead to and stores nothing; found
	// tells whether there is a conversation.
	Peek(ctx context.Context, chat bot.Chat, in flows.Input) (turn flows.Turn, found bool, err error)
	// Promise keeps that a chat may answer the one question once, from a day on; zero: no
	// longer.
	Promise(ctx context.Context, chat bot.Chat, due time.Time) error
	// HalfYear names the half-year it is, such as "2026H2".
	HalfYear() string
}

// Options are what the pages work with. Desk and Texts are required.
type Options struct {
	Desk Desk
	// Texts returns the texts in use now; they may change while running.
	Texts func() *locales.Texts
	// Guide returns what the page on how the advice is made tells, of the content in use
	// now; nil: that page shows no questions or rules.
	Guide func() content.Guide
	// Link reads what follows /p/ and /embed/: a partner's code, possibly with a
	// municipality, as in a start link. It returns the partner, if it knows one. Nil:
	// no partner is known.
	Link func(param string) (link flows.Link, partner flows.Partner, ok bool)
	// PublicURL is the address people reach the site at, without a path; empty: only
	// tried out locally. With https the cookies are Secure.
	PublicURL string
	// BotName is the user name of the Telegram bot; empty: there is none, or it is not
	// known yet. nil: there is none.
	BotName func() string
	// TryOut tells people that nothing they do here is counted. It is the desk that
	// does not count.
	TryOut bool
	// Key seals the forms, at least 32 bytes; nil: a random one, and forms opened before
	// a restart are shown anew when they are sent.
	Key []byte
	// Clock is the time; nil: bot.SystemClock.
	Clock bot.Clock
	// Dashboard is the coordinators' part, under /werkgroep; nil: there is no such page.
	Dashboard *Dashboard
	// Log receives errors, never anything of a person; nil: nothing is logged.
	Log *slog.Logger
}

// site serves the pages. It holds nothing that changes.
type site struct {
	Options
	seal   seal
	secure bool
	assets assets
	pages  pages
}

// New returns the handler of the whole site: pages, forms and their assets. It
// leaves /healthz and /metrics to the caller.
func New(o Options) http.Handler {
	o.Clock = cmp.Or[bot.Clock](o.Clock, bot.SystemClock{})
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.BotName == nil {
		o.BotName = func() string { return "" }
	}
	if o.Link == nil {
		o.Link = func(string) (flows.Link, flows.Partner, bool) { return flows.Link{}, flows.Partner{}, false }
	}
	if o.Guide == nil {
		o.Guide = func() content.Guide { return content.Guide{} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Key == nil {
		o.Key = make([]byte, 32)
		rand.Read(o.Key) // never fails
	}
	s := &site{Options: o, seal: seal{o.Key}, secure: strings.HasPrefix(o.PublicURL, "https://")}
	s.assets = loadAssets()
	s.pages = loadPages(s.assets)
	return s.guard(s.routes())
}

// routes is the whole site as a table.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.landing)
	mux.HandleFunc("GET /gesprek", s.current)
	mux.HandleFunc("GET /vraag/{question}", s.question)
	mux.HandleFunc("GET /advies", s.current)
	mux.HandleFunc("GET /advies/bewaren", s.keep)
	mux.HandleFunc("POST /gesprek", s.turn)
	mux.HandleFunc("POST /klaar", s.finish)
	for path, action := range asides {
		mux.HandleFunc("GET "+path, s.aside(action))
	}
	mux.HandleFunc("GET /stoppen", s.stopping)
	mux.HandleFunc("GET /initiatief/{id}", s.initiative)

	mux.HandleFunc("POST /herinnering", s.reminder)
	mux.HandleFunc("GET /vervolg/{ticket}", s.followUp)
	mux.HandleFunc("POST /vervolg/{ticket}", s.followed)
	mux.HandleFunc("GET /p/{code}", s.partner)
	mux.HandleFunc("GET /embed/{code}", s.embed)
	mux.HandleFunc("GET /privacy", s.page("privacy"))
	mux.HandleFunc("GET /toegankelijkheid", s.page("toegankelijkheid"))
	mux.HandleFunc("GET /over", s.about)

	mux.Handle("GET /static/{file}", s.assets)
	mux.HandleFunc("GET /favicon.ico", s.icon)
	mux.HandleFunc("GET /robots.txt", s.robots)
	if s.Dashboard != nil {
		s.dashboard(mux)
	}
	mux.HandleFunc("GET /", s.notFound)
	return mux
}
