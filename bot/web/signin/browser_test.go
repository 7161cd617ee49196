package signin_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/browsertest"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store/staffdb"
)

// tab is a tab of a real browser with a virtual authenticator.
type tab struct {
	t   *testing.T
	ctx context.Context
	h   *harness
	key webauthn.AuthenticatorID
}

// newTab starts the browser, or skips the test where there is none.
func newTab(t *testing.T, h *harness) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests are skipped with -short")
	}
	if _, err := browsertest.Program(); err != nil {
		t.Skip("browser tests are skipped: Chromium is not installed")
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), browsertest.Chromium()...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, h: h}
	require.NoError(t, chromedp.Do(ctx))
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	require.NoError(t, err)
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	require.NoError(t, err)
	b.key = made.AuthenticatorID
	return b
}

func (b *tab) open(path string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.Navigate(b.h.URL+path)))
}

// until evaluates an expression until it is true; while one page replaces another it fails.
func (b *tab) until(expression string) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-b.ctx.Done():
			b.t.Fatalf("%v while waiting for %s", b.ctx.Err(), expression)
		}
	}
}

// press presses the button that a selector finds once it is there to be pressed.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.until(`(() => { const e = document.querySelector('` + selector + `'); if (!e || e.offsetParent === null) return false; e.click(); return true })()`)
}

func (b *tab) at(path, words string) {
	b.t.Helper()
	b.until(`location.pathname === "` + path + `" && document.body.innerText.includes("` + words + `")`)
}

func (b *tab) verified(yes bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: b.key, IsUserVerified: yes})
	require.NoError(b.t, err)
}

// shot saves pictures of the page in the folder SHOTS, for a person to look at.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		require.NoError(b.t, err)
		for width, device := range map[int64]string{390: "phone", 1280: "desktop"} {
			require.NoError(b.t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 844)))
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(80))
			require.NoError(b.t, err)
			require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+"-"+device+"-"+scheme+".jpg"), picture, 0o600))
		}
	}
}

// TestPasskeyInABrowser: an invited person in a real browser whose authenticator verifies the user: passkey, sign out,
// refused without verification, signed in again, a second passkey, and an admin's actions.
func TestPasskeyInABrowser(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	token := h.invite("Anna Beheer", staff.RoleAdmin, staff.RoleReader)
	b := newTab(t, h)
	b.open("/uitnodiging")
	b.until(`document.body.innerText.includes("De link is niet volledig")`)
	b.open("/inloggen") // another page, since only the fragment would differ
	b.open(strings.TrimPrefix(signin.InviteLink(h.URL, token), h.URL))
	b.until(`document.body.innerText.includes("Hallo Anna Beheer.") && location.hash === ""`)
	b.shot("invitation")
	b.press("[data-passkey]")
	b.at("/account", "Je bent ingelogd als Anna Beheer.")
	b.shot("account")

	b.press(`form[action="/uitloggen"] button`)
	b.at("/uitgelogd", "Je bent uitgelogd")
	b.open("/beheer")
	b.at("/inloggen", "Inloggen met je passkey")
	b.shot("signin")
	b.verified(false)
	b.press("[data-passkey]")
	b.until(`document.querySelector("[data-line=stopped]").offsetParent !== null`)
	b.shot("stopped")
	b.verified(true)
	b.press("[data-passkey]")
	b.at("/beheer", "Wie mag inloggen")

	b.until(`(() => { document.querySelector("#naam").value = "Bert Redacteur"; return true })()`)
	b.press(`form[action="/beheer/uitnodigen"] input[value=editor]`)
	b.press(`form[action="/beheer/uitnodigen"] button`)
	b.until(`(document.querySelector("#link") || {}).value?.startsWith("` + h.URL + `/uitnodiging#")`)
	b.shot("people-link")
	h.invite("Carla Coördinator", staff.RoleCoordinator)
	b.open("/beheer")
	b.press(".persons li:nth-child(2) summary")
	b.shot("people")
	b.open("/beheer/logboek")
	b.at("/beheer/logboek", "en geen daarvan is veranderd")
	b.shot("audit")
	b.open("/beheer/logboek?lang=en")
	b.at("/beheer/logboek", "none was changed")

	before, err := h.people.Keyholder(t.Context(), h.id("Anna Beheer"), nil)
	require.NoError(t, err)
	require.Len(t, before.Keys, 1)
	b.open("/account")
	b.press("[data-passkey]")
	b.until(`document.querySelector("[data-line=known]").offsetParent !== null`) // this device has one
	_, err = chromedp.Call(b.ctx, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: b.key})
	require.NoError(t, err)
	b.press("[data-passkey]:enabled")
	b.until(`document.querySelectorAll("form[action='/account/passkey/weg']").length === 2`)
	after, err := h.people.Keyholder(t.Context(), h.id("Anna Beheer"), nil)
	require.NoError(t, err)
	assert.Len(t, after.Keys, 2)

	_, err = chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(t, err)
	b.open("/inloggen")
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.querySelector('main').innerText"))
	require.NoError(t, err)
	assert.Contains(t, text, "alleen als JavaScript aanstaat")
	assert.NotContains(t, text, "Inloggen met je passkey")
	entries, _, err := h.people.Audit(t.Context(), staffdb.Filter{What: people.Accepted})
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}
