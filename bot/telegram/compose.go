package telegram

import (
	"encoding/json"
	"fmt"
	"strconv"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// native is what the outbox keeps of one message: the method and what it takes. The
// picture is kept as its recipe. Which message an edit changes is settled when it is
// sent, by what the screen holds then.
type native struct {
	Method  string                 `json:"method"`
	Text    string                 `json:"text,omitempty"` // HTML
	Keys    json.RawMessage        `json:"keys,omitempty"` // see inJSON
	Picture *flows.QuadrantPicture `json:"picture,omitempty"`
	Lang    string                 `json:"lang,omitempty"` // of the picture
	// Closes: the message keeps no buttons and is not edited any more.
	Closes bool `json:"closes,omitempty"`
	// At is the message to edit as far as is known now; the screen at the time of
	// sending knows better, unless it was forgotten with the conversation.
	At int64 `json:"at,omitempty"`
	// ReplyTo is the message shown above a new one.
	ReplyTo int64 `json:"reply_to,omitempty"`
	// Staff is the recipe of a message with a page for a coordinator; Text is empty then.
	Staff *staffRecipe `json:"office,omitempty"`
}

// The methods of messages.
const (
	sendMessage  = "sendMessage"
	sendPhoto    = "sendPhoto"
	sendDocument = "sendDocument"
	editText     = "editMessageText"
	editMedia    = "editMessageMedia"
	editKeys     = "editMessageReplyMarkup"
)

// composer puts one turn into messages.
type composer struct {
	*Channel
	chat    bot.Chat
	to      int64
	lang    string
	origin  bot.Origin
	surface bot.Surface
	started bool // the conversation begins in this turn
	out     []bot.Message
	closed  bool // the living message has been closed in this turn
}

// Compose puts a turn into messages: edits where the message that was tapped is
// changed, new messages otherwise. A tap costs at most two calls with the answer to
// it, three when the living message moves down, four at the result.
func (c *Channel) Compose(chat bot.Chat, turn flows.Turn, origin bot.Origin, surface bot.Surface) ([]bot.Message, error) {
	to, err := strconv.ParseInt(chat.ID, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("telegram: a chat id that is no number")
	}
	m := &composer{Channel: c, chat: chat, to: to, lang: turn.Session.Lang, origin: origin, surface: surface, started: turn.Facts.Started}
	if turn.Session.Phase == flows.PhaseStopped {
		m.strip()
	}
	for _, r := range turn.Replies {
		if err := m.reply(r); err != nil {
			return nil, err
		}
	}
	return m.out, nil
}

func (m *composer) reply(r flows.Reply) error {
	keys, err := m.keys(m.to, r, m.lang)
	if err != nil {
		return err
	}
	isPhoto := r.Slot == flows.Picture && r.Picture != nil
	limit := maxText
	if isPhoto {
		limit = maxCaption
	}
	paragraphs, err := m.paragraphs(r.Blocks, limit)
	if err != nil {
		return err
	}
	if isPhoto {
		m.photo(r, paragraphs, keys)
		return nil
	}
	texts := pack(paragraphs, maxText)
	if len(texts) == 0 {
		return fmt.Errorf("telegram: a reply without words")
	}
	m.text(r, texts, keys)
	return nil
}

// text puts a reply without a picture in place: an edit, or new messages of which
// the last has the buttons.
func (m *composer) text(r flows.Reply, texts []string, keys [][]key) {
	last := native{Method: sendMessage, Text: texts[len(texts)-1], Keys: inJSON(keys), ReplyTo: messageID(m.surface[r.ReplyTo].Open())}
	closes := r.Slot == flows.Living && len(keys) == 0
	if len(texts) == 1 && (closes || m.inPlace(r)) {
		last.Method, last.Closes = editText, closes
		m.closed = m.closed || closes
		m.edit(r.Slot, last)
		return
	}
	if r.Slot == flows.Living {
		m.strip()
	}
	for _, text := range texts[:len(texts)-1] {
		m.add("", native{Method: sendMessage, Text: text}, false)
	}
	m.add(r.Slot, last, false)
}

// inPlace tells whether a reply changes the message its slot holds.
func (m *composer) inPlace(r flows.Reply) bool {
	if r.Fresh || m.surface[r.Slot].Open() == "" {
		return false
	}
	switch r.Slot {
	case flows.Living:
		// After typed text or a page the living message is not the last one any more.
		return m.origin.Tap && m.origin.Slot == flows.Living
	case flows.Picture, flows.Advice:
		// From a page one comes back to the result: it must come into sight.
		return m.origin.Slot != flows.Aside
	}
	return m.origin.Tap && m.origin.Message == m.surface[r.Slot].Ref
}

// strip takes the buttons off the living message, once. One that is still on its way
// has no id yet; that is settled when the strip is sent.
func (m *composer) strip() {
	living := m.surface[flows.Living]
	if m.closed || living.Closed || living.Ref == "" && m.started {
		return
	}
	m.closed = true
	m.edit(flows.Living, native{Method: editKeys, Closes: true})
}

// photo puts the picture in place, with as much of the words as a caption holds; the
// others follow as a text.
func (m *composer) photo(r flows.Reply, paragraphs []paragraph, keys [][]key) {
	texts := pack(paragraphs, maxCaption)
	n := native{Method: sendPhoto, Picture: r.Picture, Lang: m.lang, Keys: inJSON(keys)}
	if len(texts) > 0 {
		n.Text = texts[0]
	}
	if m.inPlace(r) {
		n.Method = editMedia
		m.edit(r.Slot, n)
		return
	}
	m.add(r.Slot, n, false)
	for _, text := range texts[min(1, len(texts)):] {
		m.add("", native{Method: sendMessage, Text: text}, false)
	}
}

// edit adds a change of the message that a slot holds.
func (m *composer) edit(slot flows.Slot, n native) {
	n.At = messageID(m.surface[slot].Open())
	m.add(slot, n, true)
}

func (m *composer) add(slot flows.Slot, n native, edit bool) {
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings, numbers and bools only
	}
	m.out = append(m.out, bot.Message{Chat: m.chat, Slot: slot, Edit: edit, Body: body})
}

// paragraphs puts blocks into words and dress. What is longer than a whole message is
// divided.
func (m *composer) paragraphs(blocks []flows.Block, limit int) ([]paragraph, error) {
	list := make([]paragraph, 0, len(blocks))
	for _, b := range blocks {
		text, err := m.config.Texts().Render(m.lang, b.Text)
		if err != nil {
			return nil, err
		}
		name, _ := b.Text.Args["Name"].(string)
		for _, piece := range divide(text, limit-maxMark) {
			list = append(list, dress(b, piece, name))
		}
	}
	return list, nil
}
