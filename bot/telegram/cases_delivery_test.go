package telegram

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// What happens between the outbox and Telegram, as others reported it; see
// cases_intake_test.go.

// One chat is refused, slow or hangs, and another person notices nothing.
// https://github.com/python-telegram-bot/python-telegram-bot/issues/939
// https://github.com/m1guelpf/chatgpt-telegram/issues/63
// https://github.com/greeves89/AI-Employee/issues/528
func TestOneChatHoldsUpNobody(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]telegramtest.Fault{
		"refused for 30 s":       {Kind: telegramtest.TooMany, RetryAfter: 30},
		"takes 3 s":              {Kind: telegramtest.Slow, Delay: 3 * time.Second},
		"hangs":                  {Kind: telegramtest.Hang},
		"hangs 12 s, is dropped": {Kind: telegramtest.DropAfter, Delay: 12 * time.Second},
		"500":                    {Kind: telegramtest.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				p := r.begin(1)
				fault.Chat, fault.Times = 1, 4
				r.fake.Plan(fault)
				r.tap(p, 1) // an edit; the others are messages
				for range 4 {
					p.Say("zomaar")
					r.wait(time.Second)
				}
				for id := range int64(20) {
					r.answersIn(100+id, time.Second)
				}
				r.wait(5 * time.Minute)
				assert.Equal(t, 4, r.fake.Happened()[fault.Kind])
				assert.Equal(t, 1, livingMessages(p), p.Screen())
				r.shows(p, "question.sector.text")
			})
		})
	}
	t.Run("forty at once", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
			for id := range int64(40) {
				r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Slow, Delay: 10 * time.Second, Chat: 1 + id})
			}
			for id := range int64(40) {
				r.fake.Person(1+id, "nl").Start("")
			}
			r.wait(2 * time.Second) // the pace of the channel
			r.answersIn(500, time.Second)
		})
	})
	t.Run("quick edits", func(t *testing.T) {
		rehearse(t, telegramtest.Options{EditBurst: 20, EditPause: 30}, nil, func(r *rehearsal) {
			p := r.begin(1)
			for i := range 60 {
				require.NoError(t, p.Press([]string{"English", "Nederlands"}[i%2]))
				r.wait(100 * time.Millisecond)
				for len(p.Last().Keyboard) == 0 || !offers(p, []string{"Nederlands", "English"}[i%2]) {
					r.wait(100 * time.Millisecond)
				}
			}
			r.answersIn(2, time.Second)
		})
	})
}

func offers(p *telegramtest.Person, label string) bool {
	for _, row := range p.Last().Keyboard {
		for _, b := range row {
			if b.Text == label {
				return true
			}
		}
	}
	return false
}

// Calls that fail once or for an hour are repeated until they succeed, and the next person is
// answered soon after.
//
// 401 and 404 to valid tokens:
// https://github.com/Naltox/telegram-node-bot/issues/92
// https://github.com/tdlib/telegram-bot-api/issues/77
//
// 429:
// https://github.com/agno-agi/agno/issues/7360
// https://github.com/greeves89/AI-Employee/issues/528
//
// Pages of a proxy:
// https://github.com/nickoala/telepot/issues/31
// https://github.com/iobroker-community-adapters/ioBroker.telegram/issues/31
// https://github.com/telegraf/telegraf/issues/1100
func TestSendingSurvives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault telegramtest.Fault
		lasts time.Duration
		back  time.Duration
		red   bool
	}{
		{"401 once", telegramtest.Fault{Kind: telegramtest.Unauthorized, Times: 1}, 0, 2 * time.Second, false},
		{"404 once", telegramtest.Fault{Kind: telegramtest.NotFound, Times: 1}, 0, 2 * time.Second, false},
		{"409 once", telegramtest.Fault{Kind: telegramtest.Conflict, Times: 1}, 0, 2 * time.Second, false},
		{"401 for an hour", telegramtest.Fault{Kind: telegramtest.Unauthorized}, time.Hour, 5*time.Minute + time.Second, true},
		{"404 for an hour", telegramtest.Fault{Kind: telegramtest.NotFound}, time.Hour, 5*time.Minute + time.Second, true},
		{"409 for an hour", telegramtest.Fault{Kind: telegramtest.Conflict}, time.Hour, time.Second, true},
		{"429 without a time", telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: -1, Times: 2}, 0, 3 * time.Second, false},
		{"502 twice", telegramtest.Fault{Kind: telegramtest.BadGateway, Times: 2}, 0, 4 * time.Second, false},
		{"200 with a page", telegramtest.Fault{Kind: telegramtest.Page, Times: 2}, 0, 4 * time.Second, false},
		{"200 with other JSON", telegramtest.Fault{Kind: telegramtest.WrongJSON, Times: 1}, 0, 2 * time.Second, false},
		{"500 restart", telegramtest.Fault{Kind: telegramtest.ServerError, Times: 1}, 0, 2 * time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				c.fault.Method = "sendMessage"
				r.fake.Plan(c.fault)
				waiting := r.fake.Person(1, "nl")
				waiting.Start("")
				r.wait(c.lasts)
				assert.Equal(t, c.red, !r.healthy())
				if c.lasts > 0 {
					r.fake.ClearFaults()
				}
				r.answersIn(2, c.back)
				r.wait(11 * time.Minute)
				assert.NotEmpty(t, waiting.Last().Text)
				assert.True(t, r.healthy())
				assert.NotContains(t, r.log.String(), r.fake.Token())
			})
		})
	}
}

// A message is sent and the answer to that is lost: two copies, and a press on either works.
// https://github.com/python-telegram-bot/python-telegram-bot/issues/1045
// https://github.com/NousResearch/hermes-agent/issues/5153
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, kind := range []telegramtest.FaultKind{telegramtest.DropAfter, telegramtest.HalfBody} {
		for copy := range 2 {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				r.fake.Plan(telegramtest.Fault{Kind: kind, Method: "sendMessage", Times: 1})
				p := r.fake.Person(1, "nl")
				p.Start("")
				r.wait(10 * time.Second)
				copies := p.Messages()[1:]
				require.Len(t, copies, 2)
				p.PressData(copies[copy].ID, copies[copy].Keyboard[1][0].Data)
				r.wait(5 * time.Second)
				text := ""
				for _, m := range p.Messages() {
					if m.Edits > 0 {
						text = m.Text
					}
				}
				assert.Contains(t, text, r.text("question.sector.text"))
			})
		}
	}
}

// Errors of edits: nothing changed counts as sent; a message that cannot be edited (the last report) is sent
// again.
// https://github.com/atipugin/telegram-bot-ruby/issues/173
// https://github.com/nutgram/nutgram/issues/692
// https://github.com/cherrytea-dev/la_searcher_bot/issues/917
// https://github.com/yagop/node-telegram-bot-api/issues/393
func TestRefusedEdits(t *testing.T) {
	t.Parallel()
	for text, anew := range map[string]bool{
		"":                                       false, // the answer is lost, and the retry changes nothing
		"Bad Request: message to edit not found": true, "Bad Request: message can't be edited": true, "Bad Request: MESSAGE_ID_INVALID": true,
		"Bad Request: there is no text in the message to edit": true,
	} {
		t.Run(text, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				p := r.begin(1)
				n := len(p.Messages())
				fault := telegramtest.Fault{Kind: telegramtest.Refuse, Method: "editMessageText", Times: 1, Text: text}
				if text == "" {
					fault.Kind = telegramtest.DropAfter
				}
				r.fake.Plan(fault)
				r.tap(p, 1)
				r.wait(5 * time.Second)
				assert.Equal(t, anew, len(p.Messages()) > n)
				r.tap(p, 1)
				r.wait(5 * time.Second)
				r.finish(p, 1)
				refused := r.fake.BadRequests()
				if !anew && assert.Len(t, refused, 1) {
					assert.Contains(t, refused[0].Description, "message is not modified")
				}
				assert.Zero(t, r.dispatcher.Counters().Dropped)
			})
		})
	}
	t.Run("picture and advice", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
			p := r.begin(1)
			r.finish(p, 2)
			photos := r.fake.Count("sendPhoto")
			r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "editMessageMedia", Times: 1, Text: "Bad Request: message to edit not found"})
			r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "editMessageText", Times: 1, Text: "Bad Request: message can't be edited"})
			p.Say("/taal")
			r.wait(time.Second)
			require.NoError(t, p.Press("English"))
			r.wait(5 * time.Second)
			assert.Equal(t, photos+1, r.fake.Count("sendPhoto"))
			assert.True(t, hasAdvice(p), p.Screen())
		})
	})
}

// An answer to a press comes too late: the next question comes, and the log stays quiet.
// https://github.com/go-telegram-bot-api/telegram-bot-api/issues/579
// https://github.com/EdJoPaTo/grammy-inline-menu/issues/64
func TestLateAnswersToPresses(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "answerCallbackQuery", Text: "Bad Request: query is too old and response timeout expired or query ID is invalid"})
		r.tap(p, 1)
		r.wait(2 * time.Second)
		r.shows(p, "question.sector.text")
		assert.NotContains(t, r.log.String(), "not answered")
	})
}

// reformatted lays out every response in another way, and adds a field that nobody knows.
type reformatted struct{ http.RoundTripper }

func (f reformatted) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var laidOut bytes.Buffer
	if err := json.Indent(&laidOut, bytes.Replace(body, []byte("{"), []byte(`{"took":{"ms":3},`), 1), "", "  "); err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(&laidOut), int64(laidOut.Len())
	return resp, nil
}

// Responses with other spaces and more fields than today's are understood.
func TestReformattedResponses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, telegramtest.Options{}, nil)
		r.channel.client.http = reformatted{r.channel.client.http}
		r.run(r.dispatcher)
		r.finish(r.begin(1), 1)
		assert.Zero(t, r.fake.Pending())
		assert.Zero(t, r.fake.Extra(), "nothing is repeated")
		assert.NotContains(t, r.log.String(), "not a Bot API")
	})
}

// The person clears the history: later messages are sent as new ones.
func TestClearedHistory(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		_, buttons := question(p)
		living := p.Last().ID
		p.ClearHistory()
		p.PressData(living, buttons[1].Data)
		r.wait(5 * time.Second)
		r.shows(p, "question.sector.text")
		r.finish(p, 1)
	})
}

// A conversation by webhook costs almost half as many calls: presses are answered in the response.
func TestCallsPerConversation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Config)
		most   int
	}{"polling": {nil, 53}, "webhook": {withWebhook, 30}} {
		rehearse(t, telegramtest.Options{}, c.change, func(r *rehearsal) {
			p := r.begin(1)
			before := len(r.fake.Calls())
			r.finish(p, 1)
			r.wait(time.Second)
			calls := len(r.fake.Calls()) - before
			t.Logf("%s: %d calls, %d answers in responses, %d taps", name, calls, r.fake.Count(telegramtest.InResponse), len(p.Turns())-1)
			assert.LessOrEqual(t, calls, c.most, name)
			assertBudget(t, p)
		})
	}
}

// An edit that was refused until it was dropped is sent again at the next press, though the
// question is the same.
func TestDroppedEditIsSentAgain(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "editMessageText", Times: 2, Text: "Bad Request: can't parse entities"})
		r.tap(p, 1)
		r.wait(time.Minute)
		r.shows(p, "question.size.text")
		r.tap(p, 1)
		r.wait(5 * time.Second)
		r.shows(p, "question.sector.text")
	})
}
