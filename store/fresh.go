package store

import (
	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// maxFresh bounds the messages in memory. Those beyond it are read from the engine.
const maxFresh = 1024

// fresh holds messages that this process committed as the first of their chats, in shards that it
// sends, until Fresh returns them. Each has the lease under which the process sent for its shard
// before the commit: as long as it holds the same one, no other process has sent the message.
type fresh map[engine.Hash]bot.Delivery

// changes are what a transaction changes in fresh: per chat its new first message, or a delivery with
// the id 0 if that is not known. of is nil in a process that has all chats to itself.
type changes struct {
	leases map[int]bot.Lease
	of     map[engine.Hash]bot.Delivery
}

func (s *Store) newChanges() changes {
	if !s.Leased() {
		return changes{}
	}
	_, leases := s.leaseHolder.shards()
	return changes{leases, map[engine.Hash]bot.Delivery{}}
}

// drop notes that the first message of a chat may be another one after the transaction.
func (c changes) drop(cid engine.Hash) {
	if c.of != nil {
		c.of[cid] = bot.Delivery{}
	}
}

// forget removes what was noted of chats whose changes were rolled back. What an earlier work of the
// transaction noted of them goes too; Due finds it.
func (c changes) forget(chats []engine.Hash) {
	for _, cid := range chats {
		c.drop(cid)
	}
}

// hasNoMessages reports whether a chat has no messages; false in a process that has all chats to itself.
func (t *tx) hasNoMessages(cid engine.Hash) (bool, error) {
	if t.fresh.of == nil {
		return false, nil
	}
	_, some, err := t.rows.LastMessage(cid)
	return err == nil && !some, err
}

// addFresh records the newest message of a chat, which is also its first, if this process sends it.
func (t *tx) addFresh(cid engine.Hash, m bot.Message) error {
	lease, sends := t.fresh.leases[engine.Shard(cid)]
	if !sends {
		return nil
	}
	last, ok, err := t.rows.LastMessage(cid)
	if err == nil && ok {
		t.fresh.of[cid] = bot.Delivery{ID: last.ID, Lease: lease, Message: bot.Message{Chat: m.Chat, Slot: m.Slot, Edit: m.Edit, Body: m.Body}}
	}
	return err
}

// replaced notes that m took the place of a message.
func (t *tx) replaced(cid engine.Hash, id int64, m bot.Message) error {
	if t.fresh.of == nil {
		return nil
	}
	of, changed := t.fresh.of[cid]
	if !changed {
		t.s.memory.Lock()
		of = t.s.fresh[cid]
		t.s.memory.Unlock()
	}
	t.fresh.drop(cid)
	if of.ID != id {
		return nil
	}
	return t.addFresh(cid, m)
}

// commit applies the changes of a transaction. The screen of a chat is that of its session, and
// unknown if the transaction did not touch it.
func (f fresh) commit(c changes, sessions touched) {
	for cid, d := range c.of {
		delete(f, cid)
		session, known := sessions[cid]
		if d.ID == 0 || !known || len(f) >= maxFresh {
			continue
		}
		if session != nil {
			d.Surface = session.Surface
		}
		f[cid] = d
	}
}

// Fresh implements bot.Leaser.
func (s *Store) Fresh() (all []bot.Delivery) {
	_, leases := s.leaseHolder.shards()
	s.memory.Lock()
	defer s.memory.Unlock()
	for cid, d := range s.fresh {
		if leases[engine.Shard(cid)] == d.Lease {
			s.inFlight[cid] = d.ID
			all = append(all, d)
		}
	}
	clear(s.fresh)
	return all
}
