package telegram

import (
	"encoding/json"
	"errors"
)

// update is the part that is decoded of an update: ids, types, texts and the language of
// the client. Names, usernames and pictures of people are not decoded.
type update struct {
	ID       int64     `json:"update_id"`
	Message  *message  `json:"message"`
	Edited   *message  `json:"edited_message"`
	Callback *callback `json:"callback_query"`
	Member   *member   `json:"my_chat_member"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type user struct {
	ID   int64  `json:"id"`
	Lang string `json:"language_code"`
}

type message struct {
	ID      int64  `json:"message_id"`
	From    user   `json:"from"`
	Chat    chat   `json:"chat"`
	Date    int64  `json:"date"` // in seconds since 1970
	Edited  int64  `json:"edit_date"`
	Text    string `json:"text"`
	Caption string `json:"caption"`
	Album   string `json:"media_group_id"`
	Forward has    `json:"forward_origin"`
	content
}

// content is the kinds of content of a message, other than text, that a person can send. Any other message
// without text is a service message, or of a kind that the Bot API did not have when this was written
// (https://core.telegram.org/bots/api#message).
type content struct {
	Voice     has `json:"voice"`
	VideoNote has `json:"video_note"`
	Animation has `json:"animation"`
	Audio     has `json:"audio"`
	Document  has `json:"document"`
	PaidMedia has `json:"paid_media"`
	LivePhoto has `json:"live_photo"`
	Photo     has `json:"photo"`
	Sticker   has `json:"sticker"`
	Story     has `json:"story"`
	Video     has `json:"video"`
	Checklist has `json:"checklist"`
	Contact   has `json:"contact"`
	Dice      has `json:"dice"`
	Game      has `json:"game"`
	Poll      has `json:"poll"`
	Venue     has `json:"venue"`
	Location  has `json:"location"`
}

// has reports whether a field is present; its content is not decoded.
type has bool

// UnmarshalJSON records that the field is present.
func (h *has) UnmarshalJSON(raw []byte) error {
	*h = string(raw) != "null"
	return nil
}

// isSpoken reports whether a person spoke instead of typing.
func (c content) isSpoken() bool { return bool(c.Voice || c.VideoNote) }

type callback struct {
	ID      string   `json:"id"`
	From    user     `json:"from"`
	Message *pressed `json:"message"` // nil: a button of an inline message, which the bot never sends
	Data    string   `json:"data"`
}

// pressed is the message whose button was pressed. What it says is not decoded.
type pressed struct {
	ID   int64 `json:"message_id"`
	Chat chat  `json:"chat"`
}

type member struct {
	Chat chat `json:"chat"`
	From user `json:"from"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// maxID bounds the ids of updates. The offset after the largest integer would overflow.
const maxID = 1 << 53

// readUpdate decodes one update. From an update of an unknown form it takes the id alone,
// so that it can be acknowledged and does not block the others.
func readUpdate(raw []byte) (u update, err error) {
	if err = json.Unmarshal(raw, &u); err != nil {
		var only struct {
			ID int64 `json:"update_id"`
		}
		err = json.Unmarshal(raw, &only)
		u = update{ID: only.ID}
	}
	if err == nil && (u.ID < 1 || u.ID > maxID) {
		err = errors.New("telegram: update without an id")
	}
	return u, err
}

// allowedUpdates is sent with every call: otherwise Telegram keeps the previous list.
// my_chat_member reports a block before a message fails.
var allowedUpdates = []string{"message", "edited_message", "callback_query", "my_chat_member"}
