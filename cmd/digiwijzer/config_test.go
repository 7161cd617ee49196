package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
)

func TestDefaults(t *testing.T) {
	c, err := readConfig(nil)
	require.NoError(t, err)
	assert.Equal(t, "https://api.telegram.org", c.apiURL)
	assert.Equal(t, "data", c.data)
	assert.Equal(t, "digiwijzer.key", c.keyFile)
	assert.Equal(t, "127.0.0.1:8080", c.listen)
	assert.InDelta(t, 30, c.sendRate, 0)
	assert.Empty(t, c.publicURL+c.content)
	assert.Nil(t, c.webhook)
	assert.Equal(t, "nl", c.terminal.lang)
	assert.IsType(t, bot.SystemClock{}, c.clock())
	token, err := c.token.read()
	require.NoError(t, err)
	assert.True(t, token.empty())
}

func TestSettings(t *testing.T) {
	c, err := readConfig([]string{
		"DIGIWIJZER_COORDINATORS= 12, 34 ,", "DIGIWIJZER_SEND_RATE=0", "DIGIWIJZER_PUBLIC_URL=https://example.org/",
		"DIGIWIJZER_WEBHOOK_URL=https://example.org/hook", "LC_ALL=en_US.UTF-8", "NO_COLOR=1", "DIGIWIJZER_DATA= ",
	})
	require.NoError(t, err)
	assert.Equal(t, []int64{12, 34}, c.coordinators)
	assert.Zero(t, c.sendRate, "no pacing at all")
	assert.Equal(t, "https://example.org", c.publicURL)
	assert.Equal(t, "/hook", c.webhook.Path)
	assert.Equal(t, terminalConfig{lang: "en", noColor: true}, c.terminal)
	assert.Equal(t, "data", c.data, "blank is not set")
}

func TestEveryFaultOfTheEnvironmentIsTold(t *testing.T) {
	_, err := readConfig([]string{
		"DIGIWIJZER_COORDINATORS=12,anna,-3", "DIGIWIJZER_SEND_RATE=fast", "DIGIWIJZER_PUBLIC_URL=example.org",
		"DIGIWIJZER_WEBHOOK_URL=https://example.org", "DIGIWIJZER_LISTEN=:http", "DIGIWIJZER_NOW=2026-11-22",
		"TELEGRAM_BOT_TOKEN=1:a", "TELEGRAM_BOT_TOKEN_FILE=token", "TELEGRAM_API_URL=ftp://x",
	})
	require.Error(t, err)
	for _, want := range []string{`"anna"`, `"-3"`, `DIGIWIJZER_SEND_RATE: "fast"`, "DIGIWIJZER_PUBLIC_URL", "DIGIWIJZER_WEBHOOK_URL",
		"DIGIWIJZER_LISTEN", "DIGIWIJZER_NOW", "TELEGRAM_BOT_TOKEN: is set", "TELEGRAM_API_URL"} {
		assert.Contains(t, err.Error(), want)
	}
	assert.NotContains(t, err.Error(), "1:a")
}

func TestClockBeginsThereAndRunsOn(t *testing.T) {
	c, err := readConfig([]string{"DIGIWIJZER_NOW=2031-01-01T00:00:00Z"})
	require.NoError(t, err)
	clock := c.clock()
	first := clock.Now()
	assert.WithinDuration(t, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), first, time.Minute)
	<-clock.After(time.Millisecond)
	assert.True(t, clock.Now().After(first))
}

func TestSecretsNeverPrint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, "hunter2\n")
	s := secretSource{name: "X", file: path}
	value, err := s.read()
	require.NoError(t, err)
	assert.Equal(t, "hunter2", value.reveal(), "without the end of the line")

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", value)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", value)
	asJSON, err := json.Marshal(map[string]any{"secret": value})
	require.NoError(t, err)
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d", value, value, value, value, value, value, value) +
		fmt.Sprintf("%+v", config{token: secretSource{value: value}}) + log.String() + string(asJSON)
	assert.NotContains(t, shown, "hunter2")
	assert.NotContains(t, shown, fmt.Sprintf("%x", "hunter2"))

	write(t, path, "\n")
	_, err = s.read()
	require.ErrorContains(t, err, "empty")
}

func TestLayersShowEveryFileOnce(t *testing.T) {
	base := fstest.MapFS{"a.toml": {Data: []byte("base a")}, "sub/b.toml": {Data: []byte("base b")}}
	top := fstest.MapFS{"sub/b.toml": {Data: []byte("top b")}, "sub/c.toml": {Data: []byte("top c")}}
	both := layered{top: top, base: base}
	for name, want := range map[string]string{"a.toml": "base a", "sub/b.toml": "top b", "sub/c.toml": "top c"} {
		content, err := fs.ReadFile(both, name)
		require.NoError(t, err)
		assert.Equal(t, want, string(content))
	}
	found, err := fs.Glob(both, "sub/*.toml")
	require.NoError(t, err)
	assert.Equal(t, []string{"sub/b.toml", "sub/c.toml"}, found, "each once, in order")
	var walked []string
	require.NoError(t, walkFiles(both, func(name string) error {
		walked = append(walked, name)
		return nil
	}))
	assert.Equal(t, []string{"a.toml", "sub/b.toml", "sub/c.toml"}, walked)
	_, err = fs.ReadDir(both, "nowhere")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// TestNewContentNeedsNoProgram: the recipes of the README for a question, a language
// and an initiative, done in an overlay.
func TestNewContentNeedsNoProgram(t *testing.T) {
	h := newHouse(t)
	h.ok("content", "export", "mine")
	h.with("DIGIWIJZER_CONTENT=mine")
	mine := func(name string) string { return filepath.Join(h.dir, "mine", name) }

	questions := read(t, mine("flows/questions.toml"))
	write(t, mine("flows/questions.toml"), strings.Replace(questions, "[[question]]\nid = \"self_image\"",
		"[[question]]\nid = \"has_shop\"\npart = 1\nbecause = \"for this test\"\noptions = [{value = \"a\"}, {value = \"b\"}]\n\n[[question]]\nid = \"self_image\"", 1))
	write(t, mine("locales/extra.nl.toml"), `"question.has_shop.text" = "Heb je een winkel?"
"topic.has_shop" = "Winkel"
"option.has_shop.a" = "Ja, een winkel"
"option.has_shop.b" = "Nee, geen winkel"
"initiative.proefloket.pitch" = "hulp om de hoek"
"initiative.proefloket.next" = "Je loopt binnen."
"initiative.proefloket.about" = "Het Proefloket helpt je om de hoek."
`)
	write(t, mine("locales/extra.fy.toml"), `"language.name" = "Frysk"
"question.size.text" = "Mei hoefolle minsken wurkje jim?"
`)
	write(t, mine("referral/catalogue/proefloket.toml"), strings.NewReplacer(`id = "kvk"`, `id = "proefloket"`).Replace(
		nameLine.ReplaceAllString(aliasLine.ReplaceAllString(read(t, mine("referral/catalogue/kvk.toml")), ""), `name = "Proefloket"`)))

	talk := h.run("c\nbouw en installatie\nzeist\na\nproefloket\n", "chat")
	require.Zero(t, talk.code, talk.stderr)
	assert.Contains(t, talk.stdout, "Heb je een winkel?")
	assert.Contains(t, talk.stdout, "✓ Winkel: Ja, een winkel")
	assert.Contains(t, talk.stdout, "Het Proefloket helpt je om de hoek.")
	assert.Contains(t, h.ok("catalogue"), "Proefloket")

	frisian := h.run("", "chat", "--lang", "fy")
	require.Zero(t, frisian.code, frisian.stderr)
	assert.Contains(t, frisian.stdout, "Mei hoefolle minsken")
	assert.Contains(t, frisian.stdout, "Alleen ik (zzp)", "what is missing is said in Dutch")
}
