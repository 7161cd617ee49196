package bot_test

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/memdir"
)

// panickyChannel panics with the number of the chat.
type panickyChannel struct{ *recordingChannel }

func (c panickyChannel) Compose(chat bot.Chat, _ flows.Turn, _ bot.Origin, _ bot.Surface) ([]bot.Message, error) {
	id, err := strconv.ParseInt(chat.ID, 10, 64)
	if err != nil {
		return nil, err
	}
	return nil, breakOn(id, id)
}

//go:noinline
func breakOn(id, again int64) error { panic([]int64{id, again}) }

// TestPanicLogsTheStackWithoutValues: the log shows the functions. Their arguments could
// be the id of a chat.
func TestPanicLogsTheStackWithoutValues(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		const id = 4_391_000_123_457
		var log logBuffer
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			o.Channels = []bot.Channel{panickyChannel{&recordingChannel{}}}
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		_, err := h.Handle(context.Background(), h.text(strconv.Itoa(id), "one"))
		require.NoError(t, err)
		pass(time.Minute)
		h.stop()
		text := log.text.String()
		require.Contains(t, text, "bot_test.breakOn")
		require.Contains(t, text, "stack_test.go:")
		require.Less(t, strings.Index(text, "breakOn"), strings.Index(text, "bot.(*Dispatcher).turn"), "the innermost comes first")
		require.NotContains(t, text, strconv.Itoa(id))
		require.NotContains(t, strings.ToLower(text), strconv.FormatInt(id, 16))
	})
}
