// Package people decides who may sign in, with which roles and for how long. The pages and the command line
// use the same Service; its changes are in the audit trail.
package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"digiwijzer/bot/staff"
	"digiwijzer/store/staffdb"
)

// InvitationAge is how long an invitation link works.
const InvitationAge = 7 * 24 * time.Hour

// maxName is the most characters of a name.
const maxName = 80

// The entries of the audit trail.
const (
	Invited        = "person invited"
	Accepted       = "invitation accepted"
	RolesChanged   = "roles changed"
	Removed        = "person removed"
	SessionsEnded  = "sessions ended"
	SignedIn       = "signed in"
	SignedOut      = "signed out"
	SignInRefused  = "sign-in refused"
	PasskeyAdded   = "passkey added"
	PasskeyRemoved = "passkey removed"
	Restored       = "backup restored"
	AuditExported  = "audit trail exported"
)

// The errors of a Service.
var (
	ErrNoPerson  = errors.New("no such person")
	ErrNameless  = errors.New("a person needs a name of at most 80 characters")
	ErrTaken     = errors.New("somebody has that name already")
	ErrNoRole    = errors.New("no role, or one that does not exist")
	ErrLastAdmin = errors.New("there would be no admin left")
	ErrByGroup   = errors.New("the roles of this person come from the organisation's own sign-in")
)

// Clock returns the time.
type Clock interface{ Now() time.Time }

// Service manages people. Its methods may be called concurrently. by is the id of the acting user: an
// account, or staffdb.CommandLine.
type Service struct {
	db    *staffdb.DB
	clock Clock
}

// New returns the service over the data of the staff.
func New(db *staffdb.DB, clock Clock) *Service { return &Service{db, clock} }

// Invitation is a new one-time link; its Token is not stored.
type Invitation struct {
	Token   string
	Person  staff.Person
	Expires time.Time
}

// Invite adds a person, or invites one with the same name again who has not signed in yet.
func (s *Service) Invite(ctx context.Context, by, name string, roles []staff.Role) (i Invitation, err error) {
	name, err = cleanName(name)
	if err != nil {
		return i, err
	}
	if err := checkRoles(roles); err != nil {
		return i, err
	}
	err = s.db.Update(ctx, func(tx *staffdb.Tx) error {
		a, err := s.pending(tx, name)
		if err != nil {
			return err
		}
		if a.ID == "" {
			a, err = tx.AddAccount(name, texts(roles), s.clock.Now())
		} else {
			err = tx.SetRoles(a.ID, texts(roles))
		}
		if err != nil {
			return err
		}
		a.Roles = texts(roles)
		i, err = s.invite(tx, by, a)
		return err
	})
	return i, err
}

// pending returns the account with a name that was invited and never used; the zero Account if nobody has the
// name, and ErrTaken if the name is in use.
func (s *Service) pending(tx *staffdb.Tx, name string) (staffdb.Account, error) {
	all, err := tx.Accounts()
	for _, a := range all {
		if err != nil || !strings.EqualFold(a.Name, name) {
			continue
		}
		keys, err := tx.Passkeys(a.ID)
		switch {
		case err != nil:
			return a, err
		case len(keys) > 0 || !a.Seen.IsZero():
			return a, ErrTaken
		}
		return a, nil
	}
	return staffdb.Account{}, err
}

// Renew makes another link for a person who can no longer sign in. Using it replaces their passkeys and ends
// their sessions.
func (s *Service) Renew(ctx context.Context, by, id string) (i Invitation, err error) {
	err = s.db.Update(ctx, func(tx *staffdb.Tx) error {
		a, err := account(tx, id)
		if err != nil {
			return err
		}
		i, err = s.invite(tx, by, a)
		return err
	})
	return i, err
}

func (s *Service) invite(tx *staffdb.Tx, by string, a staffdb.Account) (Invitation, error) {
	now := s.clock.Now()
	i := Invitation{Token: rand.Text(), Person: PersonOf(a), Expires: now.Add(InvitationAge)}
	if err := tx.AddInvitation(staffdb.Invitation{Token: Hash(i.Token), Account: a.ID, Expires: i.Expires}); err != nil {
		return i, err
	}
	return i, tx.Record(staffdb.Entry{When: now, Who: by, What: Invited, About: a.ID, Detail: strings.Join(a.Roles, ", ")})
}

// Hash returns the stored form of a token of a link or a cookie. Tokens are random and long, so a plain hash
// cannot be reversed.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// SetRoles replaces the roles of a person and ends their sessions, so that no revoked right remains in use.
// Nobody can remove their own last admin role.
func (s *Service) SetRoles(ctx context.Context, by, id string, roles []staff.Role) error {
	if err := checkRoles(roles); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		a, err := account(tx, id)
		if err != nil {
			return err
		}
		if external, err := tx.HasIdentity(id); err != nil || external {
			return errors.Join(err, ErrByGroup)
		}
		if !slices.Contains(roles, staff.RoleAdmin) {
			if err := keepsAdmin(tx, by, a); err != nil {
				return err
			}
		}
		want := texts(roles)
		if slices.Equal(slices.Sorted(slices.Values(want)), a.Roles) {
			return nil
		}
		if err := tx.SetRoles(id, want); err != nil {
			return err
		}
		if _, err := tx.EndSessions(id, ""); err != nil {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: by, What: RolesChanged, About: id,
			Detail: strings.Join(a.Roles, ", ") + " -> " + strings.Join(want, ", ")})
	})
}

// Remove deletes a person and ends their sessions. Their id stays in the audit trail.
func (s *Service) Remove(ctx context.Context, by, id string) error {
	return s.db.Update(ctx, func(tx *staffdb.Tx) error {
		a, err := account(tx, id)
		if err != nil {
			return err
		}
		if err := keepsAdmin(tx, by, a); err != nil {
			return err
		}
		if err := tx.DeleteAccount(id, s.clock.Now()); err != nil {
			return err
		}
		return tx.Record(staffdb.Entry{When: s.clock.Now(), Who: by, What: Removed, About: id, Detail: strings.Join(a.Roles, ", ")})
	})
}

// keepsAdmin refuses to remove the last admin, except on the command line, which can invite another.
func keepsAdmin(tx *staffdb.Tx, by string, a staffdb.Account) error {
	if by == staffdb.CommandLine || !slices.Contains(a.Roles, string(staff.RoleAdmin)) {
		return nil
	}
	all, err := tx.Accounts()
	for _, other := range all {
		if other.ID != a.ID && slices.Contains(other.Roles, string(staff.RoleAdmin)) && !other.Seen.IsZero() {
			return err
		}
	}
	return errors.Join(err, ErrLastAdmin)
}

// Listed is a person with the details that an admin needs.
type Listed struct {
	staff.Person
	Seen     time.Time // the latest sign-in; zero: never
	Invited  time.Time // until when the link works; zero: there is none
	Passkeys int
	Sessions int
	ByGroup  bool // the roles come from the organisation's own sign-in
}

// List returns everybody, by name.
func (s *Service) List(ctx context.Context) (all []Listed, err error) {
	now := s.clock.Now()
	err = s.db.View(ctx, func(tx *staffdb.Tx) error {
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		links, err := tx.Invitations(now)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			l := Listed{Person: PersonOf(a), Seen: a.Seen}
			for _, i := range links {
				if i.Account == a.ID {
					l.Invited = i.Expires
				}
			}
			keys, err := tx.Passkeys(a.ID)
			if err != nil {
				return err
			}
			open, err := tx.Sessions(a.ID, now.Add(-SessionAge), now.Add(-SessionIdle))
			if err != nil {
				return err
			}
			if l.ByGroup, err = tx.HasIdentity(a.ID); err != nil {
				return err
			}
			l.Passkeys, l.Sessions = len(keys), len(open)
			all = append(all, l)
		}
		return nil
	})
	return all, err
}

// Find returns the one person with a name or id.
func (s *Service) Find(ctx context.Context, nameOrID string) (staff.Person, error) {
	all, err := s.List(ctx)
	for _, l := range all {
		if l.ID == nameOrID || strings.EqualFold(l.Name, norm.NFC.String(strings.TrimSpace(nameOrID))) {
			return l.Person, err
		}
	}
	return staff.Person{}, errors.Join(err, ErrNoPerson)
}

// Names returns the name of everybody by id, for the audit trail.
func (s *Service) Names(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	err := s.db.View(ctx, func(tx *staffdb.Tx) error {
		all, err := tx.Accounts()
		for _, a := range all {
			names[a.ID] = a.Name
		}
		return err
	})
	return names, err
}

// PersonOf returns the person of an account. An unknown role gives no rights.
func PersonOf(a staffdb.Account) staff.Person {
	p := staff.Person{ID: a.ID, Name: a.Name}
	for _, role := range staff.Roles() {
		if slices.Contains(a.Roles, string(role)) {
			p.Roles = append(p.Roles, role)
		}
	}
	return p
}

func account(tx *staffdb.Tx, id string) (staffdb.Account, error) {
	a, err := tx.Account(id)
	if errors.Is(err, staffdb.ErrNoAccount) {
		err = ErrNoPerson
	}
	return a, err
}

func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || !utf8.ValidString(name) {
		return "", ErrNameless
	}
	return name, nil
}

func checkRoles(roles []staff.Role) error {
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r staff.Role) bool { return !r.Valid() }) {
		return ErrNoRole
	}
	return nil
}

// texts returns roles in stored form: each once, in the order of staff.Roles.
func texts(roles []staff.Role) (all []string) {
	for _, role := range staff.Roles() {
		if slices.Contains(roles, role) {
			all = append(all, string(role))
		}
	}
	return all
}
