package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/app"
	"digiwijzer/bot/settings"
	"digiwijzer/cmd/digiwijzer/grammar"
	"digiwijzer/locales"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := settingsFrom(t)
	require.NoError(t, err)
	assert.Equal(t, "https://api.telegram.org", c.APIURL)
	assert.Equal(t, "data", c.Data)
	assert.Equal(t, "digiwijzer.key", c.KeyFile)
	assert.Equal(t, "127.0.0.1:8080", c.Listen)
	assert.InDelta(t, 30, c.SendRate, 0)
	assert.Empty(t, c.PublicURL+c.Content)
	assert.Nil(t, c.Webhook)
	lang, _ := grammar.Split(nil).Terminal()
	assert.Equal(t, "nl", lang)
	assert.IsType(t, bot.SystemClock{}, c.Clock())
	token, err := c.Token()
	require.NoError(t, err)
	assert.True(t, token.Empty())
}

func TestSettings(t *testing.T) {
	t.Parallel()
	env := []string{
		"DIGIWIJZER_COORDINATORS= 12, 34 ,", "DIGIWIJZER_SEND_RATE=0", "DIGIWIJZER_PUBLIC_URL=https://example.org/",
		"DIGIWIJZER_WEBHOOK_URL=https://example.org/hook", "LC_ALL=en_US.UTF-8", "NO_COLOR=1", "DIGIWIJZER_DATA= ",
	}
	c, err := settingsFrom(t, env...)
	require.NoError(t, err)
	assert.Equal(t, []int64{12, 34}, c.Coordinators)
	assert.Zero(t, c.SendRate, "no pacing at all")
	assert.Equal(t, "https://example.org", c.PublicURL)
	assert.Equal(t, "/hook", c.Webhook.Path)
	lang, noColor := grammar.Split(env).Terminal()
	assert.Equal(t, "en", lang)
	assert.True(t, noColor)
	assert.Equal(t, "data", c.Data, "blank is not set")
}

func TestEveryFaultOfTheEnvironmentIsReported(t *testing.T) {
	t.Parallel()
	_, err := settingsFrom(t,
		"DIGIWIJZER_COORDINATORS=12,anna,-3", "DIGIWIJZER_SEND_RATE=fast", "DIGIWIJZER_PUBLIC_URL=example.org",
		"DIGIWIJZER_WEBHOOK_URL=https://example.org", "DIGIWIJZER_LISTEN=:http", "DIGIWIJZER_NOW=2026-11-22",
		"TELEGRAM_BOT_TOKEN=1:a", "TELEGRAM_BOT_TOKEN_FILE=token", "TELEGRAM_API_URL=ftp://x", "DIGIWIJZER_LOG=xml",
	)
	require.Error(t, err)
	for _, want := range []string{`"anna"`, `"-3"`, `DIGIWIJZER_SEND_RATE: "fast"`, "DIGIWIJZER_PUBLIC_URL", "DIGIWIJZER_WEBHOOK_URL",
		"DIGIWIJZER_LISTEN", "DIGIWIJZER_NOW", "TELEGRAM_BOT_TOKEN: is gezet", "TELEGRAM_API_URL", `DIGIWIJZER_LOG: "xml"`} {
		assert.Contains(t, err.Error(), want)
	}
	assert.NotContains(t, err.Error(), "1:a")
}

// TestWebhookPathMeansItself: no path that a mux would read as a pattern, clean or decode.
func TestWebhookPathMeansItself(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/", "/a%20b", "/a b", "/{x}", "/{$}", "/a{", "/a/", "//a", "/a//b", "/./a", "/a/..", "/a/../b", "/a?b", "/a?", "/a#b", "/a%2fb", "/é", "/a:b"} {
		_, err := settingsFrom(t, "DIGIWIJZER_WEBHOOK_URL=https://example.org"+path)
		require.ErrorContains(t, err, "DIGIWIJZER_WEBHOOK_URL", path)
		assert.Contains(t, err.Error(), "https://example.org/telegram", path)
	}
	for _, path := range []string{"/telegram", "/telegram/hook_1", "/a.b/~c-D"} {
		c, err := settingsFrom(t, "DIGIWIJZER_WEBHOOK_URL=https://example.org"+path)
		require.NoError(t, err, path)
		assert.Equal(t, path, c.Webhook.Path)
	}
}

func TestClockBeginsThereAndRunsOn(t *testing.T) {
	t.Parallel()
	c, err := settingsFrom(t, "DIGIWIJZER_NOW=2031-01-01T00:00:00Z")
	require.NoError(t, err)
	clock := c.Clock()
	first := clock.Now()
	assert.WithinDuration(t, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), first, time.Minute)
	<-clock.After(time.Millisecond)
	assert.True(t, clock.Now().After(first))
}

func TestSecretsComeFromFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, "hunter2\n")
	c, err := settingsFrom(t, "TELEGRAM_BOT_TOKEN_FILE="+path, "DIGIWIJZER_DASHBOARD_TOKEN=hunter3-hunter4-x")
	require.NoError(t, err)
	value, err := c.Token()
	require.NoError(t, err)
	assert.Equal(t, "hunter2", value.Reveal(), "without the end of the line")
	value, err = c.SharedToken()
	require.NoError(t, err)
	assert.Equal(t, "hunter3-hunter4-x", value.Reveal())
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", c, c, c), "hunter3")

	write(t, path, "\n")
	_, err = c.Token()
	require.ErrorContains(t, err, "empty")
}

func TestPasswordOfMailIsNotRepeated(t *testing.T) {
	t.Parallel()
	_, err := settingsFrom(t, "DIGIWIJZER_MAIL_FROM=Digiwijzer", "DIGIWIJZER_SMTP_URL=smtps://u:geheim@x", "DIGIWIJZER_SMTP_URL_FILE=smtp")
	require.ErrorContains(t, err, "DIGIWIJZER_MAIL_FROM")
	require.ErrorContains(t, err, "DIGIWIJZER_SMTP_URL: is gezet")
	assert.NotContains(t, err.Error(), "geheim")
}

// settingsFrom decodes an environment.
func settingsFrom(t testing.TB, env ...string) (settings.Settings, error) {
	t.Helper()
	words, err := locales.BuiltIn()
	require.NoError(t, err)
	p := &program{Base: app.Base{Words: words}}
	return grammar.Read(grammar.Split(env), p.Say)
}

// TestNewContentNeedsNoProgram: the recipes of the README for a question, a language
// and an initiative, done in an overlay.
func TestNewContentNeedsNoProgram(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ok("content", "export", h.at("mine"))
	h.with("DIGIWIJZER_CONTENT=" + h.at("mine"))
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
