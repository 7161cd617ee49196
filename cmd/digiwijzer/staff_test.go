package main

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// written is what the bot wrote to a person, oldest first.
func written(p *telegramtest.Person) (all []telegramtest.Message) {
	for _, m := range p.Messages() {
		if m.FromBot {
			all = append(all, m)
		}
	}
	return all
}

// sayAndGet says something and gives the n messages that come back.
func sayAndGet(ctx context.Context, t *testing.T, p *telegramtest.Person, text string, n int) []telegramtest.Message {
	t.Helper()
	before := len(written(p))
	p.Say(text)
	err := p.Wait(ctx, func(p *telegramtest.Person) bool { return len(written(p)) >= before+n })
	require.NoError(t, err, "%s: %s", text, p.Screen())
	return written(p)[before:]
}

// TestCoordinatorsWork: the whole program, from somebody's check to the coordinator's
// figures, partners and editor's page, and the digest on the next Monday.
func TestCoordinatorsWork(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	partners := folder(t, "bot/share/partners.toml", "[[partner]]\ncode = \"kvk-utrecht\"\nname = \"KVK <Utrecht>\"\nkind = \"kvk\"\n")
	h := newHarness(t, append(env, "DIGIWIJZER_COORDINATORS=501", "DIGIWIJZER_CONTENT="+partners)...)
	h.passed(partners)
	ctx := waitContext(t)
	server := h.serve()
	entrepreneur, coordinator := fake.Person(9001, "nl"), fake.Person(501, "nl")
	for _, p := range []*telegramtest.Person{entrepreneur, coordinator} { // the coordinator only tries
		p.Start("kvk-utrecht")
		_, err := answerAll(ctx, p, 1)
		require.NoError(t, err)
	}

	week := sayAndGet(ctx, t, coordinator, "/week 2026-W47", 3)
	for _, words := range []string{"Week 2026-W47", "Begonnen: 1 (de week ervoor 0)", "Deed de check: 1", "Verwezen naar:", "van 250"} {
		assert.Contains(t, week[0].Text, words)
	}
	assert.NotEmpty(t, week[1].Photo)
	sheets, err := zip.NewReader(bytes.NewReader(week[2].Document), int64(len(week[2].Document)))
	require.NoError(t, err, "an XLSX is a ZIP")
	assert.NotEmpty(t, sheets.File)
	assert.Contains(t, sayAndGet(ctx, t, coordinator, "/week", 3)[0].Text, "Er gebeurde deze week niets.")
	assert.Contains(t, sayAndGet(ctx, t, coordinator, "/week 2026-W54", 1)[0].Text, "Die week kennen we niet")

	quarter := sayAndGet(ctx, t, coordinator, "/kwartaal 2026Q4", 2)
	assert.Contains(t, quarter[0].Text, "Deed de check: 1")
	assert.Contains(t, quarter[0].Text, "2026Q4 komen er als die periode is afgesloten")
	assert.NotEmpty(t, quarter[1].Document)

	assert.Contains(t, sayAndGet(ctx, t, coordinator, "/partners", 1)[0].Text, "kvk-utrecht – KVK <Utrecht>: 1 begonnen dit kwartaal (trend +1), laatst in 2026-W47")
	kit := sayAndGet(ctx, t, coordinator, "/partner kvk-utrecht", 2)
	assert.Contains(t, kit[0].Text, "https://t.me/"+telegramtest.BotUsername+"?start=kvk-utrecht")
	files, err := zip.NewReader(bytes.NewReader(kit[1].Document), int64(len(kit[1].Document)))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(files.File), 6)
	editor := sayAndGet(ctx, t, coordinator, "/redactie", 1)[0].Text
	assert.Contains(t, editor, "Dit moet iemand nakijken:")
	assert.Contains(t, editor, "nog nooit nagekeken")
	for _, m := range written(coordinator) {
		assert.NotContains(t, m.Text, "[", "every text is there")
	}

	// Monday: it comes although nobody was there at eight, and a restart sends no other.
	sayAndGet(ctx, t, coordinator, "/maandag aan", 1)
	before := len(written(coordinator))
	assert.Zero(t, server.stop())
	h.created = h.created.Add(-7 * 24 * time.Hour)
	for round := range 2 {
		server = h.serve()
		eventually(t, "the job of the digest has run", func() bool { return strings.Contains(server.stderr.String(), "job=digest") })
		require.NoError(t, coordinator.Wait(ctx, func(p *telegramtest.Person) bool { return len(written(p)) >= before+3 }))
		if round == 1 { // the messages of a chat keep their order: another digest would come first
			again := sayAndGet(ctx, t, coordinator, "/partners", 1)
			assert.Contains(t, again[0].Text, "kvk-utrecht –")
		}
		assert.Zero(t, server.stop(), "%s", server.stderr)
	}
	digest := written(coordinator)[before:]
	require.True(t, len(digest) == 3+1, "%d messages", len(digest))
	assert.True(t, strings.HasPrefix(digest[0].Text, "Goedemorgen."), digest[0].Text)
	assert.Contains(t, digest[0].Text, "Week 2026-W47")
	assert.Contains(t, digest[0].Text, "Deed de check: 1")
	assert.Empty(t, fake.BadRequests())
	t.Log("\n" + digest[0].Text + "\n\n" + editor)
}
