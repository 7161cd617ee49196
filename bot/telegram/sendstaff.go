package telegram

import (
	"context"

	tg "github.com/go-telegram/bot"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
)

// sendStaff makes a page and sends one message of it. A former coordinator gets nothing.
func (d delivery) sendStaff(ctx context.Context) (bot.Shown, error) {
	if d.coordinatorNumber(d.to) == 0 {
		return bot.Shown{}, nil
	}
	page, err := d.config.Staff.Page(ctx, d.Staff.Request)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Broken, Err: err}
	}
	if n := d.Staff.File - 1; n >= 0 {
		if n >= len(page.Files) {
			return bot.Shown{}, nil
		}
		return d.sendFile(ctx, page.Files[n])
	}
	// Without a parse mode, so that markup in names is shown as it is.
	var sent sentMessage
	text := page.PlainText(d.config.Texts(), d.Staff.Lang)
	err = d.client.call(ctx, sendMessage, tg.SendMessageParams{
		ChatID: d.to, Text: truncate(text, maxText), LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(),
	}, &sent)
	return sent.shown(), err
}

// sendFile sends a file of a page, unless Make returns none.
func (d delivery) sendFile(ctx context.Context, file staff.File) (bot.Shown, error) {
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
	err = d.client.upload(ctx, method, d.formFields(), upload{field: field, name: file.Name, data: data}, &sent)
	return sent.shown(), err
}
