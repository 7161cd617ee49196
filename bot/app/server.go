package app

import (
	"context"
	"digiwijzer/bot/monitor"
	"digiwijzer/bot/settings"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/desk"
	"digiwijzer/bot/web/office"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// listening is an HTTP server with its listener.
type listening struct {
	*http.Server
	net.Listener
}

// listen adds a server at the address of a setting.
func (s *Service) listen(setting, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New(s.Say("cli.bad.in_use", "Setting", setting, "Address", address))
	case err != nil:
		return fmt.Errorf("%s: %w", setting, err)
	}
	s.servers = append(s.servers, listening{s.newHTTPServer(handler), listener})
	return nil
}

func (s *Service) newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    1 << 15,
		// "OPTIONS *" would be answered without the headers.
		DisableGeneralOptionsHandler: true,
	}
}

// routes returns the handler of all addresses.
func (s *Service) routes(ctx context.Context, key []byte) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", monitor.Alive(s.dispatcher))
	mux.Handle("GET /readyz", monitor.Ready(s.dispatcher))
	mux.Handle("GET /healthz", monitor.Brief(s.dispatcher))
	metrics := http.NotFoundHandler() // reserved in any case
	if s.Settings.AdminListen == "" {
		metrics = monitor.LocalOnly(s.metrics.Handler())
	}
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /p/{code}/cijfers/{signature}", s.partnerFigures())
	site := web.New(web.Options{
		Dispatcher: s.dispatcher,
		Texts:      s.texts,
		Guide:      func() content.Guide { return s.content.Current().Guide(referral.DayOf(s.Clock.Now())) },
		Link:       s.partnerLink,
		Logos:      web.PartnerLogos{Version: s.logoVersion, Picture: s.partnerLogo},
		Places: func() []string {
			return s.content.Current().Catalogue.Region().PlaceNames(referral.DayOf(s.Clock.Now()))
		},
		Edition:     s.content.Current,
		Opened:      s.dispatcher.CodeOpened,
		YearForms:   yearForms{s},
		PublicURL:   s.Settings.PublicURL,
		Admission:   s.guard,
		Proxies:     s.Settings.TrustedProxy,
		Owner:       s.owner,
		Dashboard:   s.dashboard,
		Assets:      []fs.FS{signin.Assets(), office.Assets(), desk.Assets()},
		Menu:        s.staffMenu,
		BotName:     s.botName,
		TryOut:      s.demo || s.unreachable(),
		ErasedLater: s.store.Leased(),
		Key:         key,
		Clock:       s.Clock,
		Log:         s.log,
	})
	pages, err := s.serveStaff(ctx, site)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", besideSite(pages, site))
	if s.webhookPath() != "" {
		if err := s.addWebhook(mux, site); err != nil {
			return nil, err
		}
	}
	return s.metrics.Requests(s.webhookPath(), web.Headers(s.Settings.PublicURL, mux)), nil
}

// webhookPath returns the path of the webhook; empty without one.
func (s *Service) webhookPath() string {
	if s.telegram == nil || s.Settings.Webhook == nil {
		return ""
	}
	return s.Settings.Webhook.Path
}

// adminRoutes returns the handler of the addresses for the operator.
func (s *Service) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", monitor.Alive(s.dispatcher))
	mux.Handle("GET /readyz", monitor.Ready(s.dispatcher))
	mux.Handle("GET /healthz", monitor.Detail(s.dispatcher))
	mux.Handle("GET /metrics", s.metrics.Handler())
	return web.Headers("", mux)
}

// addWebhook adds the route of the webhook, unless its path has another meaning already.
func (s *Service) addWebhook(mux *http.ServeMux, site *web.Site) error {
	path := s.Settings.Webhook.Path
	_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	if pattern != "/" || site.Serves(path) {
		return s.BadInput("cli.bad.webhook_taken", "Path", path, "Example", settings.ExampleWebhook(s.Settings.Webhook))
	}
	mux.Handle(path, s.telegram.Handler(s.dispatcher)) // literal: parseWebhook allows no pattern
	return nil
}

// address returns the address of the site on this machine.
func (s *Service) address() net.Addr { return s.servers[0].Listener.Addr() }

// serveHTTP serves until ctx ends, then shuts down within the grace period.
func (s *Service) serveHTTP(ctx context.Context, server listening) (err error) {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(limited(server.Listener)) }()
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		s.log.Warn("requests aborted", "error", err)
		server.Server.Close() //nolint:errcheck // aborts the requests that Shutdown waited for
	}
	return err
}
