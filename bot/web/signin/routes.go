package signin

import (
	"net/http"
	"net/url"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
)

// Path is the address of the sign-in page.
const Path = "/inloggen"

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

// Public is the right of the few addresses that must be open to sign in.
const Public staff.Right = ""

// Routes are the addresses for staff. It is an http.Handler.
type Routes struct {
	signIn *SignIn
	mux    *http.ServeMux
	all    []Route
}

// NewRoutes returns the addresses of the sign-in itself, to which others are added.
func (s *SignIn) NewRoutes() *Routes { return &Routes{signIn: s, mux: http.NewServeMux()} }

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
