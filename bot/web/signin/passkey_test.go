package signin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/signin"
)

// TestInvitationAndPasskey: an invited person registers a passkey, signs out and in again.
func TestInvitationAndPasskey(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	token := h.invite("Anna", staff.RoleAdmin, staff.RoleEditor)
	b := h.browser()

	p := b.get("/uitnodiging")
	assert.Equal(t, http.StatusOK, p.status)
	assert.NotContains(t, p.text, "Anna", "the page alone tells nothing")
	p, a := b.accept(token)
	require.Equal(t, http.StatusOK, p.status, p.text)
	assert.Equal(t, "/account", a.Next)
	set := p.header.Values("Set-Cookie")
	assert.Contains(t, set[0], "medewerker=")
	assert.Contains(t, set[0], "HttpOnly; SameSite=Lax")
	p = b.get("/account")
	assert.Equal(t, http.StatusOK, p.status)
	assert.Contains(t, p.text, "Je bent ingelogd als Anna.")
	assert.Contains(t, p.text, "Firefox, Linux")
	assert.Equal(t, "no-store", p.header.Get("Cache-Control"))

	first := b.cookie().Value
	p = b.post("/uitloggen")
	assert.Equal(t, "/uitgelogd", p.header.Get("Location"))
	assert.Nil(t, b.cookie())
	p = b.get("/account")
	assert.Equal(t, "/inloggen?naar=%2Faccount", p.header.Get("Location"))

	p, a = b.signIn()
	require.Equal(t, http.StatusOK, p.status, p.text)
	assert.Equal(t, "/beheer", a.Next, "the first page that an admin and editor may see here")
	assert.NotEqual(t, first, b.cookie().Value, "a new session each time")
	assert.Equal(t, http.StatusOK, b.get("/beheer").status)
}

// TestInvitationsThatDoNotWork: forged, used, replaced, expired and revoked ones are refused
// with one and the same line.
func TestInvitationsThatDoNotWork(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	used, replaced, revoked := h.invite("Used", staff.RoleReader), h.invite("Replaced", staff.RoleReader), h.invite("Revoked", staff.RoleReader)
	p, _ := h.browser().accept(used)
	require.Equal(t, http.StatusOK, p.status)
	newer := h.invite("Replaced", staff.RoleReader)
	require.NoError(t, h.people.Remove(t.Context(), "x", h.id("Revoked")))
	lines := map[string]bool{}
	for name, token := range map[string]string{"forged": strings.Repeat("A", 26), "empty": "", "longer": newer + "A", "used": used, "replaced": replaced, "revoked": revoked} {
		h.clock.skip(time.Minute) // guessing is limited
		p, a := h.browser().accept(token)
		assert.Equal(t, http.StatusForbidden, p.status, name)
		lines[a.Error] = true
		assert.Empty(t, p.header.Values("Set-Cookie"), name)
	}
	h.clock.skip(people.InvitationAge - 10*time.Minute)
	begun := h.browser()
	_, a := begun.call("/uitnodiging/begin", newer)
	assert.Equal(t, "Replaced", a.Name, "until the last day")
	h.clock.skip(10 * time.Minute)
	p, late := begun.call("/uitnodiging/passkey", begun.made(a.Options))
	assert.Equal(t, http.StatusForbidden, p.status, "begun in time, finished too late")
	assert.NotEmpty(t, late.Error)
	p, a = h.browser().accept(newer)
	assert.Equal(t, http.StatusForbidden, p.status, "expired")
	lines[a.Error] = true
	assert.Len(t, lines, 1, "which of these it was is nobody's business: %v", lines)
}

// TestTwoBrowsersWithOneInvitation: only the first gets in.
func TestTwoBrowsersWithOneInvitation(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	token := h.invite("Anna", staff.RoleReader)
	one, two := h.browser(), h.browser()
	_, a := one.call("/uitnodiging/begin", token)
	_, b := two.call("/uitnodiging/begin", token)
	first, second := one.made(a.Options), two.made(b.Options)
	p, _ := one.call("/uitnodiging/passkey", first)
	assert.Equal(t, http.StatusOK, p.status)
	p, _ = two.call("/uitnodiging/passkey", second)
	assert.Equal(t, http.StatusForbidden, p.status)
	assert.Nil(t, two.cookie())
}

// TestRenewedInvitationReplacesPasskeys: after losing a device a person gets a new link; the old passkey and sessions
// stop working.
func TestRenewedInvitationReplacesPasskeys(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	lost := h.member("Anna", staff.RoleReader)
	i, err := h.people.Renew(t.Context(), "x", h.id("Anna"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, lost.get("/account").status, "until it is used")
	found := h.browser()
	p, _ := found.accept(i.Token)
	require.Equal(t, http.StatusOK, p.status)
	assert.Equal(t, http.StatusSeeOther, lost.get("/account").status)
	p, _ = lost.signIn()
	assert.Equal(t, http.StatusForbidden, p.status)
	found.post("/uitloggen")
	p, _ = found.signIn()
	assert.Equal(t, http.StatusOK, p.status)
}

// TestAnswersThatAreRefused: an invalid passkey response is refused, with the same line as for a person who does not
// exist.
func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	anna := h.member("Anna", staff.RoleAdmin)
	anna.post("/uitloggen")
	options := anna.keys.Options
	cases := map[string]func(b *browser){
		"of another site":      func(b *browser) { b.origin = "http://localhost.example.nl" },
		"of another port":      func(b *browser) { b.origin = "http://localhost:1" },
		"without verification": func(b *browser) { b.keys.Options.UserNotVerified = true },
		"without a person":     func(b *browser) { b.keys.Options.UserNotPresent = true },
		"of nobody":            func(b *browser) { b.keys.Options.UserHandle = []byte(strings.Repeat("x", 64)) },
		"without a handle":     func(b *browser) { b.keys.Options.UserHandle = nil },
		"with another key": func(b *browser) {
			b.keys.Credentials[0].Key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2).Key
		},
		"of an unknown passkey":   func(b *browser) { b.keys.Credentials[0].ID = []byte("another id of a passkey") },
		"with a counter set back": func(b *browser) { b.keys.Credentials[0].Counter = 0 },
	}
	p, _ := anna.signIn() // its counter is now 1
	require.Equal(t, http.StatusOK, p.status)
	anna.post("/uitloggen")
	key := anna.keys.Credentials[0]
	for name, forge := range cases {
		h.clock.skip(time.Minute)
		eve := h.browser()
		copied := key
		copied.Counter = 5
		eve.keys = virtualwebauthn.NewAuthenticatorWithOptions(options)
		eve.keys.AddCredential(copied)
		forge(eve)
		p, a := eve.signIn()
		assert.Equal(t, http.StatusForbidden, p.status, name)
		assert.Nil(t, eve.cookie(), name)
		if name != "with a counter set back" {
			assert.Equal(t, "Deze passkey kennen we niet. Vraag de beheerder om een nieuwe link.", a.Error, name)
		}
	}
	p, _ = anna.signIn()
	assert.Equal(t, http.StatusOK, p.status, "and the right one still works")
}

// TestAnswerIsGoodOnce: a recorded answer with its cookie is refused, and so is one without,
// with that of another ceremony, and one that is too late.
func TestAnswerIsGoodOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Anna", staff.RoleReader)
	b.post("/uitloggen")
	_, begun := b.call("/inloggen/begin", "")
	b.keys.Credentials[0].Counter-- // a passkey on several devices does not count, so the counter says nothing
	recorded := b.shown(begun.Options)
	stolen := h.browser()
	stolen.Jar = cloneJar(t, h, b)
	p, _ := b.call("/inloggen/passkey", recorded)
	require.Equal(t, http.StatusOK, p.status)
	p, _ = stolen.call("/inloggen/passkey", recorded)
	assert.Equal(t, http.StatusForbidden, p.status, "replayed with its cookie")
	p, _ = h.browser().call("/inloggen/passkey", recorded)
	assert.Equal(t, http.StatusForbidden, p.status, "without its cookie")
	other := h.browser()
	other.call("/inloggen/begin", "")
	p, _ = other.call("/inloggen/passkey", recorded)
	assert.Equal(t, http.StatusForbidden, p.status, "for another challenge")
	other.call("/uitnodiging/begin", h.invite("Bert", staff.RoleAdmin))
	p, _ = other.call("/inloggen/passkey", recorded)
	assert.Equal(t, http.StatusForbidden, p.status, "with the cookie of an invitation")
	_, begun = b.call("/inloggen/begin", "")
	h.clock.skip(10 * time.Minute)
	p, a := b.call("/inloggen/passkey", b.shown(begun.Options))
	assert.Equal(t, http.StatusForbidden, p.status, "too late")
	assert.Equal(t, "Het duurde te lang. Probeer het opnieuw.", a.Error)
}

// TestOwnPasskeys: a second one can be added shortly after signing in, and the last one stays.
func TestOwnPasskeys(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Anna", staff.RoleReader)
	only, err := h.people.Keyholder(t.Context(), h.id("Anna"), nil)
	require.NoError(t, err)
	p := b.post("/account/passkey/weg", "id", signin.Encode(only.Keys[0].ID))
	assert.Equal(t, http.StatusConflict, p.status)
	assert.Contains(t, p.text, "Dit is je enige passkey.")

	_, begun := b.call("/account/passkey/begin", "")
	eve := h.member("Eve", staff.RoleReader)
	p, _ = eve.call("/account/passkey", eve.made(begun.Options))
	assert.Equal(t, http.StatusForbidden, p.status, "an answer to somebody else's challenge")
	first := b.keys
	p, _ = b.call("/account/passkey", b.made(begun.Options))
	require.Equal(t, http.StatusOK, p.status, p.text)
	assert.Contains(t, b.get("/account").text, "Verwijderen")
	assert.Equal(t, http.StatusSeeOther, b.post("/account/passkey/weg", "id", signin.Encode(first.Credentials[0].ID)).status)
	both, err := h.people.Keyholder(t.Context(), h.id("Anna"), nil)
	require.NoError(t, err)
	assert.Len(t, both.Keys, 1)

	h.clock.skip(people.FreshAge)
	p, a := b.call("/account/passkey/begin", "")
	assert.Equal(t, http.StatusForbidden, p.status, "a session that somebody left open")
	assert.Contains(t, a.Error, "kort na het inloggen")
	assert.Equal(t, http.StatusForbidden, b.post("/account/passkey/weg", "id", "x").status)
}

// TestGuessingIsSlowedAndLocksNobodyOut: after some failures a source has to wait, and the right passkey still works from
// there.
func TestGuessingIsSlowedAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Anna", staff.RoleReader)
	b.post("/uitloggen")
	statuses := map[int]int{}
	began := h.clock.Now()
	for range 20 {
		p, _ := h.browser().accept("AAAAAAAAAAAAAAAAAAAAAAAAAA")
		statuses[p.status]++
		if p.status == http.StatusTooManyRequests {
			assert.Equal(t, "5", p.header.Get("Retry-After"))
		}
	}
	refilled := int(h.clock.Now().Sub(began)/time.Second) + 1 // one try a second
	assert.Equal(t, 20, statuses[http.StatusForbidden]+statuses[http.StatusTooManyRequests], statuses)
	assert.GreaterOrEqual(t, statuses[http.StatusForbidden], 5, statuses)
	assert.LessOrEqual(t, statuses[http.StatusForbidden], 5+refilled, statuses)
	p, _ := b.signIn()
	assert.Equal(t, http.StatusOK, p.status)
	p, _ = h.browser().accept(h.invite("Bert", staff.RoleReader))
	assert.Equal(t, http.StatusOK, p.status)
}

// TestPasskeysNeedASafeAddress: elsewhere a line explains it, instead of a browser that does nothing.
func TestPasskeysNeedASafeAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://digiwijzer.example.nl", "http://192.0.2.1:8080"} {
		h := newHarness(t, func(o *signin.Options) { o.PublicURL = address })
		p, a := h.browser().call("/inloggen/begin", "")
		assert.Equal(t, http.StatusBadRequest, p.status)
		assert.Contains(t, a.Error, "https")
	}
}
