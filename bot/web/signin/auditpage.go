package signin

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/frame"
	"digiwijzer/referral"
	"digiwijzer/store/staffdb"
)

// auditRows is how many entries a page shows.
const auditRows = 50

// auditView is a page of the audit trail.
type auditView struct {
	frame.Words
	Entries          []auditRow
	Kinds            []choice
	People           []choice
	From, Until      string // days
	Export           string // the query of its address
	Older            string // address of the next page; empty: there is none
	Verified, Broken string
}

type auditRow struct {
	Seq                            int64
	When, Who, What, About, Detail string
}

type choice struct {
	Value, Text string
	Chosen      bool
}

// auditFilter reads the filter of a request. Days are those of the Netherlands.
func auditFilter(r *http.Request) (f staffdb.Filter, kept url.Values) {
	query, kept := r.URL.Query(), url.Values{}
	keep := func(name string) string {
		value := query.Get(name)
		if value != "" {
			kept.Set(name, value)
		}
		return value
	}
	f.Who, f.What = keep("wie"), keep("wat")
	if day, err := time.ParseInLocation(time.DateOnly, keep("van"), referral.Netherlands); err == nil {
		f.From = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, keep("tot"), referral.Netherlands); err == nil {
		f.Until = day.AddDate(0, 0, 1)
	}
	f.Before, _ = strconv.ParseInt(query.Get("voor"), 10, 64) // 0 if it is not a number: the latest
	return f, kept
}

func (s *SignIn) auditPage(w http.ResponseWriter, r *http.Request) {
	words := s.opts.Frame.Words(r)
	f, kept := auditFilter(r)
	f.Limit = auditRows + 1
	entries, kinds, err := s.opts.People.Audit(r.Context(), f)
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	names, err := s.opts.People.Names(r.Context())
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	view := auditView{Words: words, From: kept.Get("van"), Until: kept.Get("tot")}
	if words.Query != "" {
		kept.Set("lang", words.Lang)
	}
	if len(kept) > 0 {
		view.Export = "?" + kept.Encode()
	}
	if len(entries) > auditRows {
		entries = entries[:auditRows]
		kept.Set("voor", strconv.FormatInt(entries[auditRows-1].Seq, 10))
		view.Older = auditPath + "?" + kept.Encode()
	}
	for _, e := range entries {
		view.Entries = append(view.Entries, auditRow{e.Seq, s.moment(words, e.When), nameOf(words, names, e.Who), whatOf(words, e.What),
			nameOf(words, names, e.About), e.Detail})
	}
	for _, kind := range kinds {
		view.Kinds = append(view.Kinds, choice{kind, whatOf(words, kind), kind == f.What})
	}
	view.People = s.auditPeople(words, names, f.Who)
	if view.Verified, view.Broken, err = s.verdict(r, words); err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	s.page(w, r, http.StatusOK, "audit", view, words.T("signin.audit.title"))
}

// verdict describes whether the chain is intact.
func (s *SignIn) verdict(r *http.Request, words frame.Words) (whole, broken string, err error) {
	chain, err := s.opts.People.Verify(r.Context())
	switch {
	case errors.Is(err, staffdb.ErrBroken):
		s.opts.Log.Error("audit trail changed", "error", err)
		return "", words.T("signin.audit.broken", "Entry", chain.Entries+1), nil
	case err != nil:
		return "", "", err
	}
	return words.T("signin.audit.whole", "Count", int(chain.Entries)), "", nil
}

// auditPeople returns everybody to filter by.
func (s *SignIn) auditPeople(words frame.Words, names map[string]string, chosen string) (all []choice) {
	for id := range names {
		all = append(all, choice{id, names[id], id == chosen})
	}
	sortChoices(all)
	return append(all, choice{staffdb.CommandLine, nameOf(words, nil, staffdb.CommandLine), chosen == staffdb.CommandLine})
}

// nameOf returns the name of an account, or its id if the person was removed.
func nameOf(words frame.Words, names map[string]string, id string) string {
	if name := names[id]; name != "" {
		return name
	}
	if id == staffdb.CommandLine {
		return words.T("signin.audit.command_line")
	}
	return id
}

// whatOf returns the text for a kind of entry; without one, the kind itself.
func whatOf(words frame.Words, what string) string {
	if id := "signin.what." + textID(what); words.Texts.Has(words.Lang, id) {
		return words.T(id)
	}
	return what
}

// exportAudit sends the filtered entries as a file.
func (s *SignIn) exportAudit(w http.ResponseWriter, r *http.Request) {
	form := r.PathValue("form")
	kind, known := map[string]string{people.CSV: "text/csv; charset=utf-8; header=present", people.JSON: "application/jsonl; charset=utf-8"}[form]
	if !known {
		s.opts.Frame.Message(w, r, http.StatusNotFound, "web.missing", auditPath)
		return
	}
	f, _ := auditFilter(r)
	entries, _, err := s.opts.People.Audit(r.Context(), f)
	var file bytes.Buffer
	if err == nil {
		err = people.WriteAudit(&file, form, entries)
	}
	if err == nil {
		err = s.opts.People.Exported(r.Context(), acting(r), form, len(entries))
	}
	if err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "digiwijzer-" + s.opts.Clock.Now().In(referral.Netherlands).Format(time.DateOnly) + "-logboek." + fileEnding(form)}))
	h.Set("Content-Length", strconv.Itoa(file.Len()))
	_, _ = w.Write(file.Bytes()) // the client may have disconnected
}

func fileEnding(form string) string {
	if form == people.JSON {
		return "jsonl"
	}
	return form
}

// textID turns a kind of entry into the end of the id of its text: "roles changed" into "roles_changed".
func textID(what string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return '_'
		}
		return r
	}, what)
}

func sortChoices(all []choice) {
	slices.SortFunc(all, func(a, b choice) int { return strings.Compare(a.Text, b.Text) })
}
