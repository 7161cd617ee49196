package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// payload is the body of a message in the outbox: a method and its parameters. Pictures
// and pages of staff are stored as recipes. The message that an edit changes is determined
// when it is sent, from the surface at that time.
type payload struct {
	Method  string                 `json:"method"`
	Text    string                 `json:"text,omitempty"` // HTML
	Keys    json.RawMessage        `json:"keys,omitempty"` // of marshalRows
	Picture *flows.QuadrantPicture `json:"picture,omitempty"`
	Lang    string                 `json:"lang,omitempty"` // of the picture
	// Closes means that the message loses its buttons and is not edited any more.
	Closes bool `json:"closes,omitempty"`
	// At is the message to edit if the surface no longer has one when this is sent, because
	// the conversation has ended.
	At int64 `json:"at,omitempty"`
	// ReplyTo is the message that a new one is a reply to.
	ReplyTo int64 `json:"reply_to,omitempty"`
	// Strips means that the living message loses its buttons before this one is sent; Old is
	// its id if the surface no longer has one then.
	Strips bool  `json:"strips,omitempty"`
	Old    int64 `json:"old,omitempty"`
	// Pins means that the message is pinned once it is sent.
	Pins bool `json:"pins,omitempty"`
	// Unpins is a pinned message, and Removes are messages to delete, once this is sent: the
	// conversation has ended.
	Unpins  int64   `json:"unpins,omitempty"`
	Removes []int64 `json:"removes,omitempty"`
	// Staff is the recipe of a message with a page for a coordinator; then Text is empty. The
	// JSON name is that of stored outboxes.
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

// composer composes the messages of one turn.
type composer struct {
	*Channel
	chat    bot.Chat
	to      int64
	lang    string
	origin  bot.Origin
	surface bot.Surface
	partner string
	started bool // the conversation starts in this turn
	result  bool // this turn has the result
	over    bool // the conversation ends: what it showed is removed
	quiet   bool // the toast alone is the answer
	out     []bot.Message
	closed  bool // the living message was closed in this turn
}

// Compose returns the messages of a turn: edits of the message that was pressed, new
// messages otherwise. Besides its answer a press costs at most one call, two when a part of
// the check begins or the living message is sent again, three at the result.
func (c *Channel) Compose(chat bot.Chat, turn flows.Turn, origin bot.Origin, surface bot.Surface) ([]bot.Message, error) {
	to, err := strconv.ParseInt(chat.ID, 10, 64)
	if err != nil {
		return nil, errors.New("telegram: chat id is not a number")
	}
	m := &composer{Channel: c, chat: chat, to: to, lang: turn.Session.Lang, origin: origin, surface: surface,
		partner: turn.Session.Partner, started: turn.Facts.Started, result: turn.Facts.Outcome != nil}
	m.quiet = turn.Repeated && origin.Tap && origin.Message != "" && origin.Message == surface[origin.Slot].Ref
	if turn.Session.Phase == flows.PhaseStopped {
		m.over = turn.Facts.Ended && turn.Facts.FollowUp == flows.No
		m.removeButtons()
	}
	for _, r := range turn.Replies {
		if err := m.reply(r); err != nil {
			return nil, err
		}
	}
	return m.out, nil
}

func (m *composer) reply(r flows.Reply) error {
	if m.quiet {
		if r.Slot == flows.Aside {
			return nil
		}
		r.Blocks = withoutNotices(r.Blocks)
	}
	keys, err := m.keyboardRows(m.to, r, m.lang)
	if err != nil {
		return err
	}
	if r.Slot == flows.Advice {
		keys = append(keys, m.shareRow(m.partner, m.lang)...)
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
	if r.Slot == flows.Advice {
		paragraphs = fold(paragraphs, limit)
	}
	if isPhoto {
		m.photo(r, paragraphs, keys)
		return nil
	}
	texts := joinParagraphs(paragraphs, maxText)
	if len(texts) == 0 {
		return errors.New("telegram: reply without text")
	}
	m.text(r, texts, keys)
	return nil
}

// text adds a reply without a picture: an edit, or new messages of which the last has the
// buttons.
func (m *composer) text(r flows.Reply, texts []string, keys [][]inlineButton) {
	last := payload{Method: sendMessage, Text: texts[len(texts)-1], Keys: marshalRows(keys), ReplyTo: messageID(m.surface[r.ReplyTo].Open())}
	closes := r.Slot == flows.Living && len(keys) == 0
	if len(texts) == 1 && (closes || m.editsInPlace(r)) {
		last.Method, last.Closes = editText, closes
		m.closed = m.closed || closes
		m.edit(r.Slot, last)
		return
	}
	if r.Slot == flows.Living && m.strips() {
		last.Strips, last.Old, m.closed = true, messageID(m.surface[flows.Living].Open()), true
	}
	last.Pins = r.Slot == flows.Advice && m.result
	if m.over {
		last.Unpins, last.Removes = messageID(m.surface[flows.Advice].Ref), m.shown()
		m.over = false
	}
	for _, text := range texts[:len(texts)-1] {
		m.add("", payload{Method: sendMessage, Text: text}, false)
	}
	m.add(r.Slot, last, false)
	m.out[len(m.out)-1].Replaces = len(texts) == 1 && isRepetition(r)
}

// shown returns the messages that the chat is known to show: those with answers and advice.
func (m *composer) shown() (ids []int64) {
	for _, slot := range []flows.Slot{flows.Living, flows.Picture, flows.Advice, flows.Aside} {
		if id := messageID(m.surface[slot].Ref); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// isRepetition reports whether a message makes one of its slot that is not sent yet
// superfluous: the question again, or the same line about what happened.
func isRepetition(r flows.Reply) bool {
	return r.Slot == flows.Living || r.Slot == flows.Aside && r.Blocks[0].Style == flows.Notice
}

func withoutNotices(blocks []flows.Block) (others []flows.Block) {
	for _, b := range blocks {
		if b.Style != flows.Notice {
			others = append(others, b)
		}
	}
	return others
}

// editsInPlace reports whether a reply edits the message of its slot.
func (m *composer) editsInPlace(r flows.Reply) bool {
	if r.Fresh || m.surface[r.Slot].Open() == "" {
		return false
	}
	switch r.Slot {
	case flows.Living:
		// After typed text or a page the living message is no longer the newest.
		return m.origin.Tap && m.origin.Slot == flows.Living
	case flows.Picture, flows.Advice:
		// A return from a page must show the result at the bottom.
		return m.origin.Slot != flows.Aside
	}
	return m.origin.Tap && m.origin.Message == m.surface[r.Slot].Ref
}

// removeButtons removes the buttons of the living message, once per turn. A living message
// in flight has no id yet; the id is determined when the edit is sent.
func (m *composer) removeButtons() {
	if !m.strips() {
		return
	}
	m.closed = true
	m.edit(flows.Living, payload{Method: editKeys, Closes: true})
}

// strips reports whether the living message may have buttons to remove.
func (m *composer) strips() bool {
	living := m.surface[flows.Living]
	return !m.closed && !living.Closed && (living.Ref != "" || !m.started)
}

// photo adds a picture with as many paragraphs as fit in its caption; the others follow as
// text messages.
func (m *composer) photo(r flows.Reply, paragraphs []paragraph, keys [][]inlineButton) {
	texts := joinParagraphs(paragraphs, maxCaption)
	n := payload{Method: sendPhoto, Picture: r.Picture, Lang: m.lang, Keys: marshalRows(keys)}
	if len(texts) > 0 {
		n.Text = texts[0]
	}
	if m.editsInPlace(r) {
		n.Method = editMedia
		m.edit(r.Slot, n)
		return
	}
	m.add(r.Slot, n, false)
	for _, text := range texts[min(1, len(texts)):] {
		m.add("", payload{Method: sendMessage, Text: text}, false)
	}
}

// edit adds an edit of the message of a slot.
func (m *composer) edit(slot flows.Slot, n payload) {
	n.At = messageID(m.surface[slot].Open())
	m.add(slot, n, true)
}

func (m *composer) add(slot flows.Slot, n payload, edit bool) {
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings, numbers and bools only
	}
	m.out = append(m.out, bot.Message{Chat: m.chat, Slot: slot, Edit: edit, Body: body, Digest: n.digest(slot)})
}

// digest identifies what people see of a message. The rev of a button counts in the living
// message alone: elsewhere a button works whatever its rev.
func (n payload) digest(slot flows.Slot) string {
	h := fnv.New64a()
	parts := [][]byte{[]byte(n.Text), n.Keys, []byte(n.Lang), fmt.Append(nil, n.Closes)}
	if slot != flows.Living {
		parts[1] = presses.ReplaceAll(n.Keys, []byte(`"callback_data":"$1"`))
	}
	if n.Picture != nil {
		parts = append(parts, fmt.Append(nil, *n.Picture))
	}
	for _, part := range parts {
		_, _ = h.Write(part)
		_, _ = h.Write([]byte{0})
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// presses matches callback data: its group is what is between the rev and the tag.
var presses = regexp.MustCompile(`"callback_data":"[0-9]+([^"]*)\.[^".]*"`)

// paragraphs renders and formats blocks, and splits those that are longer than limit.
func (m *composer) paragraphs(blocks []flows.Block, limit int) ([]paragraph, error) {
	list := make([]paragraph, 0, len(blocks))
	for _, b := range blocks {
		text, err := m.config.Texts().Render(m.lang, b.Text)
		if err != nil {
			return nil, err
		}
		name, _ := b.Text.Args["Name"].(string)
		for _, piece := range split(text, limit-maxPrefix) {
			list = append(list, format(b, piece, name))
		}
	}
	return list, nil
}
