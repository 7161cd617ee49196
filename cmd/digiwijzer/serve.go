package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/bot/mail"
	"digiwijzer/bot/monitor"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/desk"
	"digiwijzer/bot/web/office"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
)

type serveCmd struct {
	contentFlag
	Demo bool `help:"cli.help.serve_demo"`
}

// Run serves until ctx ends, then shuts down gracefully. A demo leaves no data.
func (cmd *serveCmd) Run(ctx context.Context, p *program) error {
	p.config.Content = cmd.folder(p)
	if !cmd.Demo {
		return cmd.serve(ctx, p)
	}
	demo, remove, err := p.temporary()
	if err != nil {
		return err
	}
	if err = errors.Join(cmd.serve(ctx, demo), remove()); err == nil {
		fmt.Fprintln(p.stdout, p.say("dashboard.demo.gone"))
	}
	return err
}

func (cmd *serveCmd) serve(ctx context.Context, p *program) error {
	limitMemory()
	s, err := newService(ctx, p, cmd.Demo)
	if err != nil {
		return err
	}
	if cmd.Demo {
		err = s.fillDemo(ctx)
	}
	if err == nil {
		s.announce()
		err = s.Run(ctx)
	}
	if err = errors.Join(err, s.close()); err == nil {
		fmt.Fprintln(p.stdout, p.say("cli.serve.stopped"))
	}
	return err
}

// service holds the parts of a running bot.
type service struct {
	*program
	demo        bool
	log         *slog.Logger
	content     *content.Source
	store       *store.Store
	key         *store.Key        // as it is in use; only watchSecrets replaces it
	hangup      chan os.Signal    // for watchSecrets
	seal        share.Seal        // signs the addresses of partners' figures
	formSeal    share.Seal        // signs the addresses of year forms
	telegram    *telegram.Channel // nil without a token
	guard       *admission.Guard
	dispatcher  *bot.Dispatcher
	reader      *store.Figures
	figures     *figures.Service
	staff       *staff.Pages
	dashboard   *web.Dashboard
	staffDB     *staffdb.DB
	editions    *publishing.Service // drafts and what was published
	signIn      *signin.SignIn
	staffRoutes *signin.Routes
	post        *mail.Post // nil without a mail server
	owner       web.Owner
	metrics     *monitor.Metrics
	servers     []listening
}

// listening is an HTTP server and where it listens.
type listening struct {
	*http.Server
	net.Listener
}

// newService opens the data and wires the parts. It returns an error for whatever cannot
// work; later problems are logged and shown by /healthz.
func newService(ctx context.Context, p *program, demo bool) (*service, error) {
	log := p.logger()
	guarded := *p
	guarded.clock = bot.GuardClock(p.clock, log) // the same one for everything that dates data
	s := &service{program: &guarded, demo: demo, log: log, guard: admission.NewGuard()}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open opens and wires the parts, each after those it uses.
func (s *service) open(ctx context.Context) (err error) {
	s.hangup = noticeHangup()
	if s.owner, err = s.config.owner(); err != nil {
		return err
	}
	if s.dashboard, err = s.newDashboard(); err != nil {
		return err
	}
	key, err := s.openData(ctx)
	if err != nil {
		return err
	}
	if err = s.openFigures(ctx, key); err != nil {
		return err
	}
	if err = s.openMail(key.Derive(store.MailLinks)); err != nil {
		return err
	}
	if s.dashboard != nil {
		s.dashboard.Staff = s.staff
	}
	if s.telegram, err = s.newTelegram(key.Derive(store.TelegramButtons)); err != nil {
		return err
	}
	s.dispatcher = s.newDispatcher()
	if s.store.Leased() {
		s.metrics.WatchDatabase(s.store.Standbys)
	}
	s.metrics.Watch(s.dispatcher, func() (time.Time, error) { return store.LastBackup(s.config.Data) })
	s.watchSource()
	handler, err := s.routes(ctx, key.Derive(store.WebForms))
	if err != nil {
		return err
	}
	if err := s.listen("DIGIWIJZER_LISTEN", s.config.Listen, handler); err != nil {
		return err
	}
	if s.config.AdminListen == "" {
		return nil
	}
	return s.listen("DIGIWIJZER_ADMIN_LISTEN", s.config.AdminListen, s.adminRoutes())
}

// listen adds a server at the address of a setting.
func (s *service) listen(setting, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New(s.say("cli.bad.in_use", "Setting", setting, "Address", address))
	case err != nil:
		return fmt.Errorf("%s: %w", setting, err)
	}
	s.servers = append(s.servers, listening{s.newHTTPServer(handler), listener})
	return nil
}

// openData opens the data folder and registers its partners with the content.
func (s *service) openData(ctx context.Context) (*store.Key, error) {
	if err := s.inspectDatabase(ctx); err != nil {
		return nil, err
	}
	s.metrics = newMetrics()
	key, err := s.config.place().LoadOrCreateKey(ctx, s.config.KeyFile)
	if err != nil {
		return nil, err
	}
	s.key, s.seal, s.formSeal = key, figuresSeal(key), formSeal(key)
	if s.store, err = s.config.place().Open(ctx, key, store.Options{Region: currentRegion{s}, Committed: s.metrics.Transaction}); err != nil {
		return nil, err
	}
	if err = s.openStaff(ctx); err != nil { // what was published is in there
		return nil, err
	}
	if err = s.openContent(ctx, key); err != nil { // keeps its verdicts in the folder that is now locked
		return nil, err
	}
	if s.demo {
		if err := s.addDemoPartners(ctx); err != nil {
			return nil, err
		}
	}
	return key, s.content.Register(ctx, s.registeredPartners)
}

func (s *service) texts() *locales.Texts { return s.content.Current().Texts }

// newTelegram returns the Telegram channel; nil without a token.
func (s *service) newTelegram(key []byte) (*telegram.Channel, error) {
	secret, err := s.config.botToken()
	if err != nil || secret.Empty() {
		return nil, err
	}
	c := telegram.Config{
		BaseURL:     s.config.APIURL,
		CallbackKey: key,
		Texts:       s.texts,
		Link: func(code string) flows.Link {
			link, _ := s.content.Current().Link(code)
			return link
		},
		Coordinators: func() []int64 { return s.config.Coordinators },
		Staff:        s.staff,
		Clock:        s.clock,
		Log:          s.log,
	}
	if c.Token, err = telegram.NewToken(secret.Reveal()); err != nil {
		return nil, fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
	}
	if s.config.Webhook != nil {
		c.Webhook = s.config.Webhook.String()
		if c.Secret, err = s.webhookSecret(); err != nil {
			return nil, err
		}
	}
	return telegram.New(c)
}

func (s *service) webhookSecret() (telegram.Secret, error) {
	secret, err := s.config.webhookSecret()
	if err != nil {
		return telegram.Secret{}, err
	}
	checked, err := telegram.NewSecret(secret.Reveal())
	if err != nil {
		return checked, fmt.Errorf("DIGIWIJZER_WEBHOOK_SECRET: %w", err)
	}
	return checked, nil
}

func (s *service) newDispatcher() *bot.Dispatcher {
	o := bot.Options{
		Store:     s.store,
		Engine:    s.content.Current().Engine,
		TryOut:    s.tryOut,
		Admission: s.guard,
		Content:   s.content.Current().ID,
		SendRate:  s.config.SendRate,
		Grace:     dispatchGrace,
		Clock:     s.clock,
		Observe:   s.metrics.Turn,
		Log:       s.log,
	}
	if s.telegram != nil {
		o.Channels = []bot.Channel{s.telegram}
	}
	return bot.NewDispatcher(o)
}

// tryOut reports whether the conversation of an update is never counted: any in a demo, a
// coordinator's own, and those in a browser as long as the site has no public address.
func (s *service) tryOut(u bot.Update) bool {
	switch {
	case s.demo:
		return true
	case u.Chat.Channel == web.Channel:
		return s.unreachable()
	}
	id, err := strconv.ParseInt(u.Chat.ID, 10, 64)
	return err == nil && u.Chat.Channel == telegram.Name && slices.Contains(s.config.Coordinators, id)
}

// unreachable reports whether the service was given no address to publish, so that all
// visitors are testers.
func (s *service) unreachable() bool { return s.config.PublicURL == "" && s.telegram == nil }

func (s *service) newHTTPServer(handler http.Handler) *http.Server {
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
func (s *service) routes(ctx context.Context, key []byte) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", monitor.Alive(s.dispatcher))
	mux.Handle("GET /readyz", monitor.Ready(s.dispatcher))
	mux.Handle("GET /healthz", monitor.Brief(s.dispatcher))
	metrics := http.NotFoundHandler() // reserved all the same
	if s.config.AdminListen == "" {
		metrics = monitor.LocalOnly(s.metrics.Handler())
	}
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /p/{code}/cijfers/{signature}", s.partnerFigures())
	site := web.New(web.Options{
		Dispatcher: s.dispatcher,
		Texts:      s.texts,
		Guide:      func() content.Guide { return s.content.Current().Guide(referral.DayOf(s.clock.Now())) },
		Link:       s.partnerLink,
		Logos:      web.PartnerLogos{Version: s.logoVersion, Picture: s.partnerLogo},
		Places: func() []string {
			return s.content.Current().Catalogue.Region().PlaceNames(referral.DayOf(s.clock.Now()))
		},
		Edition:     s.content.Current,
		Opened:      s.dispatcher.CodeOpened,
		YearForms:   yearForms{s},
		PublicURL:   s.config.PublicURL,
		Admission:   s.guard,
		Proxies:     s.config.TrustedProxy,
		Owner:       s.owner,
		Dashboard:   s.dashboard,
		Assets:      []fs.FS{signin.Assets(), office.Assets(), desk.Assets()},
		Menu:        s.staffMenu,
		BotName:     s.botName,
		TryOut:      s.demo || s.unreachable(),
		ErasedLater: s.store.Leased(),
		Key:         key,
		Clock:       s.clock,
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
	return s.metrics.Requests(s.webhookPath(), web.Headers(s.config.PublicURL, mux)), nil
}

// webhookPath returns the path of the webhook; empty without one.
func (s *service) webhookPath() string {
	if s.telegram == nil || s.config.Webhook == nil {
		return ""
	}
	return s.config.Webhook.Path
}

// adminRoutes returns the handler of the addresses for the operator.
func (s *service) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", monitor.Alive(s.dispatcher))
	mux.Handle("GET /readyz", monitor.Ready(s.dispatcher))
	mux.Handle("GET /healthz", monitor.Detail(s.dispatcher))
	mux.Handle("GET /metrics", s.metrics.Handler())
	return web.Headers("", mux)
}

// addWebhook adds the route of the webhook, unless its path has another meaning already.
func (s *service) addWebhook(mux *http.ServeMux, site *web.Site) error {
	path := s.config.Webhook.Path
	_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	if pattern != "/" || site.Serves(path) {
		return s.badInput("cli.bad.webhook_taken", "Path", path, "Example", exampleWebhook(s.config.Webhook))
	}
	mux.Handle(path, s.telegram.Handler(s.dispatcher)) // literal: parseWebhook allows no pattern
	return nil
}

// botName returns the username of the bot; empty until Telegram has returned it.
func (s *service) botName() string {
	if s.telegram == nil {
		return ""
	}
	return s.telegram.Username()
}

// address returns where the site is served on this machine.
func (s *service) address() net.Addr { return s.servers[0].Listener.Addr() }

// announce prints the addresses of the service and how to connect Telegram.
func (s *service) announce() {
	address := s.config.PublicURL
	if address == "" {
		address = "http://" + s.address().String()
	}
	fmt.Fprintln(s.stdout, s.say("cli.serve.running", "Address", address))
	if s.telegram == nil {
		fmt.Fprintln(s.stdout, s.say("cli.serve.no_token"))
	} else {
		fmt.Fprintln(s.stdout, s.say("cli.serve.telegram"))
	}
	s.announceDatabase()
	if len(s.servers) > 1 {
		fmt.Fprintln(s.stdout, s.say("cli.serve.admin", "Address", s.servers[1].Listener.Addr().String()))
	}
	s.announceDashboard(address)
	if s.config.untrustedProxy() {
		fmt.Fprintln(s.stdout, s.say("cli.serve.no_proxy"))
	}
	if s.exposesDashboard() {
		fmt.Fprintln(s.stdout, s.say("cli.serve.no_https"))
	}
	if missing := s.config.missingOwner(); len(missing) > 0 && !s.demo {
		fmt.Fprintln(s.stdout, s.say("cli.serve.no_owner", "Missing", strings.Join(missing, ", ")))
	}
}

// Run serves until ctx ends or the HTTP server fails. The dispatcher stops after the intake,
// so that requests and updates in progress are still committed.
func (s *service) Run(ctx context.Context) error {
	dispatching, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return s.dispatcher.Run(dispatching) })
	group.Go(func() error { defer stop(); return s.runIntake(ctx) })
	return group.Wait()
}

// runIntake runs everything that gives the dispatcher updates or content.
func (s *service) runIntake(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, server := range s.servers {
		group.Go(func() error { return s.serveHTTP(ctx, server) })
	}
	group.Go(func() error { return s.watchContent(ctx) })
	group.Go(func() error { return s.watchSecrets(ctx) })
	if s.post != nil {
		group.Go(func() error { return s.post.Run(ctx) })
	}
	if s.telegram != nil {
		group.Go(func() error { return s.runTelegram(ctx) })
	}
	return group.Wait()
}

// serveHTTP serves until ctx ends, then shuts down within the grace period.
func (s *service) serveHTTP(ctx context.Context, server listening) (err error) {
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
		server.Server.Close() //nolint:errcheck // aborts what Shutdown waited for
	}
	return err
}

// runTelegram runs the Telegram channel, which ends only with ctx.
func (s *service) runTelegram(ctx context.Context) error {
	if err := s.telegram.Run(ctx, s.dispatcher); err != nil {
		s.log.Error("telegram stopped", "error", err)
	}
	return nil
}

// watchContent reloads changed content until ctx ends: at once on SIGHUP, otherwise every
// few minutes.
func (s *service) watchContent(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	return s.content.Run(ctx, s.clock, hangup)
}

// close releases what open has opened.
func (s *service) close() error {
	var errs []error
	for _, server := range s.servers {
		if err := server.Listener.Close(); !errors.Is(err, net.ErrClosed) { // the HTTP server has closed it
			errs = append(errs, err)
		}
	}
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	errs = append(errs, s.staffDB.Close())
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}
