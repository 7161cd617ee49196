package bot_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "the only seed to simulate; 0: seeds 1 to N of -seeds")
	manySeeds = flag.Int("seeds", enoughSeeds, "number of seeds to simulate")
)

const (
	shortSeeds  = 20 // with -short
	enoughSeeds = 56 // by then every fault has occurred
)

// rounds is how often people act before the faults stop.
const rounds = 6

// faults are what must occur at least once over all seeds.
var faults = []string{
	"429", "500", "400", "403", "request lost", "answer lost", "hang", "panic in a send",
	"file locked", "disk full", "poison", "flaky", "crash at a commit", "crash at a send", "crash between rounds",
	"same update twice", "same update later", "same press under a new id", "out of order", "time goes by", "clock wrong",
	"stop", "erase", "restart", "blocked, with update", "blocked, without update", "message dropped",
	"wish", "follow-up sent", "answer to a follow-up", "batch with rows handed over", "update parked", "session expired",
	"advice changed afterwards", "reply compared",
}

// TestSimulation lets people act while every kind of fault occurs, seed after seed, then stops the faults and lets
// everybody finish. The result must equal the model.
func TestSimulation(t *testing.T) {
	t.Parallel()
	simulateAll(t, uint64(*manySeeds), func(*testing.T) func(*world) storage { return newFolders }, faults)
}

// onlyServer are the faults that occur over a database server only.
var onlyServer = []string{"leases taken over"}

// sparser is how many seeds are simulated over files for each that is over a database server, where every
// statement takes some processor time of the server.
const sparser = enoughSeeds

// TestSimulationOnPostgreSQL does the same over a database server. In what order transactions commit there is
// not determined by the seed.
func TestSimulationOnPostgreSQL(t *testing.T) {
	t.Parallel()
	simulateAll(t, uint64(*manySeeds)/sparser, onDatabase, slices.Concat(faults, onlyServer))
}

// simulateAll simulates the seeds from 1 on, each worker in a storage of its own. must occurs at least once,
// unless there are few seeds.
func simulateAll(t *testing.T, seeds uint64, newStorage func(*testing.T) func(*world) storage, must []string) {
	if *oneSeed != 0 {
		happened := simulate(t, *oneSeed, newStorage(t))
		t.Logf("seed %d: %v", *oneSeed, happened)
		return
	}
	if testing.Short() {
		seeds = min(seeds, shortSeeds)
	}
	var next atomic.Uint64
	var mu sync.Mutex
	total := map[string]int{}
	t.Run("seeds", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				storageOf := newStorage(t)
				for seed := next.Add(1); seed <= seeds && !t.Failed(); seed = next.Add(1) {
					happened := simulate(t, seed, storageOf)
					mu.Lock()
					for fault, n := range happened {
						total[fault] += n
					}
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d seeds: %v", seeds, total)
	if seeds < enoughSeeds || t.Failed() {
		return
	}
	for _, fault := range must {
		require.Positive(t, total[fault], "%q never happened", fault)
	}
}

// workers is how many worlds are simulated at once.
const workers = 2

// tooLong is how long no seed takes, however busy the machine is; then it is named.
const tooLong = 2 * time.Minute

// simulate runs one seed and returns what happened in it. A seed that fails, panics, ends
// in a deadlock or never ends is named with the command that repeats it: on stderr, since
// a panic discards the log.
func simulate(t *testing.T, seed uint64, storageOf func(*world) storage) (happened map[string]int) {
	again, _, _ := strings.Cut(t.Name(), "/")
	name := func(what string) {
		fmt.Fprintf(os.Stderr, "seed %d %s; again: go test ./bot -run %s -seed %d\n", seed, what, again, seed)
	}
	stuck := time.AfterFunc(tooLong, func() { name("goes on and on") })
	defer stuck.Stop()
	var done, over bool
	var once sync.Once
	unless := func(well *bool) {
		if !*well || t.Failed() {
			once.Do(func() { name("failed") })
		}
	}
	defer unless(&over) // it ends in a deadlock
	synctest.Test(t, func(t *testing.T) {
		defer unless(&done) // it panics
		s := newSimulation(t, seed, storageOf)
		for range rounds {
			s.round()
		}
		s.settleAll()
		s.same()
		s.finishAll()
		s.judge()
		happened = s.happened
		happened["leases taken over"] = s.thefts
		s.count(s.channel.happened, s.broken)
		done = true
	})
	over = true
	return happened
}

// count adds to what happened.
func (s *simulation) count(all ...map[string]int) {
	for _, counts := range all {
		for what, n := range counts {
			s.happened[what] += n
		}
	}
}

// simulation is a world in which everything fails now and then.
type simulation struct {
	*world
	people   int
	dice     *rand.Rand
	happened map[string]int
	broken   map[string]int // faults of the storage; under world.mu
	crashes  int
	mornings int          // on which a follow-up was due that was asked for before
	storage  atomic.Int64 // transactions so far
}

func newSimulation(t *testing.T, seed uint64, storageOf func(*world) storage) *simulation {
	s := &simulation{world: newWorldOn(t, seed, storageOf), dice: rand.New(rand.NewPCG(seed, 7)), happened: map[string]int{}, broken: map[string]int{}}
	s.scan, s.people = true, 2+int(seed%2)
	if seed%8 == 0 {
		s.people = 6 // enough for a batch with rows
	}
	for n := 2; n <= s.people; n++ {
		s.resumeAt(personID(n), []string{"help_wanted", "obstacle", "paperwork"}[n%3])
		s.deliver(s.does(personID(n), flows.Input{Kind: flows.Show}, false))
	}
	synctest.Wait()
	for _, fault := range []string{"429", "500", "400", "request lost", "answer lost", "hang", "panic in a send"} {
		s.channel.odds[fault] = 0.06 * s.dice.Float64()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = s.storageFault(seed, 0.08*s.dice.Float64())
	return s
}

// storageFault makes transactions fail; it is called with world.mu held.
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

// round lets some people act while faults occur.
func (s *simulation) round() {
	if s.dice.IntN(4) == 0 {
		s.mu.Lock()
		s.dieAt = s.passed + 1 + s.dice.IntN(30)
		s.mu.Unlock()
	}
	if s.dice.IntN(3) == 0 {
		s.mu.Lock()
		s.stealAt = s.passed + 1 + s.dice.IntN(30)
		s.mu.Unlock()
	}
	for n := 1; n <= s.people; n++ {
		if s.dice.IntN(3) > 0 {
			s.person(personID(n))
		}
	}
	s.handIn()
	synctest.Wait()
	s.wait(time.Duration(s.dice.IntN(20_000)) * time.Millisecond)
	s.maybeCrash()
	if n := s.dice.IntN(8); n < 2 || n < 6 && s.model.happened["wish"] > s.mornings {
		s.jump()
		if s.dice.IntN(2) == 0 {
			s.wait(65 * time.Second) // the timed jobs see the new time before anybody does
			s.maybeCrash()
		}
	}
	s.markQuiet()
}

// wait advances the time and waits for everything that follows.
func (s *simulation) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// maybeCrash continues after a crash, or crashes between two rounds.
func (s *simulation) maybeCrash() {
	s.mu.Lock()
	dead, at := s.dead, s.diedAt
	s.mu.Unlock()
	switch {
	case dead && at[:4] == "send":
		s.happened["crash at a send"]++
	case dead:
		s.happened["crash at a commit"]++
	case s.dice.IntN(12) == 0:
		s.happened["crash between rounds"]++
	default:
		return
	}
	s.crashes++
	s.crash()
}

// jump lets time pass, or makes the clock wrong until the next jump.
func (s *simulation) jump() {
	waits := s.model.happened["wish"] > s.mornings
	s.clock.setWrong(0)
	s.dispatcher.clock.Now()
	if n := s.dice.IntN(4); n == 0 || n == 1 && !waits {
		s.happened["clock wrong"]++
		s.clock.setWrong([]time.Duration{-2 * time.Hour, -26 * time.Hour, 26 * time.Hour, 10 * 365 * 24 * time.Hour}[s.dice.IntN(4)])
		s.dispatcher.clock.Now()
		return
	}
	s.happened["time goes by"]++
	by := []time.Duration{time.Hour, 25 * time.Hour, 8 * 24 * time.Hour}[s.dice.IntN(3)]
	if s.dice.IntN(4) == 0 || waits {
		by = s.untilMorning(50 + s.dice.IntN(10)) // a follow-up is due then
		s.mornings++
	}
	if by > 48*time.Hour { // no platform delivers again what is so old
		s.updates = slices.DeleteFunc(s.updates, func(h *platformUpdate) bool { return h.acked })
	}
	s.pass(by)
}

// untilMorning is the time until some moment after ten, so many days from now.
func (s *simulation) untilMorning(days int) time.Duration {
	now := s.clock.truth().In(referral.Netherlands)
	ten := time.Date(now.Year(), now.Month(), now.Day()+days, 10, s.dice.IntN(500), 0, 0, referral.Netherlands)
	return ten.Sub(now)
}

// pass lets time pass and sweeps. A message that waits for more than two days is dropped.
func (s *simulation) pass(by time.Duration) {
	_, unsent, _, err := s.store.Waiting(context.Background(), s.clock.truth())
	require.NoError(s.t, err)
	s.channel.mu.Lock()
	for _, p := range s.channel.phones {
		p.lost = p.lost || unsent > 0 && by > 20*time.Hour
	}
	s.channel.mu.Unlock()
	s.elapse(by)
	s.mu.Lock()
	s.resting = true
	s.mu.Unlock()
	_, err = s.store.Sweep(context.Background(), s.dispatcher.clock.Now()) // the job may fail
	require.NoError(s.t, err)
	s.model.sweep(s.clock.truth())
	s.mu.Lock()
	s.resting = false
	s.mu.Unlock()
}

// markQuiet: when all is acknowledged and sent, no further message may come.
func (s *simulation) markQuiet() {
	_, unsent, _, err := s.store.Waiting(context.Background(), s.clock.truth())
	if err != nil || unsent > 0 || slices.ContainsFunc(s.updates, func(h *platformUpdate) bool { return !h.acked }) {
		return
	}
	synctest.Wait()
	s.channel.mu.Lock()
	defer s.channel.mu.Unlock()
	for _, p := range s.channel.phones {
		p.quiet = true
	}
}

// person does one thing, or two at once.
func (s *simulation) person(who string) {
	s.channel.mu.Lock()
	p := s.channel.phone(who)
	wasBlocked := p.blocked
	p.blocked = false // writing to a bot lets it in again
	s.channel.mu.Unlock()
	if wasBlocked {
		s.does(who, flows.Input{Kind: flows.Start}, false)
		return
	}
	for range 1 + s.dice.IntN(2) {
		s.does(who, s.input(who), false)
	}
	if s.dice.IntN(30) == 0 {
		s.channel.mu.Lock()
		p.blocked = true
		s.channel.mu.Unlock()
		if s.dice.IntN(2) == 0 {
			s.does(who, flows.Input{}, true)
		} else {
			s.happened["blocked, without update"]++
		}
	}
}

// input is a random input.
func (s *simulation) input(who string) flows.Input {
	do := func(action string) flows.Input { return flows.Input{Kind: flows.Action, Action: action} }
	n := s.dice.IntN(100)
	switch {
	case s.isAdvised(who) && n%4 > 0: // what only then makes sense
		return s.afterwards(who)
	case s.wasReminded(who) && n%4 > 0:
		return flows.Input{Kind: flows.Action, Action: flows.DoStepTaken, Option: flows.StepNone}
	case n < 55:
		return tapOption(who, s.dice.IntN(5)).in(s.channel)
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
		return do(flows.DoStop)
	case n < 92:
		return do(flows.DoErased)
	case n < 94:
		return do(flows.DoRestart)
	case n < 95:
		return flows.Input{Kind: flows.Text, Text: poison}
	case n < 96:
		return flows.Input{Kind: flows.Text, Text: flaky + strconv.Itoa(s.keys)}
	}
	words := []string{"Geheimstraat 17", "ja", "gehackt", "bussum", "3"}
	return flows.Input{Kind: flows.Text, Text: words[s.dice.IntN(len(words))]}
}

func (s *simulation) isAdvised(who string) bool {
	phase := s.model.of(bot.Chat{Channel: "telegram", ID: who}).session.Phase
	return phase == flows.PhaseAdvised || phase == flows.PhaseRated
}

func (s *simulation) wasReminded(who string) bool {
	s.channel.mu.Lock()
	defer s.channel.mu.Unlock()
	return len(s.channel.phone(who).reminds) > 0
}

// afterwards is an input after the advice: asking for the follow-up, or changing an
// answer.
func (s *simulation) afterwards(who string) flows.Input {
	l, _ := s.channel.screen(who)
	if asked, _ := l.asks(); asked != "" && asked != "satisfaction" {
		return tapOption(who, s.dice.IntN(5)).in(s.channel) // the one that is being changed
	}
	if s.dice.IntN(4) == 0 {
		return flows.Input{Kind: flows.Action, Action: flows.DoFollowUp}
	}
	question := []string{"obstacle", "help_wanted", "sector"}[s.dice.IntN(3)]
	return flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: question}
}

// anyButton is a button of any message, old or new.
func (s *simulation) anyButton(who string) flows.Input {
	s.channel.mu.Lock()
	defer s.channel.mu.Unlock()
	var all []flows.Input
	for _, l := range s.channel.phone(who).messages {
		all = append(all, l.Buttons...)
	}
	if len(all) == 0 {
		return flows.Input{Kind: flows.Unrecognized}
	}
	return all[s.dice.IntN(len(all))]
}

// handIn delivers what is not acknowledged, and more: in another order, twice, again after
// the acknowledgement, and as a press that a phone repeats under a new id.
func (s *simulation) handIn() {
	if len(s.updates) > 0 {
		if again := s.updates[s.dice.IntN(len(s.updates))]; again.acked && s.dice.IntN(2) == 0 {
			s.happened["same update later"]++
			s.deliver(again)
		}
	}
	var waiting []*platformUpdate
	for _, h := range slices.Clone(s.updates) {
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
		before := slices.Clone(waiting)
		s.dice.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		if !slices.Equal(before, waiting) {
			s.happened["out of order"]++
		}
	}
	for _, h := range waiting {
		s.deliver(h)
		if s.dice.IntN(10) == 0 {
			s.happened["same update twice"]++
			s.deliver(h)
		}
	}
}
