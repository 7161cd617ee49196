package telegramtest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Message is one message of a chat.
type Message struct {
	ID       int64
	FromBot  bool
	Text     string // without markup; of a photo: its caption
	Entities []Entity
	Photo    []byte // a PNG
	Document []byte
	Keyboard [][]Button
	ReplyTo  int64
	Edits    int // number of edits
	Pinned   bool
	Silent   bool // pinned without a notification
	date     int64
}

// Person is a user with a private chat with the bot.
type Person struct {
	s    *Server
	c    *chat
	Name string // first name and username, which the bot must never store
}

// Person returns the user with this id, and adds one if there is none; lang is the
// language of a new user's client.
func (s *Server) Person(id int64, lang string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		c = s.newChat(id, "private")
		c.lang = lang
	}
	return &Person{s: s, c: c, Name: fmt.Sprintf("Canary%dPerson", id)}
}

// newChat adds a chat. s.mu is held.
func (s *Server) newChat(id int64, kind string) *chat {
	c := &chat{id: id, kind: kind, messages: map[int64]*Message{}, done: map[string]bool{}, changed: make(chan struct{}), bucket: bucket{rate: 1, burst: 3}}
	s.chats[id] = c
	return c
}

// add puts a message into a chat. s.mu is held.
func (s *Server) add(c *chat, m *Message) {
	s.lastID++
	m.ID, m.date = s.lastID, s.opts.Now().Unix()
	c.messages[m.ID] = m
	c.order = append(c.order, m.ID)
	s.touch(c)
}

// ID returns the person's user and chat id.
func (p *Person) ID() int64 { return p.c.id }

// Start sends /start with this parameter, which may be empty, as opening a link does.
func (p *Person) Start(param string) {
	p.write("start", map[string]any{"text": strings.TrimSpace("/start " + param)})
}

// Say sends a text message.
func (p *Person) Say(text string) { p.write("say", map[string]any{"text": text}) }

// Post sends a message without text: a sticker, a photo or a voice message. field is its
// field of the message.
func (p *Person) Post(field string) {
	p.write("say", map[string]any{field: map[string]any{"file_id": "f", "file_unique_id": "u"}})
}

// Caption sends a photo with a caption.
func (p *Person) Caption(text string) {
	p.write("say", map[string]any{"caption": text, "photo": []any{map[string]any{"file_id": "f", "file_unique_id": "u"}}})
}

// Album sends photos at once, each as a separate message.
func (p *Person) Album(photos int) { p.SlowAlbum(photos, func() {}) }

// SlowAlbum is an album on a slow connection: wait comes before every photo.
func (p *Person) SlowAlbum(photos int, wait func()) {
	p.s.mu.Lock()
	p.s.lastAlbum++
	album := strconv.FormatInt(p.s.lastAlbum, 10)
	p.s.mu.Unlock()
	for range photos {
		wait()
		p.write("say", map[string]any{"media_group_id": album, "photo": []any{map[string]any{"file_id": "f", "file_unique_id": "u"}}})
	}
}

// Forward forwards a text that someone else wrote.
func (p *Person) Forward(text string) {
	p.write("say", map[string]any{"text": text, "forward_origin": map[string]any{"type": "hidden_user", "sender_user_name": "Iemand", "date": 1}})
}

// EditLast changes the text of the person's newest message.
func (p *Person) EditLast(text string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.begin("edit")
	for _, id := range slices.Backward(p.c.order) {
		m := p.c.messages[id]
		if m == nil || m.FromBot {
			continue
		}
		m.Text = text
		body := m.json(p.c)
		body["from"], body["edit_date"] = p.user(), p.s.opts.Now().Unix()
		p.s.send("edited_message", "chat"+strconv.FormatInt(p.c.id, 10), body)
		return
	}
}

// ClearHistory deletes every message of the chat.
func (p *Person) ClearHistory() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	clear(p.c.messages)
	p.s.touch(p.c)
}

// write sends a message of the person, which also unblocks the bot.
func (p *Person) write(did string, content map[string]any) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.c.started, p.c.blocked = true, false
	p.begin(did)
	m := &Message{}
	m.Text, _ = content["text"].(string)
	p.s.add(p.c, m)
	body := m.json(p.c)
	for name, value := range content {
		body[name] = value
	}
	body["from"] = p.user()
	key := "chat" + strconv.FormatInt(p.c.id, 10)
	p.s.send("message", key, body)
	if p.s.roll(DuplicateUpdate) {
		p.s.send("message", key, body)
	}
}

func (p *Person) begin(did string) {
	p.c.turns = append(p.c.turns, Turn{Did: did, Calls: map[string]int{}})
}

func (p *Person) user() map[string]any {
	return map[string]any{"id": p.c.id, "is_bot": false, "first_name": p.Name, "username": p.Name, "language_code": p.c.lang}
}

// Press presses the button with this label on the newest message that has one.
func (p *Person) Press(label string) error {
	return p.PressWhere(func(b Button) bool { return b.Text == label })
}

// PressWhere presses the first button that matches, on the newest message that has one.
// A link button has no effect.
func (p *Person) PressWhere(matches func(Button) bool) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, id := range slices.Backward(p.c.order) {
		m := p.c.messages[id]
		if m == nil {
			continue
		}
		for _, row := range m.Keyboard {
			for _, b := range row {
				if matches(b) {
					if b.URL == "" {
						p.tap(m, b.Data)
					}
					return nil
				}
			}
		}
	}
	return fmt.Errorf("person %d has no such button; screen:\n%s", p.c.id, p.c.screen())
}

// PressData sends a callback query with any data, as a modified client can; the message
// may be one without a keyboard.
func (p *Person) PressData(messageID int64, data string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	m := p.c.messages[messageID]
	if m == nil {
		m = &Message{ID: messageID, FromBot: true}
	}
	p.tap(m, data)
}

// tap sends a callback query. s.mu is held.
func (p *Person) tap(m *Message, data string) {
	p.begin("press")
	p.query(m, data)
	if p.s.roll(DuplicateUpdate) { // as a client that reconnects: another query for the same press
		p.query(m, data)
	}
}

func (p *Person) query(m *Message, data string) {
	p.s.lastQuery++
	id := strconv.FormatInt(p.s.lastQuery, 10) + "0000000000"
	p.s.queries[id] = &query{chat: p.c, turn: len(p.c.turns) - 1}
	p.s.send("callback_query", "user"+strconv.FormatInt(p.c.id, 10), map[string]any{
		"id": id, "from": p.user(), "message": m.json(p.c), "chat_instance": "1", "data": data,
	})
}

// Block blocks the bot, which gets a my_chat_member update.
func (p *Person) Block() { p.member("member", "kicked") }

func (p *Person) member(before, now string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.c.blocked = now == "kicked"
	p.s.sendMember(p.c, p.user(), before, now)
	p.s.touch(p.c)
}

func (s *Server) sendMember(c *chat, from map[string]any, before, now string) {
	bot := map[string]any{"id": BotID, "is_bot": true, "first_name": "Digiwijzer", "username": BotUsername}
	s.send("my_chat_member", "member"+strconv.FormatInt(c.id, 10), map[string]any{
		"chat": c.json(), "from": from, "date": time.Now().Unix(),
		"old_chat_member": map[string]any{"status": before, "user": bot},
		"new_chat_member": map[string]any{"status": now, "user": bot},
	})
}

// Group is a group or channel that someone added the bot to.
type Group struct {
	s *Server
	c *chat
}

// Group adds the bot to a chat of this kind: group, supergroup or channel.
func (s *Server) Group(id int64, kind string) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.newChat(id, kind)
	c.started = true
	someone := map[string]any{"id": 1, "is_bot": false, "first_name": "Iemand"}
	s.sendMember(c, someone, "left", "member")
	return &Group{s, c}
}

// Say sends a text message of a member.
func (g *Group) Say(member int64, text string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	m := &Message{Text: text}
	g.s.add(g.c, m)
	body := m.json(g.c)
	body["from"] = map[string]any{"id": member, "is_bot": false, "first_name": "Iemand"}
	g.s.send("message", "chat"+strconv.FormatInt(g.c.id, 10), body)
}

// Messages returns the messages of the group, oldest first.
func (g *Group) Messages() []Message { return (&Person{s: g.s, c: g.c}).Messages() }

// Left reports whether the bot has left the group.
func (g *Group) Left() bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.c.left
}

// Messages returns the messages of the chat, oldest first.
func (p *Person) Messages() []Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	list := make([]Message, 0, len(p.c.messages))
	for _, id := range p.c.order {
		if m := p.c.messages[id]; m != nil {
			list = append(list, *m)
		}
	}
	return list
}

// Last returns the bot's newest message; zero without one.
func (p *Person) Last() Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, id := range slices.Backward(p.c.order) {
		if m := p.c.messages[id]; m != nil && m.FromBot {
			return *m
		}
	}
	return Message{}
}

// Toasts returns the texts of answered callback queries, oldest first.
func (p *Person) Toasts() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return slices.Clone(p.c.toasts)
}

// Screen returns the messages that have buttons, or the bot's last message if none has.
func (p *Person) Screen() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.c.screen()
}

func (c *chat) screen() string {
	var b strings.Builder
	last := ""
	for _, id := range c.order {
		m := c.messages[id]
		if m == nil || !m.FromBot {
			continue
		}
		last = m.Text
		if len(m.Keyboard) == 0 {
			continue
		}
		b.WriteString(m.Text + "\n")
		for _, row := range m.Keyboard {
			for _, k := range row {
				b.WriteString("[" + k.Text + "] ")
			}
			b.WriteString("\n")
		}
	}
	if b.Len() == 0 {
		return last
	}
	return b.String()
}

// Wait blocks until cond is true for this person; it evaluates cond again after every
// change of the chat. The error contains the screen.
func (p *Person) Wait(ctx context.Context, cond func(*Person) bool) error {
	err := wait(ctx, func() bool { return cond(p) }, func() <-chan struct{} {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		return p.c.changed
	})
	if err != nil {
		return fmt.Errorf("person %d: %w; screen:\n%s", p.c.id, err, p.Screen())
	}
	return nil
}

func (c *chat) json() map[string]any {
	name := fmt.Sprintf("Canary%dPerson", c.id)
	if c.kind != "private" {
		return map[string]any{"id": c.id, "type": c.kind, "title": name}
	}
	return map[string]any{"id": c.id, "type": c.kind, "first_name": name, "username": name}
}

func (m *Message) json(c *chat) map[string]any {
	body := map[string]any{"message_id": m.ID, "date": m.date, "chat": c.json()}
	if m.FromBot {
		body["from"] = map[string]any{"id": BotID, "is_bot": true, "first_name": "Digiwijzer", "username": BotUsername}
	}
	switch {
	case m.Photo != nil:
		body["caption"] = m.Text
		body["photo"] = []any{map[string]any{"file_id": "small", "file_unique_id": "s", "width": 1, "height": 1},
			map[string]any{"file_id": fileID(m.Photo), "file_unique_id": "p", "width": 2, "height": 2}}
	case m.Document != nil:
		body["caption"] = m.Text
		body["document"] = map[string]any{"file_id": "d", "file_unique_id": "d"}
	default:
		body["text"] = m.Text
	}
	if len(m.Keyboard) > 0 {
		body["reply_markup"] = map[string]any{"inline_keyboard": m.Keyboard}
	}
	return body
}
