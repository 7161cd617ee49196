package telegram

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// verbatim returns a block with a verbatim text.
func verbatim(style flows.Style, text string) flows.Block {
	return flows.Block{Style: style, Text: flows.Name(text)}
}

func answerKey(label string) flows.Button {
	return flows.Button{Label: flows.Name(label), Question: "size", Option: "2", Rev: 1, Role: flows.RoleOption}
}

func questionReply(keys ...[]flows.Button) flows.Reply {
	return flows.Reply{Slot: flows.Living, Blocks: []flows.Block{verbatim(flows.Question, "Vraag?")}, Keys: keys}
}

// composed returns the messages as "method slot", and their bodies.
func composed(t *testing.T, c *Channel, turn flows.Turn, o bot.Origin, s bot.Surface) (plan []string, payloads []payload) {
	t.Helper()
	messages, err := c.Compose(bot.Chat{Channel: Name, ID: "5"}, turn, o, s)
	require.NoError(t, err)
	for _, m := range messages {
		var n payload
		require.NoError(t, json.Unmarshal(m.Body, &n))
		payloads = append(payloads, n)
		plan = append(plan, strings.TrimSpace(n.Method+" "+string(m.Slot)))
		assert.Equal(t, strings.HasPrefix(n.Method, "edit"), m.Edit)
	}
	return plan, payloads
}

func TestComposeEditsOrSends(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	ask := questionReply([]flows.Button{answerKey("2 tot 9")})
	fresh := ask
	fresh.Fresh = true
	closing := questionReply()
	photo := flows.Reply{Slot: flows.Picture, Blocks: []flows.Block{verbatim(flows.Title, "Nu aan zet")}, Picture: &flows.QuadrantPicture{Quadrant: "vulnerable"}}
	advice := flows.Reply{Slot: flows.Advice, Blocks: []flows.Block{verbatim(flows.Title, "Stap")}}
	page := flows.Reply{Slot: flows.Aside, Fresh: true, Blocks: []flows.Block{verbatim(flows.Plain, "Hulp")}}
	tap := bot.Origin{Slot: flows.Living, Message: "7", Tap: true}
	onPage := bot.Origin{Slot: flows.Aside, Message: "9", Tap: true}
	onAdvice := bot.Origin{Slot: flows.Advice, Message: "12", Tap: true}
	shown := bot.Surface{flows.Living: {Ref: "7"}}
	result := bot.Surface{flows.Living: {Ref: "10", Closed: true}, flows.Picture: {Ref: "11"}, flows.Advice: {Ref: "12"}}
	stopped := flows.Session{Phase: flows.PhaseStopped}

	for name, try := range map[string]struct {
		turn    flows.Turn
		origin  bot.Origin
		surface bot.Surface
		want    []string
	}{
		"first question":          {flows.Turn{Replies: []flows.Reply{fresh}, Facts: flows.Facts{Started: true}}, bot.Origin{}, nil, []string{"sendMessage living"}},
		"next question":           {flows.Turn{Replies: []flows.Reply{ask}}, tap, shown, []string{"editMessageText living"}},
		"typed answer":            {flows.Turn{Replies: []flows.Reply{ask}}, bot.Origin{}, shown, []string{"sendMessage living"}},
		"block begins":            {flows.Turn{Replies: []flows.Reply{closing, fresh}}, tap, shown, []string{"editMessageText living", "sendMessage living"}},
		"result":                  {flows.Turn{Replies: []flows.Reply{closing, photo, advice}}, tap, shown, []string{"editMessageText living", "sendPhoto picture", "sendMessage advice"}},
		"page":                    {flows.Turn{Replies: []flows.Reply{page}}, tap, shown, []string{"sendMessage aside"}},
		"from a page":             {flows.Turn{Replies: []flows.Reply{fresh}}, onPage, shown, []string{"sendMessage living"}},
		"rated":                   {flows.Turn{Replies: []flows.Reply{advice}}, onAdvice, result, []string{"editMessageText advice"}},
		"changed result":          {flows.Turn{Replies: []flows.Reply{closing, photo, advice}}, bot.Origin{Slot: flows.Living, Message: "13", Tap: true}, bot.Surface{flows.Living: {Ref: "13"}, flows.Picture: {Ref: "11"}, flows.Advice: {Ref: "12"}}, []string{"editMessageText living", "editMessageMedia picture", "editMessageText advice"}},
		"result again, from page": {flows.Turn{Replies: []flows.Reply{photo, advice}}, onPage, result, []string{"sendPhoto picture", "sendMessage advice"}},
		"re-opened after result":  {flows.Turn{Replies: []flows.Reply{ask}}, onPage, result, []string{"sendMessage living"}},
		"stopped":                 {flows.Turn{Session: stopped, Replies: []flows.Reply{page}}, bot.Origin{}, shown, []string{"editMessageReplyMarkup living", "sendMessage aside"}},
		"typed while in flight":   {flows.Turn{Replies: []flows.Reply{ask}}, bot.Origin{}, nil, []string{"sendMessage living"}},
	} {
		plan, _ := composed(t, c, try.turn, try.origin, try.surface)
		assert.Equal(t, try.want, plan, name)
	}
}

func TestKeyboardRowsFitPhones(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	layout := func(rows ...[]flows.Button) (sizes []int) {
		keys, err := c.keyboardRows(5, flows.Reply{Slot: flows.Living, Keys: rows}, "nl")
		require.NoError(t, err)
		for _, row := range keys {
			sizes = append(sizes, len(row))
		}
		return sizes
	}
	short, long := answerKey("Bouw"), answerKey("Zakelijke dienstverlening en meer")
	back := flows.Button{Label: flows.Name("Vorige"), Action: flows.DoBack, Role: flows.RoleBack}
	assert.Equal(t, []int{2, 2, 2}, layout([]flows.Button{short, short}, []flows.Button{short, short}, []flows.Button{back, back}))
	assert.Equal(t, []int{1, 1, 1, 1, 2}, layout([]flows.Button{short, short}, []flows.Button{short, long}, []flows.Button{back, back}))
	assert.Equal(t, []int{5}, layout([]flows.Button{short, short, short, short, short}))
	many := make([]flows.Button, 0, 3)
	for range 3 {
		many = append(many, answerKey("Gooise Meren en"))
	}
	assert.Equal(t, []int{1, 1, 1}, layout(many))

	chosen, link, bad := short, flows.Button{Label: flows.Name("KVK"), URL: "https://www.kvk.nl"}, flows.Button{Label: flows.Name("x"), URL: "javascript:alert(1)"}
	chosen.Chosen, chosen.Role = true, flows.RolePrimary
	keys, err := c.keyboardRows(5, flows.Reply{Slot: flows.Living, Keys: [][]flows.Button{{chosen}, {link}, {bad}}}, "nl")
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, "✓ Bouw", keys[0][0].Text)
	assert.Equal(t, "primary", keys[0][0].Style)
	assert.Equal(t, inlineButton{Text: "KVK", URL: "https://www.kvk.nl"}, keys[1][0])
}

func TestLongTextsAreSplitAtBlocks(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	var blocks []flows.Block
	all := strings.Builder{}
	for i := range 12 {
		text := fmt.Sprintf("Blok %d: ", i) + strings.TrimSpace(strings.Repeat("dit & dat ", 100))
		blocks = append(blocks, verbatim(flows.Plain, text))
		all.WriteString(text)
	}
	blocks = append(blocks, verbatim(flows.Note, strings.Repeat("🙂", 3000)))
	all.WriteString("• " + strings.Repeat("🙂", 3000))
	reply := flows.Reply{Slot: flows.Living, Blocks: blocks, Keys: [][]flows.Button{{answerKey("ja")}}}
	h.deliver(t, flows.Turn{Replies: []flows.Reply{reply}}, bot.Origin{Slot: flows.Living, Message: "3", Tap: true}, bot.Surface{})

	var shown strings.Builder
	messages := p.Messages()[1:]
	require.Greater(t, len(messages), 4)
	for i, m := range messages {
		assert.Equal(t, i == len(messages)-1, len(m.Keyboard) > 0, "only the last message has buttons")
		shown.WriteString(m.Text)
	}
	plain := strings.NewReplacer("\n", "", "• ", "")
	assert.Equal(t, plain.Replace(all.String()), plain.Replace(shown.String()))
	assert.Empty(t, h.fake.BadRequests())
}

// deliver composes a turn for chat 5 and sends it, and updates the surface s.
func (h *harness) deliver(t *testing.T, turn flows.Turn, o bot.Origin, s bot.Surface) {
	t.Helper()
	messages, err := h.channel.Compose(bot.Chat{Channel: Name, ID: "5"}, turn, o, s)
	require.NoError(t, err)
	for _, m := range messages {
		shown, err := h.channel.Send(t.Context(), m, s)
		require.NoError(t, err)
		if shown.Ref != "" && m.Slot != "" {
			s[m.Slot] = shown
		}
	}
}

// injections are texts that are markup or code in some language.
var injections = []string{
	"<b>vet</b>", "</b>", "<", ">", "&", "&amp;", "&lt;b&gt;", "&#60;b&#62;", "&quot;", `"`, "'", "<a href=\"https://evil.example\">klik</a>",
	"<script>alert(1)</script>", "<!-- -->", "*vet*", "_schuin_", "[klik](https://evil.example)", "`code`", "||spoiler||", "{{.Name}}",
	"<tg-spoiler>", "<b", "b>", "&;", "&x;", "&#0;", "&#x1F600;", "a\u202eb", "🙂<🙂", "\u0000x", "' OR 1=1 --", "=1+1", "@group", "/stop",
}

func TestNoTextBecomesMarkup(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	styles := []flows.Style{flows.Plain, flows.Notice, flows.Part, flows.Done, flows.Question, flows.Hint, flows.Option,
		flows.Title, flows.StepName, flows.Why, flows.Next, flows.Caveat, flows.Note}
	for _, style := range styles {
		for _, text := range injections {
			block := verbatim(style, text)
			block.URL = `https://kvk.nl/?a=1&b="><b>x</b>`
			button := answerKey(text)
			h.deliver(t, flows.Turn{Replies: []flows.Reply{{Slot: flows.Aside, Fresh: true, Blocks: []flows.Block{block}, Keys: [][]flows.Button{{button}}}}}, bot.Origin{}, bot.Surface{})
			last := p.Last()
			want := strings.TrimSpace(text)
			got := strings.TrimPrefix(strings.TrimPrefix(last.Text, "✓ "), "• ")
			require.Equal(t, want, got, "%s", style)
			require.Equal(t, text, last.Keyboard[0][0].Text)
			for _, e := range last.Entities {
				require.Contains(t, []string{"bold", "italic", "text_link"}, e.Type)
				require.NotContains(t, e.URL, "evil")
			}
		}
	}
	assert.Empty(t, h.fake.BadRequests())
}

func FuzzTextsAreShownVerbatim(f *testing.F) {
	for _, text := range injections {
		f.Add(text)
	}
	h := newHarness(f, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	f.Fuzz(func(t *testing.T, text string) {
		text = truncateRunes(strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")), 500)
		if text == "" {
			return
		}
		h.deliver(t, flows.Turn{Replies: []flows.Reply{{Slot: flows.Aside, Fresh: true, Blocks: []flows.Block{verbatim(flows.Question, text)}}}}, bot.Origin{}, bot.Surface{})
		require.Equal(t, strings.TrimSpace(text), p.Last().Text)
	})
}

func TestStepsAreNumberedAndLinked(t *testing.T) {
	p := format(flows.Block{Style: flows.StepName, Number: 2, URL: "https://kvk.nl/?a&b"}, "KVK: een mens", "KVK")
	assert.Equal(t, `<b>2. <a href="https://kvk.nl/?a&amp;b">KVK</a></b>: een mens`, p.html)
	assert.Equal(t, utf16Length("2. KVK: een mens"), p.size)
	p = format(flows.Block{Style: flows.StepName, URL: "javascript:x"}, "KVK", "")
	assert.Equal(t, "<b>KVK</b>", p.html)
}

func TestToastShowsTheNotice(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	turn := flows.Turn{Replies: []flows.Reply{{Blocks: []flows.Block{verbatim(flows.Part, "Deel 1"), verbatim(flows.Notice, strings.Repeat("🙂", 300))}}}}
	assert.Equal(t, strings.Repeat("🙂", 99)+"…", c.toast(turn))
	assert.Empty(t, c.toast(flows.Turn{}))
}

func TestUnknownTextsFailTheTurn(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	for _, r := range []flows.Reply{
		{Slot: flows.Living, Blocks: []flows.Block{{Text: flows.Say("no.such.text")}}},
		{Slot: flows.Living, Blocks: []flows.Block{verbatim(flows.Plain, "a")}, Keys: [][]flows.Button{{{Label: flows.Say("no.such.text"), Action: "x"}}}},
		{Slot: flows.Living},
	} {
		_, err := c.Compose(bot.Chat{ID: "5"}, flows.Turn{Replies: []flows.Reply{r}}, bot.Origin{}, nil)
		assert.Error(t, err)
	}
}

func TestActionsAreFoldedQuotes(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	action := verbatim(flows.ActionName, "Zet een code op je mail <nu>.")
	action.Number = 1
	source := verbatim(flows.ActionSource, "Bron: KVK")
	source.URL = "https://www.kvk.nl/?a=1&b=2"
	_, payloads := composed(t, c, flows.Turn{Replies: []flows.Reply{{Slot: flows.Advice, Blocks: []flows.Block{
		verbatim(flows.Wish, "Je wilt veilig werken."), verbatim(flows.Actions, "Zelf doen"), action,
		verbatim(flows.ActionTerms, "15 minuten · gratis"), verbatim(flows.ActionHow, "Begin met je mail."), source,
	}}}}, bot.Origin{}, bot.Surface{})
	require.Len(t, payloads, 1)
	assert.Equal(t, "<b>Je wilt veilig werken.</b>\n\n<b>Zelf doen</b>\n\n<b>☐ Zet een code op je mail &lt;nu&gt;.</b>\n15 minuten · gratis\n"+
		"<blockquote expandable>Begin met je mail.</blockquote>\n<a href=\"https://www.kvk.nl/?a=1&amp;b=2\">Bron: KVK</a>", payloads[0].Text)
}
