package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// noPreview disables previews of links.
var noPreview = &models.LinkPreviewOptions{IsDisabled: &yes}

var yes = true

// Send delivers one message and returns the message sent or edited.
func (c *Channel) Send(ctx context.Context, m bot.Message, surface bot.Surface) (bot.Shown, error) {
	var n struct {
		payload
		Text json.RawMessage `json:"text"` // instead of that of payload
	}
	if err := json.Unmarshal(m.Body, &n); err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	to, err := strconv.ParseInt(m.Chat.ID, 10, 64)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	shown := surface[m.Slot]
	d := delivery{Channel: c, to: to, at: messageID(shown.Open()), payload: n.payload, text: n.Text}
	if shown.Ref == "" {
		d.at = n.At
	}
	if d.old = messageID(surface[flows.Living].Open()); surface[flows.Living].Ref == "" {
		d.old = n.Old
	}
	return d.send(ctx)
}

// delivery is one message being sent.
type delivery struct {
	*Channel
	to      int64
	at      int64 // id of the message to edit; not positive: none
	old     int64 // id of the living message that a new one replaces; not positive: none
	payload       // without Text
	text    json.RawMessage
}

// html returns the text of the message.
func (d delivery) html() (text string) {
	_ = json.Unmarshal(d.text, &text) // empty where there is none
	return text
}

// send makes the call. An edit of a message that is unknown or gone becomes a new message,
// unless it would only close the old one.
func (d delivery) send(ctx context.Context) (bot.Shown, error) {
	if d.Staff != nil {
		return d.sendStaff(ctx)
	}
	edits := d.Method == editText || d.Method == editMedia || d.Method == editKeys
	if edits && d.at > 0 {
		err := d.edit(ctx)
		switch {
		case err == nil, verdictOf(err) == bot.Harmless:
			return d.edited(), nil
		case !isMessageGone(err):
			return bot.Shown{}, err
		}
	}
	if d.Closes {
		return bot.Shown{}, nil
	}
	d.at = 0 // there is none to edit
	if old := d.old; d.Strips && old > 0 {
		if err := d.strip(ctx, old); err != nil {
			return bot.Shown{}, err
		}
	}
	shown, err := d.sendNew(ctx)
	if err == nil && d.Pins {
		d.pin(messageID(shown.Ref))
	}
	if err == nil {
		d.remove()
	}
	return shown, err
}

// remove unpins the advice and deletes what an ended conversation showed. A bot can delete what it sent in
// the last 48 hours (https://core.telegram.org/bots/api#deletemessage); the rest stays, and people are
// told so. A failure is not worth a retry.
func (d delivery) remove() {
	if d.Unpins <= 0 && len(d.Removes) == 0 {
		return
	}
	d.background.try(func(ctx context.Context) {
		if d.Unpins > 0 {
			d.logNotRemoved(d.client.call(ctx, "unpinChatMessage", tg.UnpinChatMessageParams{ChatID: d.to, MessageID: int(d.Unpins)}, nil))
		}
		for _, id := range d.Removes {
			d.logNotRemoved(d.client.call(ctx, "deleteMessage", tg.DeleteMessageParams{ChatID: d.to, MessageID: int(id)}, nil))
		}
	})
}

func (d delivery) logNotRemoved(err error) {
	if err != nil {
		d.log.Debug("message not removed", "error", err)
	}
}

// strip removes the buttons of the message that this one replaces. If that fails the old buttons remain, and
// a press on them explains that they belong to an earlier question.
func (d delivery) strip(ctx context.Context, old int64) error {
	err := d.client.call(ctx, editKeys, tg.EditMessageReplyMarkupParams{ChatID: d.to, MessageID: int(old)}, nil)
	switch verdictOf(err) {
	case bot.Harmless, bot.Refused:
		return nil
	}
	return err
}

// pin pins a message without a sound, so that it can be found in a month. A failure is not worth a retry.
func (d delivery) pin(id int64) {
	d.background.try(func(ctx context.Context) {
		err := d.client.call(ctx, "pinChatMessage", tg.PinChatMessageParams{ChatID: d.to, MessageID: int(id), DisableNotification: true}, nil)
		if err != nil {
			d.log.Debug("advice not pinned", "error", err)
		}
	})
}

// edited returns what the slot shows after an edit.
func (d delivery) edited() bot.Shown { return bot.Shown{Ref: ref(d.at), Closed: d.Closes} }

func (d delivery) edit(ctx context.Context) error {
	switch d.Method {
	case editText:
		return d.client.post(ctx, editText, "application/json", d.editedText(), nil)
	case editMedia:
		_, err := d.sendPicture(ctx)
		return err
	}
	return d.client.call(ctx, editKeys, tg.EditMessageReplyMarkupParams{ChatID: d.to, MessageID: int(d.at)}, nil)
}

// editedText returns the parameters of editMessageText, which nearly every press leads to. Text
// and buttons are in the outbox as they are sent, so that nothing has to be encoded again.
func (d delivery) editedText() []byte {
	b := fmt.Appendf(make([]byte, 0, len(d.text)+len(d.Keys)+200),
		`{"chat_id":%d,"message_id":%d,"text":%s,"parse_mode":"HTML","link_preview_options":{"is_disabled":true}`, d.to, d.at, d.text)
	if len(d.Keys) > 0 {
		b = fmt.Appendf(b, `,"reply_markup":{"inline_keyboard":%s}`, d.Keys)
	}
	return append(b, '}')
}

// sentMessage is the part that is read of a sent message.
type sentMessage struct {
	ID    int64 `json:"message_id"`
	Photo []struct {
		File string `json:"file_id"`
	} `json:"photo"` // in several sizes, the largest last
}

// complete implements complete.
func (m *sentMessage) complete() bool { return m.ID > 0 }

func (m sentMessage) shown() bot.Shown { return bot.Shown{Ref: ref(m.ID)} }

// sendNew sends a new message.
func (d delivery) sendNew(ctx context.Context) (bot.Shown, error) {
	if d.Picture == nil {
		var sent sentMessage
		err := d.client.call(ctx, sendMessage, tg.SendMessageParams{
			ChatID: d.to, Text: d.html(), ParseMode: models.ParseModeHTML,
			LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(), ReplyParameters: d.replyParameters(),
		}, &sent)
		return sent.shown(), err
	}
	sent, err := d.sendPicture(ctx)
	return sent.shown(), err
}

// replyParameters makes the message a reply; if that message is gone, an ordinary message.
func (d delivery) replyParameters() *models.ReplyParameters {
	if d.ReplyTo == 0 {
		return nil
	}
	return &models.ReplyParameters{MessageID: int(d.ReplyTo), AllowSendingWithoutReply: true}
}

// markup returns the keyboard as a parameter. Without one it is an untyped nil, so that the
// parameter is omitted.
func (d delivery) markup() any {
	if len(d.Keys) == 0 {
		return nil
	}
	return inlineKeyboard{d.Keys}
}

// formFields returns the form fields of every upload.
func (d delivery) formFields() map[string]string {
	fields := map[string]string{"chat_id": strconv.FormatInt(d.to, 10)}
	if len(d.Keys) > 0 {
		encoded, _ := json.Marshal(inlineKeyboard{d.Keys}) // strings only
		fields["reply_markup"] = string(encoded)
	}
	return fields
}
