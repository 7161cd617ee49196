package bot_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/memdir"
)

func TestUpdatesOfAChatAreHandledInOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		var wait sync.WaitGroup
		var want []string
		for i := range 40 {
			text := strconv.Itoa(i)
			want = append(want, text)
			for _, chat := range []string{"a", "b", "c"} {
				wait.Add(1)
				h.Submit(h.text(chat, text), func(_ flows.Turn, err error) {
					assert.NoError(t, err)
					wait.Done()
				})
			}
		}
		wait.Wait()
		for _, chat := range []string{"a", "b", "c"} {
			require.Equal(t, want, h.answers(chat), "the turns of chat %s", chat)
		}
	})
}

func TestQueuedTurnsShareACommit(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var groups []int
		release := make(chan struct{})
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			o.Channels = nil
			o.Store = &observedStore{Store: o.Store, before: func(n int) {
				groups = append(groups, n)
				<-release
			}}
		})
		defer h.stop()
		done := make(chan error, 100)
		report := func(_ flows.Turn, err error) { done <- err }
		h.Submit(h.text("first", "1"), report)
		settled()
		for i := range 70 {
			h.Submit(h.text("chat"+strconv.Itoa(i), "1"), report)
		}
		for i := range 3 {
			h.Submit(h.text("first", strconv.Itoa(i+2)), report)
		}
		close(release)
		for range 74 {
			require.NoError(t, <-done)
		}
		require.Equal(t, 1, groups[0], "the first is committed alone")
		require.Equal(t, 64, groups[1], "a group is what waits, at most 64")
		require.Equal(t, 74, sum(groups))
		require.Equal(t, []string{"1", "2", "3", "4"}, h.answers("first"))
		require.GreaterOrEqual(t, len(groups), 4, "a chat has one turn per group")
	})
}

func sum(all []int) (n int) {
	for _, i := range all {
		n += i
	}
	return n
}

// observedStore calls a hook at every transaction.
type observedStore struct {
	bot.Store
	before func(works int)
	fail   func() error // may be nil; called before anything is done
}

func (s *observedStore) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	if s.before != nil {
		s.before(len(works))
	}
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return make([]error, len(works)), err
		}
	}
	return s.Store.Apply(ctx, works)
}

func (s *observedStore) Probe(ctx context.Context) error {
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return err
		}
	}
	return s.Store.Probe(ctx)
}

func TestDuplicateUpdateHasNoEffect(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		h := openHarness(t, dir)
		first := h.text("a", "one")
		_, err := h.Handle(context.Background(), first)
		require.NoError(t, err)
		h.say("a", "two")
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				turn, err := h.Handle(context.Background(), first)
				assert.NoError(t, err)
				assert.Empty(t, turn.Replies)
			})
		}
		wait.Wait()
		settled()
		require.EqualValues(t, 8, h.Counters().Duplicates)
		h.stop()

		h = openHarness(t, dir)
		defer h.stop()
		_, err = h.Handle(context.Background(), first)
		require.NoError(t, err, "also after a restart")
		settled()
		require.Equal(t, []string{"one", "two"}, h.answers("a"))
		require.Empty(t, h.channel.texts("a"), "the replies went out before")
	})
}

func TestFailingUpdateIsParked(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"panic", "unspeakable"} {
		t.Run(text, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				h := openHarness(t, memdir.New(t))
				defer h.stop()
				h.say("a", "one")
				poison := h.text("a", text)
				turn, err := h.Handle(context.Background(), poison)
				require.NoError(t, err, "it counts as received")
				require.Equal(t, "chat.apology", turn.Replies[0].Blocks[0].Text.ID)
				h.say("a", "two")
				_, err = h.Handle(context.Background(), poison)
				require.NoError(t, err)
				pass(time.Minute)
				require.Equal(t, []string{"re:one", "chat.apology", "re:two"}, h.channel.texts("a"))
				require.Equal(t, []string{"one", "two"}, h.answers("a"))
				counters := h.Counters()
				require.EqualValues(t, 3, counters.Failures)
				require.EqualValues(t, 1, counters.Parked)
				require.EqualValues(t, 1, counters.Duplicates)
			})
		})
	}
}

func TestFailingApologyIsLeftOut(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		turn, err := h.Handle(context.Background(), h.text("unspeakable", "one"))
		require.NoError(t, err, "it counts as received all the same")
		require.Empty(t, turn.Replies)
		require.EqualValues(t, 1, h.Counters().Parked)
	})
}

func TestPanicFailsNoOtherTurnOfItsGroup(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		var wait sync.WaitGroup
		for i := range 20 {
			text := "fine"
			if i == 7 {
				text = "panic"
			}
			wait.Add(1)
			h.Submit(h.text("chat"+strconv.Itoa(i), text), func(_ flows.Turn, err error) {
				assert.NoError(t, err)
				wait.Done()
			})
		}
		wait.Wait()
		for i := range 20 {
			chat := "chat" + strconv.Itoa(i)
			if i == 7 {
				require.Empty(t, h.answers(chat))
			} else {
				require.Equal(t, []string{"fine"}, h.answers(chat))
			}
		}
	})
}

func TestFloodIsBoundedAndDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t), func(o *bot.Options) { o.Channels = nil })
		defer h.stop()
		var mu sync.Mutex
		handled, flooded := 0, 0
		for range 1000 {
			h.Submit(h.text("noisy", "x"), func(_ flows.Turn, err error) {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					handled++
				case errors.Is(err, bot.ErrFlooded):
					flooded++
				default:
					assert.NoError(t, err)
				}
			})
		}
		start := time.Now()
		h.say("quiet", "hello")
		require.Zero(t, time.Since(start), "another chat does not wait")
		settled()
		count := func() (int, int) {
			mu.Lock()
			defer mu.Unlock()
			return handled, flooded
		}
		first, refused := count()
		require.Equal(t, 60, first, "the burst")
		require.GreaterOrEqual(t, refused, 1000-60-200, "what is more than 200 behind is refused")
		require.LessOrEqual(t, refused, 1000-200)
		pass(10 * time.Second)
		later, _ := count()
		require.InDelta(t, first+50, later, 1, "then five a second")
		pass(time.Minute)
		all, refused := count()
		require.Equal(t, 1000, all+refused)
		require.EqualValues(t, refused, h.Counters().Refused)
		h.say("noisy", "sorry")
	})
}

func TestShutdownFinishesAcceptedUpdates(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		done := make(chan error, 100)
		for i := range 100 {
			h.Submit(h.text("a", strconv.Itoa(i)), func(_ flows.Turn, err error) { done <- err })
		}
		start := time.Now()
		require.NoError(t, h.shutDown())
		require.Zero(t, time.Since(start), "queued updates are not throttled any more")
		for range 100 {
			require.NoError(t, <-done)
		}
		_, err := h.Handle(context.Background(), h.text("a", "late"))
		require.ErrorIs(t, err, bot.ErrClosed)
		require.Len(t, h.answers("a"), 100)
		require.NoError(t, h.store.Close())
	})
}

func TestGoneChatIsForgotten(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		h.say("a", "one")
		settled()
		gone := h.text("a", "")
		gone.Gone = true
		turn, err := h.Handle(context.Background(), gone)
		require.NoError(t, err)
		require.Empty(t, turn.Replies)
		pass(time.Minute)
		_, found := h.stored("a")
		require.False(t, found)
		require.Equal(t, []string{"re:one"}, h.channel.texts("a"))
	})
}

func TestEraseLeavesOnlyItsConfirmation(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		h.say("a", "one")
		h.say("a", "finish")
		h.say("a", "remind")
		settled()
		h.say("a", "erase")
		pass(time.Minute)
		require.Equal(t, []string{"re:one", "re:finish", "re:remind", "re:erase"}, h.channel.texts("a"))
		_, found := h.stored("a")
		require.False(t, found)
		staged, unsent, _, err := h.store.Waiting(context.Background(), time.Now())
		require.NoError(t, err)
		require.Zero(t, staged)
		require.Zero(t, unsent, "the confirmation leaves the outbox when it is delivered")
	})
}

func TestErasedChatGetsNoMessages(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		h := openHarness(t, dir)
		h.channel.hold = make(chan struct{})
		for _, chat := range []string{"a", "b", "c", "d"} {
			h.say(chat, "one")
		}
		h.crash()
		h = openHarness(t, dir, func(o *bot.Options) { o.SendRate = 1 })
		defer h.stop()
		settled() // all four were read, one was sent
		h.keys = 100
		h.say("c", "erase")
		gone := h.text("d", "")
		gone.Gone = true
		_, err := h.Handle(context.Background(), gone)
		require.NoError(t, err)
		pass(time.Minute)
		require.Equal(t, []string{"re:one"}, h.channel.texts("b"))
		require.Equal(t, []string{"re:erase"}, h.channel.texts("c"))
		require.Empty(t, h.channel.texts("d"))
	})
}

func TestTapUpdatesTheSurface(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		h.say("a", "one")
		pass(time.Second)
		c, _ := h.stored("a")
		require.Equal(t, bot.Shown{Ref: "m1"}, c.Surface[flows.Living], "as the channel returned it")
		require.Equal(t, "sector", c.Pending)
		tap := h.text("a", "two")
		tap.Origin = bot.Origin{Slot: flows.Living, Message: "m500", Tap: true}
		_, err := h.Handle(context.Background(), tap)
		require.NoError(t, err)
		pass(time.Second)
		sent := h.channel.all()
		require.Equal(t, bot.Shown{Ref: "m500"}, sent[1].surface[flows.Living])
		old := h.text("a", "look")
		old.Origin = bot.Origin{Slot: flows.Living, Message: "m1", Tap: true}
		_, err = h.Handle(context.Background(), old)
		require.NoError(t, err)
		pass(time.Second)
		require.Equal(t, bot.Shown{Ref: "m2"}, h.channel.all()[2].surface[flows.Living], "a press on an older message is not what the slot shows")
	})
}

func TestNewContentIsUsedAtOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		h.say("a", "one")
		h.SetEngine(loudEngine{}, "c2")
		require.Equal(t, "RE:two", h.say("a", "two").Replies[0].Blocks[0].Text.ID)
		require.Equal(t, "c2", h.Health(context.Background()).Content.Version)
		require.Equal(t, []string{"one", "two"}, h.answers("a"), "and the conversation goes on")
	})
}

type loudEngine struct{ script }

func (e loudEngine) Step(s flows.Session, in flows.Input) flows.Turn {
	turn := e.script.Step(s, in)
	turn.Replies[0].Blocks[0].Text.ID = "RE:" + in.Text
	return turn
}
