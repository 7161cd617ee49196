package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Staff makes the pages for coordinators. *staff.Pages is one.
type Staff interface {
	// Action resolves a command of a coordinator at the current time.
	Action(id staff.PageID, about, lang string) staff.Action
	// Page makes a page. It is called for each message when that is sent.
	Page(ctx context.Context, r staff.Request) (staff.Page, error)
}

var _ Staff = (*staff.Pages)(nil)

// staffRecipe is stored in the outbox for a message with a page for a coordinator. The
// figures are read when the message is sent.
type staffRecipe struct {
	staff.Request
	File int `json:"file,omitempty"` // 0: the text; otherwise a file, counted from 1
}

// doStaff is the action of coordinators' buttons: Question is the page, Option its subject.
const doStaff = "o"

// staffCommands are the pages with a command /<coordinator.word.<page>>, in the order of
// the menu.
var staffCommands = []staff.PageID{staff.Week, staff.Quarter, staff.Year, staff.Partners, staff.Partner, staff.Editor, staff.Monday}

// staffWords returns the commands of coordinators in all languages.
func staffWords(texts *locales.Texts) map[string]staff.PageID {
	words := map[string]staff.PageID{}
	for _, lang := range texts.Languages() {
		for _, id := range staffCommands {
			words[texts.Text(lang, "coordinator.word."+string(id))] = id
		}
	}
	return words
}

// coordinatorNumber returns the number of a coordinator in the configuration, from 1; 0 for
// anybody else. Every command, button and message looks it up again.
func (c *Channel) coordinatorNumber(id int64) int {
	if c.config.Staff == nil || c.config.Coordinators == nil {
		return 0
	}
	return slices.Index(c.config.Coordinators(), id) + 1
}

// Attempts returns how often anybody else used a command or button of coordinators.
func (c *Channel) Attempts() int64 { return c.attempts.Load() }

// staffCommand resolves a command or button of a coordinator. It returns nil for anybody
// else, who gets the same answer as to an unknown command.
func (c *Channel) staffCommand(id int64, page staff.PageID, about, lang string) *bot.StaffAction {
	number := c.coordinatorNumber(id)
	if number == 0 {
		c.attempts.Add(1)
		c.log.Warn("staff command refused")
		return nil
	}
	if !slices.Contains(staffCommands, page) {
		return nil
	}
	if lang == "" {
		lang = locales.Default
	}
	c.setStaffMenu(id, lang)
	switch page {
	case staff.Monday:
		about = c.subscriptionSwitch(about)
	case staff.Partner:
		about = c.readLink(about).Partner
	case staff.Partners, staff.Editor:
		about = ""
	}
	action := c.config.Staff.Action(page, about, lang)
	if r := action.Page; r != nil {
		c.log.Info("staff page requested", "coordinator", number, "page", string(r.Page), "about", r.About)
	}
	k := coordinatorChat{Channel: c, chat: bot.Chat{Channel: Name, ID: strconv.FormatInt(id, 10)}, lang: lang}
	return k.action(action)
}

// subscriptionSwitch returns staff.On or staff.Off for a word that means it in any language.
func (c *Channel) subscriptionSwitch(word string) string {
	texts := c.config.Texts()
	for _, lang := range texts.Languages() {
		for _, state := range []string{staff.On, staff.Off} {
			if strings.EqualFold(word, texts.Text(lang, "coordinator.word.monday_"+state)) {
				return state
			}
		}
	}
	return ""
}

// setStaffMenu adds the commands of coordinators to the menu of one of them, once per run.
// The menu grants no permission.
func (c *Channel) setStaffMenu(id int64, lang string) {
	if _, done := c.menuSet.LoadOrStore(id, true); done {
		return
	}
	texts := c.config.Texts()
	var own []models.BotCommand
	for _, page := range staffCommands {
		own = append(own, models.BotCommand{
			Command:     texts.Text(lang, "coordinator.word."+string(page)),
			Description: texts.Text(lang, "coordinator.command."+string(page)),
		})
	}
	c.background.try(func(ctx context.Context) {
		err := c.client.call(ctx, "setMyCommands", map[string]any{
			"commands": append(own, commandList(texts, lang)...),
			"scope":    map[string]any{"type": "chat", "chat_id": id},
		}, nil)
		if err != nil {
			c.log.Debug("staff menu failed", "error", err)
		}
	})
}

// coordinatorChat composes the messages to one coordinator.
type coordinatorChat struct {
	*Channel
	chat bot.Chat
	lang string
}

// action composes the messages of an action.
func (k coordinatorChat) action(a staff.Action) *bot.StaffAction {
	if a.Page != nil {
		return &bot.StaffAction{Messages: k.page(*a.Page)}
	}
	made := &bot.StaffAction{Messages: k.answer(a.Answer), Digest: a.Digest}
	if a.Subscribed.ID != "" {
		made.Subscribed = k.answer(a.Subscribed)
	}
	return made
}

// page returns the messages of a page, as recipes: the text, then the files.
func (k coordinatorChat) page(r staff.Request) []bot.Message {
	messages := []bot.Message{k.message(payload{Method: sendMessage, Staff: &staffRecipe{Request: r}, Keys: marshalRows(k.menu())})}
	for n := range staff.Files(r.Page) {
		messages = append(messages, k.message(payload{Method: sendDocument, Staff: &staffRecipe{Request: r, File: n + 1}}))
	}
	return messages
}

func (k coordinatorChat) message(n payload) bot.Message {
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings, numbers and bools only
	}
	return bot.Message{Chat: k.chat, Body: body}
}

// answer returns one message that needs no figures.
func (k coordinatorChat) answer(p flows.Phrase) []bot.Message {
	text := staff.Render(k.config.Texts(), k.lang, p)
	return []bot.Message{k.message(payload{Method: sendMessage, Text: escape(text), Keys: marshalRows(k.menu())})}
}

// menu returns the keyboard of every message to a coordinator.
func (k coordinatorChat) menu() [][]inlineButton {
	rows := [][]struct {
		page  staff.PageID
		about string
		text  string
	}{
		{{staff.Week, "", "week"}, {staff.Quarter, "", "quarter"}, {staff.Year, "", "year"}},
		{{staff.Partners, "", "partners"}, {staff.Editor, "", "editor"}},
		{{staff.Monday, k.config.Texts().Text(k.lang, "coordinator.word.monday_on"), "monday_on"},
			{staff.Monday, k.config.Texts().Text(k.lang, "coordinator.word.monday_off"), "monday_off"}},
	}
	to, _ := strconv.ParseInt(k.chat.ID, 10, 64)
	keys := make([][]inlineButton, len(rows))
	for i, row := range rows {
		for _, b := range row {
			data, err := k.codec.encode(to, press{Slot: flows.Aside, Action: doStaff, Question: string(b.page), Option: b.about})
			if err == nil {
				keys[i] = append(keys[i], inlineButton{Text: k.config.Texts().Text(k.lang, "coordinator.button."+b.text), Data: data})
			}
		}
	}
	return keys
}

// Digest returns the messages with the figures of a week for a subscriber; none for a former
// coordinator.
func (c *Channel) Digest(s bot.Subscriber, week string) []bot.Message {
	id, err := strconv.ParseInt(s.Chat.ID, 10, 64)
	if err != nil || c.coordinatorNumber(id) == 0 {
		return nil
	}
	k := coordinatorChat{Channel: c, chat: s.Chat, lang: cmp.Or(s.Lang, locales.Default)}
	return k.page(staff.DigestOf(week, k.lang))
}
