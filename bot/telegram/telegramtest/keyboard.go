package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Button is one button of an inline keyboard.
type Button struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data,omitempty"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"`
	Copy  *Copy  `json:"copy_text,omitempty"`
}

// Copy is the text that a button copies.
type Copy struct {
	Text string `json:"text"`
}

// Telegram's limits of a keyboard (limits.tginfo.me,
// core.telegram.org/bots/api#inlinekeyboardbutton).
const (
	maxButtons = 100
	maxRow     = 8
	maxData    = 64
	maxCopied  = 256
)

// readKeyboard decodes reply_markup; nil without it.
func readKeyboard(p params) ([][]Button, *apiError) {
	if !p.has("reply_markup") {
		return nil, nil
	}
	var markup struct {
		Rows [][]Button `json:"inline_keyboard"`
	}
	dec := json.NewDecoder(bytes.NewReader(p["reply_markup"].raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&markup); err != nil {
		return nil, badRequest("can't parse reply keyboard markup JSON object: " + err.Error())
	}
	total := 0
	for _, row := range markup.Rows {
		total += len(row)
		if len(row) > maxRow || len(row) == 0 {
			return nil, badRequest(fmt.Sprintf("BUTTON_ROW_INVALID: %d buttons in a row", len(row)))
		}
		for _, b := range row {
			if refused := b.check(); refused != nil {
				return nil, refused
			}
		}
	}
	if total > maxButtons {
		return nil, badRequest("REPLY_MARKUP_TOO_LONG")
	}
	return markup.Rows, nil
}

func (b Button) check() *apiError {
	switch {
	case b.Text == "":
		return badRequest("can't parse inline keyboard button: text must be non-empty")
	case b.Copy != nil && (b.Data != "" || b.URL != ""):
		return badRequest("can't parse inline keyboard button: exactly one of the optional fields must be used")
	case b.Copy != nil && (b.Copy.Text == "" || units(b.Copy.Text) > maxCopied):
		return badRequest("can't parse inline keyboard button: invalid text to copy")
	case b.Copy != nil:
	case b.Data == "" && b.URL == "":
		return badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case b.Data != "" && b.URL != "":
		return badRequest("can't parse inline keyboard button: exactly one of the optional fields must be used")
	case len(b.Data) > maxData:
		return badRequest("BUTTON_DATA_INVALID")
	case b.URL != "" && !validURL(b.URL):
		return badRequest("inline keyboard button URL '" + b.URL + "' is invalid: Wrong HTTP URL")
	case b.Style != "" && b.Style != "primary" && b.Style != "success" && b.Style != "danger":
		return badRequest("can't parse inline keyboard button: invalid button style specified")
	}
	return nil
}
