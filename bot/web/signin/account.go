package signin

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"time"

	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/frame"
	"digiwijzer/referral"
)

// accountView is the page of one's own account.
type accountView struct {
	frame.Words
	people.Session
	ByGroup  bool // the roles and the sign-in are those of the organisation
	Keys     []keyRow
	Sessions []sessionRow
	Fresh    bool // signed in recently
	Again    string
	Problem  string // id of a text
}

type keyRow struct {
	ID, Name, Created, Used string
	Only                    bool
}

type sessionRow struct {
	ID, Device, Began, Used string
	Current                 bool
}

func (s *SignIn) accountPage(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, http.StatusOK, "")
}

func (s *SignIn) showAccount(w http.ResponseWriter, r *http.Request, status int, problem string) {
	words, session := s.opts.Frame.Words(r), sessionOf(r)
	view := accountView{Words: words, Session: session, Fresh: session.Fresh(s.opts.Clock.Now()), Problem: problem, Again: Path + "?naar=" + accountPath}
	if words.Query != "" {
		view.Again += "&lang=" + words.Lang
	}
	k, err := s.opts.People.Keyholder(r.Context(), session.Person.ID, nil)
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	open, err := s.opts.People.Open(r.Context(), session.Person.ID)
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	view.ByGroup = session.Way == people.ByOIDC
	for _, key := range k.Keys {
		view.Keys = append(view.Keys, keyRow{encode(key.ID), key.Name, s.day(words, key.Created), s.day(words, key.Used), len(k.Keys) == 1})
	}
	for _, o := range open {
		view.Sessions = append(view.Sessions, sessionRow{o.ID, o.Device, s.moment(words, o.Began), s.moment(words, o.Used), o.ID == session.ID})
	}
	s.page(w, r, status, "account", view, words.T("signin.account.title"))
}

func encode(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// day and moment format times as usual in the Netherlands; empty for never.
func (s *SignIn) day(words frame.Words, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(referral.Netherlands)
	return words.T("signin.day", "Day", t.Day(), "Month", words.T("web.month."+strconv.Itoa(int(t.Month()))), "Year", t.Year())
}

func (s *SignIn) moment(words frame.Words, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.T("signin.moment", "Day", s.day(words, t), "Time", t.In(referral.Netherlands).Format("15:04"))
}

// back returns to a page after a change.
func (s *SignIn) back(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path+s.opts.Frame.Words(r).Query, http.StatusSeeOther)
}

func (s *SignIn) beginKey(w http.ResponseWriter, r *http.Request) {
	session := sessionOf(r)
	if !session.Fresh(s.opts.Clock.Now()) {
		s.reply(w, http.StatusForbidden, reply{Error: s.opts.Frame.Words(r).T("signin.account.again")})
		return
	}
	k, err := s.opts.People.Keyholder(r.Context(), session.Person.ID, nil)
	var options any
	if err == nil {
		options, err = s.register(w, r, adding, k, ceremony{Person: session.Person.ID})
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.reply(w, http.StatusOK, reply{Options: options})
}

func (s *SignIn) finishKey(w http.ResponseWriter, r *http.Request) {
	id := sessionOf(r).Person.ID
	err := func() error {
		c, err := s.under(r, adding)
		if err != nil {
			return err
		}
		if c.Person != id {
			return errCeremony
		}
		k, err := s.opts.People.Keyholder(r.Context(), id, nil)
		if err != nil {
			return err
		}
		a, err := s.registered(r, k, c)
		if err != nil {
			return err
		}
		return s.opts.People.AddPasskey(r.Context(), id, a)
	}()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.setCookie(w, ceremonyCookie, "", -1)
	s.reply(w, http.StatusOK, reply{Next: accountPath + s.opts.Frame.Words(r).Query})
}

func (s *SignIn) removeKey(w http.ResponseWriter, r *http.Request) {
	session := sessionOf(r)
	id, err := base64.RawURLEncoding.DecodeString(r.PostFormValue("id"))
	switch {
	case !session.Fresh(s.opts.Clock.Now()):
		s.showAccount(w, r, http.StatusForbidden, "signin.account.again")
		return
	case err == nil:
		err = s.opts.People.RemovePasskey(r.Context(), session, id)
	}
	switch {
	case errors.Is(err, people.ErrLastPasskey):
		s.showAccount(w, r, http.StatusConflict, "signin.account.last")
	case err != nil:
		s.opts.Frame.Failed(w, r, err)
	default:
		s.back(w, r, accountPath)
	}
}

// endOwnSessions ends one session of the person, or all others.
func (s *SignIn) endOwnSessions(w http.ResponseWriter, r *http.Request) {
	session := sessionOf(r)
	id := session.Person.ID
	var err error
	if one := r.PostFormValue("id"); one != "" {
		err = s.opts.People.EndSession(r.Context(), id, id, one)
	} else {
		err = s.opts.People.EndSessions(r.Context(), id, id, session.ID)
	}
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	s.back(w, r, accountPath)
}
