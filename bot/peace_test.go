package bot_test

import (
	"context"
	"slices"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// calm ends all faults, and waits until everything is acknowledged and sent.
func (s *simulation) calm() {
	s.mu.Lock()
	s.faults, s.dieAt = nil, 0
	s.mu.Unlock()
	s.exchange.mu.Lock()
	clear(s.exchange.odds)
	s.exchange.mu.Unlock()
	s.clock.misset(0)
	for range 40 {
		for _, h := range s.held {
			if !h.acked {
				s.deliver(h)
			}
		}
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		s.hush()
		_, unsent, _, err := s.store.Waiting(context.Background(), s.clock.truth())
		require.NoError(s.t, err)
		if unsent == 0 && !slices.ContainsFunc(s.held, func(h *held) bool { return !h.acked }) {
			return
		}
	}
	require.Fail(s.t, "an hour of peace, and still something waits")
}

// finishAll: everyone can come to the end of the check.
func (s *simulation) finishAll() {
	for try := range 120 {
		var acts []*held
		for n := 1; n <= s.people; n++ {
			who := person(n)
			s.exchange.mu.Lock()
			s.exchange.phone(who).blocked = false
			s.exchange.mu.Unlock()
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
	}
	require.Fail(s.t, "somebody cannot come to the end")
}

// next is what someone does to come to the end; more is false for one who is there. What
// they look for is a question on the telephone, or the button that every page has.
func (s *simulation) next(who string, try int) (in flows.Input, more bool) {
	a := s.ledger.of(bot.Chat{Channel: "telegram", ID: who})
	l, _ := s.exchange.screen(who)
	question, _ := l.asks()
	advised := a.session.Phase == flows.PhaseAdvised
	switch {
	case a.found && a.session.Phase == flows.PhaseRated:
		return in, false
	case try%10 == 0:
		return flows.Input{Kind: flows.Start}, true
	case a.session.Phase == flows.PhaseIncident, advised && question != "satisfaction":
		return flows.Input{Kind: flows.Action, Action: flows.DoContinue}, true
	}
	return tapOption(who, 1).in(s.exchange), true
}

// judge compares everything with the ledger.
func (s *simulation) judge() {
	s.same()
	s.requireAdviceCounted()
	s.elapse(9 * 24 * time.Hour)
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	require.Equal(s.t, s.ledger.figures(), s.figures("2026-W40", "2028-W20"))
	require.Empty(s.t, s.exchange.intruded)
	s.requireFewReminders()
	require.Empty(s.t, append(s.found, tracesIn(s.dir())...))
	s.log.requireDiscreet(s.t)
	s.end()
	requireSound(s.t, s.dir())
}

// requireFewReminders: nobody is reminded who did not ask, before the day, or more than
// twice for each time they asked (and once more for a crash or a lost answer).
func (s *simulation) requireFewReminders() {
	for who, p := range s.exchange.phones {
		wished := s.ledger.wished[bot.Chat{Channel: "telegram", ID: who}]
		require.LessOrEqual(s.t, len(p.reminds), 2*len(wished)+s.crashes+s.exchange.happened["answer lost"])
		for _, at := range p.reminds {
			require.NotEmpty(s.t, wished, who)
			require.Greater(s.t, at.Sub(slices.MinFunc(wished, time.Time.Compare)), 41*24*time.Hour)
		}
	}
}
