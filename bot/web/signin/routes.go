package signin

import (
	"net/http"
	"net/url"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
)

// Path is the address of the sign-in page.
const Path = "/inloggen"

// InvitePath is the address of an invitation; the token follows in the fragment, which is not sent to servers and not
// logged.
const InvitePath = "/uitnodiging"

const (
	signOutPath   = "/uitloggen"
	signedOutPath = "/uitgelogd"
	providerPath  = "/inloggen/organisatie"
	callbackPath  = "/inloggen/terug"
	accountPath   = "/account"
	peoplePath    = "/beheer"
	auditPath     = "/beheer/logboek"
)

// signInPath returns the address of the sign-in page that leads back to a page.
func signInPath(r *http.Request, words frame.Words) string {
	query := url.Values{}
	if r.Method == http.MethodGet {
		query.Set("naar", r.URL.RequestURI())
	}
	if words.Query != "" {
		query.Set("lang", words.Lang)
	}
	if len(query) == 0 {
		return Path
	}
	return Path + "?" + query.Encode()
}

// Route is an address for staff and the right that it needs; Public: none.
type Route struct {
	Pattern string
	Right   staff.Right
}

// Public is the right of the few addresses that must be open for signing in.
const Public staff.Right = ""

// Routes are the addresses for staff. It is an http.Handler.
type Routes struct {
	signIn *SignIn
	mux    *http.ServeMux
	all    []Route
}

// NewRoutes returns the addresses of the sign-in itself, to which others are added.
func (s *SignIn) NewRoutes() *Routes {
	r := &Routes{signIn: s, mux: http.NewServeMux()}
	r.Handle("GET "+Path, Public, s.signInPage)
	r.Handle("POST "+Path+"/begin", Public, s.beginSignIn)
	r.Handle("POST "+Path+"/passkey", Public, s.finishSignIn)
	r.Handle("GET "+providerPath, Public, s.toProvider)
	r.Handle("GET "+callbackPath, Public, s.fromProvider)
	r.Handle("GET "+InvitePath, Public, s.invitePage)
	r.Handle("POST "+InvitePath+"/begin", Public, s.beginInvite)
	r.Handle("POST "+InvitePath+"/passkey", Public, s.finishInvite)
	r.Handle("POST "+signOutPath, Public, s.signOut)
	r.Handle("GET "+signedOutPath, Public, s.signedOut)

	r.Handle("GET "+accountPath, staff.OwnAccount, s.accountPage)
	r.Handle("POST "+accountPath+"/passkey/begin", staff.OwnAccount, s.beginKey)
	r.Handle("POST "+accountPath+"/passkey", staff.OwnAccount, s.finishKey)
	r.Handle("POST "+accountPath+"/passkey/weg", staff.OwnAccount, s.removeKey)
	r.Handle("POST "+accountPath+"/sessies", staff.OwnAccount, s.endOwnSessions)

	r.Handle("GET "+peoplePath, staff.ManagePeople, s.peoplePage)
	r.Handle("POST "+peoplePath+"/uitnodigen", staff.ManagePeople, s.invite)
	r.Handle("POST "+peoplePath+"/link", staff.ManagePeople, s.renew)
	r.Handle("POST "+peoplePath+"/rollen", staff.ManagePeople, s.changeRoles)
	r.Handle("POST "+peoplePath+"/sessies", staff.ManagePeople, s.endSessions)
	r.Handle("GET "+peoplePath+"/verwijderen", staff.ManagePeople, s.confirmRemoval)
	r.Handle("POST "+peoplePath+"/verwijderen", staff.ManagePeople, s.remove)
	r.Handle("GET "+auditPath, staff.SeeAudit, s.auditPage)
	r.Handle("GET "+auditPath+"/{form}", staff.SeeAudit, s.exportAudit)
	return r
}

// Handle adds an address that needs a right.
func (r *Routes) Handle(pattern string, right staff.Right, handler http.HandlerFunc) {
	r.all = append(r.all, Route{pattern, right})
	if right == Public {
		r.mux.Handle(pattern, r.signIn.guard(handler))
		return
	}
	r.mux.Handle(pattern, r.signIn.Require(right, handler))
}

// List returns every address in the order in which it was added.
func (r *Routes) List() []Route { return r.all }

// Serves reports whether a request is for an address for staff.
func (r *Routes) Serves(request *http.Request) bool {
	_, pattern := r.mux.Handler(request)
	return pattern != ""
}

// ServeHTTP implements http.Handler.
func (r *Routes) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mux.ServeHTTP(w, request)
}
