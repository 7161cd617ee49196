// Package telegram is the Telegram channel: it takes updates from the Bot API, by
// polling or by webhook, turns them into inputs of the conversation, and turns
// replies into messages.
//
// An update is acknowledged only after its turn is committed: the polling offset
// moves, and the webhook answers 200, when the desk says so. (go-telegram/bot
// acknowledges before its handlers run, so its loops are not used; its parameter
// types are.) Names and usernames of people are never decoded.
package telegram

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Name is the name of the channel, in chats and update keys.
const Name = "telegram"

// Config is what the channel works with. Token, Texts and CallbackKey are required.
type Config struct {
	Token   Token
	BaseURL string // of the Bot API server; empty: PublicAPI
	// Webhook is the public URL that Telegram posts to; empty: polling. Secret goes with it.
	Webhook string
	Secret  Secret
	// CallbackKey signs the buttons: at least 16 secret bytes that stay the same.
	CallbackKey []byte

	Texts func() *locales.Texts             // of the content in use
	Link  func(parameter string) flows.Link // what is known of a start link; nil: nothing
	// Picture draws the quadrant as a PNG; nil: the package picture does.
	Picture func(recipe flows.QuadrantPicture, lang string) ([]byte, error)

	// Coordinators returns the user ids of the current coordinators, who get pages from Staff;
	// without either their commands are unknown to everybody.
	Coordinators func() []int64
	Staff        Staff

	Clock bot.Clock    // for pauses; nil: bot.SystemClock
	Log   *slog.Logger // nil: nothing is logged
}

// Desk is where updates go. *bot.Dispatcher is one.
type Desk interface {
	Submit(u bot.Update, done func(flows.Turn, error))
	Report(channel string, problem error)
}

// Channel is Telegram as the desk sees it. Its methods may be called from any
// goroutine.
type Channel struct {
	config     Config
	client     *client
	codec      codec
	log        *slog.Logger
	commands   map[string]string       // command words of all languages, to actions
	staffed    map[string]staff.PageID // command words of coordinators
	introduced sync.Map                // coordinators whose menu was set, by id
	attempts   atomic.Int64            // of others to use those
	username   atomic.Pointer[string]
	pictures   *album
	answers    answers
	left       leaving
}

var (
	_ bot.Channel        = (*Channel)(nil)
	_ bot.Digester       = (*Channel)(nil)
	_ bot.MessageOrderer = (*Channel)(nil)
)

// New prepares the channel; nothing is sent yet. It fails when the configuration
// cannot work, with a line an operator understands.
func New(c Config) (*Channel, error) {
	base, err := checkBase(cmp.Or(c.BaseURL, PublicAPI))
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
		config:   c,
		client:   newClient(base, c.Token),
		codec:    newCodec(c.CallbackKey),
		log:      c.Log,
		commands: commandWords(c.Texts()),
		staffed:  staffWords(c.Texts()),
	}
	if c.Picture == nil {
		c.Picture = ch.draw
	}
	ch.pictures = newAlbum(c.Picture)
	return ch, nil
}

// Name is the constant Name.
func (c *Channel) Name() string { return Name }

// Username is the bot's own, without @; empty until Run has learnt it.
func (c *Channel) Username() string {
	if name := c.username.Load(); name != nil {
		return *name
	}
	return ""
}

// Run sets the profile and keeps the intake going until ctx ends or Telegram refuses
// the token. With a webhook it registers it and waits for ctx; the requests come in
// through Handler. What it started has ended when it returns.
func (c *Channel) Run(ctx context.Context, desk Desk) error {
	c.answers.open(ctx)
	var background sync.WaitGroup
	background.Go(func() { c.setProfile(ctx) })
	defer c.answers.wait()
	defer background.Wait()
	if c.config.Webhook == "" {
		return c.poll(ctx, desk)
	}
	if err := c.register(ctx, desk); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
