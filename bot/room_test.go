package bot_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/memdir"
)

// disk is a store on a disk whose free space is set by the test.
type disk struct {
	undisturbed
	free, browsers atomic.Int64
}

const gigabyte = 1 << 30

func (d *disk) Room(ctx context.Context) (bot.Room, error) {
	r, err := d.Store.Room(ctx)
	r.Free, r.Size, r.Browsers = uint64(d.free.Load()), 100*gigabyte, int(d.browsers.Load())
	return r, err
}

// TestLowOnSpace: with little space left no conversation begins, in Telegram with a polite line and no row;
// running ones continue, and stopping frees no space by itself.
func TestLowOnSpace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := &disk{}
		d.free.Store(gigabyte)
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			d.undisturbed = o.Store.(undisturbed)
			o.Store = d
		})
		look := func(free int64) {
			d.free.Store(free)
			require.NoError(t, h.RunJobs(context.Background()))
		}
		h.say("1", "one")
		settled()
		held := h.text("web", "one")
		held.Chat.Channel = bot.Browser
		inBrowser := func() error {
			u := h.text("web", "two")
			u.Chat = held.Chat
			u.Beginning = &bot.Beginning{Key: held.Key, Input: held.Input, At: noon}
			_, err := h.Handle(context.Background(), u)
			return err
		}

		look(100 << 20)
		require.True(t, h.Full())
		turn := h.say("2", "one")
		require.Equal(t, "telegram.full", turn.Replies[0].Blocks[0].Text.ID)
		settled()
		_, found := h.stored("2")
		require.False(t, found)
		require.Equal(t, "telegram.full", h.channel.all()[len(h.channel.all())-1].text)
		h.say("1", "two")
		h.say("1", "finish")
		require.Equal(t, []string{"one", "two", "finish"}, h.answers("1"))
		require.ErrorIs(t, inBrowser(), bot.ErrFull)

		look(140 << 20)
		require.True(t, h.Full(), "somewhat more must come free")
		look(200 << 20)
		require.False(t, h.Full())
		require.NoError(t, inBrowser())
		look(100 << 20)
		require.NoError(t, inBrowser(), "it is under way")
		look(200 << 20)
		h.say("2", "one")
		require.Equal(t, []string{"one"}, h.answers("2"))
		h.stop()
	})
}

// TestTooManyBrowsers: if none can be closed, no conversation begins in a browser; Telegram continues.
func TestTooManyBrowsers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := &disk{}
		d.free.Store(gigabyte)
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			d.undisturbed = o.Store.(undisturbed)
			o.Store = d
		})
		d.browsers.Store(bot.MaxBrowsers - 1)
		require.NoError(t, h.RunJobs(context.Background()))
		require.False(t, h.Full())
		d.browsers.Store(bot.MaxBrowsers + 1)
		require.NoError(t, h.RunJobs(context.Background()))
		require.True(t, h.Full())
		require.Equal(t, bot.MaxBrowsers+1, h.Room().Browsers)
		h.say("1", "one")
		require.Equal(t, []string{"one"}, h.answers("1"))
		h.stop()
	})
}
