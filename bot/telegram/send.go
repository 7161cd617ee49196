package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"digiwijzer/bot"
)

// noPreview disables previews of links.
var noPreview = &models.LinkPreviewOptions{IsDisabled: &yes}

var yes = true

// Send delivers one message and returns the message sent or edited.
func (c *Channel) Send(ctx context.Context, m bot.Message, surface bot.Surface) (bot.Shown, error) {
	var n payload
	if err := json.Unmarshal(m.Body, &n); err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	to, err := strconv.ParseInt(m.Chat.ID, 10, 64)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	shown := surface[m.Slot]
	d := delivery{Channel: c, to: to, at: messageID(shown.Open()), payload: n}
	if shown.Ref == "" {
		d.at = n.At
	}
	return d.send(ctx)
}

// delivery is one message being sent.
type delivery struct {
	*Channel
	to int64
	at int64 // id of the message to edit; not positive: none
	payload
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
	return d.sendNew(ctx)
}

// edited returns what the slot shows after an edit.
func (d delivery) edited() bot.Shown { return bot.Shown{Ref: ref(d.at), Closed: d.Closes} }

func (d delivery) edit(ctx context.Context) error {
	switch d.Method {
	case editText:
		return d.client.call(ctx, editText, tg.EditMessageTextParams{
			ChatID: d.to, MessageID: int(d.at), Text: d.Text, ParseMode: models.ParseModeHTML,
			LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(),
		}, nil)
	case editMedia:
		png, err := d.picture()
		if err != nil {
			return err
		}
		media := models.InputMediaPhoto{Media: "attach://quadrant", Caption: d.Text, ParseMode: models.ParseModeHTML}
		encoded, err := media.MarshalInputMedia()
		if err != nil {
			return &bot.SendError{Verdict: bot.Refused, Err: err}
		}
		fields := d.formFields()
		fields["message_id"] = strconv.FormatInt(d.at, 10)
		fields["media"] = string(encoded)
		return d.client.upload(ctx, editMedia, fields, upload{"quadrant", "quadrant.png", png}, nil)
	}
	return d.client.call(ctx, editKeys, tg.EditMessageReplyMarkupParams{ChatID: d.to, MessageID: int(d.at)}, nil)
}

// picture returns the PNG of the message.
func (d delivery) picture() ([]byte, error) {
	if d.Picture == nil {
		return nil, &bot.SendError{Verdict: bot.Refused, Err: errors.New("telegram: message without a picture")}
	}
	png, err := d.pictures.png(*d.Picture, d.Lang)
	if err != nil {
		return nil, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	return png, nil
}

// sentMessage is the part that is read of a sent message.
type sentMessage struct {
	ID int64 `json:"message_id"`
}

func (m sentMessage) shown() bot.Shown { return bot.Shown{Ref: ref(m.ID)} }

// sendNew sends a new message.
func (d delivery) sendNew(ctx context.Context) (bot.Shown, error) {
	var sent sentMessage
	if d.Picture == nil {
		err := d.client.call(ctx, sendMessage, tg.SendMessageParams{
			ChatID: d.to, Text: d.Text, ParseMode: models.ParseModeHTML,
			LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(), ReplyParameters: d.replyParameters(),
		}, &sent)
		return sent.shown(), err
	}
	png, err := d.picture()
	if err != nil {
		return bot.Shown{}, err
	}
	fields := d.formFields()
	fields["caption"] = d.Text
	fields["parse_mode"] = string(models.ParseModeHTML)
	err = d.client.upload(ctx, sendPhoto, fields, upload{"photo", "quadrant.png", png}, &sent)
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
