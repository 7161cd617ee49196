package bot_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store"
)

// busyStore is a store in which another process always has every chat locked.
type busyStore struct {
	*store.Store
	refused atomic.Int64
}

func (s *busyStore) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	each := make([]error, len(works))
	for i, work := range works {
		if work.NoWait {
			s.refused.Add(1)
			each[i] = bot.ErrChatBusy
			continue
		}
		alone, err := s.Store.Apply(ctx, []bot.Work{work})
		if err != nil {
			return each, err
		}
		each[i] = alone[0]
	}
	return each, nil
}

// A turn or the record of a delivery whose chat is busy goes into a later group; in the end it waits
// for the chat.
func TestBusyChatsAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := &busyStore{Store: openStore(t, t.TempDir())}
	channel := &recordingChannel{}
	d := run(bot.Options{Store: s, Engine: script{}, Channels: []bot.Channel{channel}, Clock: &fastClock{}})
	for _, key := range []string{"telegram:1", "telegram:2"} {
		_, err := d.Handle(t.Context(), bot.Update{
			Chat: bot.Chat{Channel: "telegram", ID: "1"}, Key: key, Input: flows.Input{Kind: flows.Text, Text: "look"},
		})
		require.NoError(t, err)
	}
	require.NoError(t, d.shutDown())
	require.Len(t, channel.sent, 2)
	require.EqualValues(t, 2*2*3, s.refused.Load(), "two turns and two deliveries, three times each")
	_, unsent, _, err := s.Waiting(t.Context(), (&fastClock{}).Now())
	require.NoError(t, err)
	require.Zero(t, unsent)
	require.NoError(t, s.Close())
}
