package bot_test

import (
	"context"
	"reflect"
	"slices"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// settleAll ends all faults, and waits until everything is acknowledged and sent.
func (s *simulation) settleAll() {
	s.mu.Lock()
	s.faults, s.dieAt, s.stealAt = nil, 0, 0
	s.mu.Unlock()
	s.channel.mu.Lock()
	clear(s.channel.odds)
	s.channel.mu.Unlock()
	s.clock.setWrong(0)
	for range 40 {
		for _, h := range s.updates {
			if !h.acked {
				s.deliver(h)
			}
		}
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		s.markQuiet()
		_, unsent, _, err := s.store.Waiting(context.Background(), s.clock.truth())
		require.NoError(s.t, err)
		if unsent == 0 && !slices.ContainsFunc(s.updates, func(h *platformUpdate) bool { return !h.acked }) {
			s.requireShown()
			return
		}
	}
	require.Fail(s.t, "messages or updates are still pending after an hour without faults")
}

// finishAll: everybody can finish the check.
func (s *simulation) finishAll() {
	for try := range 120 {
		var acts []*platformUpdate
		for n := 1; n <= s.people; n++ {
			who := personID(n)
			s.channel.mu.Lock()
			s.channel.phone(who).blocked = false
			s.channel.mu.Unlock()
			if in, more := s.next(who, try); more {
				acts = append(acts, s.does(who, in, false))
			}
		}
		if len(acts) == 0 {
			return
		}
		for _, h := range acts {
			s.deliver(h)
		}
		synctest.Wait()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		for _, h := range acts {
			require.True(s.t, h.acked)
		}
		s.requireShown()
	}
	require.Fail(s.t, "a conversation cannot be finished")
}

// requireShown: the newest message in every slot of a phone is the reply of the last turn
// of its chat, unless that was dropped after a refusal.
func (s *simulation) requireShown() {
	s.channel.mu.Lock()
	defer s.channel.mu.Unlock()
	for chat, a := range s.model.accounts {
		p := s.channel.phone(chat.ID)
		if p.blocked || p.lost || len(a.last) == 0 {
			s.happened["reply not compared"]++
			continue
		}
		s.happened["reply compared"]++
		shown := p.shown()
		if !slices.ContainsFunc(a.last, func(turn flows.Turn) bool { return shows(shown, turn) }) {
			require.Fail(s.t, "a reply is lost", "%s was last sent %v, and shows %v", chat.ID, repliesOf(a.last[0]), shown)
		}
	}
}

// repliesOf is what a turn replies in every slot.
func repliesOf(turn flows.Turn) map[flows.Slot]sentMessage {
	replies := map[flows.Slot]sentMessage{}
	for _, r := range turn.Replies {
		replies[r.Slot] = messageOf(r)
	}
	return replies
}

// shows reports whether the screen is what a turn replied.
func shows(shown map[flows.Slot]sentMessage, turn flows.Turn) bool {
	for slot, want := range repliesOf(turn) {
		got := shown[slot]
		got.at = 0
		if !reflect.DeepEqual(want, got) {
			return false
		}
	}
	return true
}

// next is the next input towards the end; more is false at the end. It comes from a
// question on the phone, or from the button that every page has.
func (s *simulation) next(who string, try int) (in flows.Input, more bool) {
	a := s.model.of(bot.Chat{Channel: "telegram", ID: who})
	l, _ := s.channel.screen(who)
	question, _ := l.asks()
	advised := a.session.Phase == flows.PhaseAdvised
	switch {
	case a.found && a.session.Phase == flows.PhaseRated:
		return in, false
	case try == 0, !a.found:
		return flows.Input{Kind: flows.Start}, true
	case a.session.Phase == flows.PhaseIncident, advised && question != "satisfaction":
		return flows.Input{Kind: flows.Action, Action: flows.DoContinue}, true
	}
	return tapOption(who, 1).in(s.channel), true
}

// judge compares everything with the model.
func (s *simulation) judge() {
	s.same()
	s.requireAdviceCounted()
	s.happened["flaky"] = int(s.flakyPanics.Load())
	s.count(s.model.happened)
	s.elapse(9 * 24 * time.Hour)
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	require.Equal(s.t, s.model.figures(), s.figures("2026-W40", "2028-W20"))
	require.Empty(s.t, s.channel.unexpected)
	s.requireFewReminders()
	require.Empty(s.t, append(s.found, s.rows.traces()...))
	s.log.requireNoPersonalData(s.t)
	s.happened["update parked"] = int(s.parked + s.dispatcher.Counters().Parked)
	s.end()
	s.happened["batch with rows handed over"] = s.rows.requireSound()
}

// requireFewReminders: nobody is reminded without having asked, before the day, or more than twice for each
// request (and once more per crash, lost response or lease that was taken over).
func (s *simulation) requireFewReminders() {
	for who, p := range s.channel.phones {
		wished := s.model.wished[bot.Chat{Channel: "telegram", ID: who}]
		s.happened["follow-up sent"] += len(p.reminds)
		require.LessOrEqual(s.t, len(p.reminds), 2*len(wished)+s.crashes+s.thefts+s.channel.happened["answer lost"])
		for _, at := range p.reminds {
			require.NotEmpty(s.t, wished, who)
			require.Greater(s.t, at.Sub(slices.MinFunc(wished, time.Time.Compare)), 41*24*time.Hour)
		}
	}
}
