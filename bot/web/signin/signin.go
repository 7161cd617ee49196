// Package signin lets staff in: who somebody is, what they may do, and the pages for their
// own account and for the people of the service.
//
// Every page for staff is registered with Routes, which asks for the right that it needs; a
// page without a rule cannot be added.
package signin

import (
	"context"
	"net/http"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
)

// maxBody limits a form of staff. Most are under 1 kB; the largest hold a text of the content.
const maxBody = 1 << 20

// Options configure the sign-in. Frame is required.
type Options struct {
	Frame frame.Frame
	// Shared returns the person of a request that carries a session of the shared token; nil:
	// there is no such token.
	Shared func(r *http.Request) (staff.Person, bool)
	// PublicURL is the site's public address; empty: only this machine reaches it.
	PublicURL string
}

// SignIn knows who is signed in.
type SignIn struct {
	opts   Options
	origin *http.CrossOriginProtection
}

// New returns the sign-in.
func New(o Options) (*SignIn, error) {
	s := &SignIn{opts: o, origin: http.NewCrossOriginProtection()}
	if o.PublicURL != "" {
		if err := s.origin.AddTrustedOrigin(o.PublicURL); err != nil {
			return nil, err
		}
	}
	s.origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.Frame.Message(w, r, http.StatusForbidden, "web.forged", "")
	}))
	return s, nil
}

// Person returns who is signed in on a request.
func (s *SignIn) Person(r *http.Request) (staff.Person, bool) {
	if p, ok := PersonOf(r.Context()); ok {
		return p, true
	}
	if s.opts.Shared != nil {
		return s.opts.Shared(r)
	}
	return staff.Person{}, false
}

type personKey struct{}

// PersonOf returns who is signed in on the request of a context that Require let through.
func PersonOf(ctx context.Context) (staff.Person, bool) {
	p, ok := ctx.Value(personKey{}).(staff.Person)
	return p, ok
}

// Require lets people with a right through to next. Others get the page that says who to ask;
// who is not signed in is sent to the sign-in page, and back afterwards. Forms of other sites
// are refused.
func (s *SignIn) Require(right staff.Right, next http.Handler) http.Handler {
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := s.Person(r)
		switch {
		case !ok:
			http.Redirect(w, r, signInPath(r, s.opts.Frame.Words(r)), http.StatusSeeOther)
		case !p.May(right):
			s.opts.Frame.Message(w, r, http.StatusForbidden, "signin.forbidden", "")
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), personKey{}, p)))
		}
	}))
}

// guard refuses forms of other sites and bodies that are too large, and keeps pages of staff
// out of caches.
func (s *SignIn) guard(next http.Handler) http.Handler {
	inner := s.origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		inner.ServeHTTP(w, r)
	})
}
