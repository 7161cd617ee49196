package telegram

import (
	"strconv"
	"strings"
	"unicode"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
)

// maxRunes is how much of a typed text is read: the longest a Telegram message can be.
const maxRunes = 4096

// aside is what an update asks of the channel itself, beside or instead of a turn.
type aside struct {
	query string // answer this callback query when the turn is done
	leave int64  // a group or channel to leave, with one line
}

// decode turns an update into an input of the conversation. Without a chat in it
// there is none: the update is of a group, of another kind, or broken.
func (c *Channel) decode(u update) (bot.Update, aside) {
	switch {
	case u.Message != nil:
		return c.decodeMessage(u)
	case u.Callback != nil:
		return c.decodeCallback(u)
	case u.Member != nil:
		return c.decodeMember(u)
	}
	return bot.Update{}, aside{}
}

// ours tells whether this is a private chat with the person who acts: the only
// place where a conversation is held.
func ours(in chat, from person) bool { return in.Type == "private" && in.ID != 0 && in.ID == from.ID }

func (c *Channel) newUpdate(u update, chatID int64, in flows.Input) bot.Update {
	in.Channel = Name
	return bot.Update{
		Chat:  bot.Chat{Channel: Name, ID: strconv.FormatInt(chatID, 10)},
		Key:   Name + ":" + strconv.FormatInt(u.ID, 10),
		Input: in,
	}
}

func (c *Channel) decodeMessage(u update) (bot.Update, aside) {
	m := u.Message
	if m.Chat.Type != "private" {
		return bot.Update{}, aside{leave: m.Chat.ID}
	}
	if !ours(m.Chat, m.From) {
		return bot.Update{}, aside{}
	}
	in := c.readText(m.Text)
	in.Lang = c.language(m.From.Lang)
	update := c.newUpdate(u, m.Chat.ID, in)
	if word, about := c.command(m.Text); c.staffed[word] != "" {
		update.Staff = c.staffCommand(m.From.ID, c.staffed[word], about, in.Lang)
	}
	return update, aside{}
}

// readText tells a command from typed words; what has no text is a sticker, a photo
// or the like.
func (c *Channel) readText(text string) flows.Input {
	text = cutRunes(text, maxRunes)
	switch {
	case strings.TrimSpace(text) == "":
		return flows.Input{Kind: flows.Strange}
	case !strings.HasPrefix(text, "/"):
		return flows.Input{Kind: flows.Text, Text: text}
	}
	word, rest := c.command(text)
	if word == "start" {
		return flows.Input{Kind: flows.Start, Link: c.readLink(rest)}
	}
	if action, ok := c.commands[word]; ok {
		return flows.Input{Kind: flows.Action, Action: action}
	}
	return flows.Input{Kind: flows.Text, Text: text}
}

// command gives the word of a command, in lower case, and what comes behind it; no word
// for a text that is none, or that is for another bot.
func (c *Channel) command(text string) (word, rest string) {
	word, is := strings.CutPrefix(cutRunes(text, maxRunes), "/")
	if !is {
		return "", ""
	}
	if at := strings.IndexFunc(word, unicode.IsSpace); at >= 0 {
		word, rest = word[:at], strings.TrimSpace(word[at:])
	}
	word, to, addressed := strings.Cut(strings.ToLower(word), "@")
	if me := strings.ToLower(c.Username()); addressed && me != "" && to != me {
		return "", ""
	}
	return word, rest
}

// readLink reads the parameter of a start link. What is not known of it is forgotten here.
func (c *Channel) readLink(parameter string) flows.Link {
	if c.config.Link == nil {
		return flows.Link{}
	}
	return c.config.Link(parameter)
}

// language is the language of ours that a client's tag means ("en-GB" is "en");
// empty when it is not ours.
func (c *Channel) language(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, lang := range c.config.Texts().Languages() {
		if lang == base {
			return lang
		}
	}
	return ""
}

func (c *Channel) decodeCallback(u update) (bot.Update, aside) {
	q := u.Callback
	if q.Message == nil || !ours(q.Message.Chat, q.From) {
		return bot.Update{}, aside{query: q.ID}
	}
	in, slot := flows.Input{Kind: flows.Strange}, flows.Slot("")
	var action *bot.StaffAction
	switch p, err := c.codec.parse(q.Message.Chat.ID, q.Data); {
	case err != nil:
	case p.Action == doStaff:
		action = c.staffCommand(q.From.ID, staff.PageID(p.Question), p.Option, c.language(q.From.Lang))
	default:
		in, slot = p.input(), p.Slot
	}
	in.Lang = c.language(q.From.Lang)
	update := c.newUpdate(u, q.Message.Chat.ID, in)
	update.Staff = action
	update.Origin = bot.Origin{Slot: slot, Message: ref(q.Message.ID), Tap: true}
	return update, aside{query: q.ID}
}

func (p press) input() flows.Input {
	in := flows.Input{Kind: flows.Answer, Question: p.Question, Option: p.Option, Rev: p.Rev}
	if p.Action != "" {
		in.Kind, in.Action = flows.Action, p.Action
	}
	return in
}

func (c *Channel) decodeMember(u update) (bot.Update, aside) {
	m := u.Member
	left := m.New.Status == "kicked" || m.New.Status == "left"
	switch {
	case m.Chat.Type != "private" && !left:
		return bot.Update{}, aside{leave: m.Chat.ID}
	case left && ours(m.Chat, m.From):
		update := c.newUpdate(u, m.Chat.ID, flows.Input{})
		update.Gone = true
		return update, aside{}
	}
	return bot.Update{}, aside{}
}

// cutRunes cuts a text after n runes.
func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
