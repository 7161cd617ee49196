package bot_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// TestVersion1RecordsDecode: data folders hold surfaces whose messages are numbers,
// negative when closed.
func TestVersion1RecordsDecode(t *testing.T) {
	t.Parallel()
	const stored = `{"session":{},"surface":{"living":-4711,"picture":4712,"advice":4713},"week":"2026-W47","stands":"sector"}`
	want := bot.Conversation{Week: "2026-W47", Pending: "sector", Surface: bot.Surface{
		flows.Living: {Ref: "4711", Closed: true}, flows.Picture: {Ref: "4712"}, flows.Advice: {Ref: "4713"}}}
	var got bot.Conversation
	require.NoError(t, json.Unmarshal([]byte(stored), &got))
	require.Equal(t, want, got)

	encoded, err := json.Marshal(got)
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"living":{"ref":"4711","closed":true},"picture":{"ref":"4712"}`)
	require.Contains(t, string(encoded), `"stands":"sector"`)
	var again bot.Conversation
	require.NoError(t, json.Unmarshal(encoded, &again))
	require.Equal(t, want, again)

	for text, want := range map[string]bot.MessageRef{"0": "", "4713": "4713", `"$event:example.org"`: "$event:example.org", `""`: "", "null": ""} {
		var f struct{ Advice bot.MessageRef }
		require.NoError(t, json.Unmarshal([]byte(`{"Advice":`+text+`}`), &f), text)
		require.Equal(t, want, f.Advice, text)
	}
	require.Error(t, json.Unmarshal([]byte(`{"living":true}`), new(bot.Surface)))
}
