package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

const coordinatorID, formerID = 987654501, 987654502

// countingStaff makes short pages from the counts of a real data folder.
type countingStaff struct {
	dir   string
	key   *store.Key
	clock figures.Clock
}

var _ Staff = countingStaff{}

func (c countingStaff) Action(id staff.PageID, about, lang string) staff.Action {
	return staff.Resolve(id, about, lang, c.clock.Now())
}

func (c countingStaff) Page(ctx context.Context, r staff.Request) (staff.Page, error) {
	if r.Page != staff.Week && r.Page != staff.Digest {
		return textPage(fmt.Sprintf("page %s about %q in %s", r.Page, r.About, r.Lang), files(r.Page)...), nil
	}
	f, err := store.OpenFigures(ctx, c.dir, c.key)
	if err != nil {
		return staff.Page{}, err
	}
	defer f.Close()
	catalogue, err := referral.Load(referral.Embedded())
	if err != nil {
		return staff.Page{}, err
	}
	service := figures.NewService(f, func() *referral.Catalogue { return catalogue }, c.clock)
	report, err := service.Report(ctx, figures.Period{From: r.About, To: r.About}, disclosure.Internal)
	if err != nil {
		return staff.Page{}, err
	}
	return textPage(fmt.Sprintf("page %s about %s: %d completed", r.Page, r.About, report.Totals.Completed), files(r.Page)...), nil
}

func textPage(text string, files ...staff.File) staff.Page {
	return staff.Page{Parts: []staff.Part{{{Text: flows.Name(text)}}}, Files: files}
}

// files returns the files of a page; quarters and digests have none today.
func files(id staff.PageID) []staff.File {
	picture := staff.File{Name: "week.png", Image: true, Make: func() ([]byte, error) {
		var b bytes.Buffer
		err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)))
		return b.Bytes(), err
	}}
	document := staff.File{Name: "figures.bin", Make: func() ([]byte, error) { return []byte("the figures"), nil }}
	none := staff.File{Name: "none.bin", Make: func() ([]byte, error) { return nil, nil }}
	switch id {
	case staff.Week:
		return []staff.File{picture, document}
	case staff.Partner:
		return []staff.File{document}
	case staff.Digest:
		return []staff.File{none}
	}
	return nil
}

// fakeClock is a clock that a test advances.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[chan time.Time]time.Time
}

func newFakeClock(now time.Time) *fakeClock {
	return &fakeClock{now: now, timers: map[chan time.Time]time.Time{}}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := make(chan time.Time, 1)
	if d <= 0 {
		done <- c.now
	} else {
		c.timers[done] = c.now.Add(d)
	}
	return done
}

func (c *fakeClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for done, at := range c.timers {
		if !at.After(c.now) {
			done <- c.now
			delete(c.timers, done)
		}
	}
}

// world is a whole program with coordinators on a fake clock.
type world struct {
	*bed
	clock        *fakeClock
	desk         *bot.Dispatcher
	coordinators atomic.Pointer[[]int64]
}

// afternoon is a Monday, in week 48 of 2026.
var afternoon = time.Date(2026, 11, 23, 14, 0, 0, 0, referral.Netherlands)

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "data")
	key, err := store.CreateKey(filepath.Join(root, "key"), filepath.Join(dir, "state.db"))
	require.NoError(t, err)
	w := &world{clock: newFakeClock(afternoon)}
	w.coordinators.Store(&[]int64{coordinatorID, formerID})
	w.bed = newBed(t, telegramtest.Options{}, func(c *Config) {
		c.Coordinators = func() []int64 { return *w.coordinators.Load() }
		c.Staff = countingStaff{dir, key, w.clock}
		for _, f := range change {
			f(c)
		}
	})
	w.desk = w.deskOn(dir, key, func(o *bot.Options) {
		o.Clock = w.clock
		o.Random = func(int) int { return 0 }
		o.TryOut = func(u bot.Update) bool { return u.Chat.ID == fmt.Sprint(coordinatorID) }
	})
	w.run(w.desk)
	return w
}

// screen waits until the bot has sent n messages in all, and returns their texts.
func (w *world) screen(p *telegramtest.Person, n int) (texts []string) {
	w.t.Helper()
	err := p.Wait(w.soon(), func(p *telegramtest.Person) bool { return len(written(p)) >= n })
	require.NoError(w.t, err, "%d messages were expected: %q", n, written(p))
	require.Eventually(w.t, func() bool { return w.desk.Health(context.Background()).Outbox.Waiting == 0 }, 2*time.Minute, time.Millisecond)
	texts = written(p)
	require.Len(w.t, texts, n)
	return texts
}

// written returns the texts that the bot sent to a person.
func written(p *telegramtest.Person) (texts []string) {
	for _, m := range p.Messages() {
		if m.FromBot {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// commands maps the commands of coordinators in both languages to the number of messages
// that a coordinator gets for each.
var commands = map[string]int{
	"/week": 3, "/week 2026-W40": 3, "/week 40": 1, "/WEEK": 3, "/week@" + telegramtest.BotUsername: 3,
	"/kwartaal": 1, "/kwartaal 2026q3": 1, "/quarter 2026-Q3": 1, "/kwartaal herfst": 1,
	"/partners": 1, "/partner kvk-utrecht": 2, "/partner KVK-Utrecht": 2, "/partner nobody": 1, "/partner": 1,
	"/redactie": 1, "/editor": 1, "/maandag": 1, "/maandag aan": 1, "/maandag uit": 1, "/monday on": 1, "/monday off": 1,
}

// Every command in every role.
func TestOnlyCoordinatorsGetFigures(t *testing.T) {
	w := newWorld(t)
	coordinator := w.fake.Person(coordinatorID, "nl")
	stranger := w.fake.Person(600, "nl")
	stranger.Say("/bestaatniet")
	unknown := w.screen(stranger, 1)
	got, attempts := 0, int64(0)
	for id, command := range ordered(commands) {
		coordinator.Say(command)
		got += commands[command]
		texts := w.screen(coordinator, got)
		assert.NotContains(t, texts, unknown[0], command)

		p := w.fake.Person(int64(987654700+id), "nl")
		p.Say(command)
		assert.Equal(t, unknown, w.screen(p, 1), "a stranger with %s", command)
		attempts++
		assert.Equal(t, attempts, w.channel.Attempts(), command)
	}
	assert.NotContains(t, w.log.String(), fmt.Sprint(coordinatorID), "the log names a coordinator by number in the list")
	assert.NotContains(t, w.log.String(), "9876547")
	group := w.fake.Group(-5, "group")
	group.Say(coordinatorID, "/week")
	require.Eventually(t, group.Left, 2*time.Minute, time.Millisecond)
	for _, m := range group.Messages() {
		assert.NotContains(t, m.Text, "page week")
	}
	assert.Empty(t, w.fake.BadRequests())
}

// imposture is a way to impersonate a coordinator; make returns the message or button press
// of a person who bears a coordinator's name.
type imposture struct {
	name, kind string
	make       func(from, chat fields) fields
}

// fields is a JSON object of the Bot API.
type fields = map[string]any

func asked(from, chat, more fields) fields {
	m := fields{"message_id": 1, "from": from, "chat": chat, "date": 1, "text": "/week"}
	maps.Copy(m, more)
	return m
}

func pressed(from, on fields, data string) fields {
	return fields{"id": "1", "from": from, "message": on, "chat_instance": "1", "data": data}
}

// impostures start, for messages and for presses, with one that impersonates nobody, for
// comparison; data is that of a coordinator's button.
func impostures(coordinator fields, data string) []imposture {
	const message, press = "message", "callback_query"
	return []imposture{
		{"an unknown command", message, func(from, chat fields) fields { return asked(from, chat, fields{"text": "/bestaatniet"}) }},
		{"the same name", message, func(from, chat fields) fields { return asked(from, chat, nil) }},
		{"forwarded", message, func(from, chat fields) fields {
			return asked(from, chat, fields{"forward_origin": fields{"type": "user", "sender_user": coordinator, "date": 1},
				"forward_from": coordinator, "forward_date": 1})
		}},
		{"as a reply to a coordinator", message, func(from, chat fields) fields {
			return asked(from, chat, fields{"reply_to_message": asked(coordinator, chat, nil)})
		}},
		{"sent for a coordinator", message, func(from, chat fields) fields {
			return asked(from, chat, fields{"sender_chat": coordinator, "via_bot": coordinator})
		}},
		{"an unknown button", press, func(from, chat fields) fields { return pressed(from, asked(from, chat, nil), "nonsense") }},
		{"a coordinator's button", press, func(from, chat fields) fields { return pressed(from, asked(coordinator, chat, nil), data) }},
		{"a coordinator's button, forwarded", press, func(from, chat fields) fields {
			return pressed(from, asked(from, chat, fields{"forward_from": coordinator}), data)
		}},
	}
}

// A coordinator's name, a forwarded command or button and a message on behalf of a
// coordinator get the answer to an unknown command.
func TestImpersonatingACoordinator(t *testing.T) {
	w := newWorld(t)
	coordinator := w.fake.Person(coordinatorID, "nl")
	coordinator.Say("/week")
	w.screen(coordinator, 3)
	data := ""
	for _, m := range coordinator.Messages() {
		if len(m.Keyboard) > 0 {
			data = m.Keyboard[0][0].Data
		}
	}
	require.NotEmpty(t, data)
	named := func(id int64) fields {
		return fields{"id": id, "type": "private", "first_name": coordinator.Name, "username": coordinator.Name, "language_code": "nl"}
	}
	stranger := func(id int64) *telegramtest.Person {
		p := w.fake.Person(id, "nl")
		p.Say("/bestaatniet") // it may write to them from here on
		w.screen(p, 1)
		return p
	}
	unknown := map[string]string{} // by kind
	for i, try := range impostures(named(coordinatorID), data) {
		p := stranger(int64(987654800 + i))
		w.fake.Inject(try.kind, try.make(named(p.ID()), named(p.ID())))
		said := w.screen(p, 2)[1]
		if unknown[try.kind] == "" {
			unknown[try.kind] = said
		}
		assert.Equal(t, unknown[try.kind], said, try.name)
	}

	p := stranger(987654890)
	mine, theirs := named(p.ID()), named(coordinatorID)
	w.fake.Inject("message", asked(mine, theirs, nil))
	w.fake.Inject("message", asked(theirs, mine, nil))
	w.fake.Inject("callback_query", pressed(mine, asked(theirs, theirs, nil), data))
	w.fake.Inject("callback_query", pressed(theirs, asked(theirs, mine, nil), data))
	require.NoError(t, w.fake.Wait(w.soon(), func() bool { return w.fake.Pending() == 0 }))
	w.screen(coordinator, 3) // nothing more than before
	assert.Len(t, written(p), 1, "in another's chat it is nobody's")
	assert.NotContains(t, w.log.String(), coordinator.Name)
}

// ordered returns the sorted keys of a map.
func ordered(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Every button in every role.
func TestOnlyCoordinatorsUseTheirButtons(t *testing.T) {
	w := newWorld(t)
	former := w.fake.Person(formerID, "nl")
	former.Say("/week")
	w.screen(former, 3)
	var page telegramtest.Message
	for _, m := range former.Messages() {
		if len(m.Keyboard) > 0 {
			page = m
		}
	}
	require.Len(t, page.Keyboard, 3)
	w.coordinators.Store(&[]int64{coordinatorID})
	stranger := w.fake.Person(600, "nl")
	stranger.Start("")
	w.screen(stranger, 1)
	stranger.PressData(1, "nonsense")
	strange := w.screen(stranger, 2)[1]
	seen, seenFormer := 2, 3
	for _, row := range page.Keyboard {
		for _, b := range row {
			stranger.PressData(1, b.Data)
			seen++
			assert.Equal(t, strange, w.screen(stranger, seen)[seen-1], "another's button %s", b.Text)
			require.NoError(t, former.Press(b.Text))
			seenFormer++
			texts := w.screen(former, seenFormer)
			assert.NotContains(t, texts[seenFormer-1], "page", "a former coordinator with %s", b.Text)
		}
	}
}

func TestWeekComesWithItsFiles(t *testing.T) {
	w := newWorld(t)
	p := w.fake.Person(coordinatorID, "en")
	p.Say("/week")
	texts := w.screen(p, 3)
	assert.Equal(t, "page week about 2026-W47: 0 completed", texts[0])
	messages := p.Messages()[1:]
	assert.NotEmpty(t, messages[1].Photo)
	assert.Equal(t, "the figures", string(messages[2].Document))
	require.NoError(t, p.Press("To be checked"))
	assert.Equal(t, `page editor about "" in en`, w.screen(p, 4)[3])
	p.Say("/kwartaal")
	assert.Equal(t, `page quarter about "2026Q3" in en`, w.screen(p, 5)[4], "a file that is not there is left out")
}

func TestOnlyCoordinatorsSeeTheCommands(t *testing.T) {
	w := newWorld(t)
	p := w.fake.Person(coordinatorID, "nl")
	w.fake.Person(600, "nl").Say("/week")
	p.Say("/week")
	p.Say("/week")
	own := fmt.Sprintf("setMyCommands@%d", int64(coordinatorID))
	require.Eventually(t, func() bool { return w.fake.Profile()[own] != "" }, 2*time.Minute, time.Millisecond)
	w.screen(p, 6)
	for _, word := range []string{`"week"`, `"redactie"`, `"maandag"`, `"stop"`} {
		assert.Contains(t, w.fake.Profile()[own], word)
	}
	for name, menu := range w.fake.Profile() {
		assert.True(t, name == own || !strings.Contains(menu, `"redactie"`), name)
	}
	assert.Empty(t, w.fake.BadRequests())
}

func TestUnreadableFiguresAreRetried(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Staff = &failing{Staff: c.Staff} })
	p := w.fake.Person(coordinatorID, "nl")
	p.Say("/partners")
	require.Eventually(t, func() bool { return w.desk.Counters().Repeated == 1 }, 2*time.Minute, time.Millisecond)
	assert.Empty(t, written(p))
	w.clock.pass(time.Minute)
	w.screen(p, 1)
}

func TestFormerCoordinatorGetsNoPendingFigures(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Staff = &failing{Staff: c.Staff} })
	p := w.fake.Person(formerID, "nl")
	p.Say("/partners")
	require.Eventually(t, func() bool { return w.desk.Counters().Repeated == 1 }, 2*time.Minute, time.Millisecond)
	w.coordinators.Store(&[]int64{coordinatorID})
	w.clock.pass(time.Minute)
	p.Say("/help")
	assert.NotContains(t, w.screen(p, 1)[0], "page")
}

// failing is a Staff whose first page fails.
type failing struct {
	Staff
	failed bool
}

func (f *failing) Page(ctx context.Context, r staff.Request) (staff.Page, error) {
	if !f.failed {
		f.failed = true
		return staff.Page{}, errors.New("the figures cannot be read")
	}
	return f.Staff.Page(ctx, r)
}

func TestMondayDigest(t *testing.T) {
	w := newWorld(t)
	p, former := w.fake.Person(coordinatorID, "nl"), w.fake.Person(formerID, "nl")
	p.Say("/maandag")
	assert.Contains(t, w.screen(p, 1)[0], "/maandag aan")
	p.Say("/maandag aan")
	p.Say("/maandag")
	former.Say("/maandag aan")
	texts := w.screen(p, 3)
	w.screen(former, 1)
	assert.Equal(t, texts[1], texts[2], "it tells how it is")
	w.coordinators.Store(&[]int64{coordinatorID})
	w.clock.pass(6*24*time.Hour + 18*time.Hour) // Monday at eight
	assert.Equal(t, "page digest about 2026-W48: 0 completed", w.until(p, 4)[3], "also of an empty week")
	for range 10 {
		w.clock.pass(time.Hour)
	}
	assert.Len(t, w.until(p, 4), 4, "once")
	w.clock.pass(7 * 24 * time.Hour)
	assert.Equal(t, "page digest about 2026-W49: 0 completed", w.until(p, 5)[4])
	p.Say("/maandag uit")
	w.screen(p, 6)
	w.clock.pass(7 * 24 * time.Hour)
	p.Say("/redactie")
	w.until(p, 7)
	assert.Len(t, written(former), 1, "a former coordinator gets nothing")
	w.coordinators.Store(&[]int64{coordinatorID, formerID})
	w.clock.pass(7 * 24 * time.Hour)
	former.Say("/redactie")
	w.until(former, 2)
	former.Say("/maandag")
	assert.Contains(t, w.screen(former, 3)[2], "/maandag aan", "and has to ask for it anew")
}

// until advances the clock until the bot has sent n messages.
func (w *world) until(p *telegramtest.Person, n int) []string {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		w.clock.pass(time.Minute)
		return len(written(p)) >= n
	}, 2*time.Minute, 2*time.Millisecond, "%q", written(p))
	return w.screen(p, n)
}

func TestStaffCommandsAreUnique(t *testing.T) {
	texts := embeddedTexts(t)
	for word := range staffWords(texts) {
		assert.NotContains(t, commandWords(texts), word)
		assert.True(t, strings.ToLower(word) == word)
	}
}

// A person does the check, asks for a follow-up, gets it six weeks later as a reply to the
// advice and answers in two taps.
func TestFollowUpEndToEnd(t *testing.T) {
	w := newWorld(t)
	texts := embeddedTexts(t)
	p := w.fake.Person(800, "nl")
	p.Start("")
	require.NoError(t, tapThrough(w.bed, p, 3))
	advice := p.Last().ID
	require.NoError(t, p.PressWhere(func(b telegramtest.Button) bool {
		return strings.Contains(b.Data, "l.satisfaction.4") || strings.Contains(b.Data, "a.satisfaction.4")
	}))
	wish := texts.Text("nl", "chat.followup_yes")
	require.NoError(t, p.Wait(w.soon(), func(p *telegramtest.Person) bool { return hasButton(p.Last(), wish) }))
	require.NoError(t, p.Press(wish))
	require.NoError(t, p.Wait(w.soon(), func(p *telegramtest.Person) bool {
		return hasButton(p.Last(), texts.Text("nl", "chat.followup_withdraw"))
	}))
	before := len(written(p))

	w.clock.pass(41 * 24 * time.Hour)
	p.Say("/mijngegevens")
	assert.Contains(t, w.until(p, before+1)[before], texts.Text("nl", "chat.my_data_followup"), "though the conversation has gone")
	before++
	w.clock.pass(24 * time.Hour)
	question := w.until(p, before+1)[before]
	assert.Contains(t, question, texts.Text("nl", "followup.which"))
	asked := p.Last()
	assert.Equal(t, advice, asked.ReplyTo)
	assert.Len(t, asked.Keyboard, 8+3, "eight initiatives, something else, nothing yet, and no more of this")

	require.NoError(t, p.Press("KVK"))
	require.NoError(t, p.Wait(w.soon(), func(p *telegramtest.Person) bool {
		return strings.Contains(p.Last().Text, texts.Text("nl", "followup.helped"))
	}))
	assert.Equal(t, asked.ID, p.Last().ID, "edited in place")
	require.NoError(t, p.Press(texts.Text("nl", "followup.helped.beetje")))
	require.NoError(t, p.Wait(w.soon(), func(p *telegramtest.Person) bool {
		return strings.Contains(p.Last().Text, texts.Text("nl", "followup.thanks"))
	}))
	w.clock.pass(20 * 24 * time.Hour)
	p.Say("/help")
	w.until(p, before+2)
	assert.Empty(t, w.fake.BadRequests())
}

func hasButton(m telegramtest.Message, label string) bool {
	for _, row := range m.Keyboard {
		for _, b := range row {
			if b.Text == label {
				return true
			}
		}
	}
	return false
}
