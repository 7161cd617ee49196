package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

// answerData matches the callback data of a button that answers a question.
var answerData = regexp.MustCompile(`^([1-9][0-9]*)[a-z]\.([a-z_]+)\.`)

// asked is the question that is open on somebody's screen, with its revision.
type asked struct {
	rev      int
	question string
	buttons  []telegramtest.Button
}

// look returns the newest question with answer buttons; zero if there is none.
func look(p *telegramtest.Person) (a asked) {
	for _, m := range slices.Backward(p.Messages()) {
		for _, row := range m.Keyboard {
			for _, b := range row {
				if parts := answerData.FindStringSubmatch(b.Data); parts != nil {
					a.rev, _ = strconv.Atoi(parts[1])
					a.question = parts[2]
					a.buttons = append(a.buttons, b)
				}
			}
		}
		if len(a.buttons) > 0 {
			return a
		}
	}
	return a
}

// noResult begins the message that stands for the picture when too little was answered.
var noResult = regexp.MustCompile(`^(Nog geen uitslag|No result yet)\n`)

// advice returns the text of the advice message, the one after the picture or after the
// message that there is no result; empty if there is none. A picture that took the bot longer
// to send than it waits is there twice.
func advice(p *telegramtest.Person) string {
	isResult := func(m telegramtest.Message) bool { return m.Photo != nil || noResult.MatchString(plain(m.Text)) }
	messages := p.Messages()
	for i, m := range messages {
		if isResult(m) && i+1 < len(messages) && !isResult(messages[i+1]) {
			return messages[i+1].Text
		}
	}
	return ""
}

// answerAll answers every question, choosing by seed, until the rating is done. It returns
// the number of taps up to the advice.
func answerAll(ctx context.Context, p *telegramtest.Person, seed int) (taps int, err error) {
	return answerUntil(ctx, p, seed, func(asked) bool { return false })
}

// answerUntil is answerAll up to the first question for which stop holds. Called again, it
// continues there.
func answerUntil(ctx context.Context, p *telegramtest.Person, seed int, stop func(asked) bool) (taps int, err error) {
	last := asked{rev: -1}
	for range 60 {
		var now asked
		err := p.Wait(ctx, func(p *telegramtest.Person) bool {
			now = look(p)
			return len(now.buttons) > 0 && now.rev > last.rev
		})
		if err != nil {
			return taps, fmt.Errorf("after %s: %w", last.question, err)
		}
		if stop(now) {
			return taps, nil
		}
		choice := now.buttons[(seed*7+now.rev*3)%len(now.buttons)]
		if now.question == flows.SourceQuestion { // an answer would replace the partner of the link
			choice = now.buttons[slices.IndexFunc(now.buttons, skips)]
		}
		if now.question == "satisfaction" {
			rated := func(p *telegramtest.Person) bool { return !offersRating(p) }
			if err := p.PressWhere(same(choice)); err != nil {
				return taps, err
			}
			return taps, p.Wait(ctx, rated)
		}
		if err := p.PressWhere(same(choice)); err != nil {
			continue // the keyboard has changed since: look again
		}
		taps++
		last = now
	}
	return taps, errors.New("the check does not end")
}

// skips reports whether a button leaves "Hoe kwam je hier?" unanswered.
func skips(b telegramtest.Button) bool { return strings.Contains(b.Data, "."+flows.SourceSkip+".") }

// offersRating reports whether the newest message with buttons asks for the rating. Older
// ones do not count: a message that was sent just before a crash is sent again.
func offersRating(p *telegramtest.Person) bool {
	for _, m := range slices.Backward(p.Messages()) {
		if len(m.Keyboard) > 0 {
			return slices.ContainsFunc(slices.Concat(m.Keyboard...), func(b telegramtest.Button) bool {
				return strings.Contains(b.Data, ".satisfaction.")
			})
		}
	}
	return false
}

func same(choice telegramtest.Button) func(telegramtest.Button) bool {
	return func(b telegramtest.Button) bool { return b.Data == choice.Data }
}

// crowd lets people do the whole check at the same time and returns how often each tapped.
func crowd(t *testing.T, fake *telegramtest.Server, people int, start func(i int) string) (all []*telegramtest.Person, taps []int) {
	t.Helper()
	ctx := waitContext(t)
	all, taps = make([]*telegramtest.Person, people), make([]int, people)
	var everyone sync.WaitGroup
	for i := range people {
		all[i] = fake.Person(int64(5000+i), []string{"nl", "en", "de"}[i%3])
		everyone.Go(func() {
			all[i].Start(start(i))
			n, err := answerAll(ctx, all[i], i)
			assert.NoError(t, err)
			taps[i] = n
		})
	}
	everyone.Wait()
	return all, taps
}

// withinBudget asserts at most two calls for a tap, three if a part begins and four for the
// result. The calls are summed up to each turn, because one that coincides with the next tap
// may be recorded in the next turn.
func withinBudget(t *testing.T, p *telegramtest.Person) {
	t.Helper()
	spent, most := 0, 0
	for i, turn := range p.Turns() {
		for _, n := range turn.Calls {
			spent += n
		}
		most += 2 + turn.Calls["sendMessage"] + turn.Calls["sendPhoto"]
		assert.LessOrEqual(t, spent, most, "turn %d, %s: %v", i, turn.Did, turn.Calls)
	}
}

// stepLine matches a step of an advice: a number and a name.
var stepLine = regexp.MustCompile(`(?m)^[1-3]\. (.+)$`)

// longestName returns the id of the initiative with the longest name that a line begins
// with; empty if there is none.
func longestName(line string, names map[string]string) (id string) {
	longest := 0
	for name, of := range names {
		if strings.HasPrefix(line, name) && len(name) > longest {
			id, longest = of, len(name)
		}
	}
	return id
}

var tag = regexp.MustCompile(`<[^>]*>`)

func plain(html string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#39;", "'", "&quot;", `"`).Replace(tag.ReplaceAllString(html, ""))
}

// initiativeNames returns the ids of the initiatives by name, also by the names of those
// that differ by sector.
func initiativeNames(t *testing.T) map[string]string {
	t.Helper()
	c, err := content.Load("")
	require.NoError(t, err)
	names := map[string]string{}
	for _, i := range c.Engine.Catalogue.Initiatives() {
		names[i.Name] = i.ID
		for _, contact := range i.Contact {
			if contact.Name != "" {
				names[contact.Name] = i.ID
			}
		}
	}
	return names
}

func nonzero(counts map[string]int) map[string]int {
	some := map[string]int{}
	for id, n := range counts {
		if n > 0 {
			some[id] = n
		}
	}
	return some
}

func median[N cmp.Ordered](numbers []N) N {
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[len(sorted)/2]
}

// partnerOverlay returns a content folder with a partner, and one whose code is reserved.
func partnerOverlay(t testing.TB) string {
	t.Helper()
	return folder(t, "bot/share/partners.toml", `[[partner]]
code = "kvk-utrecht"
name = "KVK Utrecht"
kind = "kvk"
municipality = "GM0355"
[[partner]]
code = "test"
name = "Proef"
kind = "overig"
`)
}

func TestAdviceOfManyPeopleIsReported(t *testing.T) {
	t.Parallel()
	for name, setting := range map[string]func(testing.TB) []string{
		"polling": func(testing.TB) []string { return nil },
		"webhook": webhook,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crowdIsCounted(t, setting(t))
		})
	}
}

// crowdIsCounted asserts that many people at once all get their advice, and that the weekly
// report is equal to what they were shown.
func crowdIsCounted(t *testing.T, setting []string) {
	crowded := size(8, 200)
	fake, env := telegramAPI(t)
	overlay := partnerOverlay(t)
	h := newHarness(t, env...).with(setting...).with("DIGIWIJZER_CONTENT=" + overlay)
	h.passed(overlay)
	s := h.serve()
	people, taps := crowd(t, fake, crowded, func(i int) string {
		return []string{"", "kvk-utrecht", "kvk-utrecht_GM0344_en", "unknown"}[i%4]
	})
	t.Logf("%d people; taps: median %d; calls %d", crowded, median(taps), fake.Made())

	assert.LessOrEqual(t, median(taps), 24, "taps up to the advice")
	assert.Empty(t, fake.BadRequests())
	for _, p := range people {
		withinBudget(t, p)
	}
	saw := stepsSeen(t, people, initiativeNames(t))
	for range 2 { // while the server runs, and after it has stopped
		r := h.report("--week", "2026-W47")
		assert.Equal(t, crowded, r.Totals.Started)
		assert.Equal(t, crowded, r.Totals.Completed)
		assert.Zero(t, r.Totals.Repeat)
		assert.Equal(t, map[string]int{"kvk-utrecht": crowded / 2}, r.Totals.Partners)
		assert.Equal(t, saw, nonzero(r.Totals.Referrals), "as reported and as shown")
		if s != nil {
			assert.Zero(t, s.stop(), s.stderr)
			s = nil
		}
	}
}

// TestEverybodyFinishesThoughTheProgramIsKilled: a kill during the check needs nothing from
// the people who are doing it.
func TestEverybodyFinishesThoughTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...)
	s := h.serve()
	people := size(8, 12)
	ctx := waitContext(t)
	done := make(chan []*telegramtest.Person, 1)
	go func() {
		all, _ := crowd(t, fake, people, func(int) string { return "" })
		done <- all
	}()
	for kills := range size(2, 4) {
		edits := 40 * (kills + 1)
		require.NoError(t, fake.Wait(ctx, func() bool { return fake.Count("editMessageText") >= edits }))
		s.kill()
		s = h.serve()
	}
	all := <-done

	for _, bad := range fake.BadRequests() {
		assert.True(t, bad.Repeated, "%+v", bad)
	}
	r := h.report("--week", "2026-W47")
	assert.Equal(t, people, r.Totals.Started)
	assert.Equal(t, people, r.Totals.Completed)
	assert.Equal(t, stepsSeen(t, all, initiativeNames(t)), nonzero(r.Totals.Referrals))
	assert.Zero(t, s.stop(), s.stderr)
}

// TestConversationGoesOnAfterKill: the program ends right after a tap of one person, and they tap again before
// it is back. Nothing is lost, and nothing comes twice but a message that was just sent when it was killed.
func TestConversationGoesOnAfterKill(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end    func(*testing.T, *server)
		living int // most messages with buttons at the end
	}{
		"killed":     {func(_ *testing.T, s *server) { s.kill() }, 2},
		"terminated": {func(t *testing.T, s *server) { assert.Zero(t, s.stop(), s.stderr) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, env := telegramAPI(t)
			h := newHarness(t, env...)
			s := h.serve()
			ctx := waitContext(t)
			p := fake.Person(77, "nl")
			asks := func(question string) {
				t.Helper()
				require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return look(p).question == question }))
			}
			p.Start("")
			asks("size")
			require.NoError(t, p.Press("2 tot 9 mensen"))
			c.end(t, s)
			s = h.serve()
			asks("sector")
			c.end(t, s)
			require.NoError(t, p.Press("Horeca en verblijf"))
			s = h.serve()
			asks("municipality")
			assert.Contains(t, p.Screen(), "2 tot 9 mensen")
			living := 0
			for _, m := range p.Messages() {
				if len(m.Keyboard) > 0 {
					living++
				}
			}
			assert.LessOrEqual(t, living, c.living, p.Screen())
			assert.Equal(t, 1, h.report("--week", "2026-W47").Totals.Started)
			assert.Zero(t, s.stop(), s.stderr)
		})
	}
}
