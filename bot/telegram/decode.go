package telegram

import (
	"strconv"
	"strings"
	"unicode"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
)

// maxRunes is how much of a typed text is read: the length limit of Telegram messages.
const maxRunes = 4096

// sideEffects are the actions of the channel for an update, besides or instead of a turn.
type sideEffects struct {
	answerQuery string // id of the callback query to answer after the turn
	leaveChat   int64  // id of a group or channel to leave
}

// decode returns an update as input of the conversation. Its chat is empty for updates that
// are no part of one: from groups, of other kinds, or malformed.
func (c *Channel) decode(u update) (bot.Update, sideEffects) {
	switch {
	case u.Message != nil:
		return c.decodeMessage(u, u.Message)
	case u.Edited != nil:
		return c.decodeEdited(u, u.Edited)
	case u.Callback != nil:
		return c.decodeCallback(u)
	case u.Member != nil:
		return c.decodeMember(u)
	}
	return bot.Update{}, sideEffects{}
}

// isPrivateChat reports whether in is the private chat with the sender. Conversations take
// place nowhere else.
func isPrivateChat(in chat, from user) bool {
	return in.Type == "private" && in.ID != 0 && in.ID == from.ID
}

func (c *Channel) newUpdate(u update, chatID int64, in flows.Input) bot.Update {
	in.Channel = Name
	return bot.Update{
		Chat:  bot.Chat{Channel: Name, ID: strconv.FormatInt(chatID, 10)},
		Key:   Name + ":" + strconv.FormatInt(u.ID, 10),
		Input: in,
	}
}

func (c *Channel) decodeMessage(u update, m *message) (bot.Update, sideEffects) {
	if m.Chat.Type != "private" {
		return bot.Update{}, sideEffects{leaveChat: m.Chat.ID}
	}
	if !isPrivateChat(m.Chat, m.From) {
		return bot.Update{}, sideEffects{}
	}
	in, ok := c.readMessage(u.ID, m)
	if !ok {
		return bot.Update{}, sideEffects{}
	}
	in.Lang = c.language(m.From.Lang)
	update := c.newUpdate(u, m.Chat.ID, in)
	word, about := c.command(m.Text)
	if page := c.words().staffPages[word]; in.Form == flows.Typed && page != "" {
		update.Staff = c.staffCommand(m.From.ID, page, about, in.Lang)
	}
	return update, sideEffects{}
}

// readMessage returns the input in a message. ok is false for messages that need no answer: service
// messages, such as about a pinned message, and all but the first of an album or of messages forwarded
// together.
func (c *Channel) readMessage(update int64, m *message) (in flows.Input, ok bool) {
	switch {
	case bool(m.Forward):
		in = flows.Input{Kind: flows.Unrecognized, Form: flows.Forwarded}
		return in, !c.bursts.continues(m.Chat.ID, update, "forwarded", m.Date, forwardedWithin)
	case m.Text != "":
		return c.readText(m.Text), true
	case strings.TrimSpace(m.Caption) != "":
		in = c.readText(m.Caption)
		in.Form = flows.Caption
		c.bursts.continues(m.Chat.ID, update, "album "+m.Album, m.Date, sameAlbum) // the others get no answer
		return in, true
	case m.isSpoken():
		return flows.Input{Kind: flows.Unrecognized, Form: flows.Voice}, true
	case m.content == content{}:
		return flows.Input{}, false
	case m.Album != "" && c.bursts.continues(m.Chat.ID, update, "album "+m.Album, m.Date, sameAlbum):
		return flows.Input{}, false
	}
	return flows.Input{Kind: flows.Unrecognized}, true
}

// decodeEdited decodes a message that was edited. Telegram also reports edits without any
// change that people see (https://core.telegram.org/bots/api#update), so the new text is
// never taken as an answer.
func (c *Channel) decodeEdited(u update, m *message) (bot.Update, sideEffects) {
	if !isPrivateChat(m.Chat, m.From) || m.Text+m.Caption == "" || m.Edited == 0 ||
		c.bursts.continues(m.Chat.ID, u.ID, "edited", m.Edited, editedWithin) {
		return bot.Update{}, sideEffects{}
	}
	return c.newUpdate(u, m.Chat.ID, flows.Input{Kind: flows.Unrecognized, Form: flows.Edited, Lang: c.language(m.From.Lang)}), sideEffects{}
}

// readText decodes a command or typed text. A message without text is a sticker, a photo or similar.
func (c *Channel) readText(text string) flows.Input {
	text = truncateRunes(text, maxRunes)
	switch {
	case strings.TrimSpace(text) == "":
		return flows.Input{Kind: flows.Unrecognized}
	case !strings.HasPrefix(text, "/"):
		return flows.Input{Kind: flows.Text, Text: text}
	}
	word, rest := c.command(text)
	if word == "start" {
		return flows.Input{Kind: flows.Start, Link: c.readLink(rest)}
	}
	if action, ok := c.words().commands[word]; ok {
		in := flows.Input{Kind: flows.Action, Action: action}
		if action == flows.DoCode {
			in.Text = rest
		}
		return in
	}
	return flows.Input{Kind: flows.Text, Text: text}
}

// command returns the word of a command, in lower case, and its arguments. The word is empty
// for other texts and for commands to another bot.
func (c *Channel) command(text string) (word, rest string) {
	word, ok := strings.CutPrefix(truncateRunes(text, maxRunes), "/")
	if !ok {
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

// readLink parses the parameter of a start link, and discards its unknown parts.
func (c *Channel) readLink(parameter string) flows.Link {
	if c.config.Link == nil {
		return flows.Link{}
	}
	return c.config.Link(parameter)
}

// language returns the supported language of a client's language tag ("en-GB" is "en");
// empty if it is not supported.
func (c *Channel) language(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, lang := range c.config.Texts().Languages() {
		if lang == base {
			return lang
		}
	}
	return ""
}

func (c *Channel) decodeCallback(u update) (bot.Update, sideEffects) {
	q := u.Callback
	if q.Message == nil || !isPrivateChat(q.Message.Chat, q.From) {
		return bot.Update{}, sideEffects{answerQuery: q.ID}
	}
	in, slot := flows.Input{Kind: flows.Unrecognized}, flows.Slot("")
	var action *bot.StaffAction
	switch p, err := c.codec.decode(q.Message.Chat.ID, q.Data); {
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
	return update, sideEffects{answerQuery: q.ID}
}

func (p press) input() flows.Input {
	in := flows.Input{Kind: flows.Answer, Question: p.Question, Option: p.Option, Rev: p.Rev}
	if p.Action != "" {
		in.Kind, in.Action = flows.Action, p.Action
	}
	return in
}

func (c *Channel) decodeMember(u update) (bot.Update, sideEffects) {
	m := u.Member
	left := m.New.Status == "kicked" || m.New.Status == "left"
	switch {
	case m.Chat.Type != "private" && !left:
		return bot.Update{}, sideEffects{leaveChat: m.Chat.ID}
	case left && isPrivateChat(m.Chat, m.From):
		update := c.newUpdate(u, m.Chat.ID, flows.Input{})
		update.Gone = true
		return update, sideEffects{}
	}
	return bot.Update{}, sideEffects{}
}

// truncateRunes returns the first n runes of a text.
func truncateRunes(s string, n int) string {
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
