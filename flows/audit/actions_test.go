package audit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// actionFaults checks the actions of changed files only, and returns the kinds of the
// faults and of the notices.
func actionFaults(t *testing.T, f files) (faults, notices []string) {
	t.Helper()
	g := newGate(mustLoad(t, f), Options{From: today})
	g.checkActions()
	for _, fault := range g.report.Faults {
		assert.NotContains(t, fault.String(), "[check.")
		faults = append(faults, fault.Kind+" "+fault.ID)
	}
	for _, notice := range g.report.Notices {
		notices = append(notices, notice.Kind+" "+notice.ID)
	}
	return faults, notices
}

func TestMistakesInActions(t *testing.T) {
	t.Parallel()
	const file = "referral/actions/topics.toml"
	for _, test := range []struct{ old, new, want string }{
		{`when = { login_code = ["a", "x"] }`, `when = { login_cod = ["a"] }`, "action.question twofa_mail"},
		{`when = { login_code = ["a", "x"] }`, `when = { login_code = ["d"] }`, "action.option twofa_mail"},
		{`when = { login_code = ["a", "x"] }`, `when = { login_code = ["a"], sector = ["ict"], size = ["1"], staffing = ["c"] }`, "action.unreached twofa_mail"},
	} {
		f := embeddedFiles(t)
		f.replace(t, file, test.old, test.new)
		faults, _ := actionFaults(t, f)
		assert.Equal(t, []string{test.want}, faults, test.new)
	}
}

func TestActionsThatSayTheSame(t *testing.T) {
	t.Parallel()
	f := embeddedFiles(t)
	c := mustLoad(t, f)
	how := c.Texts.Source("nl", "action.twofa_mail.how")
	require.NotEmpty(t, how)
	other := c.Texts.Source("nl", "action.backup_321.how")
	f.replace(t, "locales/actions.nl.toml", other[0], how[0]+" Zo is het goed.")
	faults, _ := actionFaults(t, f)
	assert.Equal(t, []string{"action.alike action.backup_321.how"}, faults)
}

func TestActionToLookAtAgain(t *testing.T) {
	t.Parallel()
	f := embeddedFiles(t)
	f.replace(t, "referral/actions/topics.toml", `look_again = "2027-06-01"`, `look_again = "2026-11-21"`)
	faults, notices := actionFaults(t, f)
	assert.Empty(t, faults)
	assert.Len(t, slices.DeleteFunc(notices, func(n string) bool { return n[:14] != "action.overdue" }), 1)
}
