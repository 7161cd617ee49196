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

// noPreview keeps links from unfolding under the advice.
var noPreview = &models.LinkPreviewOptions{IsDisabled: &yes}

var yes = true

// Send delivers one message and returns the message sent or edited.
func (c *Channel) Send(ctx context.Context, m bot.Message, surface bot.Surface) (bot.Shown, error) {
	var n native
	if err := json.Unmarshal(m.Body, &n); err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	to, err := strconv.ParseInt(m.Chat.ID, 10, 64)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	shown := surface[m.Slot]
	d := delivery{Channel: c, ctx: ctx, to: to, at: messageID(shown.Open()), native: n}
	if shown.Ref == "" {
		d.at = n.At
	}
	return d.send()
}

// delivery is one message on its way.
type delivery struct {
	*Channel
	ctx context.Context
	to  int64
	at  int64 // the message to edit; not positive: none
	native
}

// send does the call. An edit whose message is not there becomes a new message; a
// closing one has nothing to do then.
func (d delivery) send() (bot.Shown, error) {
	if d.Staff != nil {
		return d.sendStaff()
	}
	edits := d.Method == editText || d.Method == editMedia || d.Method == editKeys
	if edits && d.at > 0 {
		err := d.edit()
		switch {
		case err == nil, verdictOf(err) == bot.Harmless:
			return d.changed(), nil
		case !isLost(err):
			return bot.Shown{}, err
		}
	}
	if d.Closes {
		return bot.Shown{}, nil
	}
	return d.post()
}

// changed returns what the slot shows after an edit.
func (d delivery) changed() bot.Shown { return bot.Shown{Ref: ref(d.at), Closed: d.Closes} }

func (d delivery) edit() error {
	switch d.Method {
	case editText:
		return d.client.call(d.ctx, editText, tg.EditMessageTextParams{
			ChatID: d.to, MessageID: int(d.at), Text: d.Text, ParseMode: models.ParseModeHTML,
			LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(),
		}, nil)
	case editMedia:
		png, err := d.drawn()
		if err != nil {
			return err
		}
		media := models.InputMediaPhoto{Media: "attach://quadrant", Caption: d.Text, ParseMode: models.ParseModeHTML}
		encoded, err := media.MarshalInputMedia()
		if err != nil {
			return &bot.SendError{Verdict: bot.Refused, Err: err}
		}
		fields := d.fields()
		fields["message_id"] = strconv.FormatInt(d.at, 10)
		fields["media"] = string(encoded)
		return d.client.upload(d.ctx, editMedia, fields, upload{"quadrant", "quadrant.png", png}, nil)
	}
	return d.client.call(d.ctx, editKeys, tg.EditMessageReplyMarkupParams{ChatID: d.to, MessageID: int(d.at)}, nil)
}

// drawn is the picture of the message; one that lost its recipe is refused.
func (d delivery) drawn() ([]byte, error) {
	if d.Picture == nil {
		return nil, &bot.SendError{Verdict: bot.Refused, Err: errors.New("telegram: a message without its picture")}
	}
	png, err := d.pictures.png(*d.Picture, d.Lang)
	if err != nil {
		return nil, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	return png, nil
}

// sentMessage is what we read of a message that was sent.
type sentMessage struct {
	ID int64 `json:"message_id"`
}

func (m sentMessage) shown() bot.Shown { return bot.Shown{Ref: ref(m.ID)} }

// post sends a new message.
func (d delivery) post() (bot.Shown, error) {
	var sent sentMessage
	if d.Picture == nil {
		err := d.client.call(d.ctx, sendMessage, tg.SendMessageParams{
			ChatID: d.to, Text: d.Text, ParseMode: models.ParseModeHTML,
			LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(), ReplyParameters: d.above(),
		}, &sent)
		return sent.shown(), err
	}
	png, err := d.drawn()
	if err != nil {
		return bot.Shown{}, err
	}
	fields := d.fields()
	fields["caption"] = d.Text
	fields["parse_mode"] = string(models.ParseModeHTML)
	err = d.client.upload(d.ctx, sendPhoto, fields, upload{"photo", "quadrant.png", png}, &sent)
	return sent.shown(), err
}

// above makes the message a reply; to one that is gone it is an ordinary message.
func (d delivery) above() *models.ReplyParameters {
	if d.ReplyTo == 0 {
		return nil
	}
	return &models.ReplyParameters{MessageID: int(d.ReplyTo), AllowSendingWithoutReply: true}
}

// markup is the keyboard as a parameter; nil (not a nil keyboard) leaves it out.
func (d delivery) markup() any {
	if len(d.Keys) == 0 {
		return nil
	}
	return keyboard{d.Keys}
}

// fields are the form fields that every upload has.
func (d delivery) fields() map[string]string {
	fields := map[string]string{"chat_id": strconv.FormatInt(d.to, 10)}
	if len(d.Keys) > 0 {
		encoded, _ := json.Marshal(keyboard{d.Keys}) // strings only
		fields["reply_markup"] = string(encoded)
	}
	return fields
}
