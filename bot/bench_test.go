package bot_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// BenchmarkHandle measures turns committed by the real store, with their replies delivered
// to a channel in memory. Each chat waits for its turn before the next; the clock runs so
// fast that no chat is throttled.
func BenchmarkHandle(b *testing.B) {
	for _, chats := range []int{1, 8, 64, 200} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) {
			s := openStore(b, b.TempDir())
			channel := &recordingChannel{}
			d := run(bot.Options{
				Store: s, Engine: script{}, Channels: []bot.Channel{channel}, Clock: &fastClock{},
			})
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for chat := range chats {
				all.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						_, err := d.Handle(context.Background(), bot.Update{
							Chat:  bot.Chat{Channel: "telegram", ID: strconv.Itoa(chat)},
							Key:   "telegram:" + strconv.FormatInt(i, 10),
							Input: flows.Input{Kind: flows.Text, Text: "look"},
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			b.ReportMetric(float64(b.N)/float64(max(1, d.Counters().Commits)), "updates/commit")
			b.StopTimer()
			require.NoError(b, d.shutDown())
			require.NoError(b, s.Close())
			require.Len(b, channel.sent, b.N)
		})
	}
}

// fastClock advances by a second at every reading.
type fastClock struct{ seconds atomic.Int64 }

func (c *fastClock) Now() time.Time {
	return time.Unix(1_800_000_000+c.seconds.Add(1), 0)
}

func (c *fastClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
