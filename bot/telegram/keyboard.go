package telegram

import (
	"encoding/json"
	"slices"
	"strings"
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

// buttonStyles are the styles of the Bot API that mark a role.
// https://core.telegram.org/bots/api#inlinekeyboardbutton
var buttonStyles = map[flows.Role]string{flows.RolePrimary: "primary", flows.RoleDanger: "danger"}

// marshalRows encodes the rows of a keyboard for the outbox, which sends them unchanged.
func marshalRows(rows [][]inlineButton) json.RawMessage {
	if len(rows) == 0 {
		return nil
	}
	encoded, _ := json.Marshal(rows) // strings only
	return encoded
}

// rowWidth is the maximum number of characters of the labels of one row together; phones truncate longer
// ones.
const rowWidth = 44

// maxLabel is the longest label of a button, in UTF-16 units.
const maxLabel = 64

// keyboardRows returns the keyboard of a reply. A row whose labels do not fit gets one
// button per row; if that is a row of options, so do all rows of options.
func (c *Channel) keyboardRows(chatID int64, r flows.Reply, lang string) ([][]inlineButton, error) {
	narrow := false
	keys := r.Keys
	if r.Slot == flows.Advice {
		keys = joinOptions(keys)
	}
	rows := make([][]inlineButton, 0, len(keys))
	for _, buttons := range keys {
		row, err := c.row(chatID, r.Slot, buttons, lang)
		if err != nil {
			return nil, err
		}
		if r.Slot == flows.Advice && hasOptions(buttons) {
			row = faces(row)
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
		if !fits(row) || narrow && hasOptions(keys[i]) {
			for _, k := range row {
				result = append(result, []inlineButton{k})
			}
		} else if len(row) > 0 {
			result = append(result, row)
		}
	}
	return result, nil
}

// joinOptions joins all rows of options to one: the rating below the advice.
func joinOptions(keys [][]flows.Button) (joined [][]flows.Button) {
	options := -1
	for _, row := range keys {
		switch {
		case !hasOptions(row):
			joined = append(joined, row)
		case options < 0:
			options = len(joined)
			joined = append(joined, slices.Clone(row))
		default:
			joined[options] = append(joined[options], row...)
		}
	}
	return joined
}

// faces leaves only the emoji that the labels of a row begin with, so that a rating fits
// one row. A row in which a label begins with another character stays as it is.
func faces(row []inlineButton) []inlineButton {
	short := slices.Clone(row)
	for i, k := range short {
		face, words, ok := strings.Cut(strings.TrimPrefix(k.Text, chosenMark), " ")
		if !ok || words == "" || strings.ContainsFunc(face, func(r rune) bool { return r < firstEmoji }) {
			return row
		}
		short[i].Text = face
	}
	return short
}

// firstEmoji is the first code point of the emoji used for ratings.
const firstEmoji = 0x1F000

// chosenMark is in front of the answer given before.
const chosenMark = "✓ "

// hasOptions reports whether a row holds the options of a question.
func hasOptions(buttons []flows.Button) bool {
	return len(buttons) > 0 && buttons[0].Role == flows.RoleOption
}

// fits reports whether phones show the labels of a row in full.
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
			label = chosenMark + label
		}
		k := inlineButton{Text: truncate(label, maxLabel)}
		k.Style = buttonStyles[b.Role]
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
