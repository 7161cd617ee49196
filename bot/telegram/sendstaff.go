package telegram

import (
	tg "github.com/go-telegram/bot"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
)

// sendStaff makes a page for a coordinator and sends one message of it. Somebody who is no
// longer a coordinator gets nothing.
func (d delivery) sendStaff() (bot.Shown, error) {
	if d.coordinatorNumber(d.to) == 0 {
		return bot.Shown{}, nil
	}
	page, err := d.config.Staff.Page(d.ctx, d.Staff.Request)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Broken, Err: err}
	}
	if n := d.Staff.File - 1; n >= 0 {
		if n >= len(page.Files) {
			return bot.Shown{}, nil
		}
		return d.sendFile(page.Files[n])
	}
	// Without a parse mode, so that markup in names is shown as it is.
	var sent sentMessage
	text := page.PlainText(d.config.Texts(), d.Staff.Lang)
	err = d.client.call(d.ctx, sendMessage, tg.SendMessageParams{
		ChatID: d.to, Text: cutText(text, maxText), LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(),
	}, &sent)
	return sent.shown(), err
}

// sendFile sends a file of a page, unless there is none today.
func (d delivery) sendFile(file staff.File) (bot.Shown, error) {
	data, err := file.Make()
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Broken, Err: err}
	}
	if data == nil {
		return bot.Shown{}, nil
	}
	method, field := sendDocument, "document"
	if file.Image {
		method, field = sendPhoto, "photo"
	}
	var sent sentMessage
	err = d.client.upload(d.ctx, method, d.fields(), upload{field: field, name: file.Name, data: data}, &sent)
	return sent.shown(), err
}
