package signin

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/frame"
)

// peopleView is the page of everybody who may sign in.
type peopleView struct {
	frame.Words
	People  []personRow
	Roles   []roleBox
	Name    string // typed
	Problem string // id of a text
	Link    *linkView
	Audit   bool // the person may see the audit trail
	Groups  bool // people also sign in through the organisation
}

// linkView is a new link; it is shown once.
type linkView struct{ Name, Address, Until string }

type personRow struct {
	ID, Name, Seen, Invited string
	Roles                   []roleBox
	Passkeys, Sessions      int
	ByGroup, Self           bool
}

// roleBox is a role with its checkbox.
type roleBox struct {
	Role         staff.Role
	Name, Means  string
	Has, Blocked bool
}

func has(boxes []roleBox) (names string) {
	var all []string
	for _, b := range boxes {
		if b.Has {
			all = append(all, b.Name)
		}
	}
	return strings.Join(all, ", ")
}

func boxes(words frame.Words, roles []staff.Role) (all []roleBox) {
	for _, role := range staff.Roles() {
		all = append(all, roleBox{Role: role, Name: words.T("signin.role." + string(role)), Means: words.T("signin.role." + string(role) + ".means"),
			Has: slices.Contains(roles, role)})
	}
	return all
}

func (s *SignIn) peoplePage(w http.ResponseWriter, r *http.Request) {
	s.showPeople(w, r, http.StatusOK, peopleView{})
}

// showPeople completes and shows the page.
func (s *SignIn) showPeople(w http.ResponseWriter, r *http.Request, status int, view peopleView) {
	words := s.opts.Frame.Words(r)
	all, err := s.opts.People.List(r.Context())
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	self, _ := PersonOf(r.Context())
	view.Words, view.Audit, view.Groups = words, self.May(staff.SeeAudit), s.opts.Provider != nil
	if view.Roles == nil {
		view.Roles = boxes(words, nil)
	}
	for _, l := range all {
		row := personRow{ID: l.ID, Name: l.Name, Seen: s.moment(words, l.Seen), Invited: s.day(words, l.Invited), Roles: boxes(words, l.Roles),
			Passkeys: l.Passkeys, Sessions: l.Sessions, ByGroup: l.ByGroup, Self: l.ID == self.ID}
		for i := range row.Roles {
			row.Roles[i].Blocked = row.Self && row.Roles[i].Role == staff.RoleAdmin
		}
		view.People = append(view.People, row)
	}
	s.page(w, r, status, "people", view, words.T("signin.people.title"))
}

// wantedRoles returns the selected roles.
func wantedRoles(r *http.Request) (roles []staff.Role) {
	for _, value := range r.PostForm["rol"] {
		roles = append(roles, staff.Role(value))
	}
	return roles
}

// problems are the errors that an admin can resolve.
var problems = map[error]string{
	people.ErrNameless:  "signin.people.nameless",
	people.ErrTaken:     "signin.people.taken",
	people.ErrNoRole:    "signin.people.no_role",
	people.ErrLastAdmin: "signin.people.last_admin",
	people.ErrNoPerson:  "signin.people.gone",
	people.ErrByGroup:   "signin.people.by_group",
}

// refused shows the page with a problem, or a storage error as such.
func (s *SignIn) refused(w http.ResponseWriter, r *http.Request, err error, view peopleView) {
	for known, id := range problems {
		if errors.Is(err, known) {
			view.Problem = id
			s.showPeople(w, r, http.StatusUnprocessableEntity, view)
			return
		}
	}
	s.opts.Frame.Failed(w, r, err)
}

// acting returns the id of the user.
func acting(r *http.Request) string { return sessionOf(r).Person.ID }

func (s *SignIn) invite(w http.ResponseWriter, r *http.Request) {
	name := r.PostFormValue("naam")
	roles := wantedRoles(r)
	i, err := s.opts.People.Invite(r.Context(), acting(r), name, roles)
	if err != nil {
		s.refused(w, r, err, peopleView{Name: name, Roles: boxes(s.opts.Frame.Words(r), roles)})
		return
	}
	s.showLink(w, r, i)
}

func (s *SignIn) renew(w http.ResponseWriter, r *http.Request) {
	i, err := s.opts.People.Renew(r.Context(), acting(r), r.PostFormValue("id"))
	if err != nil {
		s.refused(w, r, err, peopleView{})
		return
	}
	s.showLink(w, r, i)
}

// showLink shows a link once. It is not part of an address that a browser would keep.
func (s *SignIn) showLink(w http.ResponseWriter, r *http.Request, i people.Invitation) {
	origin, err := s.ownOrigin(r)
	if err != nil {
		s.showPeople(w, r, http.StatusOK, peopleView{Problem: "signin.bad.host"})
		return
	}
	words := s.opts.Frame.Words(r)
	s.showPeople(w, r, http.StatusOK, peopleView{Link: &linkView{i.Person.Name, InviteLink(origin.String(), i.Token), s.moment(words, i.Expires)}})
}

// InviteLink returns the link of an invitation on a site.
func InviteLink(site, token string) string { return site + InvitePath + "#" + token }

func (s *SignIn) changeRoles(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("id")
	roles := wantedRoles(r)
	if id == acting(r) { // one's own box is disabled, and browsers do not send it
		roles = append(roles, staff.RoleAdmin)
	}
	if err := s.opts.People.SetRoles(r.Context(), acting(r), id, roles); err != nil {
		s.refused(w, r, err, peopleView{})
		return
	}
	s.back(w, r, peoplePath)
}

func (s *SignIn) endSessions(w http.ResponseWriter, r *http.Request) {
	but := ""
	if session := sessionOf(r); r.PostFormValue("id") == session.Person.ID {
		but = session.ID
	}
	if err := s.opts.People.EndSessions(r.Context(), acting(r), r.PostFormValue("id"), but); err != nil {
		s.refused(w, r, err, peopleView{})
		return
	}
	s.back(w, r, peoplePath)
}

// confirmRemoval asks for confirmation before a person is removed.
func (s *SignIn) confirmRemoval(w http.ResponseWriter, r *http.Request) {
	p, err := s.opts.People.Find(r.Context(), r.URL.Query().Get("wie"))
	if err != nil {
		s.refused(w, r, err, peopleView{})
		return
	}
	words := s.opts.Frame.Words(r)
	s.page(w, r, http.StatusOK, "remove", struct {
		frame.Words
		staff.Person
	}{words, p}, words.T("signin.remove.title", "Name", p.Name))
}

func (s *SignIn) remove(w http.ResponseWriter, r *http.Request) {
	if err := s.opts.People.Remove(r.Context(), acting(r), r.PostFormValue("id")); err != nil {
		s.refused(w, r, err, peopleView{})
		return
	}
	s.back(w, r, peoplePath)
}
