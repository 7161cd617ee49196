package telegram

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

func TestStartLinksKeepOnlyKnownParts(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	for param, want := range map[string]flows.Link{
		"":                                     {},
		"kvk-utrecht":                          {Partner: "kvk-utrecht"},
		"kvk-utrecht_GM0355":                   {Partner: "kvk-utrecht", Municipality: "GM0355"},
		"kvk-utrecht_GM0355_en":                {Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"},
		"GM0355":                               {Municipality: "GM0355"},
		"en":                                   {Lang: "en"},
		"KVK-Utrecht_gm0355_EN":                {Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"},
		"en_kvk-utrecht":                       {Partner: "kvk-utrecht", Lang: "en"},
		"kvk-utrecht_GM9999_fr":                {Partner: "kvk-utrecht"},
		"kvk-utrecht_GM9999":                   {Partner: "kvk-utrecht"},
		"nobody_GM0344":                        {Municipality: "GM0344"},
		"KVK-Utrecht":                          {Partner: "kvk-utrecht"},
		"kvk-utrecht'; DROP TABLE outcomes;--": {Partner: "kvk-utrecht"},
		"kvk-utrecht.":                         {Partner: "kvk-utrecht"},
		"kvk‑utrecht_GM0355)":                  {Partner: "kvk-utrecht", Municipality: "GM0355"},
		"<b>kvk-utrecht</b>":                   {},
		"=cmd|' /C calc'!A0":                   {},
		"kvk-utrecht\x00":                      {Partner: "kvk-utrecht"},
		strings.Repeat("a", 65):                {},
		strings.Repeat("kvk-utrecht_", 400):    {},
	} {
		in := c.readText("/start " + param)
		assert.Equal(t, flows.Input{Kind: flows.Start, Link: want}, in, param)
	}
}

func TestCommandsInBothLanguages(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	me := "digiwijzer_bot"
	h.channel.username.Store(&me)
	action := func(name string) flows.Input { return flows.Input{Kind: flows.Action, Action: name} }
	for text, want := range map[string]flows.Input{
		"/help": action(flows.DoHelp), "/HELP": action(flows.DoHelp), "/help@Digiwijzer_Bot": action(flows.DoHelp),
		"/taal": action(flows.DoLanguage), "/language": action(flows.DoLanguage),
		"/antwoorden": action(flows.DoAnswers), "/answers": action(flows.DoAnswers),
		"/opnieuw": action(flows.DoRestart), "/restart nu": action(flows.DoRestart),
		"/stop": action(flows.DoStop), "/privacy": action(flows.DoPrivacy), "/settings": action(flows.DoMenu),
		"/mijngegevens": action(flows.DoMyData), "/mydata": action(flows.DoMyData),
		"/verwijder": action(flows.DoErase), "/erase": action(flows.DoErase),
		"/Start":                  {Kind: flows.Start},
		"/start\nen":              {Kind: flows.Start, Link: flows.Link{Lang: "en"}},
		"/help@anders_bot":        {Kind: flows.Text, Text: "/help@anders_bot"},
		"/onbekend":               {Kind: flows.Text, Text: "/onbekend"},
		"/":                       {Kind: flows.Text, Text: "/"},
		"help":                    {Kind: flows.Text, Text: "help"},
		"":                        {Kind: flows.Unrecognized},
		" \n":                     {Kind: flows.Unrecognized},
		strings.Repeat("é", 5000): {Kind: flows.Text, Text: strings.Repeat("é", 4096)},
	} {
		assert.Equal(t, want, h.channel.readText(text), text)
	}
}

func TestUnsupportedLanguagesAreEmpty(t *testing.T) {
	c := newHarness(t, telegramtest.Options{}, nil).channel
	for tag, want := range map[string]string{"nl": "nl", "nl-BE": "nl", "en-US": "en", "EN": "en", "uk": "", "": "", "[nl": ""} {
		assert.Equal(t, want, c.language(tag), tag)
	}
}

func TestOnlyPrivateChatsAreDecoded(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	data, err := h.channel.codec.encode(5, press{Slot: flows.Living, Rev: 3, Question: "size", Option: "2"})
	require.NoError(t, err)
	const private = `"chat":{"id":5,"type":"private"},"from":{"id":5}`
	for name, try := range map[string]struct {
		update  string
		chat    string
		effects sideEffects
		kind    flows.Kind
	}{
		"text":               {`{"update_id":1,"message":{` + private + `,"text":"a"}}`, "5", sideEffects{}, flows.Text},
		"sticker":            {`{"update_id":1,"message":{` + private + `,"sticker":{}}}`, "5", sideEffects{}, flows.Unrecognized},
		"other sender":       {`{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"from":{"id":6},"text":"a"}}`, "", sideEffects{}, ""},
		"group":              {`{"update_id":1,"message":{"chat":{"id":-5,"type":"group"},"from":{"id":5},"text":"/start"}}`, "", sideEffects{leaveChat: -5}, ""},
		"supergroup":         {`{"update_id":1,"message":{"chat":{"id":-5,"type":"supergroup"},"from":{"id":5},"text":"a"}}`, "", sideEffects{leaveChat: -5}, ""},
		"button":             {`{"update_id":1,"callback_query":{"id":"q","from":{"id":5},"message":{"message_id":9,"chat":{"id":5,"type":"private"}},"data":"` + data + `"}}`, "5", sideEffects{answerQuery: "q"}, flows.Answer},
		"other's button":     {`{"update_id":1,"callback_query":{"id":"q","from":{"id":6},"message":{"message_id":9,"chat":{"id":6,"type":"private"}},"data":"` + data + `"}}`, "6", sideEffects{answerQuery: "q"}, flows.Unrecognized},
		"button in group":    {`{"update_id":1,"callback_query":{"id":"q","from":{"id":5},"message":{"message_id":9,"chat":{"id":-5,"type":"group"}},"data":"` + data + `"}}`, "", sideEffects{answerQuery: "q"}, ""},
		"inline button":      {`{"update_id":1,"callback_query":{"id":"q","from":{"id":5},"inline_message_id":"x","data":"` + data + `"}}`, "", sideEffects{answerQuery: "q"}, ""},
		"added to group":     {`{"update_id":1,"my_chat_member":{"chat":{"id":-5,"type":"group"},"from":{"id":5},"new_chat_member":{"status":"member"}}}`, "", sideEffects{leaveChat: -5}, ""},
		"added to channel":   {`{"update_id":1,"my_chat_member":{"chat":{"id":-5,"type":"channel"},"from":{"id":5},"new_chat_member":{"status":"administrator"}}}`, "", sideEffects{leaveChat: -5}, ""},
		"removed from group": {`{"update_id":1,"my_chat_member":{"chat":{"id":-5,"type":"group"},"from":{"id":5},"new_chat_member":{"status":"kicked"}}}`, "", sideEffects{}, ""},
		"unblocked":          {`{"update_id":1,"my_chat_member":{"chat":{"id":5,"type":"private"},"from":{"id":5},"new_chat_member":{"status":"member"}}}`, "", sideEffects{}, ""},
		"other kind":         {`{"update_id":1,"poll":{}}`, "", sideEffects{}, ""},
		"changed form":       {`{"update_id":1,"message":"a"}`, "", sideEffects{}, ""},
	} {
		u, err := readUpdate([]byte(try.update))
		require.NoError(t, err, name)
		require.Equal(t, int64(1), u.ID, name)
		in, effects := h.channel.decode(u)
		assert.Equal(t, try.chat, in.Chat.ID, name)
		assert.Equal(t, try.effects, effects, name)
		assert.Equal(t, try.kind, in.Input.Kind, name)
		assert.False(t, in.Gone, name)
	}
	u, err := readUpdate([]byte(`{"update_id":8,"my_chat_member":{` + private + `,"new_chat_member":{"status":"kicked"}}}`))
	require.NoError(t, err)
	in, _ := h.channel.decode(u)
	assert.True(t, in.Gone)
	assert.Equal(t, "telegram:8", in.Key)
}

func TestNamesAreNotDecoded(t *testing.T) {
	raw := `{"update_id":1,"message":{"message_id":2,"from":{"id":5,"first_name":"Canary","username":"canary"},
		"chat":{"id":5,"type":"private","first_name":"Canary","username":"canary"},"text":"a","contact":{"phone_number":"Canary"}}}`
	u, err := readUpdate([]byte(raw))
	require.NoError(t, err)
	require.NotNil(t, u.Message, "not decoded at all")
	require.Equal(t, "a", u.Message.Text)
	back, err := json.Marshal(u)
	require.NoError(t, err)
	assert.NotContains(t, strings.ToLower(string(back)), "canary")
}

func FuzzUpdates(f *testing.F) {
	c := newHarness(f, telegramtest.Options{}, nil).channel
	f.Add([]byte(`{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"/start a_b"}}`))
	f.Add([]byte(`{"update_id":1,"callback_query":{"id":"q","from":{"id":5},"data":"x"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if u, err := readUpdate(raw); err == nil {
			in, _ := c.decode(u)
			assert.False(t, in.Chat.ID == "" && (in.Input.Kind != "" || in.Gone))
		}
	})
}

// An edition that renames a command is understood at once. The former word still works: Telegram's menu and messages
// show it until they are sent again.
func TestCommandsFollowTheTexts(t *testing.T) {
	texts := embeddedTexts(t)
	renamed, err := locales.Load(locales.Embedded(), fstest.MapFS{"mine.nl.toml": &fstest.MapFile{Data: []byte(`
"telegram.word.answers" = "overzicht"
"telegram.word.restart" = "taal"
"telegram.word.language" = "talen"
"coordinator.word.quarter" = "driemaanden"
`)}})
	require.NoError(t, err)
	c := newHarness(t, telegramtest.Options{}, func(c *Config) { c.Texts = func() *locales.Texts { return texts } }).channel
	assert.Equal(t, flows.Text, c.readText("/overzicht").Kind)
	texts = renamed
	for text, want := range map[string]string{
		"/overzicht": flows.DoAnswers, "/antwoorden": flows.DoAnswers, "/answers": flows.DoAnswers,
		"/talen": flows.DoLanguage, "/taal": flows.DoRestart, "/opnieuw": flows.DoRestart, "/help": flows.DoHelp,
	} {
		assert.Equal(t, flows.Input{Kind: flows.Action, Action: want}, c.readText(text), text)
	}
	pages := c.words().staffPages
	assert.Equal(t, staff.Quarter, pages["driemaanden"])
	assert.Equal(t, staff.Quarter, pages["kwartaal"])
	assert.Same(t, c.words(), c.words(), "made once for the same texts")
}
