package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
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
	catalogue, err := referral.BuiltIn()
	if err != nil {
		return staff.Page{}, err
	}
	service := figures.NewService(f, func() *referral.Catalogue { return catalogue }, c.clock)
	report, err := service.Report(ctx, figures.Period{From: r.About, To: r.About}, r.Level)
	if err != nil {
		return staff.Page{}, err
	}
	return textPage(fmt.Sprintf("page %s about %s: %d completed", r.Page, r.About, report.Trend.Totals.Completed), files(r.Page)...), nil
}

func textPage(text string, files ...staff.File) staff.Page {
	return staff.Page{Parts: []staff.Part{{{Text: flows.Name(text)}}}, Files: files}
}

// files returns the files of a page; quarters have none, and that of a digest is empty.
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

// waitForTexts waits until the bot has sent n messages in total, and returns their texts.
func (h *harness) waitForTexts(p *telegramtest.Person, n int) (texts []string) {
	h.t.Helper()
	err := p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return len(botTexts(p)) >= n })
	require.NoError(h.t, err, "%d messages were expected: %q", n, botTexts(p))
	h.eventually(func() bool { return h.dispatcher.Health(context.Background()).Outbox.Waiting == 0 })
	texts = botTexts(p)
	require.Len(h.t, texts, n)
	return texts
}

// botTexts returns the texts that the bot sent to a person.
func botTexts(p *telegramtest.Person) (texts []string) {
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

func TestOnlyCoordinatorsGetFigures(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	coordinator := h.fake.Person(coordinatorID, "nl")
	stranger := h.fake.Person(600, "nl")
	stranger.Say("/bestaatniet")
	unknown := h.waitForTexts(stranger, 1)
	got, attempts := 0, int64(0)
	for id, command := range slices.Sorted(maps.Keys(commands)) {
		coordinator.Say(command)
		got += commands[command]
		texts := h.waitForTexts(coordinator, got)
		assert.NotContains(t, texts, unknown[0], command)

		p := h.fake.Person(int64(987654700+id), "nl")
		p.Say(command)
		assert.Equal(t, unknown, h.waitForTexts(p, 1), "a stranger with %s", command)
		attempts++
		assert.Equal(t, attempts, h.channel.Attempts(), command)
	}
	assert.NotContains(t, h.log.String(), fmt.Sprint(coordinatorID), "the log names a coordinator by number in the list")
	assert.NotContains(t, h.log.String(), "9876547")
	group := h.fake.Group(-5, "group")
	group.Say(coordinatorID, "/week")
	h.eventually(group.Left)
	for _, m := range group.Messages() {
		assert.NotContains(t, m.Text, "page week")
	}
	assert.Empty(t, h.fake.BadRequests())
}

// impersonation is a way to impersonate a coordinator; make returns the message or press of a
// person with the name of a coordinator.
type impersonation struct {
	name, kind string
	make       func(from, chat fields) fields
}

// fields is a JSON object of the Bot API.
type fields = map[string]any

func commandMessage(from, chat, more fields) fields {
	m := fields{"message_id": 1, "from": from, "chat": chat, "date": 1, "text": "/week"}
	maps.Copy(m, more)
	return m
}

func pressOf(from, on fields, data string) fields {
	return fields{"id": "1", "from": from, "message": on, "chat_instance": "1", "data": data}
}

// impersonations returns messages and presses; the first of each kind impersonates no one, for
// comparison. data is that of a coordinator's button.
func impersonations(coordinator fields, data string) []impersonation {
	const message, press = "message", "callback_query"
	return []impersonation{
		{"an unknown command", message, func(from, chat fields) fields { return commandMessage(from, chat, fields{"text": "/bestaatniet"}) }},
		{"the same name", message, func(from, chat fields) fields { return commandMessage(from, chat, nil) }},
		{"forwarded", message, func(from, chat fields) fields {
			return commandMessage(from, chat, fields{"forward_origin": fields{"type": "user", "sender_user": coordinator, "date": 1},
				"forward_from": coordinator, "forward_date": 1})
		}},
		{"as a reply to a coordinator", message, func(from, chat fields) fields {
			return commandMessage(from, chat, fields{"reply_to_message": commandMessage(coordinator, chat, nil)})
		}},
		{"sent for a coordinator", message, func(from, chat fields) fields {
			return commandMessage(from, chat, fields{"sender_chat": coordinator, "via_bot": coordinator})
		}},
		{"an unknown button", press, func(from, chat fields) fields { return pressOf(from, commandMessage(from, chat, nil), "nonsense") }},
		{"a coordinator's button", press, func(from, chat fields) fields { return pressOf(from, commandMessage(coordinator, chat, nil), data) }},
		{"a coordinator's button, forwarded", press, func(from, chat fields) fields {
			return pressOf(from, commandMessage(from, chat, fields{"forward_from": coordinator}), data)
		}},
	}
}

// A coordinator's name, a forwarded command or button and a message on behalf of a
// coordinator get the answer to an unknown command.
func TestImpersonatingACoordinator(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	coordinator := h.fake.Person(coordinatorID, "nl")
	coordinator.Say("/week")
	h.waitForTexts(coordinator, 3)
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
		p := h.fake.Person(id, "nl")
		p.Say("/bestaatniet") // allows the bot to write
		h.waitForTexts(p, 1)
		return p
	}
	unknown := map[string]string{} // by kind
	forwarded := embeddedTexts(t).Text("nl", "talk.strange_forwarded")
	for i, try := range impersonations(named(coordinatorID), data) {
		p := stranger(int64(987654800 + i))
		h.fake.Inject(try.kind, try.make(named(p.ID()), named(p.ID())))
		answer := h.waitForTexts(p, 2)[1]
		if strings.HasPrefix(answer, forwarded) { // not read at all
			continue
		}
		if unknown[try.kind] == "" {
			unknown[try.kind] = answer
		}
		assert.Equal(t, unknown[try.kind], answer, try.name)
	}

	p := stranger(987654890)
	mine, theirs := named(p.ID()), named(coordinatorID)
	h.fake.Inject("message", commandMessage(mine, theirs, nil))
	h.fake.Inject("message", commandMessage(theirs, mine, nil))
	h.fake.Inject("callback_query", pressOf(mine, commandMessage(theirs, theirs, nil), data))
	h.fake.Inject("callback_query", pressOf(theirs, commandMessage(theirs, mine, nil), data))
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Pending() == 0 }))
	h.waitForTexts(coordinator, 3) // nothing more than before
	assert.Len(t, botTexts(p), 1, "ignored in the chat of another person")
	assert.NotContains(t, h.log.String(), coordinator.Name)
}

func TestOnlyCoordinatorsUseTheirButtons(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	former := h.fake.Person(formerID, "nl")
	former.Say("/week")
	h.waitForTexts(former, 3)
	var page telegramtest.Message
	for _, m := range former.Messages() {
		if len(m.Keyboard) > 0 {
			page = m
		}
	}
	require.Len(t, page.Keyboard, 3)
	h.coordinators.Store(&[]int64{coordinatorID})
	stranger := h.fake.Person(600, "nl")
	stranger.Start("")
	h.waitForTexts(stranger, 1)
	stranger.PressData(1, "nonsense")
	unknown := h.waitForTexts(stranger, 2)[1]
	seen, seenFormer := 2, 3
	for _, row := range page.Keyboard {
		for _, b := range row {
			stranger.PressData(1, b.Data)
			seen++
			assert.Equal(t, unknown, h.waitForTexts(stranger, seen)[seen-1], "another's button %s", b.Text)
			require.NoError(t, former.Press(b.Text))
			seenFormer++
			texts := h.waitForTexts(former, seenFormer)
			assert.NotContains(t, texts[seenFormer-1], "page", "a former coordinator with %s", b.Text)
		}
	}
}

func TestWeekPageHasFiles(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	p := h.fake.Person(coordinatorID, "en")
	p.Say("/week")
	texts := h.waitForTexts(p, 3)
	assert.Equal(t, "page week about 2026-W47: 0 completed", texts[0])
	messages := p.Messages()[1:]
	assert.NotEmpty(t, messages[1].Photo)
	assert.Equal(t, "the figures", string(messages[2].Document))
	require.NoError(t, p.Press("To be checked"))
	assert.Equal(t, `page editor about "" in en`, h.waitForTexts(p, 4)[3])
	p.Say("/kwartaal")
	assert.Equal(t, `page quarter about "2026Q3" in en`, h.waitForTexts(p, 5)[4])
}

func TestOnlyCoordinatorsSeeTheCommands(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	p := h.fake.Person(coordinatorID, "nl")
	h.fake.Person(600, "nl").Say("/week")
	p.Say("/week")
	p.Say("/week")
	own := fmt.Sprintf("setMyCommands@%d", int64(coordinatorID))
	h.eventually(func() bool { return h.fake.Profile()[own] != "" })
	h.waitForTexts(p, 6)
	for _, word := range []string{`"week"`, `"redactie"`, `"maandag"`, `"stop"`} {
		assert.Contains(t, h.fake.Profile()[own], word)
	}
	for name, menu := range h.fake.Profile() {
		assert.True(t, name == own || !strings.Contains(menu, `"redactie"`), name)
	}
	assert.Empty(t, h.fake.BadRequests())
}

func TestUnreadableFiguresAreRetried(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t, func(c *Config) { c.Staff = &failOnce{Staff: c.Staff} })
	p := h.fake.Person(coordinatorID, "nl")
	p.Say("/partners")
	h.eventually(func() bool { return h.dispatcher.Counters().Repeated == 1 })
	assert.Empty(t, botTexts(p))
	h.advanceUntil(p, 1)
}

func TestFormerCoordinatorGetsNoPendingFigures(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t, func(c *Config) { c.Staff = &failOnce{Staff: c.Staff} })
	p := h.fake.Person(formerID, "nl")
	p.Say("/partners")
	h.eventually(func() bool { return h.dispatcher.Counters().Repeated == 1 })
	h.coordinators.Store(&[]int64{coordinatorID})
	h.clock.advance(time.Minute)
	p.Say("/help")
	assert.NotContains(t, h.waitForTexts(p, 1)[0], "page")
}

// failOnce is a Staff whose first page fails.
type failOnce struct {
	Staff
	failed bool
}

func (f *failOnce) Page(ctx context.Context, r staff.Request) (staff.Page, error) {
	if !f.failed {
		f.failed = true
		return staff.Page{}, errors.New("the figures cannot be read")
	}
	return f.Staff.Page(ctx, r)
}

func TestMondayDigest(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	p, former := h.fake.Person(coordinatorID, "nl"), h.fake.Person(formerID, "nl")
	p.Say("/maandag")
	assert.Contains(t, h.waitForTexts(p, 1)[0], "/maandag aan")
	p.Say("/maandag aan")
	p.Say("/maandag")
	former.Say("/maandag aan")
	texts := h.waitForTexts(p, 3)
	h.waitForTexts(former, 1)
	assert.Equal(t, texts[1], texts[2], "both report the subscription")
	h.coordinators.Store(&[]int64{coordinatorID})
	h.clock.advance(6*24*time.Hour + 18*time.Hour) // Monday at eight
	assert.Equal(t, "page digest about 2026-W48: 0 completed", h.advanceUntil(p, 4)[3], "also for an empty week")
	for range 10 {
		h.clock.advance(time.Hour)
	}
	assert.Len(t, h.advanceUntil(p, 4), 4, "once")
	h.clock.advance(7 * 24 * time.Hour)
	assert.Equal(t, "page digest about 2026-W49: 0 completed", h.advanceUntil(p, 5)[4])
	p.Say("/maandag uit")
	h.waitForTexts(p, 6)
	h.clock.advance(7 * 24 * time.Hour)
	p.Say("/redactie")
	h.advanceUntil(p, 7)
	assert.Len(t, botTexts(former), 1, "a former coordinator gets nothing")
	h.coordinators.Store(&[]int64{coordinatorID, formerID})
	h.clock.advance(7 * 24 * time.Hour)
	former.Say("/redactie")
	h.advanceUntil(former, 2)
	former.Say("/maandag")
	assert.Contains(t, h.waitForTexts(former, 3)[2], "/maandag aan", "and must subscribe again")
	assert.Empty(t, h.fake.BadRequests(), "an empty file is skipped")
}

// advanceUntil advances the clock until the bot has sent n messages.
func (h *harness) advanceUntil(p *telegramtest.Person, n int) []string {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		h.clock.advance(time.Minute)
		return len(botTexts(p)) >= n
	}, 2*time.Minute, 2*time.Millisecond, "%q", botTexts(p))
	return h.waitForTexts(p, n)
}

func TestStaffCommandsAreUnique(t *testing.T) {
	texts := embeddedTexts(t)
	for word := range staffWords(texts) {
		assert.NotContains(t, commandWords(texts), word)
		assert.True(t, strings.ToLower(word) == word)
	}
}

// A person does the check, requests a follow-up, gets it six weeks later as a reply to the advice and answers with
// two presses.
func TestFollowUpEndToEnd(t *testing.T) {
	t.Parallel()
	h := newStaffHarness(t)
	texts := embeddedTexts(t)
	p := h.fake.Person(800, "nl")
	p.Start("")
	require.NoError(t, answerAll(h, p, 3))
	advice := p.Last().ID
	require.NoError(t, p.PressWhere(func(b telegramtest.Button) bool {
		return strings.Contains(b.Data, "l.satisfaction.4") || strings.Contains(b.Data, "a.satisfaction.4")
	}))
	followUp := texts.Text("nl", "chat.followup_yes")
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool { return hasButton(p.Last(), followUp) }))
	require.NoError(t, p.Press(followUp))
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
		return hasButton(p.Last(), texts.Text("nl", "chat.followup_withdraw"))
	}))
	before := len(botTexts(p))

	h.clock.advance(41 * 24 * time.Hour)
	p.Say("/mijngegevens")
	assert.Contains(t, h.advanceUntil(p, before+1)[before], texts.Text("nl", "chat.my_data_followup"), "after the conversation has expired")
	before++
	h.clock.advance(24 * time.Hour)
	question := h.advanceUntil(p, before+1)[before]
	assert.Contains(t, question, texts.Text("nl", "followup.which"))
	asked := p.Last()
	assert.Equal(t, advice, asked.ReplyTo)
	assert.Len(t, asked.Keyboard, 8+3, "eight initiatives, something else, nothing yet, and no more of this")

	require.NoError(t, p.Press("KVK"))
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
		return strings.Contains(p.Last().Text, texts.Text("nl", "followup.helped"))
	}))
	assert.Equal(t, asked.ID, p.Last().ID, "edited in place")
	require.NoError(t, p.Press(texts.Text("nl", "followup.helped.beetje")))
	require.NoError(t, p.Wait(h.timeout(), func(p *telegramtest.Person) bool {
		return strings.Contains(p.Last().Text, texts.Text("nl", "followup.thanks"))
	}))
	h.clock.advance(20 * 24 * time.Hour)
	p.Say("/help")
	h.advanceUntil(p, before+2)
	assert.Empty(t, h.fake.BadRequests())
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
