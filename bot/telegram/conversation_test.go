package telegram

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// answerAll answers every question, choosing by seed, until the advice is shown.
func answerAll(h *harness, p *telegramtest.Person, seed int) error {
	last := -1
	for range 40 {
		err := p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
			now, _ := question(p)
			return now > last || hasAdvice(p)
		})
		if err != nil || hasAdvice(p) {
			return err
		}
		now, buttons := question(p)
		choice := buttons[(seed+now)%len(buttons)]
		if err := p.PressWhere(func(b telegramtest.Button) bool { return b.Data == choice.Data }); err != nil {
			return err
		}
		last = now
	}
	return fmt.Errorf("no advice after 40 questions: %s", p.Screen())
}

// assertBudget asserts the number of calls of each turn, besides the answer to a press and
// what nothing waits for: the pin on the advice, and removing what an ended conversation showed.
func assertBudget(t *testing.T, p *telegramtest.Person) {
	t.Helper()
	for i, turn := range p.Turns() {
		total := -turn.Calls["answerCallbackQuery"] - turn.Calls["pinChatMessage"] - turn.Calls["unpinChatMessage"] - turn.Calls["deleteMessage"]
		for _, n := range turn.Calls {
			total += n
		}
		most := 1
		switch {
		case turn.Calls["sendPhoto"] > 0:
			most = 3
		case turn.Calls["sendMessage"] > 0:
			most = 2
		}
		assert.LessOrEqual(t, total, most, "turn %d (%s): %v", i, turn.Did, turn.Calls)
		if turn.Did == "press" {
			assert.Equal(t, 1, turn.Calls["answerCallbackQuery"], "turn %d: %v", i, turn.Calls)
		}
	}
}

// assertAllReachAdvice runs conversations of many people at once.
func assertAllReachAdvice(t *testing.T, h *harness, people int) {
	t.Helper()
	var group sync.WaitGroup
	for i := range people {
		p := h.fake.Person(int64(1000+i), []string{"nl", "en-GB", "uk"}[i%3])
		group.Go(func() {
			p.Start([]string{"", "kvk-utrecht_GM0355_en", "nobody"}[i%3])
			if !assert.NoError(t, answerAll(h, p, i)) {
				return
			}
			assert.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
				turns := p.Turns()
				return turns[len(turns)-1].Calls["answerCallbackQuery"] > 0
			}))
			assertBudget(t, p)
			assert.Contains(t, h.picturesOf(p), true)
			for _, m := range p.Messages()[:len(p.Messages())-1] {
				assert.Empty(t, m.Keyboard, "only the advice has buttons: %q", m.Text)
			}
		})
	}
	group.Wait()
	assert.Empty(t, h.fake.BadRequests())
	assert.NotContains(t, h.log.String(), "Canary")
	assert.NotContains(t, h.log.String(), h.fake.Token())
}

func (h *harness) picturesOf(p *telegramtest.Person) (has []bool) {
	for _, m := range p.Messages() {
		has = append(has, m.Photo != nil)
	}
	return has
}

func TestConversationsByPolling(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	h.startDispatcher(defaults)
	h.run(h.dispatcher)
	assertAllReachAdvice(t, h, 30)
}

func TestConversationsByWebhook(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, func(c *Config) {
		c.Secret, _ = NewSecret(testSecret)
		c.Webhook = "replaced below"
	})
	h.startDispatcher(defaults)
	h.channel.config.Webhook = h.listen(h.dispatcher)
	h.run(h.dispatcher)
	assertAllReachAdvice(t, h, 30)
}

func TestConversationsSurviveNetworkFaults(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{Seed: 7}, nil)
	h.startDispatcher(defaults)
	h.fake.Chaos(telegramtest.DropAfter, 0.02)
	h.fake.Chaos(telegramtest.DuplicateUpdate, 0.2)
	h.fake.Chaos(telegramtest.Reorder, 0.2)
	h.run(h.dispatcher)
	var group sync.WaitGroup
	people := 6
	if *halfDays > 1 {
		people = 10
	}
	for i := range people {
		p := h.fake.Person(int64(2000+i), "nl")
		group.Go(func() {
			p.Start("")
			assert.NoError(t, answerAll(h, p, i))
		})
	}
	group.Wait()
	for _, bad := range h.fake.BadRequests() {
		assert.True(t, bad.Repeated, "%+v", bad)
	}
	for _, kind := range []telegramtest.FaultKind{telegramtest.DropAfter, telegramtest.DuplicateUpdate} {
		assert.NotZero(t, h.fake.Happened()[kind], kind)
	}
}

// startConversation starts a conversation and waits for the first question.
func startConversation(t *testing.T, h *harness, id int64) *telegramtest.Person {
	t.Helper()
	p := h.fake.Person(id, "nl")
	p.Start("")
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { n, _ := question(p); return n >= 0 }))
	return p
}

func TestForgedButtonsChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	h.startDispatcher(defaults)
	h.run(h.dispatcher)
	mallory, alice := startConversation(t, h, 1), startConversation(t, h, 2)
	before, _ := question(alice)
	_, hers := question(mallory)
	living := alice.Last()
	for i, data := range []string{hers[0].Data, "", "1l.size.2.AAAAAAAAAAA", strings.Repeat("x", 64), "0a.!ee..AAAAAAAAAAA"} {
		alice.PressData(living.ID, data)
		require.NoError(t, alice.Wait(h.timeout(), func(p *telegramtest.Person) bool { return len(p.Toasts()) == i+1 }))
	}
	after := -1 // the buttons move from the old message to the new one
	require.NoError(t, alice.Wait(h.timeout(), func(p *telegramtest.Person) bool { after, _ = question(p); return after >= 0 }))
	assert.Equal(t, before, after)
	texts := embeddedTexts(t)
	assert.Equal(t, texts.Text("nl", "chat.strange"), alice.Toasts()[0])
	assert.Contains(t, alice.Last().Text, texts.Text("nl", "question.size.text"))
}

func TestTypedTextMovesTheQuestionDown(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	h.startDispatcher(defaults)
	h.run(h.dispatcher)
	p := startConversation(t, h, 1)
	first := p.Last()
	p.Say("iets heel anders")
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return p.Last().ID > first.ID }))
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return len(p.Messages()[1].Keyboard) == 0 }))
	p.Post("sticker")
	newest := p.Last().ID
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return p.Last().ID > newest }))
	assert.Contains(t, p.Last().Text, embeddedTexts(t).Text("nl", "chat.strange"))
	assert.Empty(t, h.fake.BadRequests())
}

func TestPagesReturnToTheConversation(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	h.startDispatcher(defaults)
	h.run(h.dispatcher)
	p := startConversation(t, h, 1)
	texts := embeddedTexts(t)
	newest := int64(0)
	shows := func(id string) {
		t.Helper()
		require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
			return p.Last().ID > newest && strings.Contains(p.Last().Text, texts.Text("nl", id)) && len(p.Last().Keyboard) > 0
		}))
		newest = p.Last().ID
	}
	p.Say("/privacy")
	shows("chat.privacy_title")
	p.Say("/HELP@digiwijzer_bot")
	shows("chat.help_title")
	p.Say("/mydata")
	shows("chat.my_data_title")
	require.NoError(t, p.Press(texts.Text("nl", "chat.continue")))
	shows("question.size.text")
	require.NoError(t, answerAll(h, p, 3))
	newest = 0
	require.NoError(t, p.Press(texts.Text("nl", "chat.more_button")))
	shows("chat.more_title")
	require.NoError(t, p.Press(texts.Text("nl", "chat.to_advice")))
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return p.Last().ID > newest && hasAdvice(p) }))
	p.Say("/stop")
	shows("chat.stopped")
	assert.Empty(t, h.fake.BadRequests())
}

func TestBlockingErasesTheConversation(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	h.startDispatcher(defaults)
	h.run(h.dispatcher)
	p := startConversation(t, h, 1)
	require.NoError(t, answerAll(h, p, 1))
	p.Block()
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Pending() == 0 }))
	p.Start("")
	last := p.Last().ID
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return p.Last().ID > last }))
	assert.Contains(t, p.Last().Text, embeddedTexts(t).Text("nl", "chat.welcome"))
}
