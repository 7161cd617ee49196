package office

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"digiwijzer/bot/mail"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/signin"
)

// again is how soon the same address counts as the same form, sent twice.
const again = time.Minute

// mailView is the page of the Monday mail.
type mailView struct {
	view
	mail.Subscription
	Subscribed bool
	Shared     bool   // the user has no account
	Typed      string // address
	Fault      string // its fault
	Others     []otherMail
}

// otherMail is the state of another person's mail, for its managers.
type otherMail struct{ Name, State string }

// mail shows the subscription of the user.
func (o *Office) mail(w http.ResponseWriter, r *http.Request) {
	o.showMail(w, r, http.StatusOK, "", "")
}

func (o *Office) showMail(w http.ResponseWriter, r *http.Request, status int, typed, fault string) {
	person, _ := signin.PersonOf(r.Context())
	v := mailView{view: o.view(r), Typed: typed, Fault: fault, Shared: person.ID == staff.SharedID}
	var err error
	if !v.Shared {
		v.Subscription, v.Subscribed, err = o.o.Post.Of(r.Context(), person.ID)
	}
	if err == nil && person.May(staff.ManageMail) {
		v.Others, err = o.others(r, v.view, person)
	}
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	title := v.T("office.post.title")
	if fault != "" {
		title = v.T("web.error.title", "Title", title)
	}
	o.show(w, r, status, "mail", title, v)
}

// others describes the state of the others' mail.
func (o *Office) others(r *http.Request, v view, self staff.Person) (all []otherMail, err error) {
	list, err := o.o.Post.All(r.Context())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, err := o.o.Names(r.Context())
	for _, s := range list {
		if s.Account != self.ID {
			all = append(all, otherMail{names[s.Account], v.T("office.post.is."+string(s.State()), "Answer", s.Problem)})
		}
	}
	return all, err
}

// subscribe mails a link to the address that was typed.
func (o *Office) subscribe(w http.ResponseWriter, r *http.Request) {
	person, ok := o.account(w, r)
	if !ok {
		return
	}
	words, address := o.o.Frame.Words(r), strings.TrimSpace(r.PostForm.Get("adres"))
	if s, found, err := o.o.Post.Of(r.Context(), person.ID); err == nil && found && s.Asked.Add(again).After(o.o.Clock.Now()) && strings.EqualFold(s.Address, address) {
		o.done(w, r, "/werkgroep/mail", "mail_asked") // the same form twice
		return
	}
	err := o.o.Post.Subscribe(r.Context(), person.ID, address, words.Lang)
	for known, id := range map[error]string{mail.ErrAddress: "address", mail.ErrTooOften: "too_often", mail.ErrUndelivered: "undelivered"} {
		if errors.Is(err, known) {
			o.showMail(w, r, http.StatusUnprocessableEntity, address, words.T("office.post.fault."+id))
			return
		}
	}
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	o.done(w, r, "/werkgroep/mail", "mail_asked")
}

// account reads a form of a person with an account; if ok is false it has answered the request.
func (o *Office) account(w http.ResponseWriter, r *http.Request) (p staff.Person, ok bool) {
	p, _ = signin.PersonOf(r.Context())
	if p.ID == staff.SharedID {
		o.showMail(w, r, http.StatusForbidden, "", "")
		return p, false
	}
	return p, o.readForm(w, r)
}

// withdraw ends the subscription of the user.
func (o *Office) withdraw(w http.ResponseWriter, r *http.Request) {
	o.change(w, r, "mail_ended", func(account string) error { return o.o.Post.Withdraw(r.Context(), account) })
}

// resume resumes mail to an address that a server rejected.
func (o *Office) resume(w http.ResponseWriter, r *http.Request) {
	o.change(w, r, "mail_resumed", func(account string) error { return o.o.Post.Resume(r.Context(), account) })
}

func (o *Office) change(w http.ResponseWriter, r *http.Request, done string, change func(account string) error) {
	person, ok := o.account(w, r)
	if !ok {
		return
	}
	if err := change(person.ID); err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	o.done(w, r, "/werkgroep/mail", done)
}

// linkView is the page of a link in a mail. Nothing happens until its button is pressed: programs that check links follow
// them.
type linkView struct {
	view
	Title, Text, Button string
}

// ask shows the button of a link, in the language of the subscription.
func (o *Office) ask(w http.ResponseWriter, r *http.Request, l mail.Link, id string) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	s, found, err := o.o.Post.Opened(r.Context(), l, r.PathValue("id"), r.PathValue("signature"))
	switch {
	case err != nil:
		o.o.Frame.Failed(w, r, err)
	case !found:
		o.o.Frame.Message(w, r, http.StatusNotFound, "office.link."+id+"_gone", "")
	default:
		v := linkView{view: o.view(r)}
		v.Title, v.Text, v.Button = v.T("office.link."+id+".title"), v.T("office.link."+id+".ask", "Address", s.Address), v.T("office.link."+id+".button")
		o.show(w, r, http.StatusOK, "link", v.Title, v)
	}
}

func (o *Office) askConfirm(w http.ResponseWriter, r *http.Request) {
	o.ask(w, r, mail.ConfirmLink, "confirm")
}

func (o *Office) askUnsubscribe(w http.ResponseWriter, r *http.Request) {
	o.ask(w, r, mail.UnsubscribeLink, "unsubscribe")
}

// confirm confirms an address.
func (o *Office) confirm(w http.ResponseWriter, r *http.Request) {
	found, err := o.o.Post.Confirm(r.Context(), r.PathValue("id"), r.PathValue("signature"))
	o.answer(w, r, "confirm", found, err)
}

// unsubscribe ends the mail to an address: by the button of the page, or by the mail program of
// the reader (RFC 8058).
func (o *Office) unsubscribe(w http.ResponseWriter, r *http.Request) {
	opened, err := o.o.Post.Unsubscribe(r.Context(), r.PathValue("id"), r.PathValue("signature"))
	o.answer(w, r, "unsubscribe", opened, err)
}

func (o *Office) answer(w http.ResponseWriter, r *http.Request, id string, found bool, err error) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	switch {
	case err != nil:
		o.o.Frame.Failed(w, r, err)
	case !found:
		o.o.Frame.Message(w, r, http.StatusNotFound, "office.link."+id+"_gone", "")
	default:
		o.o.Frame.Message(w, r, http.StatusOK, "office.link."+id+"_done", "/werkgroep")
	}
}
