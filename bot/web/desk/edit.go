package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/referral"
)

// editBody is the form of one record, or of texts that belong to none.
type editBody struct {
	Kind, ID, Name string
	Action         string
	Fields         []field
	Texts          []textField
	Marks          string // see form.marks
	Live           liveBody
	Saved          string
	Changed        bool // in this draft
	New            bool // not published yet
	Faults         []field
	Ends           bool // can be ended
	Ended          bool
	Verify         *verifyBody
	Others         []string // who else is working on this
	Removable      bool
}

// verifyBody is what an editor reviews before confirming that a record is right.
type verifyBody struct {
	Addresses []string
	Last      string
}

// liveBody is the part of a form that is updated while typing.
type liveBody struct {
	Previews  []preview
	Notes     []note // on this record
	Elsewhere int    // findings on other records
	Busy      bool   // the check is still running
	Marks     string
	Saved     string
	Refused   bool // something typed cannot be saved
}

// subject is what a form edits.
type subject struct {
	kind   *kind // nil: texts only
	record record
	texts  []string
}

// subject returns the subject of the address of a request.
func (d *Desk) subject(r *request) (s subject, ok bool) {
	name, id := r.PathValue("kind"), r.PathValue("id")
	if name == "teksten" {
		_, known := r.work.texts.ByID[id]
		return subject{texts: []string{id}}, known
	}
	if s.kind = kindOf(name); s.kind == nil {
		return s, false
	}
	s.record, ok = r.work.record(s.kind, id)
	s.texts = textsOf(r.work.texts, s.record)
	return s, ok
}

// form returns the form of a kind with this content.
func (w *workspace) form(k *kind) form { return form{kind: k, set: w.set} }

// edit shows a form.
func (d *Desk) edit(r *request) {
	s, ok := d.subject(r)
	if !ok {
		d.missing(r)
		return
	}
	d.showForm(r, http.StatusOK, s, nil)
}

// showForm shows a form; after it was sent, with the faults.
func (d *Desk) showForm(r *request, status int, s subject, t *typed) {
	body := d.formOf(r, s, t)
	if r.err != nil {
		return
	}
	title := body.Name
	if len(body.Faults) > 0 {
		title = r.words.T("web.error.title", "Title", title)
	}
	d.show(r, status, "edit", title, body)
}

func (d *Desk) formOf(r *request, s subject, t *typed) editBody {
	w := r.work
	body := editBody{Kind: r.PathValue("kind"), ID: r.PathValue("id"), Action: pathTo(r.PathValue("kind"), r.PathValue("id"))}
	marks := map[string]string{}
	if s.kind != nil {
		body.Fields = w.named(s.kind, w.form(s.kind).fields(s.record.value))
		marks = w.form(s.kind).marks(s.record.value)
		body.Name = w.set.name(s.record)
		d.about(r, s, &body)
	} else {
		body.Name = wordings.Shorten(w.say(body.ID), 60)
		body.Changed = len(textDifferences(r.published, w)) > 0 && w.texts.ByID[body.ID].Text(wordings.Dutch) != r.published.texts.ByID[body.ID].Text(wordings.Dutch)
	}
	body.Texts = textFields(w.texts, s.texts, w.textLabel, func(form string) string { return w.T("desk.form." + form) })
	textMarks(body.Texts, marks)
	body.Marks = values.EncodeMarks(marks)
	if !r.draft.Empty() {
		body.Saved = d.clock(r.draft.Touched)
	}
	if t != nil {
		t.again(body.Fields, w.T)
		for i := range body.Texts {
			t.again(body.Texts[i].Lines, w.T)
		}
		body.Faults = faulty(body.Fields, nil)
		for _, text := range body.Texts {
			body.Faults = faulty(text.Lines, body.Faults)
		}
	}
	body.Live = d.liveOf(r, s, body.Marks)
	attachNotes(body.Live.Notes, body.Fields, body.Texts)
	body.Others = namesOf(d.others(r), s)
	return body
}

// about adds what can be done with a record.
func (d *Desk) about(r *request, s subject, body *editBody) {
	before, known := r.published.record(s.kind, s.record.id)
	body.New = !known
	body.Changed = body.New || !s.record.equals(before)
	for _, id := range s.texts {
		for _, lang := range r.work.texts.Languages {
			body.Changed = body.Changed || r.work.texts.ByID[id].Text(lang) != r.published.texts.ByID[id].Text(lang)
		}
	}
	body.Removable = body.New || slices.Contains([]string{"regels", "vragen", "partners", "adviseur", "cijfers"}, s.kind.name)
	if s.kind.name != "hulp" {
		return
	}
	retired := s.record.text("status") == "ended" || s.record.text("status") == "superseded"
	body.Ends, body.Ended = !retired && !body.New, retired
	v := &verifyBody{Last: r.work.day(s.record.text("verified_on"))}
	list := s.record.value.FieldByName("Contact")
	for i := range list.Len() {
		if list.Index(i).FieldByName("Type").String() == "web" {
			v.Addresses = append(v.Addresses, list.Index(i).FieldByName("Value").String())
		}
	}
	body.Verify = v
}

func faulty(fields []field, into []field) []field {
	for _, f := range fields {
		if f.Fault != "" || f.Other != "" {
			into = append(into, f)
		}
		into = faulty(f.Fields, into)
		for _, r := range f.Rows {
			into = faulty(r.Fields, into)
		}
	}
	return into
}

// namesOf returns who else works on the files of a record.
func namesOf(others []other, s subject) (names []string) {
	for _, o := range others {
		if s.kind != nil && slices.Contains(o.files, s.record.file) {
			names = append(names, o.Name)
		}
	}
	return names
}

// clock returns a time of day in the local format.
func (d *Desk) clock(t time.Time) string { return t.In(referral.Netherlands).Format("15:04") }

// day returns a day in words; an invalid one is returned unchanged.
func (w *workspace) day(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return w.T("signin.day", "Day", t.Day(), "Month", w.T("web.month."+strconv.Itoa(int(t.Month()))), "Year", t.Year())
}

// store reads a form and saves what it changes in the draft. Saving the same form twice
// changes nothing the second time.
func (d *Desk) store(r *request, s subject) (*typed, error) {
	marks := values.DecodeMarks(r.PostForm.Get("marks"))
	t := &typed{posted: r.PostForm, faults: map[string]string{}}
	var wanted = s.record.value
	if s.kind != nil {
		wanted, t = r.work.form(s.kind).read(s.record.value, r.PostForm, marks)
	}
	texts := readTexts(r.work.texts, s.texts, r.PostForm, marks, t)
	same := s.kind == nil || values.Mark(wanted) == values.Mark(s.record.value)
	if same && len(texts) == 0 {
		return t, nil
	}
	err := d.change(r, func(own map[string][]byte) error {
		if !same {
			if err := writeRecord(own, s.record, wanted); err != nil {
				return err
			}
		}
		return wordings.Write(own, wordings.Overlay(own).Base, texts)
	})
	return t, err
}

// save saves a form that was sent by its button.
func (d *Desk) save(r *request) {
	s, ok := d.subject(r)
	if !ok {
		d.missing(r)
		return
	}
	t, err := d.store(r, s)
	if err != nil {
		r.err = err
		return
	}
	if r.err = d.load(r); r.err != nil {
		return
	}
	if len(t.faults)+len(t.conflicts) > 0 {
		s, _ = d.subject(r)
		d.showForm(r, http.StatusUnprocessableEntity, s, t)
		return
	}
	to := pathTo(r.PathValue("kind"), r.PathValue("id"))
	if r.PostForm.Has("verder") {
		to = Path + "/concept"
	}
	r.to(to, "bewaard")
}

// live saves what is being typed, and answers with the preview and the findings.
func (d *Desk) live(r *request) {
	s, ok := d.subject(r)
	if !ok {
		http.NotFound(r.w, r.Request)
		return
	}
	t, err := d.store(r, s)
	if err == nil {
		err = d.load(r)
	}
	if err != nil {
		r.err = err
		return
	}
	s, _ = d.subject(r)
	marks := map[string]string{}
	if s.kind != nil {
		marks = r.work.form(s.kind).marks(s.record.value)
	}
	textMarks(textFields(r.work.texts, s.texts, r.work.textLabel, func(string) string { return "" }), marks)
	body := d.liveOf(r, s, values.EncodeMarks(marks))
	body.Refused = len(t.faults)+len(t.conflicts) > 0
	body.Saved = d.clock(r.draft.Touched)
	for name, id := range t.faults {
		body.Notes = append(body.Notes, note{What: r.words.T(id), Field: name, Href: "#" + name})
	}
	for _, name := range t.conflicts {
		body.Notes = append(body.Notes, note{What: r.words.T("desk.fault.conflict"), Field: name, Href: "#" + name})
	}
	html, err := d.render(r, "live", body)
	if err != nil {
		r.err = err
		return
	}
	r.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = r.w.Write([]byte(html)) // the editor may have disconnected
}

// liveOf returns the preview of a record and the findings on it.
func (d *Desk) liveOf(r *request, s subject, marks string) liveBody {
	body := liveBody{Marks: marks}
	rec := s.record
	rec.kind = s.kind
	body.Previews = r.work.previews(rec, s.texts)
	found, err := d.options.Service.Findings(r.Context(), r.draft, r.words.Lang)
	if err != nil {
		r.err = err
		return body
	}
	body.Busy = !found.Complete
	for _, f := range findingsOf(found) {
		n := d.noteOf(r.work, f)
		switch {
		case s.about(f):
			n.Field = s.fieldOf(f)
			n.Href = "#" + n.Field
			body.Notes = append(body.Notes, n)
		case !f.Minor:
			body.Elsewhere++
		}
	}
	return body
}

// about reports whether a finding concerns the subject of a form.
func (s subject) about(f finding) bool {
	if slices.Contains(s.texts, f.ID) {
		return true
	}
	if s.kind == nil || f.File != s.record.file && !strings.HasPrefix(f.File, "locales/") {
		return false
	}
	return f.ID == s.record.bare() || s.kind.table == "" && f.File == s.record.file || strings.HasPrefix(f.ID, s.record.bare()+".")
}

// fieldOf returns the name of the field that a finding concerns; empty: unknown.
func (s subject) fieldOf(f finding) string {
	if slices.Contains(s.texts, f.ID) {
		lang := f.Lang
		if lang == "" {
			lang = wordings.Dutch
		}
		return textName(lang, "other", f.ID)
	}
	if s.kind == nil {
		return ""
	}
	if field := s.kind.fieldIn(f.Path); field != "" {
		return field
	}
	return s.record.naming(f.What)
}

// naming returns the key of the only field whose value is in a sentence; empty: there is none, or there are
// several.
func (r record) naming(sentence string) (key string) {
	words := strings.FieldsFunc(sentence, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(",:;()", c) })
	for i := range words {
		words[i] = strings.TrimRight(words[i], ".")
	}
	for i := range r.value.NumField() {
		name := values.Key(r.value.Type().Field(i))
		if name == "" || name == r.kind.key || !slices.ContainsFunc(values.Strings(r.value.Field(i)), func(v string) bool { return slices.Contains(words, v) }) {
			continue
		}
		if key != "" {
			return ""
		}
		key = name
	}
	return key
}

// noteOf returns a finding with the form that corrects it.
func (d *Desk) noteOf(w *workspace, f finding) note {
	n := note{What: f.What, Do: f.Do, Where: f.ID, Minor: f.Minor}
	if strings.HasPrefix(f.File, "locales/") {
		n.Href = w.formOfText(f.ID)
		if f.Lang != "" {
			n.Href += "#" + url.PathEscape(textName(f.Lang, "other", f.ID))
			n.Where += " (" + f.Lang + ")"
		}
		return n
	}
	for _, k := range kinds {
		for _, r := range w.records(k) {
			if r.file == f.File && (r.bare() == f.ID || strings.HasPrefix(f.ID, r.bare()+".")) {
				n.Href, n.Where = pathTo(k.name, r.id), w.set.name(r)
				return n
			}
		}
	}
	for _, k := range kinds {
		if k.table == "" && k.files == f.File {
			n.Href, n.Where = pathTo(k.name, k.name), w.T("desk.kind."+k.name)
		}
	}
	if n.Where == "" {
		n.Where = f.File
	}
	return n
}

// formOfText returns the address of the form in which a text is changed.
func (w *workspace) formOfText(id string) string {
	for _, k := range kinds {
		owner := k.owns(id)
		if owner == "" {
			continue
		}
		if _, ok := w.record(k, owner); ok {
			return pathTo(k.name, owner)
		}
	}
	return pathTo("teksten", id)
}

// attachNotes attaches notes to their fields.
func attachNotes(notes []note, fields []field, texts []textField) {
	for i := range fields {
		for _, n := range notes {
			if n.Field == fields[i].Name && n.Field != "" {
				fields[i].Notes = append(fields[i].Notes, n)
			}
		}
		attachNotes(notes, fields[i].Fields, nil)
	}
	for i := range texts {
		attachNotes(notes, texts[i].Lines, nil)
	}
}

// restore reverts a record to its published version.
func (d *Desk) restore(r *request) {
	s, ok := d.subject(r)
	if !ok {
		d.missing(r)
		return
	}
	var texts []wordings.Change
	for _, id := range s.texts {
		for _, lang := range r.work.texts.Languages {
			for _, form := range wordings.Forms {
				was, is := r.published.texts.ByID[id].Form(lang, form), r.work.texts.ByID[id].Form(lang, form)
				if was != is {
					texts = append(texts, wordings.Change{Lang: lang, Form: form, ID: id, File: r.work.texts.FileFor(lang, id), Text: was})
				}
			}
		}
	}
	r.err = d.change(r, func(own map[string][]byte) error {
		if s.kind != nil {
			before, known := r.published.record(s.kind, s.record.id)
			if !known {
				return removeRecord(own, s.record)
			}
			if err := writeRecord(own, s.record, before.value); err != nil {
				return err
			}
		}
		return wordings.Write(own, wordings.Overlay(own).Base, texts)
	})
	if r.err == nil {
		r.to(Path+"/concept", "hersteld")
	}
}

// removeRecord removes a record from an overlay.
func removeRecord(own map[string][]byte, s record) error {
	if s.kind.own {
		delete(own, s.file)
		return nil
	}
	data, err := s.remove(wordings.Overlay(own).Read(s.file))
	if err == nil {
		own[s.file] = data
	}
	return err
}

// remove removes a record, with the texts that exist only in the draft.
func (d *Desk) remove(r *request) {
	s, ok := d.subject(r)
	if !ok || s.kind == nil {
		d.missing(r)
		return
	}
	r.err = d.change(r, func(own map[string][]byte) error {
		for _, id := range s.texts {
			if err := wordings.Remove(own, r.work.texts, id); err != nil {
				return err
			}
		}
		return removeRecord(own, s.record)
	})
	if r.err == nil {
		r.to(Path+"/concept", "weg")
	}
}
