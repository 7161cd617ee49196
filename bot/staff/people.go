package staff

import "slices"

// Role is a role of a staff member. A person may have several; their rights are the union.
type Role string

// The roles.
const (
	RoleReader      Role = "reader"      // sees the figures that may be passed on
	RoleCoordinator Role = "coordinator" // also exact weekly counts, partners, year forms and mail
	RoleEditor      Role = "editor"      // changes content in a draft
	RolePublisher   Role = "publisher"   // publishes content and rolls it back
	RoleAdmin       Role = "admin"       // people and the audit trail
)

// Roles lists every role.
func Roles() []Role { return []Role{RoleReader, RoleCoordinator, RoleEditor, RolePublisher, RoleAdmin} }

// Valid reports whether the role exists.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Right is a permission.
type Right string

// The rights.
const (
	SeeFigures     Right = "see figures"     // as released at the level Internal
	SeeExact       Right = "see exact"       // exact weekly counts, not to be passed on
	ManagePartners Right = "manage partners" // add, pause, kits
	ManageForms    Right = "manage forms"    // year forms of initiatives
	ManageMail     Right = "manage mail"     // the Monday mail
	SeeContent     Right = "see content"     // the editor's desk, without changing anything
	Draft          Right = "draft"           // change content in a draft
	Publish        Right = "publish"         // publish and roll back
	ManagePeople   Right = "manage people"   // invite, roles, revoke
	SeeAudit       Right = "see audit"       // read and export the audit trail
	OwnAccount     Right = "own account"     // one's own sessions and passkeys
)

// Rights lists every right.
func Rights() []Right {
	return []Right{SeeFigures, SeeExact, ManagePartners, ManageForms, ManageMail, SeeContent, Draft, Publish, ManagePeople, SeeAudit, OwnAccount}
}

// grants lists the rights of each role.
var grants = map[Role][]Right{
	RoleReader:      {SeeFigures, OwnAccount},
	RoleCoordinator: {SeeFigures, SeeExact, ManagePartners, ManageForms, ManageMail, OwnAccount},
	RoleEditor:      {SeeContent, Draft, OwnAccount},
	RolePublisher:   {SeeContent, Publish, OwnAccount},
	RoleAdmin:       {ManagePeople, SeeAudit, OwnAccount},
}

// SharedID is the id of anyone using the shared token of the dashboard. It is not an account.
const SharedID = "shared"

// Person is a signed-in user.
type Person struct {
	// ID is random and never an address or a name, so that it can stay in the audit trail when
	// the name is deleted.
	ID    string
	Name  string
	Roles []Role
}

// Shared returns the person behind the shared token: a reader without an account.
func Shared() Person { return Person{ID: SharedID, Roles: []Role{RoleReader}} }

// May reports whether the person has a right through one of the roles.
func (p Person) May(right Right) bool {
	if p.ID == "" || p.ID == SharedID && right == OwnAccount {
		return false
	}
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(grants[r], right) })
}
