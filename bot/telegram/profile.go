package telegram

import (
	"cmp"
	"context"
	"errors"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

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

// setProfile sets the name, descriptions and commands of the bot in each language, with
// Dutch as the default. It logs failures: the bot works without a profile.
func (c *Channel) setProfile(ctx context.Context) {
	var me models.User
	errs := []error{c.client.call(ctx, "getMe", struct{}{}, &me)}
	if me.Username != "" {
		c.username.Store(&me.Username)
	}
	for _, lang := range append([]string{""}, c.config.Texts().Languages()...) {
		errs = append(errs, c.setLocalized(ctx, lang))
	}
	errs = append(errs, c.client.call(ctx, "setChatMenuButton", map[string]any{
		"menu_button": map[string]string{"type": string(models.MenuButtonTypeCommands)},
	}, nil))
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		c.log.Warn("profile not set completely", "error", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
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

// setLocalized sets the texts of one language; an empty one is the default of all others.
func (c *Channel) setLocalized(ctx context.Context, lang string) error {
	texts, textLang := c.config.Texts(), cmp.Or(lang, locales.Default)
	commands := commandList(texts, textLang)
	return errors.Join(
		c.setName(ctx, lang, texts.Text(textLang, "telegram.name")),
		c.client.call(ctx, "setMyCommands", tg.SetMyCommandsParams{Commands: commands, LanguageCode: lang}, nil),
		c.client.call(ctx, "setMyDescription", tg.SetMyDescriptionParams{Description: texts.Text(textLang, "telegram.description"), LanguageCode: lang}, nil),
		c.client.call(ctx, "setMyShortDescription", tg.SetMyShortDescriptionParams{ShortDescription: texts.Text(textLang, "telegram.short_description"), LanguageCode: lang}, nil),
	)
}

// setName sets the name if it differs: Telegram allows a few changes a day.
func (c *Channel) setName(ctx context.Context, lang, name string) error {
	var now models.BotName
	if err := c.client.call(ctx, "getMyName", tg.GetMyNameParams{LanguageCode: lang}, &now); err != nil || now.Name == name {
		return err
	}
	return c.client.call(ctx, "setMyName", tg.SetMyNameParams{Name: name, LanguageCode: lang}, nil)
}
