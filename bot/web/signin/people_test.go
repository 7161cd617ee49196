package signin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/store/staffdb"
)

// TestTrailOfASignIn: who signed in and out is in the audit trail by id, refusals are in the log,
// and neither holds a name or a token.
func TestTrailOfASignIn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	token := h.invite("Anna", staff.RoleReader)
	b := h.browser()
	p, _ := b.accept(token)
	require.Equal(t, http.StatusOK, p.status)
	b.get("/beheer")
	b.post("/uitloggen")
	h.browser().accept("forged")
	entries, _, err := h.people.Audit(t.Context(), staffdb.Filter{})
	require.NoError(t, err)
	var whats []string
	for _, e := range entries {
		whats = append(whats, e.What)
		assert.NotContains(t, e.Who+e.About+e.Detail, "Anna")
	}
	assert.Equal(t, []string{people.SignedOut, people.SignedIn, people.Accepted, people.Invited}, whats)
	assert.Contains(t, h.log.String(), "event=refused who="+h.id("Anna")+` path="GET /beheer"`)
	assert.Contains(t, h.log.String(), `event="sign-in refused"`)
	assert.NotContains(t, h.log.String(), token)
}

// TestAuditPage: it is filtered and exported, and an export is recorded; a formula in a field
// stays text.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Admin", staff.RoleAdmin)
	require.NoError(t, h.db.Update(t.Context(), func(tx *staffdb.Tx) error {
		return tx.Record(staffdb.Entry{When: h.clock.Now(), Who: "p", What: "partner paused", About: " =1+1", Detail: "<b>x</b>"})
	}))
	p := b.get("/beheer/logboek?wat=partner+paused")
	assert.Contains(t, p.text, "&lt;b&gt;x&lt;/b&gt;")
	assert.Contains(t, p.text, "4 regels in het logboek en geen daarvan is veranderd")
	assert.NotContains(t, p.text, "<td>Ingelogd</td>")
	p = b.get("/beheer/logboek/csv?wat=partner+paused")
	assert.Contains(t, p.text, ",p,partner paused,' =1+1,<b>x</b>,")
	assert.Equal(t, 2, strings.Count(p.text, "\n"))
	p = b.get("/beheer/logboek/json?wat=partner+paused")
	assert.Contains(t, p.text, `"what":"partner paused"`)
	p = b.get("/beheer/logboek/json?van=2020-01-01&tot=2020-01-02")
	assert.Equal(t, http.StatusOK, p.status)
	assert.Empty(t, p.text)
	assert.Equal(t, http.StatusNotFound, b.get("/beheer/logboek/exe").status)
	entries, _, err := h.people.Audit(t.Context(), staffdb.Filter{What: people.AuditExported})
	require.NoError(t, err)
	assert.Len(t, entries, 3)
}

// TestPeoplePage: refused actions are explained, and the last admin stays.
func TestPeoplePage(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Admin", staff.RoleAdmin)
	self := h.id("Admin")
	for _, c := range []struct {
		path, says string
		form       []string
	}{
		{"/beheer/uitnodigen", "Vul een naam in", []string{"naam", " ", "rol", "reader"}},
		{"/beheer/uitnodigen", "Vul een naam in", []string{"naam", strings.Repeat("x", 81), "rol", "reader"}},
		{"/beheer/uitnodigen", "Kies minstens één rol", []string{"naam", "Bert"}},
		{"/beheer/uitnodigen", "Kies minstens één rol", []string{"naam", "Bert", "rol", "root"}},
		{"/beheer/uitnodigen", "al iemand met die naam", []string{"naam", "ADMIN", "rol", "reader"}},
		{"/beheer/verwijderen", "geen beheerder meer", []string{"id", self}},
		{"/beheer/verwijderen", "niet meer", []string{"id", "nobody"}},
		{"/beheer/link", "niet meer", []string{"id", "nobody"}},
	} {
		p := b.post(c.path, c.form...)
		assert.Equal(t, http.StatusUnprocessableEntity, p.status, c.form)
		assert.Contains(t, p.text, c.says, c.form)
	}
	b.post("/beheer/rollen", "id", self, "rol", "reader")
	p, err := h.people.Find(t.Context(), self)
	require.NoError(t, err)
	assert.Contains(t, p.Roles, staff.RoleAdmin, "nobody takes the own last admin role away")
	assert.ErrorIs(t, h.people.SetRoles(t.Context(), self, self, []staff.Role{staff.RoleReader}), people.ErrLastAdmin)
	h.invite("Waiting", staff.RoleAdmin)
	assert.ErrorIs(t, h.people.Remove(t.Context(), self, self), people.ErrLastAdmin, "one who never signed in is no help")
	h.member("Second", staff.RoleAdmin)
	assert.NoError(t, h.people.Remove(t.Context(), h.id("Second"), self))
	invited := h.member("Third", staff.RoleAdmin).post("/beheer/uitnodigen", "naam", "<i>Eva</i>", "rol", "editor", "rol", "publisher")
	assert.Regexp(t, `value="http://localhost:\d+/uitnodiging#[A-Z2-7]{26}"`, invited.text)
	assert.Contains(t, invited.text, "Link voor &lt;i&gt;Eva&lt;/i&gt;")
}
