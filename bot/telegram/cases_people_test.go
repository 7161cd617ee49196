package telegram

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// What people and their apps send, as others reported it; see cases_intake_test.go.

// Service messages and kinds that the Bot API does not have yet are acknowledged without an answer, and so is
// every update that is not a message to the bot (the last two reports).
// https://github.com/crystal-autobot/autobot/issues/123
// https://github.com/botman/driver-telegram/issues/107
// https://github.com/home-assistant/core/issues/59890
// https://github.com/go-telegram/bot/issues/101
// https://github.com/usememos/telegram-integration/issues/94
func TestSilentUpdates(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		before, sent := p.Screen(), len(p.Messages())
		for _, field := range []string{"pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "write_access_allowed", "forum_topic_created",
			"users_shared", "successful_payment", "boost_added", "gift", "a_kind_of_2031"} {
			p.Post(field)
			sent++ // the message of the person
		}
		r.fake.Inject("message", nil)
		r.fake.Inject("message", "text")
		r.fake.Inject("message", map[string]any{"message_id": "7", "chat": 3})
		words := map[string]any{"text": "2 tot 9 mensen"} // the answer, if it were a message to the bot
		for _, kind := range []string{"channel_post", "business_message", "message_reaction", "inline_query", "chat_join_request", "poll", "a_kind_of_2031"} {
			r.fake.Inject(kind, privateMessage(p.ID(), words))
		}
		r.fake.Inject("edited_message", privateMessage(p.ID(), words)) // nobody edited it: no edit_date
		r.wait(time.Minute)
		assert.Equal(t, before, p.Screen())
		assert.Len(t, p.Messages(), sent)
		assert.Zero(t, r.fake.Pending())
		assert.Len(t, said(p, 0), 1)
	})
}

// What a person sends gets one line that helps, and a caption is read (the last three reports).
// https://github.com/shridarpatil/whatomate/issues/546
// https://github.com/openclaw/openclaw/issues/136674
// https://github.com/python-telegram-bot/python-telegram-bot/issues/3061
// https://github.com/grammyjs/grammY/issues/686
// https://github.com/tucnak/telebot/issues/346
func TestHelpfulLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(p *telegramtest.Person)
		want string
	}{
		"sticker":         {func(p *telegramtest.Person) { p.Post("sticker") }, "chat.strange"},
		"location":        {func(p *telegramtest.Person) { p.Post("location") }, "chat.strange"},
		"voice":           {func(p *telegramtest.Person) { p.Post("voice") }, "talk.strange_voice"},
		"video note":      {func(p *telegramtest.Person) { p.Post("video_note") }, "talk.strange_voice"},
		"caption":         {func(p *telegramtest.Person) { p.Caption("kijk eens") }, "talk.strange_caption"},
		"caption answers": {func(p *telegramtest.Person) { p.Caption("2 tot 9 mensen") }, "question.sector.text"},
		"caption stops":   {func(p *telegramtest.Person) { p.Caption("/stop") }, "chat.stopped"},
		"forwarded":       {func(p *telegramtest.Person) { p.Forward("2 tot 9 mensen") }, "talk.strange_forwarded"},
		"edited":          {func(p *telegramtest.Person) { p.Say("hmm"); p.EditLast("5") }, "talk.strange_edited"},
		"thanks":          {func(p *telegramtest.Person) { p.Say("👍") }, "talk.thanked"},
		"a human":         {func(p *telegramtest.Person) { p.Say("mag ik iemand spreken?") }, "talk.human_title"},
	} {
		t.Run(name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				p := r.begin(1)
				c.do(p)
				r.wait(5 * time.Second)
				r.shows(p, c.want)
				assert.LessOrEqual(t, livingMessages(p), 1)
				assert.Empty(t, r.fake.BadRequests())
			})
		})
	}
}

// An album, forwarded messages and a burst of texts get one answer, and a press after it does not wait for
// them.
// https://github.com/eternnoir/pyTelegramBotAPI/issues/1581
// https://github.com/go-telegram-bot-api/telegram-bot-api/issues/242
func TestBursts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(p *telegramtest.Person)
		most int // messages of the bot
	}{
		"album of ten":         {func(p *telegramtest.Person) { p.Album(10) }, 1},
		"thirty forwarded":     {func(p *telegramtest.Person) { forward(p, 30) }, 1},
		"thirty texts":         {func(p *telegramtest.Person) { sayMany(p, 30) }, 5}, // three at once, one in flight, and what the press leads to
		"one edited ten times": {func(p *telegramtest.Person) { p.Say("hmm"); editMany(p, 10) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			rehearse(t, telegramtest.Options{Limits: true}, nil, func(r *rehearsal) {
				p := r.begin(1)
				r.wait(10 * time.Second)
				n := len(said(p, 0))
				c.do(p)
				r.tap(p, 0)
				start := time.Now()
				for !strings.Contains(p.Last().Text, r.text("question.sector.text")) && time.Since(start) < time.Minute {
					r.wait(100 * time.Millisecond)
				}
				assert.LessOrEqual(t, time.Since(start), 3*time.Second, "the press is answered")
				r.wait(time.Minute)
				assert.LessOrEqual(t, len(said(p, 0))-n, c.most, "%q", said(p, 0))
				assert.Equal(t, 1, livingMessages(p))
				assert.Empty(t, r.fake.BadRequests())
			})
		})
	}
	t.Run("slow album", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
			p := r.begin(1)
			p.SlowAlbum(4, func() { r.wait(time.Second) })
			r.wait(5 * time.Second)
			assert.Len(t, said(p, 0), 2)
		})
	})
	t.Run("two albums", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
			p := r.begin(1)
			p.Album(3)
			r.wait(5 * time.Second)
			p.Album(3)
			r.wait(5 * time.Second)
			assert.Len(t, said(p, 0), 3)
		})
	})
}

func forward(p *telegramtest.Person, n int) {
	for i := range n {
		p.Forward(fmt.Sprint("bericht ", i))
	}
}

func sayMany(p *telegramtest.Person, n int) {
	for i := range n {
		p.Say(fmt.Sprint("zomaar iets ", i))
	}
}

func editMany(p *telegramtest.Person, n int) {
	for i := range n {
		p.EditLast(fmt.Sprint("toch anders ", i))
	}
}

// A press that comes twice gets its toast alone.
// https://github.com/atipugin/telegram-bot-ruby/issues/173
// https://github.com/nutgram/nutgram/issues/692
func TestDoublePresses(t *testing.T) {
	t.Parallel()
	t.Run("on a question", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
			p := r.begin(1)
			_, buttons := question(p)
			living := p.Last()
			p.PressData(living.ID, buttons[0].Data)
			p.PressData(living.ID, buttons[0].Data)
			r.wait(5 * time.Second)
			assert.Equal(t, []string{r.text("chat.already")}, p.Toasts())
			assert.NotContains(t, p.Last().Text, r.text("chat.already"))
			assert.Equal(t, 1, p.Last().Edits)
			assert.Equal(t, 1, r.fake.Count("editMessageText"), "nothing that changes nothing is sent")
			p.PressData(living.ID, buttons[1].Data) // another button of the old question
			r.wait(5 * time.Second)
			assert.Equal(t, r.text("chat.old_button"), p.Toasts()[1])
			assert.Equal(t, 1, p.Last().Edits)
		})
	})
	t.Run("on the rating", func(t *testing.T) {
		rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
			p := r.begin(1)
			r.finish(p, 2)
			n, advice := len(p.Messages()), p.Last()
			data := ""
			for _, row := range advice.Keyboard {
				for _, b := range row {
					if strings.Contains(b.Data, ".satisfaction.4.") {
						data = b.Data
					}
				}
			}
			require.NotEmpty(t, data)
			p.PressData(advice.ID, data)
			p.PressData(advice.ID, data)
			r.wait(5 * time.Second)
			assert.Len(t, p.Messages(), n, "no second message")
			assert.Contains(t, p.Toasts(), r.text("chat.already"))
			assert.Empty(t, r.fake.BadRequests())
		})
	})
}

// After the result: keeping an answer closes the question and leads back, and what does not
// change is not edited.
func TestNothingChangesUnseen(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		r.finish(p, 2)
		advice := p.Last()
		edits := func() int { return r.fake.Count("editMessageText") + r.fake.Count("editMessageMedia") }
		before, uploads := edits(), r.fake.Count("sendPhoto")
		r.press(p, "chat.my_answers")
		r.press(p, "topic.paperwork")
		require.NoError(t, p.Press(r.text("chat.keep")))
		r.wait(2 * time.Second)
		r.shows(p, "talk.kept")
		assert.Equal(t, before+1, edits(), "the question is closed, nothing else is touched")
		assert.Equal(t, r.text("chat.to_advice"), p.Last().Keyboard[0][0].Text)
		r.press(p, "chat.to_advice")
		r.wait(2 * time.Second)
		assert.Equal(t, advice.Text, p.Last().Text)
		assert.Equal(t, uploads+1, r.fake.Count("sendPhoto"))

		before = edits()
		r.press(p, "chat.my_answers")
		r.press(p, "topic.paperwork")
		require.NoError(t, p.PressWhere(func(b telegramtest.Button) bool { return strings.HasPrefix(b.Text, "✓ ") })) // the answer there was
		r.wait(2 * time.Second)
		r.shows(p, "talk.advice_same")
		assert.Equal(t, before+1, edits())
		assert.Empty(t, r.fake.BadRequests())
	})
}

// The advice is pinned without a sound, can be passed on with the partner's code, and offers a
// question to copy.
func TestAdviceIsKeptAndPassedOn(t *testing.T) {
	t.Parallel()
	rehearseIn2026(t, func(r *rehearsal) {
		p := r.fake.Person(1, "nl")
		p.Start("kvk-utrecht")
		r.wait(time.Second)
		r.finish(p, 2)
		r.wait(time.Second)
		advice := p.Last()
		assert.True(t, advice.Pinned && advice.Silent)
		share, copied := "", []string{}
		for _, row := range advice.Keyboard {
			for _, b := range row {
				if b.Text == r.text("telegram.share") {
					share = b.URL
				}
				if b.Copy != nil {
					copied = append(copied, b.Copy.Text)
				}
			}
		}
		assert.Contains(t, share, "https://t.me/share/url?")
		assert.Contains(t, share, "start%3Dkvk-utrecht")
		require.Len(t, copied, 2)
		assert.Contains(t, copied[0], "Mijn bedrijf:")
		assert.Contains(t, advice.Text, copied[1], "the code can be read too")
		for _, m := range p.Messages() {
			assert.Equal(t, m.ID == advice.ID, m.Pinned)
		}
	})
}

// A group gets one line with a button to the private chat, also when it becomes a supergroup meanwhile (the
// first two reports) and whoever writes in it.
// https://github.com/TwiN/gatus/issues/179
// https://github.com/atipugin/telegram-bot-ruby/issues/239
// https://github.com/SamSaffron/term-llm/pull/249
// https://github.com/42wim/matterbridge/issues/410
// https://github.com/inCaller/prometheus_bot/pull/40
func TestGroupsAreShownTheWay(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		const old, supergroup, channel = -100, -1_001_000_000_100, -1_001_000_000_200
		r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Chat: old, Text: "Bad Request: group chat was upgraded to a supergroup chat"})
		r.fake.Group(old, "group")
		r.wait(time.Second)
		r.fake.Inject("message", map[string]any{"message_id": 4, "chat": map[string]any{"id": old, "type": "group"}, "migrate_to_chat_id": supergroup})
		r.wait(time.Minute)
		assert.Contains(t, r.log.String(), "leaving group failed")
		tries := r.fake.Happened()[telegramtest.Refuse]
		assert.LessOrEqual(t, tries, 4, "a line and leaving, for each update")

		g := r.fake.Group(supergroup, "supergroup")
		inGroup, inChannel := map[string]any{"id": supergroup, "type": "supergroup"}, map[string]any{"id": channel, "type": "channel"}
		for _, message := range []map[string]any{
			{"migrate_from_chat_id": old},
			// of nobody, of an anonymous administrator, of a channel
			{"text": "/start"},
			{"text": "/start", "from": map[string]any{"id": 1087968824, "is_bot": true}, "sender_chat": inGroup},
			{"text": "/start", "from": map[string]any{"id": 136817688, "is_bot": true}, "sender_chat": inChannel},
		} {
			message["message_id"], message["chat"] = 5, inGroup
			r.fake.Inject("message", message)
		}
		r.fake.Inject("channel_post", map[string]any{"message_id": 6, "chat": inChannel, "text": "/start"})
		r.fake.Inject("message", privateMessage(7, map[string]any{"from": map[string]any{"id": 8}, "text": "namens een ander"}))
		r.wait(time.Minute)
		assert.Equal(t, tries, r.fake.Happened()[telegramtest.Refuse], "no loop")
		assert.True(t, g.Left())
		require.Len(r.t, g.Messages(), 1)
		line := g.Messages()[0]
		assert.Equal(t, r.text("telegram.private_only"), line.Text)
		assert.Equal(t, "https://t.me/"+telegramtest.BotUsername, line.Keyboard[0][0].URL)
		assert.Zero(t, r.fake.Pending())
	})
}

// Presses of every kind. The reports are of one on a message that is no longer accessible.
// https://github.com/tdlib/telegram-bot-api/issues/401
// https://github.com/aiogram/aiogram/issues/1675
// https://github.com/go-telegram/bot/issues/62
func TestPressesOfEveryKind(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		_, buttons := question(p)
		press := func(from int64, message any, data string) {
			fields := map[string]any{"id": "9", "from": map[string]any{"id": from}}
			if message != nil {
				fields["message"] = message
			}
			if data != "" {
				fields["data"] = data
			}
			r.fake.Inject("callback_query", fields)
			r.wait(time.Second)
		}
		living := map[string]any{"message_id": p.Last().ID, "date": 0, "chat": map[string]any{"id": 1, "type": "private"}}
		for name, try := range map[string]func(){
			"without a message": func() { press(1, nil, buttons[0].Data) },
			"of a game":         func() { press(1, living, "") },
			"forged":            func() { press(1, living, "1l.size.2.AAAAAAAAAAA") },
			"by somebody else":  func() { press(2, living, buttons[0].Data) },
			"of another message": func() {
				press(1, map[string]any{"message_id": 999, "chat": map[string]any{"id": 3, "type": "private"}}, buttons[0].Data)
			},
		} {
			answered := r.fake.Count("answerCallbackQuery")
			try()
			assert.Equal(t, answered+1, r.fake.Count("answerCallbackQuery"), name)
			assert.Zero(t, r.fake.Pending(), name)
			n, _ := question(p)
			assert.Equal(t, revision(buttons[0]), n, name)
		}
		press(1, living, buttons[0].Data) // inaccessible: no text, date 0
		r.shows(p, "question.sector.text")
	})
}

// /start repeatedly: twice at once, with other parameters, and with arbitrary ones (the last report).
// https://github.com/telegramdesktop/tdesktop/issues/27064
// https://github.com/TelegramMessenger/Telegram-iOS/issues/1100
// https://github.com/python-telegram-bot/python-telegram-bot/issues/1255
func TestStartsOfEveryKind(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.fake.Person(1, "nl")
		p.Start("")
		p.Start("")
		r.wait(5 * time.Second)
		assert.Equal(t, 1, livingMessages(p), p.Screen())
		r.tap(p, 1)
		r.wait(time.Second)
		p.Start("kvk-utrecht")
		r.wait(5 * time.Second)
		r.shows(p, "chat.welcome_back")
		r.shows(p, "question.sector.text")
		assert.Equal(t, 1, livingMessages(p))
		for i, parameter := range []string{strings.Repeat("a", 64), strings.Repeat("a", 65), "%F0", "😀", "a2xhbnQ9MQ==", "\u202eabc", "a\nb", strings.Repeat("é", 3000),
			"kvk-utrecht_", "_", "-", "KVK-UTRECHT", "kvk-utrecht en", "kvk utrecht", "en", "GM0355", "null"} {
			p := r.fake.Person(int64(100+i), "nl")
			lang := "nl"
			if parameter == "en" {
				lang = "en"
			}
			for range 2 {
				p.Start(parameter)
				r.wait(5 * time.Second)
				assert.Contains(t, p.Last().Text, embeddedTexts(t).Text(lang, "question.size.text"), parameter)
				assert.Equal(t, 1, livingMessages(p), parameter)
			}
		}
		assert.Empty(t, r.fake.BadRequests())
	})
}

// Spellings of commands, in any language, to this bot or another.
func TestSpellingsOfCommands(t *testing.T) {
	t.Parallel()
	c := newHarness(t, telegramtest.Options{}, nil).channel
	name := telegramtest.BotUsername
	c.username.Store(&name)
	for text, want := range map[string]string{
		"/stop": flows.DoStop, "/STOP": flows.DoStop, "/stop@digiwijzer_bot": flows.DoStop, "/Stop@Digiwijzer_Bot nu": flows.DoStop, "/stop\n": flows.DoStop,
		"/stop\u00a0": flows.DoStop, "/help": flows.DoHelp, "/settings": flows.DoMenu, "/menu": flows.DoMenu, "/opnieuw": flows.DoRestart, "/restart": flows.DoRestart,
		"/taal": flows.DoLanguage, "/language": flows.DoLanguage, "/antwoorden": flows.DoAnswers, "/answers": flows.DoAnswers, "/privacy": flows.DoPrivacy,
		"/mijngegevens": flows.DoMyData, "/mydata": flows.DoMyData, "/verwijder": flows.DoErase, "/erase": flows.DoErase,
		"/stop@other_bot": "", "/bestaatniet": "", "/": "", "/ stop": "", "stop /stop": "",
	} {
		assert.Equal(t, want, c.readText(text).Action, text)
	}
	assert.Equal(t, flows.Start, c.readText("/START@digiwijzer_bot  kvk-utrecht ").Kind)
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		for i, try := range []struct{ text, want string }{
			{"／help", "chat.help_title"}, {"/ help", "chat.help_title"}, {"help", "chat.help_title"}, {"\u200e/help", "chat.help_title"}, {"/help\u200b", "chat.help_title"},
			{"/help@other_bot", "chat.not_understood"}, {"/bestaatniet", "chat.not_understood"}, {"/", "chat.not_understood"},
		} {
			p := r.begin(int64(1 + i))
			p.Say(try.text)
			r.wait(time.Second)
			assert.Contains(t, p.Last().Text, r.text(try.want), "%q", try.text)
		}
	})
}

// What clients send as language, ids and dates at their limits, and a private topic: the reply carries no
// thread, so threaded mode must stay off (docs/running.md).
// https://github.com/RongleCat/grok-app/issues/623
// https://github.com/tdlib/telegram-bot-api/issues/847
func TestFieldsAtTheirLimits(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		welcome := func(lang string) string { return embeddedTexts(t).Text(lang, "chat.welcome") }
		for i, c := range []struct{ tag, lang string }{{"", "nl"}, {"nl", "nl"}, {"NL-be", "nl"}, {"en", "en"}, {"en-GB", "en"}, {"uk", "nl"}, {"-", "nl"}, {strings.Repeat("x", 200), "nl"}, {"zh-hans", "nl"}} {
			p := r.fake.Person(int64(10+i), c.tag)
			p.Start("")
			r.wait(time.Second)
			assert.Contains(t, p.Last().Text, welcome(c.lang), c.tag)
		}
		const largest = 1<<52 - 1
		r.fake.Renumber(math.MaxInt32)
		r.answersIn(largest, time.Second)
		for i, date := range []int64{0, 1 << 40, -1, time.Date(2096, 1, 1, 0, 0, 0, 0, time.UTC).Unix()} {
			p := r.begin(int64(50 + i))
			r.fake.Inject("message", privateMessage(p.ID(), map[string]any{"date": date, "text": "2 tot 9 mensen", "message_thread_id": 7, "is_topic_message": true}))
			r.wait(2 * time.Second)
			r.shows(p, "question.sector.text")
		}
	})
}

// Places as people type them: zero-width and direction marks, full width, 4,096 letters.
func TestTypedPlaces(t *testing.T) {
	t.Parallel()
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		asked := func(id int64) *telegramtest.Person {
			p := r.begin(id)
			for range 2 {
				r.tap(p, 0)
				r.wait(time.Second)
			}
			r.shows(p, "question.municipality.text")
			return p
		}
		for i, text := range []string{"Utrecht", "utrecht\u200b", "\u200cUtrecht", "\ufeffUtrecht", "Ut\u00adrecht", "\u200eUtrecht\u200f", "\u202bUtrecht\u202c", "\u2067Utrecht\u2069",
			"Ｕｔｒｅｃｈｔ", "UTRECHT!", "  utrecht\u00a0", "utrecht\n", "gemeente Utrecht", "Utrecht 😊", "🏠Utrecht", "u\u0301trecht"} {
			p := asked(int64(1 + i))
			p.Say(text)
			r.wait(2 * time.Second)
			assert.Contains(t, p.Last().Text, r.text("question.self_image.text"), text)
		}
		for i, text := range []string{"3511 AB", "3511ab", "３５１１ ＡＢ", "3511\u00a0AB", "3511"} { // asked back
			p := asked(int64(70 + i))
			p.Say(text)
			r.wait(2 * time.Second)
			assert.Contains(t, p.Last().Text, "Utrecht?", text)
			p.Say("ja")
			r.wait(2 * time.Second)
			assert.Contains(t, p.Last().Text, r.text("question.self_image.text"), text)
		}
		p := r.begin(99)
		p.Say(strings.Repeat("é", 4096))
		r.wait(2 * time.Second)
		r.shows(p, "chat.not_understood")
	})
}

// People who blocked the bot, were deactivated or never wrote are deleted, and start over; a chat that is not
// found is given up after two tries, and the person can come back.
// https://github.com/nyaruka/courier/issues/875
// https://github.com/LibertyPaul/LostFilmUpdatesBot/issues/57
func TestGonePeople(t *testing.T) {
	t.Parallel()
	for text, forgotten := range map[string]bool{
		"Forbidden: bot was blocked by the user": true, "Forbidden: user is deactivated": true, "Forbidden: bot can't initiate conversation with a user": true,
		"Forbidden: policy of the proxy": false, "Bad Request: chat not found": false,
	} {
		t.Run(text, func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				p := r.begin(1)
				r.tap(p, 1)
				r.wait(time.Second)
				code := 403
				if strings.HasPrefix(text, "Bad") {
					code = 400
				}
				r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Refuse, Code: code, Text: text, Chat: 1})
				r.tap(p, 1)
				r.wait(time.Minute)
				r.fake.ClearFaults()
				p.Start("")
				r.wait(time.Second)
				assert.Equal(t, forgotten, r.dispatcher.Counters().Dropped == 0, "given up")
				if forgotten {
					r.shows(p, "chat.welcome")
				} else {
					r.shows(p, "chat.welcome_back")
				}
			})
		})
	}
	rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
		p := r.begin(1)
		p.Block()
		r.wait(time.Second)
		n := len(p.Messages())
		r.fake.Inject("my_chat_member", map[string]any{"chat": map[string]any{"id": 1, "type": "private"}, "from": map[string]any{"id": 1},
			"old_chat_member": map[string]any{"status": "kicked"}, "new_chat_member": map[string]any{"status": "member"}})
		r.wait(time.Second)
		assert.Len(t, p.Messages(), n, "unblocking is no question")
		p.Start("")
		r.wait(time.Second)
		r.shows(p, "chat.welcome")
	})
}

// wrongClock is the clock of a machine that is set wrong.
type wrongClock struct {
	bot.SystemClock
	by atomic.Int64
}

func (c *wrongClock) Now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

// The clock of the machine is years off, and set right while people are at it.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	for _, year := range []int{2019, 2040} {
		for _, setRight := range []bool{false, true} {
			t.Run(fmt.Sprint(year, setRight), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(time.Until(mondayAfternoon))
					clock := &wrongClock{}
					clock.by.Store(int64(time.Until(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))))
					r := newRehearsal(t, telegramtest.Options{}, func(c *Config) { c.Clock = bot.GuardClock(clock, slog.New(slog.DiscardHandler)) })
					r.run(r.dispatcher)
					p := r.answersIn(1, time.Second)
					r.tap(p, 1)
					r.wait(time.Hour)
					if setRight {
						clock.by.Store(0)
					}
					r.finish(p, 1)
					r.finish(r.answersIn(2, time.Second), 1)
				})
			})
		}
	}
}

// The update of an album that gets the answer gets it also when it is delivered again.
func TestBurstIsAnsweredAfterARedelivery(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	dispatcher.refuse["telegram:2"] = 1 // the first photo
	p := h.fake.Person(1, "nl")
	p.Say("hallo")
	p.Album(3)
	h.run(dispatcher)
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Pending() == 0 }))
	assert.Equal(t, []string{"telegram:1", "telegram:2", "telegram:2"}, dispatcher.keys())
}
