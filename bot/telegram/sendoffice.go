package telegram

import (
	tg "github.com/go-telegram/bot"

	"digiwijzer/bot"
)

// sendOffice makes a page for a coordinator and sends it. The person is looked up once
// more: who was taken off the list meanwhile gets nothing.
func (d delivery) sendOffice() (bot.Shown, error) {
	if d.coordinator(d.to) == 0 {
		return bot.Shown{}, nil
	}
	if d.Office.File > 0 {
		return d.sendFile()
	}
	text, err := d.config.Office.Text(d.ctx, d.Office.Request)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Broken, Err: err}
	}
	// Plain text, without a parse mode: names in it are shown as they are.
	var sent sentMessage
	err = d.client.call(d.ctx, sendMessage, tg.SendMessageParams{
		ChatID: d.to, Text: cutText(text, maxText), LinkPreviewOptions: noPreview, ReplyMarkup: d.markup(),
	}, &sent)
	return sent.shown(), err
}

// sendFile sends a file of a page; where there is none, nothing.
func (d delivery) sendFile() (bot.Shown, error) {
	file, ok, err := d.config.Office.File(d.ctx, d.Office.Request, d.Office.File-1)
	if err != nil {
		return bot.Shown{}, &bot.SendError{Verdict: bot.Broken, Err: err}
	}
	if !ok {
		return bot.Shown{}, nil
	}
	method, field := sendDocument, "document"
	if file.Image {
		method, field = sendPhoto, "photo"
	}
	var sent sentMessage
	err = d.client.upload(d.ctx, method, d.fields(), upload{field: field, name: file.Name, data: file.Data}, &sent)
	return sent.shown(), err
}
