package telegram

import (
	"encoding/json"
	"errors"
)

// update is what we read of a Telegram update: ids, types, texts and the language of
// the client. Names, usernames and pictures of people are not decoded at all.
type update struct {
	ID       int64     `json:"update_id"`
	Message  *message  `json:"message"`
	Callback *callback `json:"callback_query"`
	Member   *member   `json:"my_chat_member"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type person struct {
	ID   int64  `json:"id"`
	Lang string `json:"language_code"`
}

type message struct {
	ID   int64  `json:"message_id"`
	From person `json:"from"`
	Chat chat   `json:"chat"`
	Text string `json:"text"`
}

type callback struct {
	ID      string   `json:"id"`
	From    person   `json:"from"`
	Message *message `json:"message"` // nil: a button of an inline message, which we never make
	Data    string   `json:"data"`
}

type member struct {
	Chat chat   `json:"chat"`
	From person `json:"from"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// maxID is above every id of an update: larger ones would wrap round in the offset, and
// polling would begin anew.
const maxID = 1 << 53

// readUpdate decodes one update. One that Telegram changed beyond our understanding
// still has its id, so that it does not stand in the way of the others.
func readUpdate(raw []byte) (u update, err error) {
	if err = json.Unmarshal(raw, &u); err != nil {
		var only struct {
			ID int64 `json:"update_id"`
		}
		err = json.Unmarshal(raw, &only)
		u = update{ID: only.ID}
	}
	if err == nil && (u.ID < 1 || u.ID > maxID) {
		err = errors.New("telegram: an update without an id")
	}
	return u, err
}

// allowedUpdates is always sent along: Telegram keeps the previous list otherwise.
// my_chat_member tells of a block without waiting for a message to fail.
var allowedUpdates = []string{"message", "callback_query", "my_chat_member"}
