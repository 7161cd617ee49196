package store

import (
	"context"
	"math"

	"digiwijzer/flows"
	"digiwijzer/store/engine"
)

// CountConversations returns for how many of the running conversations affected is true, and
// how many there are. affected must neither change nor keep its argument. It reads in chunks, so
// that turns do not wait; a conversation that changes meanwhile counts as it was or is.
func (s *Store) CountConversations(ctx context.Context, affected func(flows.Session) bool) (n, all int, err error) {
	var after engine.Hash
	for {
		sessions, read, last, err := s.someSessions(ctx, after)
		if err != nil {
			return n, all, err
		}
		for _, session := range sessions {
			if all++; affected(session) {
				n++
			}
		}
		if read < sweepChunk {
			return n, all, nil
		}
		after = last
	}
}

// someSessions returns the next readable sessions after a chat, how many were read, and the last chat.
func (s *Store) someSessions(ctx context.Context, after engine.Hash) (sessions []flows.Session, read int, last engine.Hash, err error) {
	defer s.serialize()()
	err = s.rows.View(ctx, func(rows engine.State) error {
		sessions = nil // the transaction may be retried
		chats, err := rows.ExpiringSessions(math.MaxInt64, after, sweepChunk)
		if err != nil {
			return err
		}
		for _, cid := range chats {
			body, ok, err := rows.Session(cid)
			if err != nil {
				return err
			}
			var stored storedSession
			if !ok {
				continue
			}
			if _, err := s.envelope().open(tableSession, cid, body, &stored); err == nil { // else the next turn or sweep drops it
				sessions = append(sessions, stored.Session)
			}
			last = cid
		}
		read = len(chats)
		return nil
	})
	return sessions, read, last, err
}
