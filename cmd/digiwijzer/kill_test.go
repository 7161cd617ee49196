package main

import (
	"bytes"
	"context"
	order "encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

var (
	kills    = flag.Int("kills", 2, "how often TestKillLoop kills the program")
	killSeed = flag.Uint64("killseed", 1, "seed of the moments and faults of TestKillLoop")
)

// canary is the id of the first person: long enough to be recognised wherever it is stored.
const canary = 4_391_000_000_000

// faultRates are the faults between the program and Telegram, and the probability of each.
var faultRates = map[telegramtest.FaultKind]float64{
	telegramtest.TooMany: 0.005, telegramtest.ServerError: 0.01, telegramtest.BadGateway: 0.01, telegramtest.DropBefore: 0.01,
	telegramtest.DropAfter: 0.01, telegramtest.DuplicateUpdate: 0.05, telegramtest.Reorder: 0.3,
}

// senders is how many messages the program sends at once: as many can one kill duplicate.
const senders = 32

// TestKillLoop kills the program at random moments, with faults between it and Telegram,
// while people do the check, and some stop, erase or ask for the follow-up. Without faults
// everybody can finish, and the report is equal to what they were shown. An update that was not
// confirmed comes again (https://core.telegram.org/bots/api#getupdates), and so does one that
// the webhook did not answer (https://core.telegram.org/bots/api#setwebhook).
func TestKillLoop(t *testing.T) {
	t.Parallel()
	t.Run("polling", func(t *testing.T) {
		t.Parallel()
		killLoop(t, *kills, nil)
	})
	t.Run("webhook", func(t *testing.T) {
		t.Parallel()
		killLoop(t, max(2, *kills/3), webhook(t))
	})
}

func killLoop(t *testing.T, times int, setting []string) {
	fake := telegramtest.New(telegramtest.Options{Seed: *killSeed, RetryUnit: 5 * time.Millisecond})
	t.Cleanup(fake.Close)
	h := newHarness(t, "TELEGRAM_BOT_TOKEN="+fake.Token(), "TELEGRAM_API_URL="+fake.URL()).with(setting...)
	for kind, odds := range faultRates {
		fake.Chaos(kind, odds)
	}
	s := h.serve()
	ctx, cancel := context.WithTimeout(t.Context(), max(waitLimit, time.Duration(times)*10*time.Second))
	t.Cleanup(cancel)
	enough := make(chan struct{})
	wait := startParticipants(ctx, t, fake, 8, enough)
	dice, slowest := rand.New(rand.NewPCG(*killSeed, 1)), time.Duration(0)
	for kill := range times {
		calls := fake.Made() + dice.IntN(60)
		require.NoError(t, fake.Wait(ctx, func() bool { return fake.Made() >= calls }), "kill %d of seed %d", kill, *killSeed)
		if kill == times/2 {
			requireSecondInstanceRefused(t, h)
		}
		s.kill()
		requireNothingPersonal(t, h, s, fake)
		s = h.serve()
		slowest = max(slowest, s.started)
	}
	require.NoError(t, fake.Wait(ctx, func() bool { return everyFault(fake.Happened()) }), "not every fault occurred: %v", fake.Happened())
	close(enough)
	fake.ClearFaults()
	people := wait()
	happened := fake.Happened()
	t.Logf("%d kills, %d people, faults %v; %d updates redelivered; %d duplicate messages; slowest restart %s; seed %d",
		times, len(people), happened, fake.Redelivered(), fake.Extra(), slowest, *killSeed)

	assert.Positive(t, fake.Redelivered(), "no update was delivered again under its own id")
	assert.LessOrEqual(t, fake.Extra(), times*senders+happened[telegramtest.DropAfter]+happened[telegramtest.DuplicateUpdate])
	requireCounted(t, h, people)
	assert.Zero(t, s.stop(), s.stderr)
	requireNothingPersonal(t, h, s, fake)
}

// everyFault reports whether each kind of fault has occurred. Reordering is counted only if
// both updates are of one person.
func everyFault(happened map[telegramtest.FaultKind]int) bool {
	for kind := range faultRates {
		if happened[kind] == 0 {
			return false
		}
	}
	return true
}

// requireCounted requires that the report is equal to what people saw and did, and that
// those who asked for the follow-up are registered for it.
func requireCounted(t *testing.T, h *harness, people []*participant) {
	t.Helper()
	did := map[string]int{}
	var finished []*telegramtest.Person
	for _, v := range people {
		did[v.does]++
		if v.does == "" || v.does == "asks" {
			finished = append(finished, v.Person)
		}
		if v.does == "asks" {
			v.requireFollowUp(t)
		}
	}
	t.Logf("what people did: %v", did)
	r := h.report("--week", "2026-W47")
	assert.Equal(t, len(people), r.Totals.Started)
	assert.Equal(t, len(finished), r.Totals.Completed)
	assert.Zero(t, r.Totals.Repeat)
	stopped := 0
	for _, n := range r.Totals.Stopped {
		stopped += n
	}
	assert.Equal(t, did["stops"], stopped)
	assert.Equal(t, stepsSeen(t, finished, initiativeNames(t)), nonzero(r.Totals.Referrals), "as reported and as shown")
}

// participant does the check while the program is being killed.
type participant struct {
	*telegramtest.Person
	fake *telegramtest.Server
	n    int
	does string // one of behaviours
}

// behaviours of participants, in turn: only the check, /stop halfway, asking for the follow-up,
// erasing everything halfway or after the check.
var behaviours = []string{"", "stops", "asks", "erases midway", "", "erases"}

// hesitates is the behaviour of those who answer half of the questions and do nothing yet.
const hesitates = "hesitates"

// midway is the revision at which some leave. Text is typed up to there.
const midway = 8

// visit does everything that a participant does. Text is typed with every third tap, before or
// after it.
func (v *participant) visit(ctx context.Context) error {
	v.Start("")
	last := asked{rev: -1}
	for range 60 {
		var now asked
		if err := v.Wait(ctx, func(p *telegramtest.Person) bool { now = look(p); return len(now.buttons) > 0 && now.rev > last.rev }); err != nil {
			return fmt.Errorf("after %s: %w", last.question, err)
		}
		if now.rev >= midway && (v.does == "stops" || v.does == "erases midway" || v.does == hesitates) {
			return v.leave(ctx)
		}
		talks := now.rev%3 == 0 && now.rev <= midway
		if talks && v.n%2 == 0 {
			v.Say(fmt.Sprintf("Canary%dwoord", now.rev))
		}
		choice := now.buttons[(v.n*7+now.rev*3)%len(now.buttons)]
		if now.question == flows.SourceQuestion {
			choice = now.buttons[slices.IndexFunc(now.buttons, skips)]
		}
		if err := v.PressWhere(same(choice)); err != nil {
			continue // the keyboard has changed since: look again
		}
		if talks && v.n%2 == 1 {
			v.Say(fmt.Sprintf("Canary%dwoord", now.rev))
		}
		if now.question == "satisfaction" {
			if err := v.Wait(ctx, func(p *telegramtest.Person) bool { return !offersRating(p) }); err != nil {
				return err
			}
			return v.leave(ctx)
		}
		last = now
	}
	return errors.New("the check does not end")
}

// leave does the last thing, after everything before it was received: an update that comes
// after the end of a conversation would start another.
func (v *participant) leave(ctx context.Context) error {
	if err := v.fake.Wait(ctx, func() bool { return v.Pending() == 0 }); err != nil {
		return err
	}
	switch v.does {
	case "stops":
		v.Say("/stop")
		return v.reads(ctx, "We stoppen hier")
	case "erases", "erases midway":
		v.Say("/verwijder")
		if err := v.presses(ctx, "Ja, verwijder alles"); err != nil {
			return err
		}
		return v.reads(ctx, "Alles is verwijderd")
	case "asks":
		if err := v.presses(ctx, "Ja, stel me die vraag"); err != nil {
			return err
		}
		return v.reads(ctx, "Afgesproken")
	}
	return nil
}

func (v *participant) reads(ctx context.Context, words string) error {
	return v.Wait(ctx, func(p *telegramtest.Person) bool {
		return slices.ContainsFunc(p.Messages(), func(m telegramtest.Message) bool { return m.FromBot && strings.Contains(m.Text, words) })
	})
}

func (v *participant) presses(ctx context.Context, label string) error {
	if err := v.Wait(ctx, func(p *telegramtest.Person) bool { return strings.Contains(p.Screen(), "["+label+"]") }); err != nil {
		return err
	}
	return v.Press(label)
}

// requireFollowUp requires that the participant is registered for the follow-up.
func (v *participant) requireFollowUp(t *testing.T) {
	t.Helper()
	ctx := waitContext(t)
	v.Say("/mijngegevens")
	assert.NoError(t, v.reads(ctx, "Je vroeg om één vraag"))
}

// requireNothingPersonal requires that no chat id, typed text or token is in a file or in
// the log.
func requireNothingPersonal(t *testing.T, h *harness, s *server, fake *telegramtest.Server) {
	t.Helper()
	_, half, _ := strings.Cut(fake.Token(), ":")
	words := [][]byte{[]byte(half), []byte("Canary"), []byte("GM0344"), []byte("/bot4242")}
	for n := range 60 {
		id := uint64(canary + n)
		eight := order.BigEndian.AppendUint64(nil, id)
		words = append(words, strconv.AppendUint(nil, id, 10), eight[2:], order.LittleEndian.AppendUint64(nil, id)[:6],
			strconv.AppendUint(nil, id, 16))
	}
	paths, err := filepath.Glob(filepath.Join(h.dir, "data", "*"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 2)
	texts := map[string][]byte{"the log": []byte(s.stderr.String())}
	for _, path := range paths {
		texts[filepath.Base(path)], err = os.ReadFile(path)
		require.NoError(t, err)
	}
	for name, text := range texts {
		for _, word := range words {
			if bytes.Contains(text, word) {
				t.Errorf("%s contains %q", name, word)
			}
		}
	}
}

// requireSecondInstanceRefused requires that a second process in the same folder exits with
// one line.
func requireSecondInstanceRefused(t *testing.T, h *harness) {
	t.Helper()
	second := h.run("", "serve")
	assert.Equal(t, 1, second.code)
	assert.Equal(t, 1, strings.Count(second.stderr, "\n"), second.stderr)
	assert.Contains(t, second.stderr, "data")
}

// startParticipants keeps so many participants busy until enough is closed. The returned function
// waits for those who have started and returns all.
func startParticipants(ctx context.Context, t *testing.T, fake *telegramtest.Server, together int, enough <-chan struct{}) (wait func() []*participant) {
	var mu sync.Mutex
	var all []*participant
	arrive := func() *participant {
		mu.Lock()
		defer mu.Unlock()
		n := len(all)
		v := &participant{Person: fake.Person(canary+int64(n), "nl"), fake: fake, n: n, does: behaviours[n%len(behaviours)]}
		all = append(all, v)
		return v
	}
	var everyone sync.WaitGroup
	for range together {
		everyone.Go(func() {
			for {
				v := arrive()
				if !assert.NoError(t, v.visit(ctx), "participant %d, who %q", v.n, v.does) {
					return
				}
				select {
				case <-enough:
					return
				default:
				}
			}
		})
	}
	return func() []*participant {
		everyone.Wait()
		return all
	}
}

// stepsSeen counts the steps of the last advice of each person, by id of the initiative. An
// advice that was sent again, after a lost or late answer, is one advice. Some have no step.
func stepsSeen(t *testing.T, people []*telegramtest.Person, names map[string]string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, p := range people {
		text := ""
		for _, m := range slices.Backward(p.Messages()) {
			if m.FromBot && m.Photo == nil && stepLine.MatchString(plain(m.Text)) {
				text = plain(m.Text)
				break
			}
		}
		require.NotEmpty(t, advice(p), "no advice: %s", p.Screen())
		for _, line := range stepLine.FindAllStringSubmatch(text, -1) {
			id := longestName(line[1], names)
			require.NotEmpty(t, id, "no initiative has this name: %q", line[1])
			counts[id]++
		}
	}
	return counts
}
