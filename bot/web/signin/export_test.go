package signin

import "digiwijzer/bot/staff"

// Encode is encode, for the tests.
var Encode = encode

// RolesOf is RoleRules.roles, for the tests.
func RolesOf(rules RoleRules, claims map[string]any) []staff.Role {
	roles, _ := rules.roles(claims)
	return roles
}
