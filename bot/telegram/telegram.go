// Package telegram is the Telegram channel. It receives updates from the Bot API, by
// polling or webhook, decodes them into inputs of the conversation, composes the replies
// and sends them.
//
// An update is acknowledged only after its turn is committed: then the polling offset
// advances or the webhook answers 200. go-telegram/bot acknowledges before its handlers
// run, so only its parameter types are used. Names and usernames of people are never
// decoded.
package telegram

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Name identifies the channel in chats and update keys.
const Name = "telegram"

// Config configures a Channel. Token, Texts and CallbackKey are required.
type Config struct {
	Token   Token
	BaseURL string // of the Bot API server; empty: publicAPI
	// Webhook is the public URL that Telegram posts to, with Secret; empty: polling.
	Webhook string
	Secret  Secret
	// CallbackKey signs the buttons: at least 16 secret bytes. Buttons sent before it
	// changed become invalid.
	CallbackKey []byte

	Texts func() *locales.Texts             // of the current content
	Link  func(parameter string) flows.Link // parses a start parameter; nil: all are ignored
	// Picture draws the quadrant as a PNG; nil: bot/draw does.
	Picture func(picture flows.QuadrantPicture, lang string) ([]byte, error)

	// Coordinators returns the user ids of the current coordinators, who get pages from Staff.
	// If either is nil, their commands are unknown commands.
	Coordinators func() []int64
	Staff        Staff

	Clock bot.Clock    // for back-off; nil: bot.SystemClock
	Log   *slog.Logger // nil: logs are discarded
}

// Dispatcher runs the turns of updates.
type Dispatcher interface {
	// Submit enqueues an update. done is called once, after the commit or a failure.
	Submit(u bot.Update, done func(flows.Turn, error))
	// Report records the state of one part of the channel; nil: it works.
	Report(channel, part string, problem error)
	// Owns reports whether this process holds a lease.
	Owns(lease string) bool
}

// The parts of the channel, for Report.
const (
	partIntake  = "intake"  // receiving updates
	partWebhook = "webhook" // Telegram's deliveries
	partProfile = "profile" // name, commands and descriptions
)

// Channel is the Telegram channel of a dispatcher. Its methods are safe for concurrent use.
type Channel struct {
	config     Config
	client     *client
	secrets    atomic.Pointer[webhookSecrets]
	renewed    chan struct{} // signalled when the webhook secret is replaced
	codec      codec
	log        *slog.Logger
	known      atomic.Pointer[words] // see Channel.words
	menuSet    sync.Map              // ids of coordinators whose menu was set
	attempts   atomic.Int64          // see Attempts
	username   atomic.Pointer[string]
	pictures   *pictures
	background background
	groups     groups
	bursts     bursts
}

var (
	_ Dispatcher         = (*bot.Dispatcher)(nil)
	_ bot.Channel        = (*Channel)(nil)
	_ bot.Digester       = (*Channel)(nil)
	_ bot.MessageOrderer = (*Channel)(nil)
)

// New returns a channel, or an error for the operator when the configuration is invalid. It
// makes no calls.
func New(c Config) (*Channel, error) {
	base, err := checkBase(cmp.Or(c.BaseURL, publicAPI))
	switch {
	case err != nil:
		return nil, err
	case c.Token.Empty():
		return nil, errors.New("the Telegram channel needs a bot token")
	case len(c.CallbackKey) < 16:
		return nil, errors.New("the Telegram channel needs a key of at least 16 bytes to sign its buttons")
	case c.Texts == nil:
		return nil, errors.New("the Telegram channel needs texts")
	case c.Webhook != "" && c.Secret.Empty():
		return nil, errors.New("a webhook needs a secret of at least 32 characters")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c.Clock = cmp.Or[bot.Clock](c.Clock, bot.SystemClock{})
	ch := &Channel{
		config:     c,
		client:     newClient(base, c.Token),
		codec:      newCodec(c.CallbackKey),
		log:        c.Log,
		background: newBackground(),
		renewed:    make(chan struct{}, 1),
	}
	ch.secrets.Store(&webhookSecrets{now: c.Secret})
	ch.known.Store(newWords(c.Texts(), &words{}))
	if c.Picture == nil {
		c.Picture = ch.draw
	}
	ch.pictures = newPictures(c.Picture)
	return ch, nil
}

// Name returns the constant Name.
func (c *Channel) Name() string { return Name }

// maxButtons is the limit of buttons on a message.
// https://core.telegram.org/bots/api#inlinekeyboardmarkup; https://limits.tginfo.me
const maxButtons = 100

// Traits states what the Bot API allows: new messages to one chat at one per second with
// short bursts (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
// Edits have a limit that is not documented: some twenty quick ones were refused for 30 s and
// more (python-telegram-bot#939, m1guelpf/chatgpt-telegram#63).
func (c *Channel) Traits() bot.Traits {
	return bot.Traits{
		Edit: true, Push: true, Quote: true, Copy: true, Buttons: maxButtons, LabelRunes: maxLabel,
		Pace: bot.Pace{Rate: 1, Burst: 3}, EditPace: bot.Pace{Rate: 2, Burst: 10},
	}
}

// Username returns the bot's username, without @; empty until Run has fetched it.
func (c *Channel) Username() string {
	if name := c.username.Load(); name != nil {
		return *name
	}
	return ""
}

// Run sets the profile and receives updates until ctx ends. No failure ends it: whatever fails is retried
// with growing pauses, and shown by health. With a webhook it registers the URL; the requests arrive at
// Handler. All its goroutines have ended when it returns.
func (c *Channel) Run(ctx context.Context, d Dispatcher) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.background.run(ctx) })
	group.Go(func() error { c.keepProfile(ctx, d); return nil })
	group.Go(func() error {
		if c.config.Webhook == "" {
			c.poll(ctx, d)
		} else {
			c.register(ctx, d)
		}
		return nil
	})
	return group.Wait()
}

// UseToken replaces the token of the bot at run time. The token of another bot is refused: that bot has other
// chats.
func (c *Channel) UseToken(token Token) error {
	if token.bot() != c.client.access.Load().token.bot() {
		return errors.New("the token is of another bot; restart to use it")
	}
	c.client.use(token)
	return nil
}

// UseSecret replaces the secret of the webhook at run time. The previous one is accepted until Telegram has
// the new one.
func (c *Channel) UseSecret(secret Secret) {
	before := c.secrets.Load()
	if before.now.Reveal() == secret.Reveal() {
		return
	}
	c.secrets.Store(&webhookSecrets{now: secret, before: before.now})
	select {
	case c.renewed <- struct{}{}:
	default:
	}
}

// pauseUntilRenewed waits for delay, or until the secret of the webhook is replaced.
func (c *Channel) pauseUntilRenewed(ctx context.Context, delay time.Duration) {
	select {
	case <-c.config.Clock.After(delay):
	case <-c.renewed:
	case <-ctx.Done():
	}
}

// pause waits for delay, or until ctx ends.
func (c *Channel) pause(ctx context.Context, delay time.Duration) {
	select {
	case <-c.config.Clock.After(delay):
	case <-ctx.Done():
	}
}
