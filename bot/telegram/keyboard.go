package telegram

import (
	"encoding/json"
	"unicode/utf8"

	"digiwijzer/flows"
)

// key is a button as Telegram takes it. (models.InlineKeyboardButton always sends an
// empty copy_text along.)
type key struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data,omitempty"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"`
}

// keyboard is an inline keyboard; without rows it takes the buttons away.
type keyboard struct {
	Rows json.RawMessage `json:"inline_keyboard"`
}

// inJSON puts the rows of a keyboard into the form in which they are kept and sent:
// nobody has to read them in between.
func inJSON(rows [][]key) json.RawMessage {
	if len(rows) == 0 {
		return nil
	}
	encoded, _ := json.Marshal(rows) // strings only
	return encoded
}

// rowWidth is how many characters the buttons of one row hold together before phones
// cut them: 22 each for two.
const rowWidth = 44

// maxLabel cuts the words on a button.
const maxLabel = 64

// maxKeys is Telegram's limit of buttons on a message.
const maxKeys = 100

// keys turns the rows of a reply into a keyboard. A row whose labels would not fit
// side by side becomes one button a row, and so do all other rows of options then.
func (c *Channel) keys(to int64, r flows.Reply, lang string) ([][]key, error) {
	narrow := false
	rows := make([][]key, 0, len(r.Keys))
	for _, buttons := range r.Keys {
		row, err := c.row(to, r.Slot, buttons, lang)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
		narrow = narrow || ofOptions(buttons) && !fits(row)
	}
	result := make([][]key, 0, len(rows))
	count := 0
	for i, row := range rows {
		if count += len(row); count > maxKeys {
			break
		}
		if !fits(row) || narrow && ofOptions(r.Keys[i]) {
			for _, k := range row {
				result = append(result, []key{k})
			}
		} else if len(row) > 0 {
			result = append(result, row)
		}
	}
	return result, nil
}

func ofOptions(buttons []flows.Button) bool {
	return len(buttons) > 0 && buttons[0].Role == flows.RoleOption
}

func fits(row []key) bool {
	for _, k := range row {
		if len(row) > 1 && utf8.RuneCountInString(k.Text) > rowWidth/len(row) {
			return false
		}
	}
	return true
}

func (c *Channel) row(to int64, slot flows.Slot, buttons []flows.Button, lang string) ([]key, error) {
	row := make([]key, 0, len(buttons))
	for _, b := range buttons {
		label, err := c.config.Texts().Render(lang, b.Label)
		if err != nil {
			return nil, err
		}
		if b.Chosen {
			label = "✓ " + label
		}
		k := key{Text: cutText(label, maxLabel)}
		if b.Role == flows.RolePrimary {
			k.Style = "primary"
		}
		if b.URL != "" {
			if !isLink(b.URL) {
				continue
			}
			k.URL = b.URL
		} else if k.Data, err = c.codec.print(to, press{Slot: slot, Rev: b.Rev, Question: b.Question, Option: b.Option, Action: b.Action}); err != nil {
			return nil, err
		}
		row = append(row, k)
	}
	return row, nil
}
