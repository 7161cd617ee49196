package telegram

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

var forgeries = flag.Int("forgeries", 800, "number of forgeries that a test tries")

// 10,000 random secrets, all variations of the real one and duplicate headers are refused,
// without reading the body.
func TestForgedWebhookRequestsAreRefusedUnread(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	handler := h.hook(dispatcher)
	headers := [][]string{nil, {""}, {"", ""}, {testSecret[:20], testSecret[20:]}, {"x", testSecret}, {testSecret + "," + testSecret}}
	for _, secret := range similarSecrets(testSecret) {
		headers = append(headers, []string{secret}, []string{secret, secret})
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		headers = append(headers, []string{randomText(random, 1+random.IntN(256), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")})
	}
	for _, secrets := range headers {
		req := httptest.NewRequest(http.MethodPost, "/hook", unread{t})
		req.Header[secretHeader] = secrets
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		require.Equal(t, http.StatusUnauthorized, w.Code, "%q", secrets)
		require.Empty(t, w.Body.Bytes())
	}
	assert.Empty(t, dispatcher.keys())
	assert.NotContains(t, h.log.String(), testSecret[:20])
	t.Logf("%d requests, none accepted", len(headers))
}

// similarSecrets returns all prefixes and suffixes of a secret, and small changes of it.
func similarSecrets(secret string) []string {
	all := []string{strings.ToUpper(secret), strings.ToTitle(secret), " " + secret, secret + " ", secret + "\x00", secret + secret, `"` + secret + `"`, "Bearer " + secret}
	for i := range secret {
		all = append(all, secret[:i], secret[i+1:], secret[:i]+strings.ToUpper(secret[i:i+1])+"x"+secret[i+1:],
			secret[:i]+string(secret[i]^0x20)+secret[i+1:], secret[:i]+"x"+secret[i:])
	}
	return all
}

func randomText(random *rand.Rand, n int, letters string) string {
	s := make([]byte, n)
	for i := range s {
		s[i] = letters[random.IntN(len(letters))]
	}
	return string(s)
}

// post posts one update to the webhook. When it returns the turn is committed.
func (h *harness) post(kind string, content any) {
	body, err := json.Marshal(map[string]any{"update_id": h.updates.Add(1), kind: content})
	if !assert.NoError(h.t, err) {
		return
	}
	req := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(string(body)))
	req.Header.Set(secretHeader, testSecret)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, req)
	assert.Equal(h.t, http.StatusOK, w.Code)
}

// press posts a press of a button in a private chat.
func (h *harness) press(chat, message int64, data string) {
	h.post("callback_query", map[string]any{"id": "1", "from": map[string]any{"id": chat, "language_code": "nl"}, "data": data,
		"message": map[string]any{"message_id": message, "chat": map[string]any{"id": chat, "type": "private"}}})
}

// say posts a text message in a private chat.
func (h *harness) say(chat int64, text string) {
	h.post("message", map[string]any{"message_id": 1, "from": map[string]any{"id": chat}, "text": text,
		"chat": map[string]any{"id": chat, "type": "private"}})
}

// sessions returns the stored sessions of the chats from..to-1.
func (h *harness) sessions(from, to int64) map[int64]flows.Session {
	h.t.Helper()
	all := map[int64]flows.Session{}
	var chats []bot.Chat
	for id := from; id < to; id++ {
		chats = append(chats, bot.Chat{Channel: Name, ID: fmt.Sprint(id)})
	}
	each, err := h.stored.Apply(context.Background(), []bot.Work{{Chats: chats, Do: func(tx bot.Tx) error {
		for id := from; id < to; id++ {
			conversation, ok, err := tx.Conversation(bot.Chat{Channel: Name, ID: fmt.Sprint(id)}, time.Now())
			if err != nil {
				return err
			}
			if ok {
				all[id] = conversation.Session
			}
		}
		return nil
	}}})
	require.NoError(h.t, err)
	require.NoError(h.t, each[0])
	return all
}

// waitForOutbox waits until the outbox is empty.
func (h *harness) waitForOutbox() {
	h.t.Helper()
	h.eventually(func() bool { return h.dispatcher.Health(context.Background()).Outbox.Waiting == 0 })
}

// answerQuestions answers at most so many questions, and returns the data of every button
// then on the screen.
func (h *harness) answerQuestions(p *telegramtest.Person, questions int) (data []string) {
	for last := -1; ; questions-- {
		var offered []telegramtest.Button
		err := p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
			newest, buttons := question(p)
			fresh := newest > last
			if fresh {
				offered = buttons
			}
			return fresh || hasAdvice(p)
		})
		if !assert.NoError(h.t, err) || questions == 0 || hasAdvice(p) {
			break
		}
		last = revision(offered[0])
		h.press(p.ID(), p.Last().ID, offered[int(p.ID())%len(offered)].Data)
	}
	for _, m := range p.Messages() {
		for _, b := range slices.Concat(m.Keyboard...) {
			if b.Data != "" {
				data = append(data, b.Data)
			}
		}
	}
	return data
}

// concurrently calls do n times, from sixteen goroutines.
func concurrently(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	all.Wait()
}

// Presses with forged data, in conversations from the first question to the advice,
// through dispatcher and store, change no session, outcome or count.
func TestForgedPressesChangeNothing(t *testing.T) {
	h := newWebhookHarness(t, defaults)
	const first = 5000
	people := max(80, *forgeries/50) // the dispatcher queues at most sixty updates of a chat
	var mu sync.Mutex
	var buttons []string // of all people
	owner := map[string]int64{}
	concurrently(people, func(i int) {
		p := h.fake.Person(int64(first+i), "nl")
		p.Start("") // allows the bot to write
		h.say(p.ID(), "/start")
		own := h.answerQuestions(p, []int{0, 1, 2, 3, 4, 5, 6, 8, 10, 40}[i%10])
		mu.Lock()
		defer mu.Unlock()
		for _, data := range own {
			buttons = append(buttons, data)
			owner[data] = p.ID()
		}
	})
	h.waitForOutbox()
	slices.Sort(buttons)
	before := h.sessions(first, first+int64(people))
	require.Len(t, before, people)
	require.Greater(t, len(buttons), 5*people)
	staged, _, _, err := h.stored.Waiting(t.Context(), time.Now())
	require.NoError(t, err)
	require.Positive(t, staged, "some have reached the advice")
	updates := h.dispatcher.Counters().Updates

	forged := forgedData(*forgeries, buttons)
	concurrently(len(forged), func(i int) {
		chat := int64(first + i%people)
		data := forged[i]
		if owner[data] == chat { // take another chat
			chat = first + (chat-first+1)%int64(people)
		}
		h.press(chat, int64(i%50), data)
	})
	h.waitForOutbox()
	assert.Equal(t, updates+int64(len(forged)), h.dispatcher.Counters().Updates, "each got a turn")
	for id, session := range h.sessions(first, first+int64(people)) {
		assert.Equal(t, before[id], session, "chat %d", id)
	}
	again, _, _, err := h.stored.Waiting(t.Context(), time.Now())
	require.NoError(t, err)
	assert.Equal(t, staged, again)
	assert.Zero(t, h.dispatcher.Counters().Dropped)

	p := h.fake.Person(first, "nl")
	_, offered := question(p)
	h.press(first, p.Last().ID, offered[0].Data)
	assert.NotEqual(t, before[first], h.sessions(first, first+1)[first], "a genuine button has an effect")
	t.Logf("%d forged presses, based on %d real buttons", len(forged), len(buttons))
}

// forgedData returns callback data that the bot did not send to the chat that uses it.
func forgedData(n int, buttons []string) (all []string) {
	random := rand.New(rand.NewPCG(3, 3))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.!:"
	real := map[string]bool{}
	for _, b := range buttons {
		real[b] = true
	}
	for len(all) < n {
		good := buttons[random.IntN(len(buttons))]
		data := good
		switch random.IntN(8) {
		case 0: // unchanged, for another chat
		case 1:
			at := random.IntN(len(good))
			data = good[:at] + randomText(random, 1, letters) + good[at+1:]
		case 2:
			data = good[:random.IntN(len(good))]
		case 3:
			data = randomText(random, []int{0, 1, maxData - 1, maxData, maxData + 1}[random.IntN(5)], letters)
		case 4: // the tag of another button
			other := buttons[random.IntN(len(buttons))]
			data = other[:len(other)-tagLength] + good[len(good)-tagLength:]
		case 5: // a missing or empty tag
			data = good[:len(good)-tagLength-random.IntN(2)]
		case 6:
			data = good + strings.Repeat("A", maxData+1-min(len(good), maxData))
		default:
			data = []string{"0s.!o:week.2026-W47.", "0l.!e..", "0l.!ee..", "'; DROP TABLE session;--", "\x00", "\u202e", "99999999999999999999l.size.2."}[random.IntN(7)] + randomText(random, tagLength, letters)
		}
		if data == good || !real[data] {
			all = append(all, data)
		}
	}
	return all
}

// Of many parameters of /start, typed or in a link, through channel, dispatcher and store,
// only the configured partner is recognized, and nothing of the others is stored.
func TestForgedStartParametersAreDiscarded(t *testing.T) {
	const real = "kvk-utrecht"
	h := newWebhookHarness(t, func(o *bot.Options) { o.Channels = nil }) // without replies
	genuine := []string{real, real + "_en", real + "_GM0355", real + "_GM0355_nl"}
	params := append(genuine, forgedStarts(*forgeries, real)...)
	const first = 50_000
	concurrently(len(params), func(i int) { h.say(int64(first+i), "/start "+params[i]) })

	sessions := h.sessions(first, int64(first+len(params)))
	require.Len(t, sessions, len(params))
	rejected := 0
	for i, param := range params {
		session := sessions[int64(first+i)]
		if i < len(genuine) {
			require.Equal(t, real, session.Partner, "%q", param)
			continue
		}
		require.Empty(t, session.Partner, "%q", param)
		require.Contains(t, []string{"", "GM0344", "GM0355"}, session.Answers["municipality"], "%q", param) // known parts count
		delete(session.Answers, "municipality")
		require.Empty(t, session.Answers)
		kept, err := json.Marshal(session)
		require.NoError(t, err)
		if len(param) > 8 {
			require.NotContains(t, string(kept), param)
		}
		rejected++
	}
	assert.NotContains(t, h.log.String(), "DROP TABLE")
	t.Logf("%d parameters rejected; %d are %s", rejected, len(genuine), real)
}

// forgedStarts returns parameters that name no configured partner, most of them almost. It
// skips those with the whole code between underscores, in any case: they name the partner.
func forgedStarts(n int, real string) (all []string) {
	random := rand.New(rand.NewPCG(5, 5))
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	junk := []string{"'; DROP TABLE session;--", "<script>alert(1)</script>", "<b>" + real + "</b>", "=cmd|' /C calc'!A0", "@SUM(1+1)", "../../etc/passwd",
		"%00", "\x00", "{{.Token}}", "${jndi:ldap://x}", "' OR '1'='1", "\u202e", "🙂", ".", "%5F", "＿", " " + real, "\ufeff"}
	places := []string{"GM9999", "GM355", "GM03555", "gm0355x", "GM0355;GM0344", "GM0344", "GM0355"}
	for len(all) < n {
		at := random.IntN(len(real))
		param := ""
		switch random.IntN(10) {
		case 0: // one letter replaced
			param = real[:at] + randomText(random, 1, letters) + real[at+1:]
		case 1: // one letter too few, or only a prefix or suffix
			param = []string{real[:at] + real[at+1:], real[at:], real[:at]}[random.IntN(3)]
		case 2: // one letter too many
			param = real[:at] + randomText(random, 1, letters) + real[at:]
		case 3: // misplaced underscores
			param = []string{real[:at] + "_" + real[at:], "_" + real, "x_" + real, strings.ReplaceAll(real, "-", "_"), "__" + real + "__"}[random.IntN(5)]
		case 4:
			param = real + junk[random.IntN(len(junk))]
		case 5:
			param = junk[random.IntN(len(junk))] + real
		case 6: // typed: any text of any length
			param = randomText(random, 5000, letters+" ;'\"<>&=+@\\\n")
		case 7:
			param = "nobody" + randomText(random, 3, letters[:36]) + "_" + places[random.IntN(len(places))]
		case 8: // valid parts among invalid ones
			param = randomText(random, 1+random.IntN(5), letters) + junk[random.IntN(len(junk))] + []string{"_GM0355", "_en", "_GM0355_en"}[random.IntN(3)]
		default:
			param = randomText(random, 1+random.IntN(70), letters)
		}
		named := slices.ContainsFunc(strings.Split(flows.CleanParameter(param), "_"), func(part string) bool { return strings.EqualFold(part, real) })
		if strings.TrimSpace(param) != "" && !named {
			all = append(all, param)
		}
	}
	return all
}

// hostileLetters are pieces of text that might break out of a message.
var hostileLetters = []string{"<", ">", "&", ";", "#", `"`, "'", "*", "_", "[", "]", "(", ")", "`", "{", "}", "\\", "/", "!", "|", "~", "=", "+", "-", ".", "@",
	"\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\u2028", "🙂", "👩‍👩‍👧", "é", "e\u0301", "ﷺ", "𝕏", "\x00", "\x07", "\x1b[31m", "\r", "\n", "\t", " ",
	"\xed\xa0\x80", "\xff", "\xc3", "b", "a", "amp", "lt", "x27", "script", "href", "tg://", "</b>", "<a href=", "<!--", "&#60;", "&lt;", "{{", "%s", "${"}

// 10,000 texts of hostileLetters, many per message, and some far longer than a message are
// shown verbatim.
func TestHostileTextsAreShownVerbatim(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	random := rand.New(rand.NewPCG(8, 8))
	show := func(texts []string) (shown string) {
		seen := len(p.Messages())
		var blocks []flows.Block
		for _, text := range texts {
			blocks = append(blocks, verbatim(flows.Plain, text))
		}
		h.deliver(t, flows.Turn{Replies: []flows.Reply{{Slot: flows.Aside, Fresh: true, Blocks: blocks}}}, bot.Origin{}, bot.Surface{})
		var parts []string
		for _, m := range p.Messages()[seen:] {
			assert.Empty(t, m.Entities)
			parts = append(parts, m.Text)
		}
		return strings.Join(parts, "\n\n")
	}
	const batch = 40
	for range 10_000 / batch {
		var texts, want []string
		for len(texts) < batch {
			text := hostileText(random, 1+random.IntN(12))
			if plain := strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")); plain != "" {
				texts, want = append(texts, text), append(want, plain)
			}
		}
		require.Equal(t, strings.Join(want, "\n\n"), show(texts))
	}
	for range 20 {
		long := strings.Join(strings.Fields(strings.ToValidUTF8(hostileText(random, 4000), "\uFFFD")), "")
		require.Equal(t, long, strings.ReplaceAll(show([]string{long}), "\n\n", ""))
	}
	assert.Empty(t, h.fake.BadRequests())
}

// hostileText returns a text of n pieces.
func hostileText(random *rand.Rand, n int) string {
	var s strings.Builder
	for range n {
		s.WriteString(hostileLetters[random.IntN(len(hostileLetters))])
	}
	return s.String()
}
