package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
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
	"digiwijzer/store"
)

// enough is how many forgeries a test makes: the full number, or a tenth under the race
// detector.
func enough() int {
	if testing.Short() {
		return 1000
	}
	return 10_000
}

// TestForgedWebhookRequestsAreRefusedUnread: of 10,000 made-up secrets, everything that
// looks like the real one, and headers sent twice, none opens the webhook, and no body is
// even read.
func TestForgedWebhookRequestsAreRefusedUnread(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	desk := newSlowDesk()
	handler := b.hook(desk)
	headers := [][]string{nil, {""}, {"", ""}, {testSecret[:20], testSecret[20:]}, {"x", testSecret}, {testSecret + "," + testSecret}}
	for _, secret := range lookalikes(testSecret) {
		headers = append(headers, []string{secret}, []string{secret, secret})
	}
	dice := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		headers = append(headers, []string{randomText(dice, 1+dice.IntN(256), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")})
	}
	for _, secrets := range headers {
		req := httptest.NewRequest(http.MethodPost, "/hook", unread{t})
		req.Header[secretHeader] = secrets
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		require.Equal(t, http.StatusUnauthorized, w.Code, "%q", secrets)
		require.Empty(t, w.Body.Bytes())
	}
	assert.Empty(t, desk.keys())
	assert.NotContains(t, b.log.String(), testSecret[:20])
	t.Logf("%d requests, none let in", len(headers))
}

// lookalikes are all beginnings and ends of a secret, and small changes of it.
func lookalikes(secret string) []string {
	all := []string{strings.ToUpper(secret), strings.ToTitle(secret), " " + secret, secret + " ", secret + "\x00", secret + secret, `"` + secret + `"`, "Bearer " + secret}
	for i := range secret {
		all = append(all, secret[:i], secret[i+1:], secret[:i]+strings.ToUpper(secret[i:i+1])+"x"+secret[i+1:],
			secret[:i]+string(secret[i]^0x20)+secret[i+1:], secret[:i]+"x"+secret[i:])
	}
	return all
}

func randomText(dice *rand.Rand, n int, letters string) string {
	s := make([]byte, n)
	for i := range s {
		s[i] = letters[dice.IntN(len(letters))]
	}
	return string(s)
}

// chamber is the channel before a real desk on a real store, which posts updates as
// Telegram does and looks at what is stored.
type chamber struct {
	*bed
	desk    *bot.Dispatcher
	stored  *store.Store
	folder  string
	handler http.Handler
	updates atomic.Int64
}

func newChamber(t *testing.T, change func(*bot.Options)) *chamber {
	t.Helper()
	root := t.TempDir()
	c := &chamber{bed: newBed(t, telegramtest.Options{}, nil), folder: filepath.Join(root, "data")}
	key, err := store.CreateKey(filepath.Join(root, "key"), filepath.Join(c.folder, "state.db"))
	require.NoError(t, err)
	c.desk = c.deskOn(c.folder, key, func(o *bot.Options) {
		c.stored = o.Store.(*store.Store)
		change(o)
	})
	c.handler = c.hook(c.desk)
	c.updates.Store(1_000_000)
	return c
}

// post posts one update; the desk has committed its turn when it returns.
func (c *chamber) post(kind string, content any) {
	body, err := json.Marshal(map[string]any{"update_id": c.updates.Add(1), kind: content})
	if !assert.NoError(c.t, err) {
		return
	}
	req := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(string(body)))
	req.Header.Set(secretHeader, testSecret)
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, req)
	assert.Equal(c.t, http.StatusOK, w.Code)
}

// press is a button that someone presses in a chat of their own.
func (c *chamber) press(chat, message int64, data string) {
	c.post("callback_query", map[string]any{"id": "1", "from": map[string]any{"id": chat, "language_code": "nl"}, "data": data,
		"message": map[string]any{"message_id": message, "chat": map[string]any{"id": chat, "type": "private"}}})
}

func (c *chamber) say(chat int64, text string) {
	c.post("message", map[string]any{"message_id": 1, "from": map[string]any{"id": chat}, "text": text,
		"chat": map[string]any{"id": chat, "type": "private"}})
}

// talks are the conversations of the chats from..to-1 as they are stored.
func (c *chamber) talks(from, to int64) map[int64]flows.Session {
	c.t.Helper()
	all := map[int64]flows.Session{}
	var chats []bot.Chat
	for id := from; id < to; id++ {
		chats = append(chats, bot.Chat{Channel: Name, ID: fmt.Sprint(id)})
	}
	each, err := c.stored.Apply(context.Background(), []bot.Work{{Chats: chats, Do: func(tx bot.Tx) error {
		for id := from; id < to; id++ {
			talk, ok, err := tx.Conversation(bot.Chat{Channel: Name, ID: fmt.Sprint(id)}, time.Now())
			if err != nil {
				return err
			}
			if ok {
				all[id] = talk.Session
			}
		}
		return nil
	}}})
	require.NoError(c.t, err)
	require.NoError(c.t, each[0])
	return all
}

// drained waits until everything in the outbox was sent.
func (c *chamber) drained() {
	c.t.Helper()
	require.Eventually(c.t, func() bool { return c.desk.Health(context.Background()).Outbox.Waiting == 0 }, 2*time.Minute, 5*time.Millisecond)
}

// answered lets someone answer so many questions, or all, and gives the data of every
// button on the screen then.
func (c *chamber) answered(p *telegramtest.Person, questions int) (data []string) {
	for last := -1; ; questions-- {
		var offered []telegramtest.Button
		err := p.Wait(c.soon(), func(p *telegramtest.Person) bool {
			newest, buttons := question(p)
			fresh := newest > last
			if fresh {
				offered = buttons
			}
			return fresh || hasAdvice(p)
		})
		if !assert.NoError(c.t, err) || questions == 0 || hasAdvice(p) {
			break
		}
		last = rev(offered[0])
		c.press(p.ID(), p.Last().ID, offered[int(p.ID())%len(offered)].Data)
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

// sideBySide does something n times, sixteen at once.
func sideBySide(n int, do func(i int)) {
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

// TestForgedPressesChangeNothing: 10,000 presses of buttons that nobody was given, in
// conversations that stand everywhere from the first question to the advice, through desk
// and store: not one session, outcome or count is different afterwards.
func TestForgedPressesChangeNothing(t *testing.T) {
	c := newChamber(t, func(*bot.Options) {})
	const first, people = 5000, 200 // the desk takes sixty updates of a chat at once
	var mu sync.Mutex
	var buttons []string // every one that somebody has
	owner := map[string]int64{}
	sideBySide(people, func(i int) {
		p := c.fake.Person(int64(first+i), "nl")
		p.Start("") // to the fake: from here on the bot may write
		c.say(p.ID(), "/start")
		own := c.answered(p, []int{0, 1, 2, 3, 4, 5, 6, 8, 10, 40}[i%10])
		mu.Lock()
		defer mu.Unlock()
		for _, data := range own {
			buttons = append(buttons, data)
			owner[data] = p.ID()
		}
	})
	c.drained()
	slices.Sort(buttons)
	before := c.talks(first, first+people)
	require.Len(t, before, people)
	require.Greater(t, len(buttons), 1000)
	staged, _, _, err := c.stored.Waiting(t.Context(), time.Now())
	require.NoError(t, err)
	require.Positive(t, staged, "some have their advice")
	updates := c.desk.Counters().Updates

	forged := forgedData(enough(), buttons)
	sideBySide(len(forged), func(i int) {
		chat := int64(first + i%people)
		data := forged[i]
		if owner[data] == chat { // somebody else's, then
			chat = first + (chat-first+1)%people
		}
		c.press(chat, int64(i%50), data)
	})
	c.drained()
	assert.Equal(t, updates+int64(len(forged)), c.desk.Counters().Updates, "each was heard")
	for id, session := range c.talks(first, first+people) {
		assert.Equal(t, before[id], session, "chat %d", id)
	}
	again, _, _, err := c.stored.Waiting(t.Context(), time.Now())
	require.NoError(t, err)
	assert.Equal(t, staged, again)
	assert.Zero(t, c.desk.Counters().Dropped)

	p := c.fake.Person(first, "nl")
	_, offered := question(p)
	c.press(first, p.Last().ID, offered[0].Data)
	assert.NotEqual(t, before[first], c.talks(first, first+1)[first], "a button of one's own does")
	t.Logf("%d presses of %d real buttons and what was made of them", len(forged), len(buttons))
}

// forgedData is callback data of every sort that the bot did not give to whoever sends it.
func forgedData(n int, buttons []string) (all []string) {
	dice := rand.New(rand.NewPCG(3, 3))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.!:"
	real := map[string]bool{}
	for _, b := range buttons {
		real[b] = true
	}
	for len(all) < n {
		good := buttons[dice.IntN(len(buttons))]
		data := good
		switch dice.IntN(8) {
		case 0: // as it is: of another chat
		case 1:
			at := dice.IntN(len(good))
			data = good[:at] + randomText(dice, 1, letters) + good[at+1:]
		case 2:
			data = good[:dice.IntN(len(good))]
		case 3:
			data = randomText(dice, []int{0, 1, maxData - 1, maxData, maxData + 1}[dice.IntN(5)], letters)
		case 4: // another's answer under the tag of this one
			other := buttons[dice.IntN(len(buttons))]
			data = other[:len(other)-tagLength] + good[len(good)-tagLength:]
		case 5: // without a tag, and with an empty one
			data = good[:len(good)-tagLength-dice.IntN(2)]
		case 6:
			data = good + strings.Repeat("A", maxData+1-min(len(good), maxData))
		default:
			data = []string{"0s.!o:week.2026-W47.", "0l.!e..", "0l.!ee..", "'; DROP TABLE session;--", "\x00", "\u202e", "99999999999999999999l.size.2."}[dice.IntN(7)] + randomText(dice, tagLength, letters)
		}
		if data == good || !real[data] {
			all = append(all, data)
		}
	}
	return all
}

// linkParameter is what Telegram itself lets through in a link.
var linkParameter = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// TestForgedStartParametersAreForgotten: of 10,000 things behind /start, typed or in a link,
// through channel, desk and store, only the partner that is configured is recognised, and
// nothing of the others is kept.
func TestForgedStartParametersAreForgotten(t *testing.T) {
	const real = "kvk-utrecht"
	c := newChamber(t, func(o *bot.Options) { o.Channels = nil }) // nobody waits for the replies
	genuine := []string{real, real + "_en", real + "_GM0355", real + "_GM0355_nl"}
	params := append(genuine, forgedStarts(enough(), real)...)
	const first = 50_000
	sideBySide(len(params), func(i int) { c.say(int64(first+i), "/start "+params[i]) })

	talks := c.talks(first, int64(first+len(params)))
	require.Len(t, talks, len(params))
	recognised := 0
	for i, param := range params {
		session := talks[int64(first+i)]
		if i < len(genuine) {
			require.Equal(t, real, session.Partner, "%q", param)
			continue
		}
		require.Empty(t, session.Partner, "%q", param)
		if linkParameter.MatchString(strings.TrimSpace(param)) { // then what is known of it may count
			require.Contains(t, []string{"", "GM0344", "GM0355"}, session.Answers["municipality"], "%q", param)
		} else {
			require.Empty(t, session.Answers, "%q", param)
			require.False(t, session.LangSet, "%q", param)
		}
		delete(session.Answers, "municipality")
		require.Empty(t, session.Answers)
		kept, err := json.Marshal(session)
		require.NoError(t, err)
		if len(param) > 8 {
			require.NotContains(t, string(kept), param)
		}
		recognised++
	}
	assert.NotContains(t, c.log.String(), "DROP TABLE")
	t.Logf("%d parameters are nobody's; %d are %s", recognised, len(genuine), real)
}

// forgedStarts are parameters that name no configured partner: mostly nearly one. The
// whole code between underscores, in capitals too, names it whatever stands beside it, so
// such are left out.
func forgedStarts(n int, real string) (all []string) {
	dice := rand.New(rand.NewPCG(5, 5))
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	rubbish := []string{"'; DROP TABLE session;--", "<script>alert(1)</script>", "<b>" + real + "</b>", "=cmd|' /C calc'!A0", "@SUM(1+1)", "../../etc/passwd",
		"%00", "\x00", "{{.Token}}", "${jndi:ldap://x}", "' OR '1'='1", "\u202e", "🙂", ".", "%5F", "＿", " " + real, "\ufeff"}
	places := []string{"GM9999", "GM355", "GM03555", "gm0355x", "GM0355;GM0344", "GM0344", "GM0355"}
	for len(all) < n {
		at := dice.IntN(len(real))
		param := ""
		switch dice.IntN(10) {
		case 0: // one letter another
			param = real[:at] + randomText(dice, 1, letters) + real[at+1:]
		case 1: // one too few, or only an end of it
			param = []string{real[:at] + real[at+1:], real[at:], real[:at]}[dice.IntN(3)]
		case 2: // one too many
			param = real[:at] + randomText(dice, 1, letters) + real[at:]
		case 3: // underscores within and in front of it
			param = []string{real[:at] + "_" + real[at:], "_" + real, "x_" + real, strings.ReplaceAll(real, "-", "_"), "__" + real + "__"}[dice.IntN(5)]
		case 4:
			param = real + rubbish[dice.IntN(len(rubbish))]
		case 5:
			param = rubbish[dice.IntN(len(rubbish))] + real
		case 6: // typed: anything, however long
			param = randomText(dice, 5000, letters+" ;'\"<>&=+@\\\n")
		case 7:
			param = "nobody" + randomText(dice, 3, letters[:36]) + "_" + places[dice.IntN(len(places))]
		case 8: // good parts in bad company
			param = randomText(dice, 1+dice.IntN(5), letters) + rubbish[dice.IntN(len(rubbish))] + []string{"_GM0355", "_en", "_GM0355_en"}[dice.IntN(3)]
		default:
			param = randomText(dice, 1+dice.IntN(70), letters)
		}
		named := slices.ContainsFunc(strings.Split(strings.TrimSpace(param), "_"), func(part string) bool { return strings.EqualFold(part, real) })
		if strings.TrimSpace(param) != "" && !named {
			all = append(all, param)
		}
	}
	return all
}

// hostileLetters are what texts are made of to break out of a message.
var hostileLetters = []string{"<", ">", "&", ";", "#", `"`, "'", "*", "_", "[", "]", "(", ")", "`", "{", "}", "\\", "/", "!", "|", "~", "=", "+", "-", ".", "@",
	"\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\u2028", "🙂", "👩‍👩‍👧", "é", "e\u0301", "ﷺ", "𝕏", "\x00", "\x07", "\x1b[31m", "\r", "\n", "\t", " ",
	"\xed\xa0\x80", "\xff", "\xc3", "b", "a", "amp", "lt", "x27", "script", "href", "tg://", "</b>", "<a href=", "<!--", "&#60;", "&lt;", "{{", "%s", "${"}

// TestHostileTextsAreShownAsTheyAre: 10,000 texts of the letters above, many in a message,
// and some that are far longer than one: the chat shows them letter for letter.
func TestHostileTextsAreShownAsTheyAre(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	p := b.fake.Person(5, "nl")
	p.Start("")
	dice := rand.New(rand.NewPCG(8, 8))
	show := func(texts []string) (shown string) {
		seen := len(p.Messages())
		var blocks []flows.Block
		for _, text := range texts {
			blocks = append(blocks, words(flows.Plain, text))
		}
		b.deliver(t, flows.Turn{Replies: []flows.Reply{{Slot: flows.Aside, Fresh: true, Blocks: blocks}}}, bot.Origin{}, bot.Surface{})
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
			text := hostile(dice, 1+dice.IntN(12))
			if plain := strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")); plain != "" {
				texts, want = append(texts, text), append(want, plain)
			}
		}
		require.Equal(t, strings.Join(want, "\n\n"), show(texts))
	}
	for range 20 {
		long := strings.Join(strings.Fields(strings.ToValidUTF8(hostile(dice, 4000), "\uFFFD")), "")
		require.Equal(t, long, strings.ReplaceAll(show([]string{long}), "\n\n", ""))
	}
	assert.Empty(t, b.fake.BadRequests())
}

func hostile(dice *rand.Rand, n int) string {
	var s strings.Builder
	for range n {
		s.WriteString(hostileLetters[dice.IntN(len(hostileLetters))])
	}
	return s.String()
}
