package main

import (
	"context"
	"encoding/json"
	"image"
	_ "image/png"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/store/figures"
)

const publicURL = "https://digiwijzer.example"

// scan reads a QR code from a PNG as a phone does.
func scan(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	img, _, err := image.Decode(file)
	require.NoError(t, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	require.NoError(t, err)
	return result.GetText()
}

// TestKitFromNothing: two commands make a partner and all it needs, and the QR code leads
// where it should, with or without a site.
func TestKitFromNothing(t *testing.T) {
	t.Parallel()
	_, env := telegramAPI(t)
	h := newHarness(t, env...)
	began := time.Now()
	added := h.run("", "partner", "add", "kvk-utrecht", "--name", "KVK Utrecht", "--kind", "kvk", "--municipality", "GM0344")
	require.Zero(t, added.code, added.stderr)
	assert.Contains(t, added.stdout, "partner kit kvk-utrecht")
	assert.Empty(t, added.stderr)
	printed := h.ok("partner", "kit", "kvk-utrecht", "-o", h.at("kit"))
	t.Logf("from nothing to a kit in %s", time.Since(began).Round(time.Millisecond))

	link := "https://t.me/" + telegramtest.BotUsername + "?start=kvk-utrecht"
	assert.Contains(t, printed, link, "the name of the bot comes from getMe")
	assert.Equal(t, link, scan(t, filepath.Join(h.dir, "kit", "kvk-utrecht-qr.png")))
	entries, err := os.ReadDir(filepath.Join(h.dir, "kit"))
	require.NoError(t, err)
	assert.Len(t, entries, 6, "and no temporary files")

	h.with("DIGIWIJZER_PUBLIC_URL=" + publicURL)
	h.ok("partner", "kit", "kvk-utrecht", "-o", h.at("kit"), "--municipality", "GM0355", "--lang", "en")
	assert.Equal(t, publicURL+"/p/kvk-utrecht_GM0355_en", scan(t, filepath.Join(h.dir, "kit", "kvk-utrecht-qr.png")))
	offline := newHarness(t)
	offline.ok("partner", "add", "kvk", "--name", "KVK", "--kind", "kvk")
	offline.ok("partner", "kit", "kvk", "-o", offline.at("kit"), "--bot", "@digiwijzer_bot")
	assert.Equal(t, "https://t.me/digiwijzer_bot?start=kvk", scan(t, filepath.Join(offline.dir, "kit", "kvk-qr.png")))
}

func TestPartnerMistakesAreClear(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ok("partner", "add", "kvk", "--name", "KVK", "--kind", "kvk")
	write(t, filepath.Join(h.dir, "digiwijzer.txt"), "no picture")
	for says, args := range map[string][]string{
		"kleine letters":                        {"add", "KVK Utrecht", "--name", "KVK"},
		"nooit voor één bedrijf":                {"add", "bakker", "--name", "Bakker Jansen", "--kind", "winkel"},
		"lijkt één bedrijf":                     {"add", "bakker", "--name", "Bakkerij Jansen"},
		"geen gemeente":                         {"add", "oost", "--name", "Oost", "--kind", "bank", "--municipality", "GM9999"},
		`taal "fr"`:                             {"add", "oost", "--name", "Oost", "--kind", "bank", "--lang", "fr"},
		"staat in partners.toml":                {"add", "test", "--name", "Proef"},
		"is geen partner":                       {"pause", "niemand"},
		"niets om naar te linken":               {"kit", "kvk", "-o", h.at("kit")},
		"not the username of a bot":             {"kit", "kvk", "-o", h.at("kit"), "--bot", "a bot"},
		"no such file":                          {"kit", "kvk", "-o", h.at("kit"), "--bot", "digiwijzer_bot", "--logo", h.at("none.png")},
		"geen sleutel":                          {"figures", "kvk"},
		"of --remove":                           {"logo", "kvk"},
		"geen plaatje van de soort PNG of JPEG": {"logo", "kvk", h.at("digiwijzer.txt")},
	} {
		o := h.run("", append([]string{"partner"}, args...)...)
		assert.Equal(t, exitBadInput, o.code, "%v", args)
		assert.Contains(t, o.stderr, says, "%v", args)
		assert.Equal(t, 1, strings.Count(o.stderr, "\n"), "%v: %s", args, o.stderr)
	}
	warned := h.run("", "partner", "add", "vrienden", "--name", "Vrienden van de Binnenstad")
	assert.Zero(t, warned.code)
	assert.Contains(t, warned.stderr, "nooit voor één winkel of persoon")
	assert.Contains(t, h.run("", "partner", "add", "kvk-2", "--name", "kvk", "--kind", "kvk").stderr, "niet een link per klant")
}

func (h *harness) partners() (list []staff.ListedPartner) {
	h.t.Helper()
	require.NoError(h.t, json.Unmarshal([]byte(h.ok("partner", "list", "--format", "json")), &list))
	return list
}

// leads returns the address that a page redirects to, or the page.
func leads(t *testing.T, url string) (location, page string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	var b strings.Builder
	require.NoError(t, response.Write(&b))
	return response.Header.Get("Location"), b.String()
}

// TestRenamingAndPausingBreakNothing: a running serve takes partners over; printed links
// go on working, and what was counted stays.
func TestRenamingAndPausingBreakNothing(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...)
	s := h.serve()
	takesOver := func(what string, holds func() bool) {
		t.Helper()
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		eventually(t, what, holds)
	}
	named := func(name string) func() bool {
		return func() bool { _, page := leads(t, s.url+"/p/kvk-utrecht"); return strings.Contains(page, name) }
	}
	h.ok("partner", "add", "kvk-utrecht", "--name", "KVK Midden", "--kind", "kvk")
	takesOver("the new partner", named("KVK Midden"))
	people, _ := crowd(t, fake, 2, func(i int) string { return []string{"kvk-utrecht", "bakker-jansen"}[i] })
	people[0].Start("kvk-utrecht") // scans again
	assert.Equal(t, map[string]int{"kvk-utrecht": 1}, h.report("--week", "2026-W47").Totals.Partners)

	h.ok("partner", "add", "kvk-utrecht", "--name", "KVK Regio Utrecht", "--kind", "kvk")
	takesOver("the new name", named("KVK Regio Utrecht"))
	assert.Contains(t, h.ok("report", "--week", "2026-W47"), "KVK Regio Utrecht")

	h.ok("partner", "pause", "kvk-utrecht")
	takesOver("the pause", func() bool { location, _ := leads(t, s.url+"/p/kvk-utrecht"); return location == "/" })
	ctx := waitContext(t)
	late := fake.Person(99, "nl")
	late.Start("kvk-utrecht")
	require.NoError(t, late.Wait(ctx, func(p *telegramtest.Person) bool { return look(p).question == "size" }), "the link still works")
	r := h.report("--week", "2026-W47")
	assert.Equal(t, 3, r.Totals.Started)
	assert.Equal(t, map[string]int{"kvk-utrecht": 1}, r.Totals.Partners, "what was counted stays, and nothing is added")
	list := h.partners()
	require.Len(t, list, 1)
	assert.Equal(t, staff.ListedPartner{Name: "KVK Regio Utrecht", Kind: "kvk", Paused: true,
		Activity: figures.Activity{Code: "kvk-utrecht", Quarter: 1, Last: "2026-W47"}}, list[0])
	assert.Contains(t, h.ok("partner", "list"), "gepauzeerd")
	assert.NotContains(t, s.stderr.String(), "bakker-jansen", "an unknown code is in no log")

	h.ok("partner", "pause", "kvk-utrecht", "--end")
	takesOver("the end of the pause", named("KVK Regio Utrecht"))
	assert.Zero(t, s.stop(), s.stderr)
}

// TestNamedPartnersAreCounted: people who came without a link and name a partner count for
// it, once; those who skip, the test partner and coordinators count for no partner.
func TestNamedPartnersAreCounted(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...).with("DIGIWIJZER_COORDINATORS=900")
	h.ok("partner", "add", "kvk-utrecht", "--name", "KVK Utrecht", "--kind", "kvk")
	s := h.serve()
	ctx := waitContext(t)
	for id, tell := range map[int64]string{1: "KVK Utrecht", 2: "KVK Utrecht", 3: "Overslaan", 900: "KVK Utrecht"} {
		p := fake.Person(id, "nl")
		p.Start("")
		upTo(ctx, t, p, flows.SourceQuestion)
		require.NoError(t, p.Press(tell))
		require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return look(p).question == "online_presence" }))
	}
	tester := fake.Person(5, "nl")
	tester.Start("test")
	upTo(ctx, t, tester, "online_presence")
	r := h.report("--week", "2026-W47")
	assert.Equal(t, 3, r.Totals.Started)
	assert.Equal(t, map[string]int{"kvk-utrecht": 2}, r.Totals.Partners)
	assert.Contains(t, h.ok("report", "--week", "2026-W47"), "33%", "the share unknown")
	assert.Zero(t, s.stop(), s.stderr)
}

// upTo presses the first button of every question until the one wanted.
func upTo(ctx context.Context, t *testing.T, p *telegramtest.Person, question string) {
	t.Helper()
	rev := -1
	for range 20 {
		var now asked
		require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool {
			now = look(p)
			return now.rev > rev && len(now.buttons) > 0
		}))
		if now.question == question {
			return
		}
		require.NoError(t, p.PressWhere(same(now.buttons[0])))
		rev = now.rev
	}
	require.Fail(t, "never asked", question)
}

// TestFiguresAddressCanBeRenewed: the address is the same until it is renewed.
func TestFiguresAddressCanBeRenewed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.makeData()
	h.with("DIGIWIJZER_PUBLIC_URL=" + publicURL)
	h.ok("partner", "add", "kvk", "--name", "KVK", "--kind", "kvk")
	first := h.ok("partner", "figures", "kvk")
	assert.Contains(t, first, publicURL+"/p/kvk/cijfers/")
	assert.Contains(t, first, "2026-W47")
	assert.Equal(t, first, h.ok("partner", "figures", "kvk"))
	assert.NotEqual(t, first, h.ok("partner", "figures", "kvk", "--renew"))
	h.ok("partner", "add", "gooi", "--name", "Gooi", "--kind", "bank")
	addresses := []string{first, h.ok("partner", "figures", "gooi")}
	slices.Sort(addresses)
	assert.Len(t, slices.Compact(addresses), 2)
}
