package flows_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
	"digiwijzer/referral"
)

// edit is one change an editor makes to the questions.
type edit struct {
	name   string
	source string // questions.toml after it
	hit    string // question=value that it takes away; the walks go that way
}

const between = "\n[[question]]\n"

var optionLine = regexp.MustCompile(`(?m)^  \{value = "([^"]+)".*\},\n`)

// edits makes every change of each kind that the loader admits.
func edits(t testing.TB, source string) (all []edit) {
	t.Helper()
	last := strings.LastIndex(source, between)
	end := strings.Index(source[last:], "\n[[source]]")
	require.Positive(t, end)
	parts := strings.Split(source[:last+end], between)
	head, questions, tail := parts[0], parts[1:], source[last+end:]
	add := func(kind string, n int, hit string, changed []string) {
		e := edit{fmt.Sprintf("%s %d %s", kind, n, hit), head + between + strings.Join(changed, between) + tail, hit}
		if _, err := flows.Load(fstest.MapFS{"questions.toml": {Data: []byte(e.source)}}); err == nil {
			all = append(all, e)
		}
	}
	for i, text := range questions {
		add("removed", i, "", slices.Delete(slices.Clone(questions), i, i+1))
		fresh := strings.Replace(onlyPart(text), "id = \"", "id = \"added_after_", 1)
		add("added", i, "", slices.Insert(slices.Clone(questions), i+1, fresh))
		add("added before", i, "", slices.Insert(slices.Clone(questions), i, fresh))
		for j := range i {
			moved := slices.Clone(questions)
			moved[i], moved[j] = moved[j], moved[i]
			add("reordered", i*100+j, "", moved)
		}
		id := idOf(text)
		for _, m := range optionLine.FindAllStringSubmatch(text, -1) {
			changed := slices.Clone(questions)
			changed[i] = strings.Replace(text, m[0], "", 1)
			add("option removed", i, id+"="+m[1], changed)
		}
		for _, rule := range []string{`skip_if = [{question = "size", is = ["1"]}]`, `ask_if = [{question = "sector", not = ["horeca"]}]`} {
			changed := slices.Clone(questions)
			changed[i] = strings.Replace(text, "\npart", "\n"+rule+"\npart", 1)
			add("rule changed", i, "", changed)
		}
	}
	raised := strings.Replace(source, "scoring = 2", "scoring = 3", 1)
	require.NotEqual(t, source, raised)
	return append(all, edit{"scoring raised", strings.ReplaceAll(raised, "points = 100", "points = 60"), ""})
}

// onlyPart is a question of the same part with two plain options.
func onlyPart(text string) string {
	part := regexp.MustCompile(`(?m)^part = \d`).FindString(text)
	return fmt.Sprintf("id = %q\n%s\noptions = [\n  {value = \"p\"},\n  {value = \"q\"},\n]\n", idOf(text), part)
}

func idOf(text string) string { return regexp.MustCompile(`id = "(\w+)"`).FindStringSubmatch(text)[1] }

var everyChange = flag.Bool("everychange", false, "make every change of the questions, not some of each kind")

// TestNewContentKeepsAnswers: whatever changed between two messages, in either direction, each conversation continues from
// each question: the button on the screen is not lost, every answer whose question and option still exist is kept, a question
// asked again is announced once and nothing else is, and there is an advice at the end.
func TestNewContentKeepsAnswers(t *testing.T) {
	t.Parallel()
	base := content(t)
	source, err := fs.ReadFile(flows.Embedded(), "questions.toml")
	require.NoError(t, err)
	now := flows.NewEngine(base)
	var tally publishing
	kinds := map[string]int{}
	for n, e := range edits(t, string(source)) {
		kind := strings.TrimRight(e.name[:strings.IndexAny(e.name+"0", "0123456789")], " ")
		kinds[kind]++
		if every := map[string]int{"reordered": 32, "option removed": 16, "rule changed": 8, "added": 2, "added before": 2}[kind]; !*everyChange && every > 0 && kinds[kind]%every != 0 || testing.Short() && n%8 != 0 {
			continue // many of the same
		}
		changed := base
		changed.Questions, err = flows.Load(fstest.MapFS{"questions.toml": {Data: []byte(e.source)}})
		require.NoError(t, err)
		then := flows.NewEngine(changed)
		tally.publish(t, e, now, then, uint64(n))
		tally.publish(t, e, then, now, uint64(n))
	}
	for _, kind := range []string{"removed", "added", "added before", "reordered", "option removed", "rule changed"} {
		require.GreaterOrEqual(t, kinds[kind], 5, "%s: %v", kind, kinds)
	}
	require.Greater(t, tally.announced, 10, "no position was asked anything anew")
	t.Logf("%v: %d positions, %d of them told that something is asked anew", kinds, tally.positions, tally.announced)
}

// publishing counts what the test has seen.
type publishing struct{ positions, announced int }

// publish walks a conversation under the old content and continues, from every position, under the new.
func (p *publishing) publish(t *testing.T, e edit, old, new *flows.Engine, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	turn := old.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today, Channel: "telegram", Can: everything})
	for turn.Session.Phase == flows.PhaseAsking {
		pressed := chooseButton(turn, e.hit, r)
		p.goOn(t, e, new, copySession(t, turn.Session), pressed)
		turn = old.Step(turn.Session, pressed)
	}
	shown := new.Step(copySession(t, turn.Session), flows.Input{Kind: flows.Show, Today: today})
	require.Equal(t, flows.Picture, shown.Replies[0].Slot, "%s: an advice given stays an advice", e.name)
}

func chooseButton(turn flows.Turn, hit string, r *rand.Rand) flows.Input {
	var options []flows.Button
	for _, row := range turn.Replies[len(turn.Replies)-1].Keys {
		for _, b := range row {
			if b.Action == "" && b.URL == "" {
				options = append(options, b)
			}
		}
	}
	chosen := options[r.IntN(len(options))]
	for _, b := range options {
		if b.Question+"="+b.Option == hit {
			chosen = b
		}
	}
	in := audit.Press(chosen)
	in.Today, in.Channel, in.Can = today, "telegram", everything
	return in
}

func (p *publishing) goOn(t *testing.T, e edit, engine *flows.Engine, s flows.Session, pressed flows.Input) {
	t.Helper()
	p.positions++
	shown := engine.Step(s, flows.Input{Kind: flows.Show, Today: today})
	require.NotEmpty(t, shown.Replies, e.name)
	if shown.Session.Phase == flows.PhaseAsking { // otherwise the question on the screen was the last and is gone
		require.Equal(t, s, shown.Session, "%s: looking changes nothing", e.name)
	}

	kept := surviving(engine, s.Answers)
	turn := engine.Step(s, pressed)
	if pressed.Question != flows.SourceQuestion && len(surviving(engine, map[string]string{pressed.Question: pressed.Option})) > 0 {
		require.Equal(t, pressed.Option, turn.Session.Answers[pressed.Question], "%s: the button pressed is lost", e.name)
		kept[pressed.Question] = pressed.Option
	}
	told := notices(turn, "chat.asked_anew")
	asked := map[string]bool{}
	r := rand.New(rand.NewPCG(uint64(p.positions), 4))
	for taps := 0; turn.Session.Phase == flows.PhaseAsking; taps++ {
		require.Less(t, taps, 60, "%s: the conversation does not end", e.name)
		requireKept(t, e, kept, turn.Session)
		in := chooseButton(turn, "", r)
		require.NotContains(t, kept, in.Question, "%s: asked though there is an answer", e.name)
		require.False(t, asked[in.Question], "%s: %s is asked twice", e.name, in.Question)
		asked[in.Question] = true
		turn = engine.Step(copySession(t, turn.Session), in)
		told += notices(turn, "chat.asked_anew")
	}
	require.Equal(t, flows.PhaseAdvised, turn.Session.Phase, e.name)
	require.NotNil(t, turn.Facts.Outcome, e.name)
	requireKept(t, e, kept, turn.Session)
	lost := 0
	for id := range asked {
		if _, had := s.Answers[id]; had {
			lost++
		}
	}
	require.Equal(t, lost, told, "%s: of %d answers lost, %d were announced", e.name, lost, told)
	p.announced += min(told, 1)
}

func requireKept(t *testing.T, e edit, kept map[string]string, s flows.Session) {
	t.Helper()
	for id, value := range kept {
		require.Equal(t, value, s.Answers[id], "%s: the answer to %s is lost", e.name, id)
	}
}

// surviving are the answers whose question and option the engine has.
func surviving(e *flows.Engine, answers map[string]string) map[string]string {
	kept := maps.Clone(answers)
	if kept == nil {
		kept = map[string]string{}
	}
	maps.DeleteFunc(kept, func(id, value string) bool { return !slices.Contains(e.Allowed(id, today), value) })
	return kept
}

// notices counts how often a turn contains the text.
func notices(turn flows.Turn, id string) (n int) {
	for _, reply := range turn.Replies {
		for _, block := range reply.Blocks {
			if block.Style == flows.Notice && block.Text.ID == id {
				n++
			}
		}
	}
	return n
}

// TestNewRulesReachRunningConversations: the advice follows the rules of the day it is
// given, whatever they were when the conversation began.
func TestNewRulesReachRunningConversations(t *testing.T) {
	t.Parallel()
	before := content(t)
	after := before
	source, err := fs.ReadFile(referral.Embedded(), "rules.toml")
	require.NoError(t, err)
	rules := strings.ReplaceAll(string(source), `initiative = "mkb-werkplaats-utrecht"`, `initiative = "kvk"`)
	require.NotEqual(t, string(source), rules)
	overlay := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(referral.Embedded(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, err := fs.ReadFile(referral.Embedded(), name)
			overlay[name] = &fstest.MapFile{Data: data}
			return err
		}
		return err
	}))
	overlay["rules.toml"] = &fstest.MapFile{Data: []byte(rules)}
	after.Catalogue, err = referral.Load(overlay)
	require.NoError(t, err)

	old, new := flows.NewEngine(before), flows.NewEngine(after)
	differ := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		half := old.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
		for len(half.Session.Answers) < 10 {
			half = old.Step(half.Session, chooseButton(half, "", r))
		}
		ends := []flows.Turn{half, half}
		for i, engine := range []*flows.Engine{old, new} {
			same := rand.New(rand.NewPCG(seed, 6))
			for ends[i].Session.Phase == flows.PhaseAsking {
				ends[i] = engine.Step(copySession(t, ends[i].Session), chooseButton(ends[i], "", same))
			}
		}
		require.Equal(t, ends[0].Session.Answers, ends[1].Session.Answers)
		require.NotContains(t, ends[1].Facts.Outcome.Referrals, "mkb-werkplaats-utrecht")
		if !slices.Equal(ends[0].Facts.Outcome.Referrals, ends[1].Facts.Outcome.Referrals) {
			differ++
		}
	}
	require.Positive(t, differ)
}
