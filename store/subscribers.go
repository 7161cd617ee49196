package store

import (
	"digiwijzer/bot"
	"errors"
)

// Subscribe keeps the wish of a chat for the figures every Monday, until it is
// withdrawn. It stays when the conversation ends: it has nothing to do with that.
func (t *tx) Subscribe(s bot.Subscriber, wanted bool) error {
	cid := t.s.vault.chat(s.Chat)
	if !wanted {
		t.erased = true
		return t.exec("ending a subscription", "DELETE FROM subscriber WHERE cid = ?", cid[:])
	}
	body, err := t.s.vault.seal(tableSubscriber, cid, padSmall, s)
	if err != nil {
		return err
	}
	return t.exec("keeping a subscription",
		"INSERT INTO subscriber (cid, body) VALUES (?, ?) ON CONFLICT (cid) DO UPDATE SET body = excluded.body", cid[:], body)
}

// Subscribers lists those who want the figures every Monday. What cannot be read is
// dropped.
func (t *tx) Subscribers() (all []bot.Subscriber, err error) {
	cids, err := marksIn(t.ctx, t.conn, "SELECT cid FROM subscriber ORDER BY cid")
	if err != nil {
		return nil, t.note(err)
	}
	for _, cid := range cids {
		var body []byte
		if _, err := t.find("reading a subscription", "SELECT body FROM subscriber WHERE cid = ?", []any{cid[:]}, &body); err != nil {
			return nil, err
		}
		var s bot.Subscriber
		switch _, err := t.s.vault.open(tableSubscriber, cid, body, &s); {
		case errors.Is(err, errUnreadable):
			t.s.unreadable++
			if err := t.exec("dropping a subscription", "DELETE FROM subscriber WHERE cid = ?", cid[:]); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			all = append(all, s)
		}
	}
	return all, nil
}

// Pushed marks an ISO week as sent to the subscribers, and tells whether it, or a later
// one, was marked before.
func (t *tx) Pushed(week string) (before bool, err error) {
	var value []byte
	if _, err := t.find("reading the last push", "SELECT value FROM meta WHERE name = 'pushed'", nil, &value); err != nil {
		return false, err
	}
	if string(value) >= week {
		return true, nil
	}
	return false, t.exec("noting a push",
		"INSERT INTO meta (name, value) VALUES ('pushed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", []byte(week))
}
