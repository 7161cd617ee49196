package telegram

import (
	"cmp"
	"context"
	"errors"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// command is an entry of the menu. Its word in each language is the text telegram.word.<id>,
// its description telegram.command.<id>.
type command struct {
	id     string
	action string
}

// menuCommands are the commands in the order of the menu, after start.
var menuCommands = []command{
	{"answers", flows.DoAnswers},
	{"restart", flows.DoRestart},
	{"code", flows.DoCode},
	{"language", flows.DoLanguage},
	{"help", flows.DoHelp},
	{"privacy", flows.DoPrivacy},
	{"mydata", flows.DoMyData},
	{"erase", flows.DoErase},
	{"stop", flows.DoStop},
}

// commandWords maps the command words of all languages to actions; each works in every
// language. It includes the commands that Telegram expects of every bot
// (core.telegram.org/bots/features#global-commands).
func commandWords(texts *locales.Texts) map[string]string {
	words := map[string]string{"help": flows.DoHelp, "settings": flows.DoMenu, "menu": flows.DoMenu}
	for _, lang := range texts.Languages() {
		for _, c := range menuCommands {
			words[texts.Text(lang, "telegram.word."+c.id)] = c.action
		}
	}
	return words
}

// words are the command words that the channel knows.
type words struct {
	texts      *locales.Texts          // those they are of
	commands   map[string]string       // of all languages, to actions
	staffPages map[string]staff.PageID // those of coordinators, to pages
}

// newWords returns the words of texts, and those of before that have no other meaning in them: Telegram's menu and
// messages show them until they are sent again.
func newWords(texts *locales.Texts, before *words) *words {
	now := &words{texts, commandWords(texts), staffWords(texts)}
	for word, action := range before.commands {
		if _, public := now.commands[word]; !public && now.staffPages[word] == "" {
			now.commands[word] = action
		}
	}
	for word, page := range before.staffPages {
		if _, public := now.commands[word]; !public && now.staffPages[word] == "" {
			now.staffPages[word] = page
		}
	}
	return now
}

// words returns the words of the current texts.
func (c *Channel) words() *words {
	known, texts := c.known.Load(), c.config.Texts()
	if known.texts == texts {
		return known
	}
	now := newWords(texts, known)
	c.known.CompareAndSwap(known, now) // another update may have replaced them too
	return now
}

// profileBackoff spaces the tries to set the profile.
var profileBackoff = bot.Backoff{First: time.Second, Longest: 10 * time.Minute}

// keepProfile sets the profile, and retries what failed until all is set or ctx ends: the bot works without
// most of it, but without its username nothing can link to it.
func (c *Channel) keepProfile(ctx context.Context, d Dispatcher) {
	left, logged := c.profileSteps(), ""
	for failures := 1; ; failures++ {
		var err error
		left, err = setProfile(ctx, left)
		if ctx.Err() != nil {
			return
		}
		d.Report(Name, partProfile, err)
		if err == nil {
			return
		}
		if text := oneLine(err.Error()); text != logged {
			c.log.Warn("profile not set completely", "error", text)
			logged = text
		}
		c.pause(ctx, max(profileBackoff.Delay(failures), retryAfter(err)))
	}
}

// profileStep sets one part of the profile.
type profileStep func(context.Context) error

// setProfile takes the steps and returns those that failed. Errors of the same text count
// once.
func setProfile(ctx context.Context, steps []profileStep) (failed []profileStep, err error) {
	var errs []error
	told := map[string]bool{}
	for _, step := range steps {
		err := step(ctx)
		if err == nil {
			continue
		}
		failed = append(failed, step)
		if !told[err.Error()] {
			told[err.Error()] = true
			errs = append(errs, err)
		}
	}
	return failed, errors.Join(errs...)
}

// profileSteps returns the steps: fetching the username, and setting name, commands and descriptions in each
// language, with Dutch as the default.
func (c *Channel) profileSteps() []profileStep {
	steps := []profileStep{c.learnUsername}
	for _, lang := range append([]string{""}, c.config.Texts().Languages()...) {
		steps = append(steps, c.localizedSteps(lang)...)
	}
	return append(steps, func(ctx context.Context) error {
		return c.client.call(ctx, "setChatMenuButton", map[string]any{
			"menu_button": map[string]string{"type": string(models.MenuButtonTypeCommands)},
		}, nil)
	})
}

// self is the part that is read of the bot's own user.
type self struct {
	Username string `json:"username"`
	Topics   bool   `json:"has_topics_enabled"`
}

func (c *Channel) learnUsername(ctx context.Context) error {
	var me self
	if err := c.client.call(ctx, "getMe", struct{}{}, &me); err != nil {
		return err
	}
	if me.Topics { // replies carry no message_thread_id
		c.log.Warn("threaded mode is on: switch it off in BotFather")
	}
	if me.Username != "" {
		c.username.Store(&me.Username)
	}
	return nil
}

// AskUsername fetches the username of a bot, without @, from the Bot API server at base.
// Errors contain neither token nor URL.
func AskUsername(ctx context.Context, base string, token Token) (string, error) {
	checked, err := checkBase(base)
	if err != nil {
		return "", err
	}
	var me models.User
	err = newClient(checked, token).call(ctx, "getMe", struct{}{}, &me)
	return me.Username, err
}

// commandList returns the public menu.
func commandList(texts *locales.Texts, lang string) []models.BotCommand {
	commands := []models.BotCommand{{Command: "start", Description: texts.Text(lang, "telegram.command.start")}}
	for _, entry := range menuCommands {
		commands = append(commands, models.BotCommand{
			Command:     texts.Text(lang, "telegram.word."+entry.id),
			Description: texts.Text(lang, "telegram.command."+entry.id),
		})
	}
	return commands
}

// localizedSteps set the texts of one language; an empty one is the default of all others.
func (c *Channel) localizedSteps(lang string) []profileStep {
	texts, textLang := c.config.Texts(), cmp.Or(lang, locales.Default)
	call := func(method string, params any) profileStep {
		return func(ctx context.Context) error { return c.client.call(ctx, method, params, nil) }
	}
	return []profileStep{
		func(ctx context.Context) error { return c.setName(ctx, lang, texts.Text(textLang, "telegram.name")) },
		call("setMyCommands", tg.SetMyCommandsParams{Commands: commandList(texts, textLang), LanguageCode: lang}),
		call("setMyDescription", tg.SetMyDescriptionParams{Description: texts.Text(textLang, "telegram.description"), LanguageCode: lang}),
		call("setMyShortDescription", tg.SetMyShortDescriptionParams{ShortDescription: texts.Text(textLang, "telegram.short_description"), LanguageCode: lang}),
	}
}

// setName sets the name if it differs: Telegram allows a few changes a day.
func (c *Channel) setName(ctx context.Context, lang, name string) error {
	var now models.BotName
	if err := c.client.call(ctx, "getMyName", tg.GetMyNameParams{LanguageCode: lang}, &now); err != nil || now.Name == name {
		return err
	}
	return c.client.call(ctx, "setMyName", tg.SetMyNameParams{Name: name, LanguageCode: lang}, nil)
}
