package telegram

import (
	"encoding/json"
	"unicode/utf8"

	"digiwijzer/flows"
)

// inlineButton is a button in the form of the Bot API. models.InlineKeyboardButton always
// has an empty copy_text.
type inlineButton struct {
	Text  string  `json:"text"`
	Data  string  `json:"callback_data,omitempty"`
	URL   string  `json:"url,omitempty"`
	Style string  `json:"style,omitempty"`
	Copy  *copied `json:"copy_text,omitempty"`
}

// copied is the text that a button copies.
type copied struct {
	Text string `json:"text"`
}

// maxCopied is the longest text that a button copies, in UTF-16 units.
// https://core.telegram.org/bots/api#copytextbutton
const maxCopied = 256

// inlineKeyboard is a keyboard; without rows it removes the buttons.
type inlineKeyboard struct {
	Rows json.RawMessage `json:"inline_keyboard"`
}

// marshalRows encodes the rows of a keyboard for the outbox, which sends them unchanged.
func marshalRows(rows [][]inlineButton) json.RawMessage {
	if len(rows) == 0 {
		return nil
	}
	encoded, _ := json.Marshal(rows) // strings only
	return encoded
}

// rowWidth is how many characters the labels of one row have at most together; phones
// truncate longer ones.
const rowWidth = 44

// maxLabel is the longest label of a button, in UTF-16 units.
const maxLabel = 64

// keyboardRows returns the keyboard of a reply. A row whose labels do not fit gets one
// button per row; if that is a row of options, so do all rows of options.
func (c *Channel) keyboardRows(chatID int64, r flows.Reply, lang string) ([][]inlineButton, error) {
	narrow := false
	rows := make([][]inlineButton, 0, len(r.Keys))
	for _, buttons := range r.Keys {
		row, err := c.row(chatID, r.Slot, buttons, lang)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
		narrow = narrow || hasOptions(buttons) && !fits(row)
	}
	result := make([][]inlineButton, 0, len(rows))
	count := 0
	for i, row := range rows {
		if count += len(row); count > maxButtons {
			break
		}
		if !fits(row) || narrow && hasOptions(r.Keys[i]) {
			for _, k := range row {
				result = append(result, []inlineButton{k})
			}
		} else if len(row) > 0 {
			result = append(result, row)
		}
	}
	return result, nil
}

// hasOptions reports whether a row holds the options of a question.
func hasOptions(buttons []flows.Button) bool {
	return len(buttons) > 0 && buttons[0].Role == flows.RoleOption
}

// fits reports whether phones show the labels of a row whole.
func fits(row []inlineButton) bool {
	for _, k := range row {
		if len(row) > 1 && utf8.RuneCountInString(k.Text) > rowWidth/len(row) {
			return false
		}
	}
	return true
}

func (c *Channel) row(chatID int64, slot flows.Slot, buttons []flows.Button, lang string) ([]inlineButton, error) {
	row := make([]inlineButton, 0, len(buttons))
	for _, b := range buttons {
		label, err := c.config.Texts().Render(lang, b.Label)
		if err != nil {
			return nil, err
		}
		if b.Chosen {
			label = "✓ " + label
		}
		k := inlineButton{Text: truncate(label, maxLabel)}
		if b.Role == flows.RolePrimary {
			k.Style = "primary"
		}
		switch {
		case b.Copy != nil:
			text, err := c.config.Texts().Render(lang, *b.Copy)
			if err != nil {
				return nil, err
			}
			k.Copy = &copied{truncate(text, maxCopied)}
		case b.URL == "":
			k.Data, err = c.codec.encode(chatID, press{Slot: slot, Rev: b.Rev, Question: b.Question, Option: b.Option, Action: b.Action})
			if err != nil {
				return nil, err
			}
		case isLink(b.URL):
			k.URL = b.URL
		default:
			continue
		}
		row = append(row, k)
	}
	return row, nil
}
