package publishing_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/referral"
	"digiwijzer/store"
)

// talker is a person in the middle of the check.
type talker struct {
	chat    bot.Chat
	session flows.Session
}

// conversations are people in the middle of the check, with the real dispatcher and store.
type conversations struct {
	*world
	store      *store.Store
	dispatcher *bot.Dispatcher
	people     []*talker
}

func (w *world) converse(s *store.Store) *conversations {
	w.Helper()
	c := &conversations{world: w, store: s}
	e := w.source.Current()
	c.dispatcher = bot.NewDispatcher(bot.Options{Store: s, Engine: e.Engine, Content: e.ID})
	w.source.Watch(content.Watcher{
		Changed:  func(e *content.Edition) { c.dispatcher.SetEngine(e.Engine, e.ID) },
		Checking: func() {}, Refused: func(error) {},
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- c.dispatcher.Run(ctx) }()
	w.Cleanup(func() {
		stop()
		assert.NoError(w, <-ended)
	})
	return c
}

func (c *conversations) send(p *talker, in flows.Input) {
	c.Helper()
	in.Lang = "nl"
	turn, err := c.dispatcher.Handle(c.Context(), bot.Update{Chat: p.chat, Input: in})
	require.NoError(c, err)
	p.session = turn.Session
}

// answer answers the current question with a random option.
func (c *conversations) answer(p *talker, random *rand.Rand) (question string) {
	c.Helper()
	engine := c.source.Current().Engine
	if question = engine.Pending(p.session); question == "" {
		return ""
	}
	options := engine.Allowed(question, referral.DayOf(c.clock))
	option := flows.SourceSkip
	if len(options) > 0 {
		option = options[random.IntN(len(options))]
	}
	c.send(p, flows.Input{Kind: flows.Answer, Question: question, Option: option, Rev: p.session.Rev})
	return question
}

// TestConversationsKeepTheirAnswers publishes other questions and undoes that while people are everywhere in the check. Each
// keeps every answer whose question and option exist, is not asked an answered question again, and reaches the advice.
func TestConversationsKeepTheirAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *publishing.Options) { o.Check = passesAll })
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(data, "state.db"))
	require.NoError(t, err)
	kept, err := store.Open(t.Context(), data, key, store.Options{Region: w.source})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, kept.Close()) })
	c := w.converse(kept)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 24 {
		p := &talker{chat: bot.Chat{Channel: "web", ID: strconv.Itoa(i)}}
		c.people = append(c.people, p)
		c.send(p, flows.Input{Kind: flows.Start})
		for range 1 + i {
			c.answer(p, random)
		}
	}

	d := w.questions(func(d *edit.Document) (*edit.Document, error) {
		d, err := d.Remove(path(t, "question[self_image]"))
		require.NoError(t, err)
		d, err = d.Remove(path(t, "question[online_presence].options[b]"))
		require.NoError(t, err)
		return d.Insert(path(t, "question"), "learning", []edit.Field{{Key: "id", Value: "printer"}, {Key: "part", Value: 2},
			{Key: "options", Value: []any{[]edit.Field{{Key: "value", Value: "a"}}, []edit.Field{{Key: "value", Value: "b"}}}}})
	})
	after, err := w.Load(d)
	require.NoError(t, err)
	n, all, err := kept.CountConversations(t.Context(), publishing.Affected(w.source.Current(), after, referral.DayOf(w.clock)))
	require.NoError(t, err)
	assert.Equal(t, len(c.people), all)
	assert.Equal(t, c.affected(after), n)
	_, err = w.publish(anna, anna, "Een vraag erbij, een eraf.")
	require.NoError(t, err)
	c.keep(random, 2)
	_, live, err := w.Rollback(t.Context(), anna, 0, "Toch niet.")
	require.NoError(t, err)
	require.NoError(t, live)
	c.keep(random, 30)
	for _, p := range c.people {
		assert.True(t, p.session.Outcome, "everybody gets an advice")
	}
}

// affected returns how many people gave an answer, or are asked a question, that is removed.
func (c *conversations) affected(after *content.Edition) (n int) {
	engine := c.source.Current().Engine
	for _, p := range c.people {
		pending := engine.Pending(p.session)
		_, still := after.Questions.Query(pending)
		if pending != "" && !still && pending != "source" || p.session.Answers["online_presence"] == "b" || p.session.Answers["self_image"] != "" {
			n++
		}
	}
	return n
}

// keep lets everybody give so many answers and holds that nothing else is lost.
func (c *conversations) keep(random *rand.Rand, answers int) {
	c.Helper()
	engine := c.source.Current().Engine
	for _, p := range c.people {
		for range answers {
			before := maps.Clone(p.session.Answers)
			answered := c.answer(p, random)
			if answered == "" {
				break
			}
			for id, value := range before {
				if _, exists := engine.Questions.Query(id); !exists || id == answered || value == "" {
					continue
				}
				if slices.Contains(engine.Allowed(id, referral.DayOf(c.clock)), value) {
					require.Equal(c, value, p.session.Answers[id], "the answer to %s was lost", id)
				}
			}
		}
	}
}
