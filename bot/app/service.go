package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
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
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/locales"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
)

// Service holds the parts of a running bot.
type Service struct {
	Base
	demo        bool
	log         *slog.Logger
	content     *content.Source
	store       *store.Store
	key         *store.Key        // the one in use; only watchSecrets replaces it
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
	editions    *publishing.Service // drafts and published editions
	signIn      *signin.SignIn
	staffRoutes *signin.Routes
	post        *mail.Post // nil without a mail server
	owner       web.Owner
	metrics     *monitor.Metrics
	servers     []listening
}

// Options configure a Service.
type Options struct {
	Base Base
	Log  *slog.Logger
	Demo bool // nothing is counted, and nobody needs to sign in to see the figures
}

// Open opens the data, connects the parts and begins to listen. It returns an error for whatever cannot
// work; later problems are logged and reported by /healthz. The caller closes the Service.
func Open(ctx context.Context, o Options) (*Service, error) {
	s := &Service{Base: o.Base, demo: o.Demo, log: o.Log, guard: admission.NewGuard()}
	s.Clock = bot.GuardClock(s.Clock, s.log) // the same one for everything that dates data
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open opens and connects the parts, each after those it uses.
func (s *Service) open(ctx context.Context) (err error) {
	s.hangup = noticeHangup()
	if s.owner, err = s.Settings.Owner(); err != nil {
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
	s.dashboard.Staff = s.staff
	if s.telegram, err = s.newTelegram(key.Derive(store.TelegramButtons)); err != nil {
		return err
	}
	s.dispatcher = s.newDispatcher()
	if s.store.Leased() {
		s.metrics.WatchDatabase(s.store.Standbys)
	}
	s.metrics.Watch(s.dispatcher, func() (time.Time, error) { return store.LastBackup(s.Settings.Data) })
	s.watchSource()
	handler, err := s.routes(ctx, key.Derive(store.WebForms))
	if err != nil {
		return err
	}
	if err := s.listen("DIGIWIJZER_LISTEN", s.Settings.Listen, handler); err != nil {
		return err
	}
	if s.Settings.AdminListen == "" {
		return nil
	}
	return s.listen("DIGIWIJZER_ADMIN_LISTEN", s.Settings.AdminListen, s.adminRoutes())
}

// openData opens the data folder and registers its partners with the content.
func (s *Service) openData(ctx context.Context) (*store.Key, error) {
	if err := s.inspectDatabase(ctx); err != nil {
		return nil, err
	}
	s.metrics = monitor.NewMetrics(ThisBuild().monitored())
	key, err := s.Settings.Place().LoadOrCreateKey(ctx, s.Settings.KeyFile)
	if err != nil {
		return nil, err
	}
	s.key, s.seal, s.formSeal = key, figuresSeal(key), formSeal(key)
	if s.store, err = s.Settings.Place().Open(ctx, key, store.Options{Region: currentRegion{s}, Committed: s.metrics.Transaction}); err != nil {
		return nil, err
	}
	if err = s.openStaff(ctx); err != nil { // contains what was published
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

func (s *Service) texts() *locales.Texts { return s.content.Current().Texts }

func (s *Service) newDispatcher() *bot.Dispatcher {
	o := bot.Options{
		Store:     s.store,
		Engine:    s.content.Current().Engine,
		TryOut:    s.tryOut,
		Admission: s.guard,
		Content:   s.content.Current().ID,
		SendRate:  s.Settings.SendRate,
		Grace:     dispatchGrace,
		Clock:     s.Clock,
		Observe:   s.metrics.Turn,
		Log:       s.log,
	}
	if s.telegram != nil {
		o.Channels = []bot.Channel{s.telegram}
	}
	return bot.NewDispatcher(o)
}

// tryOut reports whether the conversation of an update is never counted: any in a demo, a coordinator's
// own, and those in a browser as long as the site has no public address.
func (s *Service) tryOut(u bot.Update) bool {
	switch {
	case s.demo:
		return true
	case u.Chat.Channel == web.Channel:
		return s.unreachable()
	}
	id, err := strconv.ParseInt(u.Chat.ID, 10, 64)
	return err == nil && u.Chat.Channel == telegram.Name && slices.Contains(s.Settings.Coordinators, id)
}

// unreachable reports whether the service has no address to publish, so that all visitors are testers.
func (s *Service) unreachable() bool { return s.Settings.PublicURL == "" && s.telegram == nil }

// Announcement returns lines for the operator: the addresses of the service, how to connect Telegram, and
// which settings are missing.
func (s *Service) Announcement() []string {
	address := s.Settings.PublicURL
	if address == "" {
		address = "http://" + s.address().String()
	}
	lines := []string{s.Say("cli.serve.running", "Address", address)}
	if s.telegram == nil {
		lines = append(lines, s.Say("cli.serve.no_token"))
	} else {
		lines = append(lines, s.Say("cli.serve.telegram"))
	}
	lines = append(lines, s.databaseLines()...)
	if len(s.servers) > 1 {
		lines = append(lines, s.Say("cli.serve.admin", "Address", s.servers[1].Listener.Addr().String()))
	}
	lines = append(lines, s.dashboardLines(address)...)
	if s.Settings.UntrustedProxy() {
		lines = append(lines, s.Say("cli.serve.no_proxy"))
	}
	if s.exposesDashboard() {
		lines = append(lines, s.Say("cli.serve.no_https"))
	}
	if missing := s.Settings.MissingOwner(); len(missing) > 0 && !s.demo {
		lines = append(lines, s.Say("cli.serve.no_owner", "Missing", strings.Join(missing, ", ")))
	}
	return lines
}

// Run serves until ctx ends or the HTTP server fails. The dispatcher stops after the intake, so that
// requests and updates in progress are still committed.
func (s *Service) Run(ctx context.Context) error {
	dispatching, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return s.dispatcher.Run(dispatching) })
	group.Go(func() error { defer stop(); return s.runIntake(ctx) })
	return group.Wait()
}

// runIntake runs everything that sends updates or content to the dispatcher.
func (s *Service) runIntake(ctx context.Context) error {
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

// watchContent reloads changed content until ctx ends: immediately on SIGHUP, otherwise every few minutes.
func (s *Service) watchContent(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	return s.content.Run(ctx, s.Clock, hangup)
}

// Close releases what Open opened.
func (s *Service) Close() error {
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
