package bot_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/flows"
	"digiwijzer/store/memdir"
)

// admitHarness has a guard, and visitors that all come from one source.
type admitHarness struct {
	*hastyHarness
	guard *admission.Guard
	visit *admission.Visit
}

func newAdmitHarness(t *testing.T) *admitHarness {
	w := &admitHarness{hastyHarness: &hastyHarness{clock: &fakeClock{}, recorded: &recorder{}}, guard: admission.NewGuard()}
	w.clock.set(noon)
	w.harness = openHarness(t, memdir.New(t), w.recorded.listen, func(o *bot.Options) {
		o.Clock, o.Admission = w.clock, w.guard
		o.TryOut = func(u bot.Update) bool { return u.Chat.ID == "coordinator" }
	})
	w.visit = &admission.Visit{Source: w.guard.Source(netip.MustParseAddr("192.0.2.7")), FormAge: time.Minute}
	return w
}

func (h *admitHarness) does(chat string, things ...any) {
	h.t.Helper()
	for _, thing := range things {
		if by, ok := thing.(time.Duration); ok {
			h.clock.shift.Add(int64(by))
			continue
		}
		u := h.text(chat, thing.(string))
		u.Visit = h.visit
		_, err := h.Handle(context.Background(), u)
		require.NoError(h.t, err)
	}
}

// fill lets as many begin as count without conditions.
func (h *admitHarness) fill() {
	for range admission.FreePerHour {
		require.Equal(h.t, admission.Counted, h.guard.Begin(*h.visit, "", h.clock.Now()))
	}
}

// figures is what was counted since the last time, without the sweeps; what is kept in memory
// is stored first.
func (h *admitHarness) figures() (all []string) {
	h.clock.shift.Add(int64(5 * time.Minute))
	require.NoError(h.t, h.RunJobs(context.Background()))
	_, _, err := h.Peek(context.Background(), bot.Update{Chat: bot.Chat{Channel: "telegram", ID: "nobody"}, Input: flows.Input{Kind: flows.Text, Text: "look"}}) // after the task
	require.NoError(h.t, err)
	for _, note := range h.recorded.take() {
		for _, kind := range []string{"started", "stopped", "stage", "hasty", "same", "uncounted", "learnt"} {
			if strings.HasPrefix(note, kind+" ") {
				all = append(all, note)
			}
		}
	}
	return all
}

func TestAdmission(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct {
		things []any
		want   []string
	}{
		"at a person's pace":                     {[]any{"one", 30 * s, "two", 30 * s, "finish"}, []string{"started  2026-W48", "stage horeca"}},
		"too short in all":                       {[]any{"one", 30 * s, "two", 29 * s, "finish"}, []string{"uncounted 1 2026-W48"}},
		"two answers at once":                    {[]any{"one", 30 * s, "two", 699 * time.Millisecond, "three", 60 * s, "finish"}, []string{"uncounted 1 2026-W48"}},
		"0.7 seconds between two":                {[]any{"one", 30 * s, "two", 700 * time.Millisecond, "three", 60 * s, "finish"}, []string{"started  2026-W48", "stage horeca"}},
		"a fast change afterwards":               {[]any{"one", 60 * s, "finish", "finish"}, []string{"started  2026-W48", "stage horeca", "stage horeca"}},
		"stopped half-way":                       {[]any{"one", 30 * s, "two", "stop"}, []string{"started  2026-W48", "stopped sector 2026-W48"}},
		"stopped after it was too fast":          {[]any{"one", 30 * s, "two", "three", "stop"}, []string{"uncounted 1 2026-W48"}},
		"too fast, then again slowly":            {[]any{"one", "finish", "restart", 60 * s, "finish"}, []string{"uncounted 1 2026-W48", "started  2026-W48", "stage horeca"}},
		"erased half-way":                        {[]any{"one", 30 * s, "two", "erase"}, nil},
		"only looked around too fast":            {[]any{"one", 30 * s, "two", "look", "look", 30 * s, "finish"}, []string{"started  2026-W48", "stage horeca"}},
		"too fast, then stopped and begun again": {[]any{"one", "two", "three", "stop", "one", 60 * s, "finish"}, []string{"uncounted 1 2026-W48", "started  2026-W48", "stage horeca"}},
		"two of a source":                        {[]any{"one", 60 * s, "finish", "restart", "finish"}, []string{"started  2026-W48", "stage horeca", "uncounted 1 2026-W48"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newAdmitHarness(t)
				defer w.stop()
				w.fill()
				w.does("a", c.things...)
				require.ElementsMatch(t, c.want, w.figures())
			})
		})
	}
}

// TestUncountedLeavesNothing: what is refused at its begin is served like any other, and no
// row is left of it but the sum.
func TestUncountedLeavesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newAdmitHarness(t)
		w.fill()
		w.visit.FormAge = time.Second
		for _, chat := range []string{"a", "b", "c"} {
			w.does(chat, "one", "two", time.Minute, "finish", "finish", "stop")
		}
		w.does("d", "one", "two")
		require.Equal(t, []string{"uncounted 4 2026-W48"}, w.figures())
		kept, ok := w.stored("d")
		require.True(t, ok)
		require.True(t, kept.Session.Uncounted)
		require.Empty(t, kept.Pending, "it does not count as stopped either")
		w.does("coordinator", "one", "finish", "stop")
		require.Empty(t, w.figures(), "a try-out is not what was meant to count")
		w.does("e", "one")
		w.stop()
		require.Equal(t, []string{"uncounted 1 2026-W48"}, w.recorded.take()[:1], "at the end nothing is kept in memory")
	})
}

// TestVerdictIsAskedOnce: a turn that is tried again takes no second place of its source.
func TestVerdictIsAskedOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newAdmitHarness(t)
		defer w.stop()
		for range admission.FreePerHour {
			w.does("a", "restart", "look", "look")
		}
		require.Len(t, w.figures(), admission.FreePerHour, "every run of one chat needs a verdict, and nothing else does")
		w.visit.FormAge = 0
		w.does("a", "restart")
		require.Equal(t, []string{"uncounted 1 2026-W48"}, w.figures())
	})
}

// TestSameAnswers: the second result with the same answers is marked, of whatever chat.
func TestSameAnswers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newAdmitHarness(t)
		defer w.stop()
		w.visit = nil // Telegram
		for _, chat := range []string{"a", "b", "c"} {
			w.does(chat, "one", time.Minute, "finish", "finish")
		}
		w.does("d", "other", time.Minute, "finish")
		require.Equal(t, 2, count(w.figures(), "same  2026-W48"))
	})
}

func count(all []string, want string) (n int) {
	for _, one := range all {
		if one == want {
			n++
		}
	}
	return n
}
