package telegram

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Page is what a coordinator can ask for.
type Page string

// The pages. A page is asked for by its command, /<coordinator.word.<page>>.
const (
	PageWeek     Page = "week"     // the figures of an ISO week
	PageQuarter  Page = "quarter"  // the figures of a quarter
	PagePartners Page = "partners" // those who hand out the link
	PagePartner  Page = "partner"  // what one partner needs to hand it out
	PageEditor   Page = "editor"   // what somebody must look at in the catalogue
	PageDigest   Page = "digest"   // PageWeek as it comes on Monday

	pageMonday Page = "monday" // the subscription to that
)

// files is the most files that come with a page.
var files = map[Page]int{PageWeek: 2, PageQuarter: 1, PagePartner: 1, PageDigest: 2}

// Request is one page as it was asked for. It is what the outbox keeps: the figures
// are read when the message goes out.
type Request struct {
	Page  Page   `json:"page"`
	About string `json:"about,omitempty"` // ISO week, quarter, or code of a partner
	Lang  string `json:"lang"`
}

// File is a file that comes with a page.
type File struct {
	Name  string // "digiwijzer-2026-W47.xlsx"
	Image bool   // a PNG to be seen in the chat
	Data  []byte
}

// Office makes the pages for coordinators.
type Office interface {
	// Text gives the words of a page: plain text, of which at most 4,096 characters are shown.
	Text(ctx context.Context, r Request) (string, error)
	// File gives a file of a page, counted from 0; ok is false where there is none.
	File(ctx context.Context, r Request, n int) (f File, ok bool, err error)
}

// office is what the outbox keeps of a message for a coordinator.
type office struct {
	Request
	File int `json:"file,omitempty"` // 0: the words; otherwise a file, counted from 1
}

// doOffice is the action of buttons for coordinators; Question is the page, Option what
// it is about.
const doOffice = "o"

// commanded are the pages with a command, in the order of the menu.
var commanded = []Page{PageWeek, PageQuarter, PagePartners, PagePartner, PageEditor, pageMonday}

// staffWords are the commands of coordinators in all languages.
func staffWords(texts *locales.Texts) map[string]Page {
	words := map[string]Page{}
	for _, lang := range texts.Languages() {
		for _, p := range commanded {
			words[texts.Text(lang, "coordinator.word."+string(p))] = p
		}
	}
	return words
}

// coordinator gives the number of a coordinator in the configuration, from 1; 0 for
// anybody else. It is asked anew for every command and every button.
func (c *Channel) coordinator(id int64) int {
	if c.config.Office == nil || c.config.Coordinators == nil {
		return 0
	}
	return slices.Index(c.config.Coordinators(), id) + 1
}

// Attempts is how often somebody else used a command or button of coordinators.
func (c *Channel) Attempts() int64 { return c.attempts.Load() }

// staff returns the action of a command or button of coordinators; nil for anybody else,
// for whom it is an unknown command.
func (c *Channel) staff(id int64, page Page, about, lang string) *bot.StaffAction {
	number := c.coordinator(id)
	if number == 0 {
		c.attempts.Add(1)
		c.log.Warn("someone who is no coordinator asked for figures")
		return nil
	}
	chat := bot.Chat{Channel: Name, ID: strconv.FormatInt(id, 10)}
	if lang == "" {
		lang = locales.Default
	}
	c.introduce(id, lang)
	return clerk{Channel: c, chat: chat, number: number, lang: lang}.action(page, about)
}

// introduce puts the commands of coordinators in the menu of one of them, once in a run.
// Nobody else sees them there; and seeing them is no right to use them.
func (c *Channel) introduce(id int64, lang string) {
	if _, done := c.introduced.LoadOrStore(id, true); done {
		return
	}
	texts := c.config.Texts()
	var own []models.BotCommand
	for _, p := range commanded {
		own = append(own, models.BotCommand{
			Command:     texts.Text(lang, "coordinator.word."+string(p)),
			Description: texts.Text(lang, "coordinator.command."+string(p)),
		})
	}
	c.answers.run(func(ctx context.Context) {
		err := c.client.call(ctx, "setMyCommands", map[string]any{
			"commands": append(own, commandList(texts, lang)...),
			"scope":    map[string]any{"type": "chat", "chat_id": id},
		}, nil)
		if err != nil {
			c.log.Debug("a coordinator's menu was not set", "error", err)
		}
	})
}

// clerk serves one coordinator.
type clerk struct {
	*Channel
	chat   bot.Chat
	number int
	lang   string
}

var (
	weekForm    = regexp.MustCompile(`^\d{4}-W\d{2}$`)
	quarterForm = regexp.MustCompile(`^(\d{4})-?Q([1-4])$`)
)

// action is the answer to a request for a page; nil for an unknown page.
func (k clerk) action(page Page, about string) *bot.StaffAction {
	now := k.config.Clock.Now()
	switch page {
	case pageMonday:
		return k.monday(about)
	case PageWeek:
		about = strings.ToUpper(about)
		if about == "" {
			about = bot.LastWeek(now)
		}
		if !weekForm.MatchString(about) {
			return k.say("coordinator.bad_week")
		}
	case PageQuarter:
		about = strings.ToUpper(about)
		if about == "" {
			about = bot.LastQuarter(now)
		}
		if !quarterForm.MatchString(about) {
			return k.say("coordinator.bad_quarter")
		}
		about = quarterForm.ReplaceAllString(about, "${1}Q${2}")
	case PagePartner:
		if about = k.readLink(about).Partner; about == "" {
			return k.say("coordinator.bad_partner")
		}
	case PagePartners, PageEditor:
		about = ""
	default:
		return nil
	}
	k.log.Info("figures go to a coordinator", "coordinator", k.number, "page", string(page), "about", about)
	return &bot.StaffAction{Messages: k.page(Request{Page: page, About: about, Lang: k.lang})}
}

// page gives the messages of a page, as recipes: the words, then the files.
func (k clerk) page(r Request) []bot.Message {
	messages := []bot.Message{k.message(native{Method: sendMessage, Office: &office{Request: r}, Keys: inJSON(k.menu())})}
	for n := range files[r.Page] {
		messages = append(messages, k.message(native{Method: sendDocument, Office: &office{Request: r, File: n + 1}}))
	}
	return messages
}

func (k clerk) message(n native) bot.Message {
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings, numbers and bools only
	}
	return bot.Message{Chat: k.chat, Body: body}
}

// say answers with words that need no figures.
func (k clerk) say(id string) *bot.StaffAction { return &bot.StaffAction{Messages: k.words(id)} }

func (k clerk) words(id string) []bot.Message {
	text := k.config.Texts().Text(k.lang, id)
	return []bot.Message{k.message(native{Method: sendMessage, Text: escape(text), Keys: inJSON(k.menu())})}
}

// monday turns the subscription on or off, or shows whether it is on.
func (k clerk) monday(wish string) *bot.StaffAction {
	switch {
	case k.means(wish, "on"):
		return &bot.StaffAction{Messages: k.words("coordinator.monday_is_on"), Digest: flows.Yes}
	case k.means(wish, "off"):
		return &bot.StaffAction{Messages: k.words("coordinator.monday_is_off"), Digest: flows.No}
	}
	return &bot.StaffAction{Messages: k.words("coordinator.monday_how"), Subscribed: k.words("coordinator.monday_is_on")}
}

// means tells whether a word is the one for on or off, in any language.
func (k clerk) means(word, what string) bool {
	texts := k.config.Texts()
	return slices.ContainsFunc(texts.Languages(), func(lang string) bool {
		return strings.EqualFold(word, texts.Text(lang, "coordinator.word.monday_"+what))
	})
}

// menu is the keyboard under everything a coordinator gets.
func (k clerk) menu() [][]key {
	rows := [][]struct {
		page  Page
		about string
		text  string
	}{
		{{PageWeek, "", "week"}, {PageQuarter, "", "quarter"}},
		{{PagePartners, "", "partners"}, {PageEditor, "", "editor"}},
		{{pageMonday, k.config.Texts().Text(k.lang, "coordinator.word.monday_on"), "monday_on"},
			{pageMonday, k.config.Texts().Text(k.lang, "coordinator.word.monday_off"), "monday_off"}},
	}
	to, _ := strconv.ParseInt(k.chat.ID, 10, 64)
	keys := make([][]key, len(rows))
	for i, row := range rows {
		for _, b := range row {
			data, err := k.codec.print(to, press{Slot: flows.Aside, Action: doOffice, Question: string(b.page), Option: b.about})
			if err == nil {
				keys[i] = append(keys[i], key{Text: k.config.Texts().Text(k.lang, "coordinator.button."+b.text), Data: data})
			}
		}
	}
	return keys
}

// Digest gives the messages with the figures of a week for one who asked for them;
// none for one who is no coordinator any more.
func (c *Channel) Digest(s bot.Subscriber, week string) []bot.Message {
	id, err := strconv.ParseInt(s.Chat.ID, 10, 64)
	number := c.coordinator(id)
	if err != nil || number == 0 {
		return nil
	}
	k := clerk{Channel: c, chat: s.Chat, number: number, lang: s.Lang}
	return k.page(Request{Page: PageDigest, About: week, Lang: s.Lang})
}
