package telegram

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// middleboxes are answers of proxies, firewalls and portals in JSON, by HTTP status. None is one
// of the Bot API, however much it looks like it.
var middleboxes = []struct {
	status int
	body   string
}{
	{200, `{"status":"maintenance"}`}, {200, `null`}, {200, `{}`}, {200, `[]`}, {200, `"ok"`}, {200, `true`}, {200, ``},
	{200, `{"ok":true}`}, {200, `{"ok":true,"result":null}`}, {200, `{"ok":true,"result":{}}`}, {200, `{"ok":false}`},
	{200, `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`},
	{400, `{"error":"bad gateway upstream"}`}, {400, `null`}, {400, `{"ok":false,"error_code":400,"description":"request blocked (rule 941100)"}`},
	{401, `{"error":"proxy auth required"}`}, {401, `null`}, {401, `{"ok":false,"error_code":401,"description":"proxy auth required"}`},
	{403, `{"message":"blocked by policy"}`}, {403, `null`}, {403, `{"ok":false,"error_code":403,"description":"blocked by policy"}`},
	{403, `{"ok":false,"description":"Forbidden: user is deactivated"}`}, {403, `{"error_code":400,"description":"Forbidden: bot was kicked"}`},
	{404, `{"detail":"Not Found"}`}, {407, `{"error":"proxy auth required"}`}, {429, `{"error":"rate limit"}`}, {451, `{"ok":false,"error_code":403}`},
	{503, `{"ok":false}`},
}

// TestMiddleboxesLoseNothing: whatever a middlebox answers to every call for two minutes, no conversation is deleted
// and no message is given up. Pending messages arrive afterwards.
func TestMiddleboxesLoseNothing(t *testing.T) {
	t.Parallel()
	for i, m := range middleboxes {
		if testing.Short() && os.Getenv("MUTANT") == "" && i%7 != 0 {
			continue // with the race detector a few are enough
		}
		t.Run(fmt.Sprintf("%d %s", m.status, m.body), func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				p := r.begin(1)
				r.tap(p, 1)
				r.wait(2 * time.Second)
				before := p.Last().Text
				r.tap(p, 1) // its next question is due while nothing gets through
				for _, method := range []string{"sendMessage", "editMessageText", "editMessageReplyMarkup", "answerCallbackQuery", "getMe", "setMyCommands"} {
					r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Middlebox, Method: method, Code: m.status, Text: m.body})
				}
				p.Say("zomaar")
				r.wait(2 * time.Minute)
				r.fake.ClearFaults()
				r.wait(6 * time.Minute)

				counters := r.dispatcher.Counters()
				require.Zero(t, counters.Gone, "nobody is gone")
				require.Zero(t, counters.Dropped, "nothing is given up")
				assert.NotEqual(t, before, p.Last().Text, "what was due has come")
				assert.Equal(t, 1, livingMessages(p), p.Screen())
				assert.True(t, r.healthy())
				r.finish(p, 1)
				r.answersIn(2, time.Second)
			})
		})
	}
}

// TestMiddleboxesHoldUpTheIntakeOnly: the same to the calls that fetch updates. What people wrote
// meanwhile is answered after it.
func TestMiddleboxesHoldUpTheIntakeOnly(t *testing.T) {
	t.Parallel()
	for i, m := range middleboxes {
		if testing.Short() && i%7 != 0 {
			continue // with the race detector a few are enough
		}
		t.Run(fmt.Sprintf("%d %s", m.status, m.body), func(t *testing.T) {
			rehearse(t, telegramtest.Options{}, nil, func(r *rehearsal) {
				p := r.begin(1)
				r.fake.Plan(telegramtest.Fault{Kind: telegramtest.Middlebox, Method: "getUpdates", Code: m.status, Text: m.body})
				r.wait(time.Minute) // until the poll that is open ends
				calls := r.fake.Count("getUpdates")
				r.tap(p, 1)
				r.wait(5 * time.Minute)
				if m.body != "[]" {
					assert.Less(t, r.fake.Count("getUpdates")-calls, 100, "with pauses")
				}
				r.fake.ClearFaults()
				r.wait(6 * time.Minute)
				require.Zero(t, r.dispatcher.Counters().Gone)
				r.finish(p, 1)
			})
		})
	}
}
