package telegram

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// What others reported of Telegram bots, replayed against ours. Each test names the reports by their
// addresses; one without an address replays what was tried, not reported. This file has what happens
// between Telegram and the intake.

// After a week without updates Telegram numbers from a random start, also from a lower one.
// https://github.com/go-telegram-bot-api/telegram-bot-api/issues/156
// https://github.com/php-telegram-bot/core/issues/659
func TestRestartedNumbering(t *testing.T) {
	t.Parallel()
	many := int64(105) // more than there are updates in one answer
	if *halfDays > 1 {
		many = 150
	}
	for name, change := range map[string]func(*Config){"polling": nil, "webhook": withWebhook} {
		t.Run(name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, change, func(r *rehearsal) {
				require.True(t, r.fake.Renumber(900_000_001))
				r.begin(1)
				r.wait(8 * 24 * time.Hour)
				polls := r.fake.Count("getUpdates")
				require.True(t, r.fake.Renumber(117_314_199))
				for id := range many {
					r.fake.Person(1000+id, "nl").Start("")
				}
				r.wait(time.Minute)
				for id := range many {
					require.NotEmpty(t, r.fake.Person(1000+id, "nl").Last().Text, "person %d", id)
				}
				require.True(t, r.fake.Renumber(math.MaxInt32))
				r.answersIn(3, time.Second)
				r.answersIn(4, time.Second)         // its number is 2^31
				require.True(t, r.fake.Renumber(7)) // and once more, from almost nothing
				p := r.answersIn(2, time.Second)
				r.tap(p, 0)
				r.wait(time.Second)
				r.shows(p, "question.sector.text")
				assert.Zero(t, r.fake.Pending())
				assert.Less(t, r.fake.Count("getUpdates")-polls, 30, "no loop")
				assert.True(t, r.healthy())
			})
		})
	}
}

// Faults of the intake, once or for long, and how soon the bot is back when they are over.
//
// 401 and 404 to valid tokens:
// https://github.com/Naltox/telegram-node-bot/issues/92
// https://github.com/tdlib/telegram-bot-api/issues/77
//
// Pages of a proxy:
// https://github.com/nickoala/telepot/issues/31
// https://github.com/iobroker-community-adapters/ioBroker.telegram/issues/31
// https://github.com/telegraf/telegraf/issues/1100
//
// An idle poll is reset:
// https://github.com/chenhg5/cc-connect/issues/738
// https://github.com/teloxide/teloxide/issues/223
//
// Another poller:
// https://github.com/eternnoir/pyTelegramBotAPI/issues/543
// https://github.com/telegraf/telegraf/issues/704
// https://github.com/leafduo/chatgpt-telegram-bot/issues/8
//
// 429:
// https://github.com/agno-agi/agno/issues/7360
// https://github.com/greeves89/AI-Employee/issues/528
func TestIntakeSurvives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault telegramtest.Fault
		lasts time.Duration // the fault; zero: Times
		back  time.Duration // the longest until the next person is answered
		red   bool          // health turns red meanwhile
	}{
		{"401 once", telegramtest.Fault{Kind: telegramtest.Unauthorized, Times: 1}, 0, 2 * time.Second, false},
		{"404 once", telegramtest.Fault{Kind: telegramtest.NotFound, Times: 1}, 0, 2 * time.Second, false},
		{"409 once", telegramtest.Fault{Kind: telegramtest.Conflict, Times: 1}, 0, 2 * time.Second, false},
		{"401 for an hour", telegramtest.Fault{Kind: telegramtest.Unauthorized}, time.Hour, 5*time.Minute + time.Second, true},
		{"404 for an hour", telegramtest.Fault{Kind: telegramtest.NotFound}, time.Hour, 5*time.Minute + time.Second, true},
		{"409 for an hour", telegramtest.Fault{Kind: telegramtest.Conflict}, time.Hour, time.Minute + time.Second, true},
		{"502 twice", telegramtest.Fault{Kind: telegramtest.BadGateway, Times: 2}, 0, 4 * time.Second, false},
		{"500 for an hour", telegramtest.Fault{Kind: telegramtest.ServerError}, time.Hour, 31 * time.Second, true},
		{"200 with a page", telegramtest.Fault{Kind: telegramtest.Page, Times: 2}, 0, 4 * time.Second, false},
		{"200 with other JSON", telegramtest.Fault{Kind: telegramtest.WrongJSON, Times: 2}, 0, 4 * time.Second, false},
		{"429 for five seconds", telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 5, Times: 1}, 0, 6 * time.Second, false},
		{"429 without a time", telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: -1, Times: 2}, 0, 4 * time.Second, false},
		{"an idle poll is reset", telegramtest.Fault{Kind: telegramtest.DropBefore, Delay: 20 * time.Second, Times: 3}, time.Minute + 10*time.Second, 2 * time.Second, false},
		{"half a response", telegramtest.Fault{Kind: telegramtest.HalfBody, Times: 1}, 0, 2 * time.Second, false},
		{"unreachable for an hour", telegramtest.Fault{Kind: telegramtest.DropBefore}, time.Hour, 31 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				r.begin(1)
				c.fault.Method = "getUpdates"
				r.fake.Plan(c.fault)
				r.beginUnanswered(2) // ends the poll that is open
				calls := r.fake.Count("deleteWebhook") + r.fake.Happened()[c.fault.Kind]
				r.wait(c.lasts)
				assert.Equal(t, c.red, !r.healthy())
				tries := r.fake.Count("deleteWebhook") + r.fake.Happened()[c.fault.Kind] - calls
				assert.Less(t, tries, 200, "pauses grow")
				r.fake.ClearFaults()
				r.answersIn(3, c.back)
				r.wait(5 * time.Minute)
				assert.True(t, r.healthy())
				assert.NotContains(t, r.log.String(), r.fake.Token())
			})
		})
	}
}

// beginUnanswered starts a conversation whose answer may have to wait.
func (r *rehearsal) beginUnanswered(id int64) {
	r.fake.Person(id, "nl").Start("")
	synctest.Wait()
}

// Every call at the start is repeated until it succeeds, whatever fails.
func TestStartSurvives(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]telegramtest.Fault{
		"getMe 502":                   {Kind: telegramtest.BadGateway, Method: "getMe", Times: 1},
		"getMe 401 for an hour":       {Kind: telegramtest.Unauthorized, Method: "getMe"},
		"commands 404 for an hour":    {Kind: telegramtest.NotFound, Method: "setMyCommands"},
		"description 429 for a while": {Kind: telegramtest.TooMany, RetryAfter: 600, Method: "setMyDescription", Times: 3},
		"name 500 for an hour":        {Kind: telegramtest.ServerError, Method: "getMyName"},
		"all unreachable for an hour": {Kind: telegramtest.DropBefore},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRehearsal(t, telegramtest.Options{}, nil)
				r.fake.Plan(fault)
				r.run(r.dispatcher)
				r.wait(time.Hour)
				r.fake.ClearFaults()
				r.wait(15 * time.Minute)
				profile := r.fake.Profile()
				assert.Equal(t, telegramtest.BotUsername, r.channel.Username())
				for _, part := range []string{"setMyName", "setMyCommands:nl", "setMyCommands:en", "setMyDescription:en", "setMyShortDescription", "setChatMenuButton"} {
					assert.NotEmpty(t, profile[part], part)
				}
				r.answersIn(1, time.Second)
				assert.True(t, r.healthy())
			})
		})
	}
}

// Another program sets a webhook, or nothing can be delivered to ours (the last report).
// https://github.com/php-telegram-bot/core/issues/709
// https://github.com/tdlib/telegram-bot-api/issues/422
// https://github.com/irazasyed/telegram-bot-sdk/issues/228
func TestWebhookIsWatched(t *testing.T) {
	t.Parallel()
	t.Run("overwritten", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, withWebhook, func(r *rehearsal) {
			r.begin(1)
			require.NoError(t, r.channel.client.call(r.t.Context(), "setWebhook", map[string]any{"url": "https://other.example.org/x"}, nil))
			r.wait(2 * webhookCheck)
			assert.Contains(t, r.log.String(), "replaced by another program")
			r.answersIn(2, time.Second)
			r.wait(webhookCheck)
			assert.True(t, r.healthy())
		})
	})
	t.Run("another secret", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, withWebhook, func(r *rehearsal) {
			r.begin(1)
			newer, err := NewSecret("another-webhook-secret-of-more-than-32-characters")
			require.NoError(t, err)
			r.fake.Plan(telegramtest.Fault{Kind: telegramtest.ServerError, Method: "setWebhook", Times: 2})
			r.channel.UseSecret(newer)
			r.answersIn(2, time.Minute) // with the old one: Telegram does not know the other yet
			r.wait(time.Minute)
			r.answersIn(3, time.Second)
			secrets := r.channel.secrets.Load()
			assert.True(t, secrets.matches(newer.Reveal()))
			assert.False(t, secrets.matches(testSecret), "Telegram was told")
			assert.True(t, r.healthy())
		})
	})
	t.Run("not delivered", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, withWebhook, func(r *rehearsal) {
			r.fake.DeliverTo(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
			r.fake.Person(1, "nl").Start("")
			r.wait(3 * webhookCheck)
			status := r.dispatcher.Health(r.t.Context())
			assert.Contains(t, status.Channels[Name].Problem, "cannot deliver to the webhook: wrong response from the webhook: 502")
			r.fake.DeliverTo(r.channel.Handler(r.dispatcher))
			r.wait(2 * webhookCheck)
			assert.NotEmpty(t, r.fake.Person(1, "nl").Last().Text)
			assert.True(t, r.healthy())
		})
	})
	t.Run("refused at first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRehearsal(t, telegramtest.Options{}, withWebhook)
			r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "setWebhook", Text: "Bad Request: bad webhook: Failed to resolve host", Times: 4})
			r.run(r.dispatcher)
			r.wait(time.Minute)
			r.answersIn(1, time.Second)
		})
	})
}

// A webhook of another program is removed, and what waited for it is answered.
func TestLeftWebhookIsRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, telegramtest.Options{}, nil)
		set := func() {
			require.NoError(t, r.channel.client.call(r.t.Context(), "setWebhook", map[string]any{"url": "https://other.example.org/x"}, nil))
		}
		set()
		r.fake.DeliverTo(http.NotFoundHandler())
		waiting := r.fake.Person(1, "nl")
		waiting.Start("")
		r.run(r.dispatcher)
		r.wait(time.Second)
		assert.NotEmpty(t, waiting.Last().Text)
		set() // while it polls
		r.wait(3 * time.Second)
		r.answersIn(2, time.Second)
	})
}

// One update delivered eight times at once, and again later; foreign bodies (the last two reports).
// https://github.com/irazasyed/telegram-bot-sdk/issues/249
// https://github.com/vstorm-co/agenticos/issues/4
// https://github.com/Txio-labs/txio-telegram-bot/issues/54
func TestWebhookRequests(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, withWebhook, func(r *rehearsal) {
		p := r.begin(1)
		_, buttons := question(p)
		handler := r.channel.Handler(r.dispatcher)
		post := func(secret, body string) *httptest.ResponseRecorder {
			q := httptest.NewRequest(http.MethodPost, "/telegram", bytes.NewBufferString(body))
			q.Header.Set(secretHeader, secret)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, q)
			return w
		}
		update := `{"update_id":5000,"callback_query":{"id":"77","from":{"id":1},"data":"` + buttons[0].Data + `",
			"message":{"message_id":` + strconv.FormatInt(p.Last().ID, 10) + `,"chat":{"id":1,"type":"private"}}}}`
		edits := r.fake.Count("editMessageText")
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				w := post(testSecret, update)
				assert.Equal(t, 200, w.Code)
				assert.JSONEq(t, `{"method":"answerCallbackQuery","callback_query_id":"77"}`, w.Body.String())
			})
		}
		group.Wait()
		r.wait(time.Second)
		assert.Equal(t, 200, post(testSecret, update).Code)
		r.wait(time.Second)
		assert.Equal(t, edits+1, r.fake.Count("editMessageText"))
		for _, c := range []struct {
			secret, body string
			code         int
		}{{"", update, 401}, {"wrong", update, 401}, {testSecret, "{", 400}, {testSecret, `{"message":{}}`, 400}, {testSecret, strings.Repeat("x", maxUpdate+1), 413}} {
			assert.Equal(t, c.code, post(c.secret, c.body).Code)
		}
	})
}

// The server closes idle connections, or every one.
// https://github.com/windkh/node-red-contrib-telegrambot/issues/172
func TestClosedConnections(t *testing.T) {
	t.Parallel()
	for name, idle := range map[string]time.Duration{"after half a second": 500 * time.Millisecond, "after every response": -1} {
		t.Run(name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{IdleTimeout: idle}, nil, func(r *rehearsal) {
				p := r.begin(1)
				r.finish(p, 1)
				assert.Empty(t, r.fake.BadRequests())
				assert.NotContains(t, r.log.String(), "level=ERROR")
			})
		})
	}
}
