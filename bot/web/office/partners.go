package office

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// listView is the page with all partners.
type listView struct {
	view
	Partners         []partnerRow
	Without, Started int // began without a known partner, and all, this quarter
}

type partnerRow struct {
	staff.ListedPartner
	Href, Remark string
}

// partners lists the partners with the use of their links.
func (o *Office) partners(w http.ResponseWriter, r *http.Request) {
	list, use, err := staff.ListPartners(r.Context(), o.o.Figures, o.o.Content().Partners)
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	v := listView{view: o.view(r), Without: use.Without, Started: use.Started}
	for _, p := range list {
		row := partnerRow{ListedPartner: p}
		if remark := p.Remark(); remark != staff.NoRemark {
			row.Remark = v.T("office.partner.is."+string(remark), "N", figures.QuietWeeks)
		}
		if !p.Gone {
			row.Href = "/werkgroep/partners/" + p.Code + v.Query
		}
		v.Partners = append(v.Partners, row)
	}
	o.show(w, r, http.StatusOK, "partners", v.T("office.partners.title"), v)
}

// partnerForm is a partner as typed.
type partnerForm struct {
	Code, Name, Kind, Municipality, Lang string
	Was                                  string            // fingerprint of the partner when the form was rendered
	Faults                               map[string]string // by field
	Kinds, Municipalities, Langs         []choice
}

type choice struct {
	Value, Text string
	Chosen      bool
}

func (o *Office) form(v view, p flows.Partner) partnerForm {
	f := partnerForm{Code: p.Code, Name: p.Name, Kind: string(p.Kind), Municipality: p.Municipality, Lang: p.Lang, Was: fingerprint(p), Faults: map[string]string{}}
	c := o.o.Content()
	for _, kind := range flows.PartnerKinds() {
		f.Kinds = append(f.Kinds, choice{string(kind), v.T("office.kind." + string(kind)), p.Kind == kind})
	}
	for _, m := range c.Catalogue.Region().Municipalities(referral.DayOf(o.o.Clock.Now())) {
		f.Municipalities = append(f.Municipalities, choice{m.Code, m.Name, m.Code == p.Municipality})
	}
	slices.SortFunc(f.Municipalities, func(a, b choice) int { return strings.Compare(a.Text, b.Text) })
	for _, lang := range c.Texts.Languages() {
		f.Langs = append(f.Langs, choice{lang, c.Texts.Text(lang, "language.name"), lang == p.Lang})
	}
	return f
}

// fingerprint identifies the state of a partner, to detect changes since a form was rendered.
func fingerprint(p flows.Partner) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q %q %q %q", p.Name, p.Kind, p.Municipality, p.Lang)))
	return hex.EncodeToString(sum[:6])
}

// typed returns the partner of a form.
func typed(r *http.Request, code string) flows.Partner {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	return flows.Partner{Code: code, Name: get("naam"), Kind: flows.PartnerKind(get("soort")), Municipality: get("gemeente"), Lang: get("taal")}
}

// newView is the page with an empty form.
type newView struct {
	view
	Form partnerForm
}

func (o *Office) newPartner(w http.ResponseWriter, r *http.Request) {
	v := newView{view: o.view(r)}
	v.Form = o.form(v.view, flows.Partner{})
	o.show(w, r, http.StatusOK, "partnernew", v.T("office.partner.new"), v)
}

// addPartner adds a partner. The same form sent twice adds one.
func (o *Office) addPartner(w http.ResponseWriter, r *http.Request) {
	if !o.readForm(w, r) {
		return
	}
	v := newView{view: o.view(r)}
	p := typed(r, strings.TrimSpace(r.PostForm.Get("code")))
	v.Form = o.form(v.view, p)
	known, taken := o.o.Content().Partner(p.Code)
	switch {
	case taken && fingerprint(known.Partner) != fingerprint(p):
		v.Form.Faults["code"] = v.T("office.partner.taken", "Name", known.Name)
	default:
		if !o.put(w, r, v.view, &v.Form, p) {
			return
		}
	}
	if len(v.Form.Faults) > 0 {
		o.show(w, r, http.StatusUnprocessableEntity, "partnernew", v.T("web.error.title", "Title", v.T("office.partner.new")), v)
		return
	}
	o.done(w, r, "/werkgroep/partners/"+p.Code, "added")
}

// faultField maps the faults of a partner to the field at which they are shown.
var faultField = map[string]string{"code": "code", "reserved": "code", "number": "code", "no_name": "naam", "name_signs": "naam", "name": "naam", "single": "naam",
	"kind": "soort", "municipality": "gemeente", "place": "gemeente", "lang": "taal"}

// put saves a partner and adds its faults to the form; if ok is false it has answered the request.
func (o *Office) put(w http.ResponseWriter, r *http.Request, v view, f *partnerForm, p flows.Partner) (ok bool) {
	_, err := o.o.Partners.Put(r.Context(), who(r), p)
	var faults staff.PartnerFaults
	switch {
	case errors.As(err, &faults):
		for _, fault := range faults {
			field := cmp.Or(faultField[fault.ID], "naam")
			f.Faults[field] = cmp.Or(f.Faults[field], v.T("office.fault."+fault.ID, "Value", fault.Value))
		}
	case errors.Is(err, staff.ErrPartnerInFile):
		f.Faults["naam"] = v.T("office.partner.in_file")
	case err != nil:
		o.o.Frame.Failed(w, r, err)
		return false
	}
	return true
}

// partnerView is the page of one partner.
type partnerView struct {
	view
	content.ListedPartner
	Form                   partnerForm
	Doubts                 []string
	Link, Bot              string // empty: there is none
	KindName, Municipality string
	Figures                string // address of its own figures; empty: none yet
	Version                int
	Events                 []admission.Event
	Today                  string
	Day, Expect            string // typed
	LogoFault, EventFault  string
	Conflict               bool // somebody else changed the partner
	Kits                   []choice
}

// found returns the partner of a request; if ok is false it has answered the request.
func (o *Office) found(w http.ResponseWriter, r *http.Request) (p content.ListedPartner, ok bool) {
	p, ok = o.o.Content().Partner(r.PathValue("code"))
	if !ok {
		o.o.Frame.Message(w, r, http.StatusNotFound, "office.gone", "/werkgroep/partners"+o.o.Frame.Words(r).Query)
	}
	return p, ok
}

func (o *Office) partner(w http.ResponseWriter, r *http.Request) {
	if p, ok := o.found(w, r); ok {
		o.showPartner(w, r, http.StatusOK, p, func(*partnerView) {})
	}
}

// showPartner shows the page of a partner, changed by change.
func (o *Office) showPartner(w http.ResponseWriter, r *http.Request, status int, p content.ListedPartner, change func(*partnerView)) {
	v := partnerView{view: o.view(r), ListedPartner: p, Today: string(referral.DayOf(o.o.Clock.Now()))}
	c := o.o.Content()
	v.Form = o.form(v.view, p.Partner)
	v.KindName = v.T("office.kind." + string(p.Kind))
	for _, m := range v.Form.Municipalities {
		if m.Chosen {
			v.Municipality = m.Text
		}
	}
	for _, remark := range c.PartnerRemarks(nil) {
		if remark.Partner.Code == p.Code {
			v.Doubts = append(v.Doubts, v.T("office.doubt."+remark.Why))
		}
	}
	if links, err := share.LinksOf(c.Texts, share.Order{Partner: p.Partner, Lang: p.Lang, Place: o.o.Place()}); err == nil {
		v.Link = links.Main
		v.Kits = v.Form.Langs
	}
	var err error
	if v.Figures, v.Version, err = o.o.PartnerFigures(r.Context(), p.Code); err == nil {
		v.Events, err = o.o.Events(r.Context(), referral.Date(v.Today))
	}
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	v.Events = slices.DeleteFunc(v.Events, func(e admission.Event) bool { return e.Partner != p.Code || e.Expect == 0 })
	change(&v)
	title := p.Name
	if status != http.StatusOK {
		title = v.T("web.error.title", "Title", title)
	}
	o.show(w, r, status, "partner", title, v)
}

// changePartner changes everything but the code of a partner, unless somebody else changed it since the form was rendered.
func (o *Office) changePartner(w http.ResponseWriter, r *http.Request) {
	p, ok := o.found(w, r)
	if !ok || !o.readForm(w, r) {
		return
	}
	wanted, v := typed(r, p.Code), o.view(r)
	f := o.form(v, wanted)
	f.Was = fingerprint(p.Partner)
	if r.PostForm.Get("was") != f.Was && fingerprint(wanted) != f.Was {
		o.showPartner(w, r, http.StatusConflict, p, func(v *partnerView) { v.Form, v.Conflict = f, true })
		return
	}
	if !o.put(w, r, v, &f, wanted) {
		return
	}
	if len(f.Faults) > 0 {
		o.showPartner(w, r, http.StatusUnprocessableEntity, p, func(v *partnerView) { v.Form = f })
		return
	}
	o.done(w, r, "/werkgroep/partners/"+p.Code, "changed")
}

// pausePartner pauses a partner or ends its pause; repeating the form has no further effect.
func (o *Office) pausePartner(w http.ResponseWriter, r *http.Request) {
	p, ok := o.found(w, r)
	if !ok || !o.readForm(w, r) {
		return
	}
	paused, done := r.PostForm.Get("pauze") == "aan", "resumed"
	if paused {
		done = "paused"
	}
	if _, err := o.o.Partners.Pause(r.Context(), who(r), p.Code, paused); err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	o.done(w, r, "/werkgroep/partners/"+p.Code, done)
}

// setLogo sets or removes the logo of a partner.
func (o *Office) setLogo(w http.ResponseWriter, r *http.Request) {
	p, ok := o.found(w, r)
	if !ok {
		return
	}
	picture, remove, fault := o.picture(r)
	done := "logo"
	if remove {
		picture, done = nil, "logo_removed"
	}
	if fault == "" {
		_, err := o.o.Partners.SetLogo(r.Context(), who(r), p.Code, picture)
		var wrong share.LogoFault
		switch {
		case errors.As(err, &wrong):
			fault = o.o.Frame.Words(r).T("office.logo."+wrong.ID, wrong.Pairs...)
		case err != nil:
			o.o.Frame.Failed(w, r, err)
			return
		}
	}
	if fault != "" {
		o.showPartner(w, r, http.StatusUnprocessableEntity, p, func(v *partnerView) { v.LogoFault = fault })
		return
	}
	o.done(w, r, "/werkgroep/partners/"+p.Code, done)
}

// maxPicture is the maximum size of a picture in a form: the body of a form is limited, and its other fields need some
// space.
const maxPicture = 1000

// picture reads a form with a picture. fault is why there is none.
func (o *Office) picture(r *http.Request) (picture []byte, remove bool, fault string) {
	words := o.o.Frame.Words(r)
	err := r.ParseMultipartForm(maxPicture << 10)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, false, words.T("office.logo.too_large", "Most", maxPicture)
	}
	if err != nil {
		return nil, false, words.T("office.logo.none")
	}
	defer r.MultipartForm.RemoveAll() //nolint:errcheck // in memory
	if r.PostForm.Has("weg") {
		return nil, true, ""
	}
	file, _, err := r.FormFile("logo")
	if err != nil {
		return nil, false, words.T("office.logo.none")
	}
	defer file.Close()
	if picture, err = io.ReadAll(file); err != nil || len(picture) == 0 {
		return nil, false, words.T("office.logo.none")
	}
	return picture, false, ""
}

// setEvent announces a day on which many people begin from one place.
func (o *Office) setEvent(w http.ResponseWriter, r *http.Request) {
	p, ok := o.found(w, r)
	if !ok || !o.readForm(w, r) {
		return
	}
	day, number := strings.TrimSpace(r.PostForm.Get("dag")), strings.TrimSpace(r.PostForm.Get("aantal"))
	expect, err := strconv.Atoi(number)
	if err != nil || expect < 0 {
		err = staff.EventExpect
	} else {
		_, err = o.o.Partners.SetEvent(r.Context(), who(r), p.Code, day, expect)
	}
	var fault staff.EventFault
	switch {
	case errors.As(err, &fault):
		o.showPartner(w, r, http.StatusUnprocessableEntity, p, func(v *partnerView) {
			v.Day, v.Expect, v.EventFault = day, number, v.T("office.event."+string(fault), "Most", staff.MaxExpected)
		})
	case err != nil:
		o.o.Frame.Failed(w, r, err)
	case expect == 0:
		o.done(w, r, "/werkgroep/partners/"+p.Code, "event_cancelled")
	default:
		o.done(w, r, "/werkgroep/partners/"+p.Code, "event")
	}
}

// renewFigures gives the figures of a partner another address. A form sent twice, or from an outdated page, has no further
// effect.
func (o *Office) renewFigures(w http.ResponseWriter, r *http.Request) {
	p, ok := o.found(w, r)
	if !ok || !o.readForm(w, r) {
		return
	}
	_, version, err := o.o.PartnerFigures(r.Context(), p.Code)
	if err == nil && r.PostForm.Get("nummer") == strconv.Itoa(version) {
		_, err = o.o.Partners.RenewFigures(r.Context(), who(r), p.Code)
	}
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	o.done(w, r, "/werkgroep/partners/"+p.Code, "figures")
}

// kit serves the kit of a partner as a ZIP.
func (o *Office) kit(w http.ResponseWriter, r *http.Request) {
	p, ok := o.found(w, r)
	if !ok {
		return
	}
	lang := r.URL.Query().Get("taal")
	if !slices.Contains(o.o.Content().Texts.Languages(), lang) {
		lang = p.Lang
	}
	name, data, err := o.o.Kit(r.Context(), p, lang)
	if err != nil {
		o.showPartner(w, r, http.StatusUnprocessableEntity, p, func(v *partnerView) { v.LogoFault = v.T("office.kit_fails", "Why", err.Error()) })
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // the client may have disconnected
}
