package bot_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "the one seed to simulate; 0: many")
	manySeeds = flag.Int("seeds", 2000, "how many seeds to simulate")
	longest   = flag.Duration("budget", time.Minute, "begin no more seeds after so long, on a busy machine; 0: do all")
)

// fewest seeds are simulated however busy the machine is.
const fewest = 200

// rounds is how many times people act before the peace comes.
const rounds = 6

// dangers are the faults that must really happen, each at least once over all seeds.
var dangers = []string{
	"429", "500", "400", "403", "request lost", "answer lost", "hang", "panic in a send",
	"file locked", "disk full", "poison", "stumble", "crash at a commit", "crash at a send", "crash at leisure",
	"same update twice", "same update later", "same press under a new id", "out of order", "time goes by", "clock wrong",
	"stop", "erase", "restart", "blocked, told", "blocked, not told",
}

// TestSimulation lets everything go wrong at once, seed after seed, and then lets people
// finish in peace. The ledger says what must have come of it.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		happened := simulate(t, *oneSeed)
		t.Logf("seed %d: %v", *oneSeed, happened)
		return
	}
	seeds, began := uint64(*manySeeds), time.Now()
	if testing.Short() {
		seeds = min(seeds, 60)
	}
	more := func(seed uint64) bool {
		return seed <= seeds && (seed <= fewest || *longest == 0 || time.Since(began) < *longest)
	}
	var next, done atomic.Uint64
	var mu sync.Mutex
	total := map[string]int{}
	t.Run("seeds", func(t *testing.T) {
		for worker := range 2 {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1); more(seed) && !t.Failed(); seed = next.Add(1) {
					happened := simulate(t, seed)
					done.Add(1)
					mu.Lock()
					for danger, n := range happened {
						total[danger] += n
					}
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d seeds in %s: %v", done.Load(), time.Since(began).Round(time.Second), total)
	for _, danger := range dangers {
		require.Positive(t, total[danger], "%q never happened", danger)
	}
}

// simulate runs one seed and tells what happened in it.
func simulate(t *testing.T, seed uint64) (happened map[string]int) {
	defer func() {
		if t.Failed() {
			t.Logf("seed %d; again: go test ./bot -run Simulation -seed %d", seed, seed)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed)
		for range rounds {
			s.round()
		}
		s.calm()
		s.same()
		s.finishAll()
		s.judge()
		happened = s.happened
		for _, faults := range []map[string]int{s.exchange.happened, s.broken} {
			for danger, n := range faults {
				happened[danger] += n
			}
		}
	})
	return happened
}

// simulation is a town in trouble.
type simulation struct {
	*town
	people   int
	dice     *rand.Rand
	happened map[string]int
	broken   map[string]int // faults of the storage; under town.mu
	crashes  int
	storage  atomic.Int64 // transactions so far
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{town: newTown(t, seed), dice: rand.New(rand.NewPCG(seed, 7)), happened: map[string]int{}, broken: map[string]int{}}
	s.scan, s.people = tracesIn, 3
	if seed%4 == 0 {
		s.people = 6 // enough for a batch with rows
	}
	for n := 2; n <= s.people; n++ {
		s.nearlyThere(person(n), []string{"help_wanted", "obstacle", "paperwork"}[n%3])
		s.deliver(s.does(person(n), flows.Input{Kind: flows.Show}, false))
	}
	synctest.Wait()
	for _, fault := range []string{"429", "500", "400", "request lost", "answer lost", "hang", "panic in a send"} {
		s.exchange.odds[fault] = 0.06 * s.dice.Float64()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = s.storageFault(seed, 0.08*s.dice.Float64())
	return s
}

// storageFault makes transactions fail; it is called with town.mu held.
func (s *simulation) storageFault(seed uint64, chance float64) func(string) error {
	return func(kind string) error {
		n := int(s.storage.Add(1))
		switch roll := odds(seed, kind, n); {
		case roll < chance/2:
			s.broken["file locked"]++
			return locked
		case roll < chance:
			s.broken["disk full"]++
			return diskFull
		}
		return nil
	}
}

// round is a while in which some people do something, and something goes wrong.
func (s *simulation) round() {
	if s.dice.IntN(4) == 0 {
		s.mu.Lock()
		s.dieAt = s.passed + 1 + s.dice.IntN(30)
		s.mu.Unlock()
	}
	for n := 1; n <= s.people; n++ {
		if s.dice.IntN(3) > 0 {
			s.person(person(n))
		}
	}
	s.handIn()
	synctest.Wait()
	time.Sleep(time.Duration(s.dice.IntN(20_000)) * time.Millisecond)
	synctest.Wait()
	s.maybeDie()
	if s.dice.IntN(6) == 0 {
		s.jump()
	}
	s.hush()
}

// maybeDie goes on after a death, or dies between two rounds.
func (s *simulation) maybeDie() {
	s.mu.Lock()
	dead, at := s.dead, s.diedAt
	s.mu.Unlock()
	switch {
	case dead && at[:4] == "send":
		s.happened["crash at a send"]++
	case dead:
		s.happened["crash at a commit"]++
	case s.dice.IntN(12) == 0:
		s.happened["crash at leisure"]++
	default:
		return
	}
	s.crashes++
	s.die()
}

// jump lets time go by, or the clock be wrong until the next jump.
func (s *simulation) jump() {
	s.clock.misset(0)
	s.desk.Clock.Now()
	if s.dice.IntN(2) == 0 {
		s.happened["clock wrong"]++
		s.clock.misset([]time.Duration{-2 * time.Hour, -26 * time.Hour, 26 * time.Hour, 10 * 365 * 24 * time.Hour}[s.dice.IntN(4)])
		s.desk.Clock.Now()
		return
	}
	s.happened["time goes by"]++
	by := []time.Duration{time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, 43 * 24 * time.Hour}[s.dice.IntN(4)]
	if by > 48*time.Hour { // no platform delivers again what is so old
		s.held = slices.DeleteFunc(s.held, func(h *held) bool { return h.acked })
	}
	s.elapse(by)
	s.mu.Lock()
	s.resting = true
	s.mu.Unlock()
	_, err := s.store.Sweep(context.Background(), s.desk.Clock.Now()) // the desk's own may fail
	require.NoError(s.t, err)
	s.ledger.sweep(s.clock.truth())
	s.mu.Lock()
	s.resting = false
	s.mu.Unlock()
}

// hush: when all is acknowledged and sent, nobody may hear anything more.
func (s *simulation) hush() {
	_, unsent, _, err := s.store.Waiting(context.Background(), s.clock.truth())
	if err != nil || unsent > 0 || slices.ContainsFunc(s.held, func(h *held) bool { return !h.acked }) {
		return
	}
	synctest.Wait()
	s.exchange.mu.Lock()
	defer s.exchange.mu.Unlock()
	for _, p := range s.exchange.phones {
		p.quiet = true
	}
}

// person does one thing, or two at once.
func (s *simulation) person(who string) {
	s.exchange.mu.Lock()
	p := s.exchange.phone(who)
	wasBlocked := p.blocked
	p.blocked = false // writing to a bot lets it in again
	s.exchange.mu.Unlock()
	if wasBlocked {
		s.does(who, flows.Input{Kind: flows.Start}, false)
		return
	}
	for range 1 + s.dice.IntN(2) {
		s.does(who, s.input(who), false)
	}
	if s.dice.IntN(30) == 0 {
		s.exchange.mu.Lock()
		p.blocked = true
		s.exchange.mu.Unlock()
		if s.dice.IntN(2) == 0 {
			s.happened["blocked, told"]++
			s.does(who, flows.Input{}, true)
		} else {
			s.happened["blocked, not told"]++
		}
	}
}

// input is what someone might do.
func (s *simulation) input(who string) flows.Input {
	do := func(action string) flows.Input { return flows.Input{Kind: flows.Action, Action: action} }
	switch n := s.dice.IntN(100); {
	case n < 55:
		return tapOption(who, s.dice.IntN(5)).in(s.exchange)
	case n < 65:
		return s.anyButton(who)
	case n < 70:
		return flows.Input{Kind: flows.Start, Link: flows.Link{Partner: "kvk-utrecht"}}
	case n < 84:
		pages := []string{flows.DoBack, flows.DoAnswers, flows.DoWhy, flows.DoMore, flows.DoMyData, flows.DoAlarm, flows.DoIncident,
			flows.DoContinue, flows.DoErase, flows.DoNoFollow}
		return do(pages[s.dice.IntN(len(pages))])
	case n < 88:
		return do(flows.DoFollowUp)
	case n < 90:
		s.happened["stop"]++
		return do(flows.DoStop)
	case n < 92:
		s.happened["erase"]++
		return do(flows.DoErased)
	case n < 94:
		s.happened["restart"]++
		return do(flows.DoRestart)
	case n < 95:
		s.happened["poison"]++
		return flows.Input{Kind: flows.Text, Text: poison}
	case n < 96:
		s.happened["stumble"]++
		return flows.Input{Kind: flows.Text, Text: stumble + strconv.Itoa(s.keys)}
	}
	words := []string{"Geheimstraat 17", "ja", "gehackt", "bussum", "3"}
	return flows.Input{Kind: flows.Text, Text: words[s.dice.IntN(len(words))]}
}

// anyButton is one of any message, old or new.
func (s *simulation) anyButton(who string) flows.Input {
	s.exchange.mu.Lock()
	defer s.exchange.mu.Unlock()
	var all []flows.Input
	for _, l := range s.exchange.phone(who).letters {
		all = append(all, l.Buttons...)
	}
	if len(all) == 0 {
		return flows.Input{Kind: flows.Strange}
	}
	return all[s.dice.IntN(len(all))]
}

// handIn delivers what is not acknowledged, and more: in another order, twice, again
// after it was acknowledged, and as a press that a telephone repeats under a new id.
func (s *simulation) handIn() {
	if len(s.held) > 0 {
		if again := s.held[s.dice.IntN(len(s.held))]; again.acked && s.dice.IntN(2) == 0 {
			s.happened["same update later"]++
			s.deliver(again)
		}
	}
	var waiting []*held
	for _, h := range slices.Clone(s.held) {
		if h.acked {
			continue
		}
		waiting = append(waiting, h)
		if s.dice.IntN(15) == 0 && !h.update.Gone {
			s.happened["same press under a new id"]++
			waiting = append(waiting, s.does(h.update.Chat.ID, h.update.Input, false))
		}
	}
	if len(waiting) > 1 && s.dice.IntN(2) == 0 {
		s.happened["out of order"]++
		s.dice.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
	}
	for _, h := range waiting {
		s.deliver(h)
		if s.dice.IntN(10) == 0 {
			s.happened["same update twice"]++
			s.deliver(h)
		}
	}
}
