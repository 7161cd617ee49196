package telegram

import (
	"context"
	"sync"
	"time"

	tg "github.com/go-telegram/bot"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// take hands one update to the desk; done is called once, when the update may be
// acknowledged (nil) or must come again. What is no part of a conversation is dealt
// with here and acknowledged at once.
func (c *Channel) take(desk Desk, u update, done func(error)) {
	in, also := c.decode(u)
	if also.leave != 0 {
		c.leave(also.leave)
	}
	if in.Chat.ID == "" {
		if also.query != "" {
			c.answer(also.query, "")
		}
		done(nil)
		return
	}
	desk.Submit(in, func(turn flows.Turn, err error) {
		if err == nil && also.query != "" {
			c.answer(also.query, c.toast(turn))
		}
		done(err)
	})
}

// maxToast is the longest text that may pop up after a press.
const maxToast = 200

// toast is what pops up after a press: the notice the turn begins with, if any.
func (c *Channel) toast(turn flows.Turn) string {
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			if b.Style == flows.Notice {
				text, _ := c.config.Texts().Render(turn.Session.Lang, b.Text)
				return cutText(text, maxToast)
			}
		}
	}
	return ""
}

// answers are the answers to presses, sent beside everything else: they end the
// button's spinner and are worth nothing later, so a lost one is not repeated.
type answers struct {
	mu      sync.Mutex
	ctx     context.Context // nil: not running
	running sync.WaitGroup
	count   int
}

// maxAnswers bounds the answers on their way; beyond it they are left out.
const maxAnswers = 1024

// answerTimeout bounds one answer: a later one is of no use.
const answerTimeout = 10 * time.Second

func (a *answers) open(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ctx = ctx
}

// wait refuses new answers and waits for those on their way.
func (a *answers) wait() {
	a.mu.Lock()
	a.ctx = nil
	a.mu.Unlock()
	a.running.Wait()
}

// run does a call beside everything else, if there is room; false: there is not.
func (a *answers) run(call func(context.Context)) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx == nil || a.count >= maxAnswers {
		return false
	}
	a.count++
	ctx := a.ctx
	a.running.Go(func() {
		ctx, stop := context.WithTimeout(ctx, answerTimeout)
		defer stop()
		call(ctx)
		a.mu.Lock()
		a.count--
		a.mu.Unlock()
	})
	return true
}

func (c *Channel) answer(query, text string) {
	c.answers.run(func(ctx context.Context) {
		err := c.client.call(ctx, "answerCallbackQuery", tg.AnswerCallbackQueryParams{CallbackQueryID: query, Text: text}, nil)
		if err != nil && verdictOf(err) != bot.Harmless {
			c.log.Debug("a press was not answered", "error", err)
		}
	})
}

// leaving holds the groups that are being left, so that each hears one line only: the
// updates of being added come together.
type leaving struct {
	mu    sync.Mutex
	chats map[int64]bool
}

// begin tells whether nobody is leaving this group yet.
func (l *leaving) begin(chat int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chats[chat] {
		return false
	}
	if l.chats == nil {
		l.chats = map[int64]bool{}
	}
	l.chats[chat] = true
	return true
}

// end forgets a group: it has been left, or its next update tries again.
func (l *leaving) end(chat int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.chats, chat)
}

// leave says one polite line in a group or channel and leaves it. In a channel the
// line may be refused; leaving is what matters.
func (c *Channel) leave(chat int64) {
	if !c.left.begin(chat) {
		return
	}
	begun := c.answers.run(func(ctx context.Context) {
		defer c.left.end(chat)
		line := c.config.Texts().Text(locales.Default, "telegram.private_only")
		_ = c.client.call(ctx, "sendMessage", tg.SendMessageParams{ChatID: chat, Text: line}, nil)
		err := c.client.call(ctx, "leaveChat", tg.LeaveChatParams{ChatID: chat}, nil)
		if err != nil && verdictOf(err) != bot.Gone {
			c.log.Warn("a group could not be left", "error", err)
		}
	})
	if !begun {
		c.left.end(chat)
	}
}
