package store

import (
	"errors"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// lastPush is the name of the value that holds the last ISO week that was pushed.
const lastPush = "pushed"

// Subscribe starts or ends the subscription of a chat to the weekly figures. It is independent
// of the conversation, and stays when that ends.
func (t *tx) Subscribe(s bot.Subscriber, wanted bool) error {
	if err := t.shared(); err != nil {
		return err
	}
	cid, err := t.chat(s.Chat)
	if err != nil {
		return err
	}
	if !wanted {
		t.erased = true
		return t.rows.DeleteChat(cid, engine.Subscribers)
	}
	body, err := t.s.envelope().seal(tableSubscriber, cid, padSmall, s)
	if err != nil {
		return err
	}
	return t.rows.SaveSubscriber(engine.Subscriber{Chat: cid, Body: body})
}

// Subscribers returns the chats with a subscription, which the work may touch from then on.
// Unreadable ones are dropped.
func (t *tx) Subscribers() (all []bot.Subscriber, err error) {
	if err := t.shared(); err != nil {
		return nil, err
	}
	rows, err := t.rows.Subscribers()
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		var s bot.Subscriber
		switch _, err := t.s.envelope().open(tableSubscriber, row.Chat, row.Body, &s); {
		case errors.Is(err, errUnreadable):
			t.unreadable++
			if err := t.rows.DeleteChat(row.Chat, engine.Subscribers); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			all = append(all, s)
			t.declared.chats, t.declared.hashes = append(t.declared.chats, s.Chat), append(t.declared.hashes, row.Chat)
		}
	}
	return all, nil
}

// Pushed marks an ISO week as sent to the subscribers, and reports whether it, or a later
// one, was marked before.
func (t *tx) Pushed(week string) (before bool, err error) {
	if err := t.shared(); err != nil {
		return false, err
	}
	last, _, err := t.rows.Value(lastPush)
	if err != nil || string(last) >= week {
		return err == nil, err
	}
	return false, t.rows.SetValue(lastPush, []byte(week))
}
