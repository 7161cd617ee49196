package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"digiwijzer/bot"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram"
	"digiwijzer/bot/web"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

type serveCmd struct {
	contentFlag
	Demo bool `help:"${cli_help_serve_demo}"`
}

// Run serves until ctx ends, then stops without losing anything. Of a demo nothing is left.
func (cmd *serveCmd) Run(ctx context.Context, p *program) error {
	p.config.Content = cmd.folder(p)
	if !cmd.Demo {
		return cmd.serve(ctx, p)
	}
	demo, remove, err := p.throwAway()
	if err != nil {
		return err
	}
	if err = errors.Join(cmd.serve(ctx, demo), remove()); err == nil {
		fmt.Fprintln(p.stdout, p.say("dashboard.demo.gone"))
	}
	return err
}

func (cmd *serveCmd) serve(ctx context.Context, p *program) error {
	s, err := newService(ctx, p, cmd.Demo)
	if err != nil {
		return err
	}
	s.announce()
	err = errors.Join(s.Run(ctx), s.close())
	if err == nil {
		fmt.Fprintln(p.stdout, p.say("cli.serve.stopped"))
	}
	return err
}

// service is everything that runs while serving.
type service struct {
	*program
	demo       bool
	log        *slog.Logger
	content    *content.Source
	store      *store.Store
	seal       share.Seal        // of the partners' own figures
	telegram   *telegram.Channel // nil without a token
	dispatcher *bot.Dispatcher
	reader     *store.Figures
	figures    *figures.Service
	staff      *staff.Pages
	dashboard  *web.Dashboard // nil: there is none
	listener   net.Listener
	http       *http.Server
}

// newService puts everything together, from the bottom up. What cannot work is an
// error here; later troubles are logged and shown by /healthz.
func newService(ctx context.Context, p *program, demo bool) (s *service, err error) {
	log := slog.New(slog.NewTextHandler(p.stderr, nil))
	guarded := *p
	guarded.clock = bot.GuardClock(p.clock, log) // one for everything that dates data
	s = &service{program: &guarded, demo: demo, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.content, err = content.NewSource(p.config.Content); err != nil {
		return s, err
	}
	if s.dashboard, err = s.newDashboard(); err != nil {
		return s, err
	}
	key, err := s.openData(ctx)
	if err != nil {
		return s, err
	}
	if err = s.openFigures(ctx, key); err != nil {
		return s, err
	}
	if s.dashboard != nil {
		s.dashboard.Staff = s.staff
	}
	if s.telegram, err = s.newTelegram(key.Derive("telegram buttons")); err != nil {
		return s, err
	}
	if s.listener, err = net.Listen("tcp", p.config.Listen); err != nil {
		return s, err
	}
	if demo {
		if err = s.fillDemo(ctx); err != nil {
			return s, err
		}
	}
	s.dispatcher = s.newDispatcher()
	s.content.Subscribe(s.useContent, s.refuseContent)
	if refused := s.content.Refused(); refused != nil {
		s.refuseContent(refused)
	}
	s.http = &http.Server{
		Handler:           s.routes(key.Derive("web forms")),
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 15,
	}
	return s, nil
}

// openData opens the data folder and takes its partners in use.
func (s *service) openData(ctx context.Context) (*store.Key, error) {
	key, err := loadOrCreateKey(s.config)
	if err != nil {
		return nil, err
	}
	s.seal = figuresSeal(key)
	if s.store, err = store.Open(ctx, s.config.Data, key, store.Options{Region: s.content}); err != nil {
		return nil, err
	}
	if s.demo {
		if err := s.inventPartners(ctx); err != nil {
			return nil, err
		}
	}
	return key, s.content.Register(ctx, s.registeredPartners)
}

// loadOrCreateKey makes a key on the first run, and never beside data that was
// encrypted with another.
func loadOrCreateKey(c config) (*store.Key, error) {
	key, err := store.LoadKey(c.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return store.CreateKey(c.KeyFile, filepath.Join(c.Data, "state.db"))
	}
	return key, err
}

func (s *service) texts() *locales.Texts { return s.content.Current().Texts }

// newTelegram prepares the Telegram channel; nil without a token.
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
		Store:    s.store,
		Engine:   s.content.Current().Engine,
		TryOut:   s.tryOut,
		Content:  s.content.Current().ID,
		SendRate: s.config.SendRate,
		Clock:    s.clock,
		Log:      s.log,
	}
	if s.telegram != nil {
		o.Channels = []bot.Channel{s.telegram}
	}
	return bot.NewDispatcher(o)
}

// tryOut tells of conversations that are never counted: everyone's in a demo, a
// coordinator's own, and those in a browser as long as only this machine can reach it.
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

// unreachable: nobody was told where the pages are, so whoever comes is trying out.
func (s *service) unreachable() bool { return s.config.PublicURL == "" && s.telegram == nil }

// routes is the table of the HTTP server.
func (s *service) routes(key []byte) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", s.dispatcher.HealthHandler())
	mux.Handle("GET /metrics", web.Metrics(s.dispatcher.Counters))
	if s.telegram != nil && s.config.Webhook != nil {
		mux.Handle(s.config.Webhook.Path, s.telegram.Handler(s.dispatcher))
	}
	mux.Handle("GET /p/{code}/cijfers/{signature}", s.partnerFigures())
	mux.Handle("/", web.New(web.Options{
		Dispatcher: s.dispatcher,
		Texts:      s.texts,
		Guide:      func() content.Guide { return s.content.Current().Guide(referral.DayOf(s.clock.Now())) },
		Link:       s.partnerLink,
		PublicURL:  s.config.PublicURL,
		Dashboard:  s.dashboard,
		BotName:    s.botName,
		TryOut:     s.demo || s.unreachable(),
		Key:        key,
		Clock:      s.clock,
		Log:        s.log,
	}))
	return mux
}

// botName is the user name of the bot; empty as long as Telegram has not told it.
func (s *service) botName() string {
	if s.telegram == nil {
		return ""
	}
	return s.telegram.Username()
}

// announce tells in plain lines where this runs and how to go on.
func (s *service) announce() {
	address := s.config.PublicURL
	if address == "" {
		address = "http://" + s.listener.Addr().String()
	}
	fmt.Fprintln(s.stdout, s.say("cli.serve.running", "Address", address))
	if s.telegram == nil {
		fmt.Fprintln(s.stdout, s.say("cli.serve.no_token"))
	} else {
		fmt.Fprintln(s.stdout, s.say("cli.serve.telegram"))
	}
	s.announceDashboard(address)
}

// Run serves until ctx ends or the HTTP server fails. The dispatcher stops last, so that
// requests and updates in progress are still committed.
func (s *service) Run(ctx context.Context) error {
	dispatching, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	intake, ctx := errgroup.WithContext(ctx)
	intake.Go(func() error { return s.serveHTTP(ctx) })
	intake.Go(func() error { return s.watchContent(ctx) })
	if s.telegram != nil {
		intake.Go(func() error { return s.runTelegram(ctx) })
	}
	var all errgroup.Group
	all.Go(func() error { defer stop(); return intake.Wait() })
	all.Go(func() error { return s.dispatcher.Run(dispatching) })
	return all.Wait()
}

// serveHTTP serves until ctx ends, then lets requests finish within the grace period.
func (s *service) serveHTTP(ctx context.Context) (err error) {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), bot.DefaultGrace)
	defer cancel()
	if late := s.http.Shutdown(grace); late != nil {
		s.log.Warn("requests cut off", "error", late)
		s.http.Close() //nolint:errcheck // ends what Shutdown could not
	}
	return err
}

// runTelegram runs the Telegram channel. A refused token ends Telegram alone: the pages go
// on.
func (s *service) runTelegram(ctx context.Context) error {
	if err := s.telegram.Run(ctx, s.dispatcher); err != nil {
		s.log.Error("Telegram stopped", "error", err)
	}
	return nil
}

// watchContent takes over changed content until ctx ends: at once on SIGHUP, otherwise
// every few minutes.
func (s *service) watchContent(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	return s.content.Run(ctx, s.clock, hangup)
}

// close releases what newService opened, also if it failed halfway.
func (s *service) close() error {
	var errs []error
	if s.listener != nil && s.http == nil {
		errs = append(errs, s.listener.Close())
	}
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}
