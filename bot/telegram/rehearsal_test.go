package telegram

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"image"
	"image/png"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/store/memdir"
)

// rehearsal is a running bot with the real engine, dispatcher and store, in a bubble of
// virtual time. Everything between the bot and the fake Bot API goes over pipes in memory.
type rehearsal struct {
	*harness
	t    *testing.T
	dir  string       // of the data
	stop func() error // stops the channel
}

// rehearseIn2026 is rehearse on a day in the half-years that advice codes can name; a bubble
// begins in 2000.
func rehearseIn2026(t *testing.T, test func(r *rehearsal)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)))
		r := newRehearsal(t, telegramtest.Options{}, nil)
		r.stop = r.run(r.dispatcher)
		synctest.Wait()
		test(r)
	})
}

// rehearse runs a test in a bubble, with a bot that polls, or with a webhook if change sets
// one.
func rehearse(t *testing.T, opts telegramtest.Options, change func(*Config), test func(r *rehearsal)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, opts, change)
		r.stop = r.run(r.dispatcher)
		synctest.Wait()
		test(r)
	})
}

// newRehearsal is rehearse with a channel that is not running yet, inside a bubble.
func newRehearsal(t *testing.T, opts telegramtest.Options, change func(*Config)) *rehearsal {
	opts.Memory = true
	h := newHarness(t, opts, func(c *Config) {
		c.Clock = bot.SystemClock{}
		c.Picture = tinyPicture
		if change != nil {
			change(c)
		}
	})
	transport := &http.Transport{DialContext: h.fake.Dial, MaxIdleConnsPerHost: 256}
	h.channel.client.http = transport
	t.Cleanup(transport.CloseIdleConnections)
	dir := memdir.New(t)
	h.startDispatcherOn(dir, createKey(t, dir), func(o *bot.Options) { o.SendRate, o.Clock = 30, h.channel.config.Clock })
	if h.channel.config.Webhook != "" {
		h.fake.DeliverTo(h.channel.Handler(h.dispatcher))
	}
	return &rehearsal{harness: h, t: t, dir: dir}
}

// withWebhook makes a rehearsal use a webhook.
func withWebhook(c *Config) {
	c.Webhook = "https://check.example.org/telegram"
	c.Secret, _ = NewSecret(testSecret)
}

// wait lets time pass and everything that follows happen.
func (r *rehearsal) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// begin starts a conversation and returns the person, at the first question.
func (r *rehearsal) begin(id int64) *telegramtest.Person {
	r.t.Helper()
	p := r.fake.Person(id, "nl")
	p.Start("")
	synctest.Wait()
	n, _ := question(p)
	require.GreaterOrEqual(r.t, n, 0, p.Screen())
	return p
}

// tap presses an option of the newest question.
func (r *rehearsal) tap(p *telegramtest.Person, n int) {
	r.t.Helper()
	_, buttons := question(p)
	require.NotEmpty(r.t, buttons, p.Screen())
	data := buttons[n%len(buttons)].Data
	require.NoError(r.t, p.PressWhere(func(b telegramtest.Button) bool { return b.Data == data }))
}

// finish answers the questions until the advice is there, a second each.
func (r *rehearsal) finish(p *telegramtest.Person, seed int) {
	r.t.Helper()
	for range 40 {
		if hasAdvice(p) {
			return
		}
		r.tap(p, seed)
		r.wait(time.Second)
	}
	require.Fail(r.t, "no advice", p.Screen())
}

// press presses a button by its text id.
func (r *rehearsal) press(p *telegramtest.Person, id string, pairs ...any) {
	r.t.Helper()
	require.NoError(r.t, p.Press(r.text(id, pairs...)))
	r.wait(time.Second)
}

func (r *rehearsal) text(id string, pairs ...any) string {
	return embeddedTexts(r.t).Text(locales.Default, id, pairs...)
}

// said returns the texts of the bot's messages after the first n messages of the chat.
func said(p *telegramtest.Person, n int) (texts []string) {
	for _, m := range p.Messages()[n:] {
		if m.FromBot {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// shows requires that the newest message of the bot contains a text.
func (r *rehearsal) shows(p *telegramtest.Person, id string) {
	r.t.Helper()
	require.Contains(r.t, p.Last().Text, r.text(id))
}

// answersIn requires that a new person is answered within some time, and returns them.
func (r *rehearsal) answersIn(id int64, within time.Duration) *telegramtest.Person {
	r.t.Helper()
	p := r.fake.Person(id, "nl")
	p.Start("")
	r.wait(within)
	require.NotEmpty(r.t, p.Last().Text, "person %d is not answered within %s", id, within)
	return p
}

// healthy reports whether health is green.
func (r *rehearsal) healthy() bool { return r.dispatcher.Health(context.Background()).OK }

// livingMessages returns how many messages have the buttons of a question.
func livingMessages(p *telegramtest.Person) (n int) {
	for _, m := range p.Messages() {
		for _, row := range m.Keyboard {
			if len(row) > 0 && revision(row[0]) >= 0 {
				n++
				break
			}
		}
	}
	return n
}

// tinyPicture spares the drawing: a few points that differ by picture and language.
func tinyPicture(q flows.QuadrantPicture, lang string) ([]byte, error) {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, q, lang)
	img := image.NewGray(image.Rect(0, 0, 4, 1))
	binary.BigEndian.PutUint32(img.Pix, h.Sum32())
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// privateMessage returns a message of a person with these fields besides the usual ones.
func privateMessage(id int64, more map[string]any) map[string]any {
	m := map[string]any{"message_id": 1, "date": 1_790_000_000, "chat": map[string]any{"id": id, "type": "private"},
		"from": map[string]any{"id": id, "language_code": "nl"}}
	for name, value := range more {
		m[name] = value
	}
	return m
}
