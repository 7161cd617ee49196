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
		var chats []engine.Hash
		err := s.rows.View(ctx, func(rows engine.State) (err error) {
			if chats, err = rows.ExpiringSessions(math.MaxInt64, after, sweepChunk); err != nil {
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
				if _, err := s.envelope.open(tableSession, cid, body, &stored); err != nil {
					continue // the next turn or sweep drops it
				}
				if all++; affected(stored.Session) {
					n++
				}
			}
			return nil
		})
		if err != nil || len(chats) < sweepChunk {
			return n, all, err
		}
		after = chats[len(chats)-1]
	}
}
