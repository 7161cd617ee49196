package staff_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot/staff"
)

// TestRights holds every role × every right: x is yes.
func TestRights(t *testing.T) {
	t.Parallel()
	table := map[staff.Right]string{ //   reader coordinator editor publisher admin
		staff.SeeFigures:     "xx...",
		staff.SeeExact:       ".x...",
		staff.ManagePartners: ".x...",
		staff.ManageForms:    ".x...",
		staff.ManageMail:     ".x...",
		staff.SeeContent:     "..xx.",
		staff.Draft:          "..x..",
		staff.Publish:        "...x.",
		staff.ManagePeople:   "....x",
		staff.SeeAudit:       "....x",
		staff.OwnAccount:     "xxxxx",
	}
	assert.Len(t, table, len(staff.Rights()), "a right without a rule")
	for _, right := range staff.Rights() {
		for i, role := range staff.Roles() {
			want := table[right][i] == 'x'
			assert.Equal(t, want, staff.Person{ID: "p", Roles: []staff.Role{role}}.May(right), "%s: %s", role, right)
			assert.False(t, staff.Person{Roles: []staff.Role{role}}.May(right), "nobody: %s", right)
		}
		assert.False(t, staff.Person{ID: "p"}.May(right), "no role: %s", right)
		assert.False(t, staff.Person{ID: "p", Roles: []staff.Role{"other"}}.May(right), "unknown role: %s", right)
		assert.Equal(t, right == staff.SeeFigures, staff.Shared().May(right), "shared token: %s", right)
	}
	assert.True(t, staff.Person{ID: "p", Roles: []staff.Role{staff.RoleEditor, staff.RolePublisher}}.May(staff.Draft), "roles add up")
	assert.True(t, staff.Person{ID: "p", Roles: []staff.Role{staff.RoleEditor, staff.RolePublisher}}.May(staff.Publish), "roles add up")
}
