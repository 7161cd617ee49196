package telegram

import (
	"net/url"

	"digiwijzer/flows"
)

// botAddress returns the address that opens the bot, with a start parameter or without.
// https://core.telegram.org/api/links#bot-links
func botAddress(username, parameter string) string {
	address := "https://t.me/" + username
	if parameter != "" {
		address += "?start=" + parameter
	}
	return address
}

// shareRow returns the button that shares the check, with the partner that the person came through, and
// nothing about the person. It has no rows while the username is unknown.
// https://core.telegram.org/api/links#share-links
func (c *Channel) shareRow(partner, lang string) [][]inlineButton {
	name := c.Username()
	if name == "" {
		return nil
	}
	parameter := ""
	if partner != "" && partner != flows.TestPartner {
		parameter, _ = flows.Link{Partner: partner}.Parameter()
	}
	texts := c.config.Texts()
	query := url.Values{"url": {botAddress(name, parameter)}, "text": {texts.Text(lang, "telegram.share_text")}}
	return [][]inlineButton{{{Text: texts.Text(lang, "telegram.share"), URL: "https://t.me/share/url?" + query.Encode()}}}
}
