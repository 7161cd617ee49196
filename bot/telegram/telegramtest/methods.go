package telegramtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// method is one Bot API method.
type method struct {
	params   map[string]kind
	required []string
	run      func(*Server, context.Context, params) (any, *apiError)
}

var sending = map[string]kind{
	"chat_id": number, "parse_mode": text, "disable_notification": boolean, "protect_content": boolean,
	"reply_parameters": object, "reply_markup": object,
}

var editing = map[string]kind{"chat_id": number, "message_id": number, "reply_markup": object}

// with returns the parameters of a family of methods and more.
func with(family map[string]kind, more map[string]kind) map[string]kind {
	all := map[string]kind{}
	for name, k := range family {
		all[name] = k
	}
	for name, k := range more {
		all[name] = k
	}
	return all
}

// methods are the supported methods.
var methods = map[string]method{
	"getMe":          {run: getMe},
	"getUpdates":     {map[string]kind{"offset": number, "limit": number, "timeout": number, "allowed_updates": object}, nil, getUpdates},
	"setWebhook":     {map[string]kind{"url": text, "secret_token": text, "max_connections": number, "allowed_updates": object, "drop_pending_updates": boolean}, []string{"url"}, setWebhook},
	"deleteWebhook":  {map[string]kind{"drop_pending_updates": boolean}, nil, deleteWebhook},
	"getWebhookInfo": {run: getWebhookInfo},

	"sendMessage":            {with(sending, map[string]kind{"text": text, "link_preview_options": object}), []string{"chat_id", "text"}, sendMessage},
	"sendPhoto":              {with(sending, map[string]kind{"photo": file, "caption": text}), []string{"chat_id", "photo"}, sendPhoto},
	"sendDocument":           {with(sending, map[string]kind{"document": file, "caption": text}), []string{"chat_id", "document"}, sendDocument},
	"editMessageText":        {with(editing, map[string]kind{"text": text, "parse_mode": text, "link_preview_options": object}), []string{"chat_id", "message_id", "text"}, editText},
	"editMessageCaption":     {with(editing, map[string]kind{"caption": text, "parse_mode": text}), []string{"chat_id", "message_id"}, editCaption},
	"editMessageMedia":       {with(editing, map[string]kind{"media": object}), []string{"chat_id", "message_id", "media"}, editMedia},
	"editMessageReplyMarkup": {editing, []string{"chat_id", "message_id"}, editMarkup},
	"deleteMessage":          {map[string]kind{"chat_id": number, "message_id": number}, []string{"chat_id", "message_id"}, deleteMessage},
	"answerCallbackQuery":    {map[string]kind{"callback_query_id": text, "text": text, "show_alert": boolean, "cache_time": number}, []string{"callback_query_id"}, answerQuery},
	"pinChatMessage":         {map[string]kind{"chat_id": number, "message_id": number, "disable_notification": boolean}, []string{"chat_id", "message_id"}, pinMessage},
	"unpinChatMessage":       {map[string]kind{"chat_id": number, "message_id": number}, []string{"chat_id"}, unpinMessage},
	"leaveChat":              {map[string]kind{"chat_id": number}, []string{"chat_id"}, leaveChat},

	"setMyCommands":         {map[string]kind{"commands": object, "scope": object, "language_code": text}, []string{"commands"}, setCommands},
	"setMyDescription":      {map[string]kind{"description": text, "language_code": text}, nil, setProfile("setMyDescription", "description", 512)},
	"setMyShortDescription": {map[string]kind{"short_description": text, "language_code": text}, nil, setProfile("setMyShortDescription", "short_description", 120)},
	"getMyName":             {map[string]kind{"language_code": text}, nil, getName},
	"setMyName":             {map[string]kind{"name": text, "language_code": text}, nil, setProfile("setMyName", "name", 64)},
	"setChatMenuButton":     {map[string]kind{"chat_id": number, "menu_button": object}, nil, setMenu},
}

// The longest text and caption, in UTF-16 units after the entities are parsed.
const (
	maxText    = 4096
	maxCaption = 1024
)

func getMe(*Server, context.Context, params) (any, *apiError) {
	return map[string]any{"id": BotID, "is_bot": true, "first_name": "Digiwijzer", "username": BotUsername}, nil
}

// body returns a text or caption with its entities, and checks its length.
func body(p params, name string, limit int) (string, []Entity, *apiError) {
	text, entities := p.text(name), []Entity(nil)
	switch mode := p.text("parse_mode"); strings.ToLower(mode) {
	case "":
	case "html":
		var refused *apiError
		if text, entities, refused = parseHTML(text); refused != nil {
			return "", nil, refused
		}
	default:
		return "", nil, badRequest("unsupported parse_mode")
	}
	trimmed := strings.TrimSpace(text)
	switch {
	case name == "text" && trimmed == "":
		return "", nil, badRequest("message text is empty")
	case name == "text" && units(trimmed) > limit:
		return "", nil, badRequest("message is too long")
	case units(trimmed) > limit:
		return "", nil, badRequest("message caption is too long")
	}
	return trimmed, entities, nil
}

func sendMessage(s *Server, _ context.Context, p params) (any, *apiError) {
	text, entities, refused := body(p, "text", maxText)
	if refused != nil {
		return nil, refused
	}
	return s.addMessage(p, &Message{Text: text, Entities: entities})
}

func sendPhoto(s *Server, _ context.Context, p params) (any, *apiError) {
	picture, refused := s.photo(p["photo"].data, p.text("photo"))
	if refused != nil {
		return nil, refused
	}
	caption, entities, refused := body(p, "caption", maxCaption)
	if refused != nil {
		return nil, refused
	}
	return s.addMessage(p, &Message{Text: caption, Entities: entities, Photo: picture})
}

// photo returns an upload, or the file with an id, as a PNG.
func (s *Server) photo(data []byte, fileID string) ([]byte, *apiError) {
	if data != nil || fileID == "" {
		return photo(data)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.files[fileID]
	if known == nil {
		return nil, badRequest("wrong file identifier/HTTP URL specified")
	}
	return known, nil
}

// photo checks that an upload is a PNG that can be decoded.
func photo(data []byte) ([]byte, *apiError) {
	if len(data) == 0 {
		return nil, badRequest("there is no photo in the request")
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	if b := img.Bounds(); b.Dx()+b.Dy() > 10000 || b.Dx() > 20*b.Dy() || b.Dy() > 20*b.Dx() {
		return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	return data, nil
}

func sendDocument(s *Server, _ context.Context, p params) (any, *apiError) {
	if len(p["document"].data) == 0 {
		return nil, badRequest("there is no document in the request")
	}
	caption, entities, refused := body(p, "caption", maxCaption)
	if refused != nil {
		return nil, refused
	}
	return s.addMessage(p, &Message{Text: caption, Entities: entities, Document: p["document"].data})
}

// addMessage adds a message of the bot to a chat.
func (s *Server) addMessage(p params, m *Message) (any, *apiError) {
	keyboard, refused := readKeyboard(p)
	if refused != nil {
		return nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.writable(p.chatID())
	if refused == nil {
		refused = s.limit(c)
	}
	if refused != nil {
		return nil, refused
	}
	if p.has("reply_parameters") {
		if m.ReplyTo, refused = c.replyTarget(p); refused != nil {
			return nil, refused
		}
	}
	m.FromBot, m.Keyboard = true, keyboard
	s.add(c, m)
	return s.sent(m, c), nil
}

func (c *chat) replyTarget(p params) (int64, *apiError) {
	var to struct {
		ID    int64 `json:"message_id"`
		Allow bool  `json:"allow_sending_without_reply"`
	}
	_ = json.Unmarshal(p["reply_parameters"].raw, &to)
	if c.messages[to.ID] == nil {
		if to.Allow {
			return 0, nil
		}
		return 0, badRequest("message to be replied not found")
	}
	return to.ID, nil
}

// writable returns a chat that the bot may write to. s.mu is held.
func (s *Server) writable(id int64) (*chat, *apiError) {
	c := s.chats[id]
	switch {
	case c == nil:
		return nil, badRequest("chat not found")
	case c.blocked:
		return nil, &apiError{code: 403, text: "Forbidden: bot was blocked by the user"}
	case c.left:
		return nil, &apiError{code: 403, text: "Forbidden: bot is not a member of the " + c.kind + " chat"}
	case !c.started:
		return nil, &apiError{code: 403, text: "Forbidden: bot can't initiate conversation with a user"}
	}
	return c, nil
}

// limit enforces Telegram's rate limits for new messages. s.mu is held.
func (s *Server) limit(c *chat) *apiError {
	now := s.opts.Now()
	if wait := c.refusedFor(now); wait > 0 {
		s.happened[TooMany]++
		return rateLimited(wait)
	}
	if !s.opts.Limits {
		return nil
	}
	if wait := max(c.bucket.take(now), s.overall.take(now)); wait > 0 {
		s.happened[TooMany]++
		return rateLimited(wait)
	}
	return nil
}

// limitEdit enforces Options.EditBurst. s.mu is held.
func (s *Server) limitEdit(c *chat) *apiError {
	now := s.opts.Now()
	c.edits = slices.DeleteFunc(c.edits, func(at time.Time) bool { return now.Sub(at) > 10*time.Second })
	if s.opts.EditBurst > 0 && c.refusedFor(now) == 0 && len(c.edits) >= s.opts.EditBurst {
		c.refused = now.Add(time.Duration(s.opts.EditPause) * time.Second)
	}
	if wait := c.refusedFor(now); wait > 0 {
		s.happened[TooMany]++
		return rateLimited(wait)
	}
	c.edits = append(c.edits, now)
	return nil
}

// refusedFor returns the seconds for which everything of a chat is refused.
func (c *chat) refusedFor(now time.Time) int {
	return int(math.Ceil(max(0, c.refused.Sub(now).Seconds())))
}

func rateLimited(seconds int) *apiError {
	return &apiError{code: 429, text: fmt.Sprintf("Too Many Requests: retry after %d", seconds), retry: seconds}
}

func editText(s *Server, _ context.Context, p params) (any, *apiError) {
	text, entities, refused := body(p, "text", maxText)
	if refused != nil {
		return nil, refused
	}
	return s.edit(p, func(m *Message) *apiError {
		if m.Photo != nil || m.Document != nil {
			return badRequest("there is no text in the message to edit")
		}
		m.Text, m.Entities = text, entities
		return nil
	})
}

func editCaption(s *Server, _ context.Context, p params) (any, *apiError) {
	caption, entities, refused := body(p, "caption", maxCaption)
	if refused != nil {
		return nil, refused
	}
	return s.edit(p, func(m *Message) *apiError {
		if m.Photo == nil && m.Document == nil {
			return badRequest("there is no caption in the message to edit")
		}
		m.Text, m.Entities = caption, entities
		return nil
	})
}

func editMedia(s *Server, _ context.Context, p params) (any, *apiError) {
	var media struct {
		Type, Media, Caption, ParseMode string
	}
	fields := map[string]string{}
	_ = json.Unmarshal(p["media"].raw, &fields)
	media.Type, media.Media = fields["type"], fields["media"]
	name, attached := strings.CutPrefix(media.Media, "attach://")
	if media.Type != "photo" {
		return nil, badRequest("can't parse InputMedia: only photos are supported")
	}
	fileID := media.Media
	if attached {
		fileID = ""
	}
	picture, refused := s.photo(p[name].data, fileID)
	if refused != nil {
		return nil, refused
	}
	inner := params{"caption": quoted(fields["caption"]), "parse_mode": quoted(fields["parse_mode"])}
	caption, entities, refused := body(inner, "caption", maxCaption)
	if refused != nil {
		return nil, refused
	}
	return s.edit(p, func(m *Message) *apiError {
		m.Text, m.Entities, m.Photo = caption, entities, picture
		return nil
	})
}

func quoted(s string) param {
	raw, _ := json.Marshal(s)
	return param{raw: raw}
}

func editMarkup(s *Server, _ context.Context, p params) (any, *apiError) {
	return s.edit(p, func(*Message) *apiError { return nil })
}

// edit changes a message of the bot and replaces its keyboard, also by none.
func (s *Server) edit(p params, change func(*Message) *apiError) (any, *apiError) {
	keyboard, refused := readKeyboard(p)
	if refused != nil {
		return nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.writable(p.chatID())
	if refused != nil {
		return nil, refused
	}
	if refused := s.limitEdit(c); refused != nil {
		return nil, refused
	}
	m := c.messages[p.int("message_id")]
	switch {
	case m == nil:
		return nil, badRequest("message to edit not found")
	case !m.FromBot:
		return nil, badRequest("message can't be edited")
	}
	before := *m
	after := before
	if refused := change(&after); refused != nil {
		return nil, refused
	}
	after.Keyboard = keyboard
	if equal(before, after) {
		refused := badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
		refused.repeated = true
		return nil, refused
	}
	after.Edits++
	*m = after
	s.touch(c)
	return s.sent(m, c), nil
}

func equal(a, b Message) bool {
	return a.Text == b.Text && reflect.DeepEqual(a.Entities, b.Entities) && bytes.Equal(a.Photo, b.Photo) &&
		(len(a.Keyboard) == 0 && len(b.Keyboard) == 0 || reflect.DeepEqual(a.Keyboard, b.Keyboard))
}

// change looks up the message of a call in a chat that the bot may write to, and changes it. do
// returns false if there is nothing to change.
func (s *Server) change(p params, what string, do func(*chat, *Message) bool) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.writable(p.chatID())
	if refused != nil {
		return nil, refused
	}
	if m := c.messages[p.int("message_id")]; m == nil || !do(c, m) {
		return nil, badRequest("message to " + what + " not found")
	}
	s.touch(c)
	return true, nil
}

func deleteMessage(s *Server, _ context.Context, p params) (any, *apiError) {
	return s.change(p, "delete", func(c *chat, _ *Message) bool {
		delete(c.messages, p.int("message_id"))
		return true
	})
}

func unpinMessage(s *Server, _ context.Context, p params) (any, *apiError) {
	return s.change(p, "unpin", func(_ *chat, m *Message) bool {
		pinned := m.Pinned
		m.Pinned = false
		return pinned
	})
}

func answerQuery(s *Server, _ context.Context, p params) (any, *apiError) {
	text := p.text("text")
	if units(text) > 200 {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queries[p.text("callback_query_id")]
	if q == nil || q.answered {
		refused := badRequest("query is too old and response timeout expired or query ID is invalid")
		refused.repeated = q != nil
		return nil, refused
	}
	q.answered = true
	if text != "" {
		q.chat.toasts = append(q.chat.toasts, text)
	}
	q.chat.turns[q.turn].Calls["answerCallbackQuery"]++
	s.touch(q.chat)
	return true, nil
}

func leaveChat(s *Server, _ context.Context, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[p.chatID()]
	switch {
	case c == nil:
		return nil, badRequest("chat not found")
	case c.kind == "private":
		return nil, badRequest("chat member status can't be changed in private chats")
	case c.left:
		return nil, &apiError{code: 403, text: "Forbidden: bot is not a member of the " + c.kind + " chat"}
	}
	c.left = true
	s.touch(c)
	return true, nil
}

// sent returns a message as the result of a call. A picture gets an id by which it can be
// sent again. s.mu is held.
func (s *Server) sent(m *Message, c *chat) map[string]any {
	if m.Photo != nil {
		s.files[fileID(m.Photo)] = m.Photo
	}
	return m.json(c)
}

// ForgetFiles forgets every uploaded file, as Telegram may.
func (s *Server) ForgetFiles() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.files)
}

func fileID(data []byte) string { return fmt.Sprintf("file-%x", sha256.Sum256(data))[:21] }

func pinMessage(s *Server, _ context.Context, p params) (any, *apiError) {
	return s.change(p, "pin", func(_ *chat, m *Message) bool {
		m.Pinned, m.Silent = true, p.bool("disable_notification")
		return true
	})
}
