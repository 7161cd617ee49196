package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows/content/edit"
	"digiwijzer/referral"
)

// creatable are the kinds of which editors can add records.
var creatable = []string{"hulp", "vragen", "regels", "acties", "cijfers", "adviseur", "gemeenten", "partners", "bronnen"}

// newBody is the form to add a record.
type newBody struct {
	Kind, Text string
	Like       []option // records to copy from
	Help       *newHelp // the template of an initiative
	Values     url.Values
	Faults     map[string]string // words by name of the field
	Order      []string          // of the faults
	NeedsID    bool
}

// newHelp are the choices of the template of an initiative.
type newHelp struct {
	Kinds, Quadrants, Municipalities []option
	Languages                        []option
}

// Value returns what was typed.
func (b newBody) Value(name string) string { return b.Values.Get(name) }

// On reports whether a choice was selected.
func (b newBody) On(name, value string) bool { return slices.Contains(b.Values[name], value) }

// newForm shows the form to add a record.
func (d *Desk) newForm(r *request) { d.showNew(r, http.StatusOK, url.Values{}, nil) }

func (d *Desk) showNew(r *request, status int, typed url.Values, faults map[string]string) {
	name := r.PathValue("kind")
	if !slices.Contains(creatable, name) {
		d.missing(r)
		return
	}
	k := kindOf(name)
	body := newBody{Kind: name, Text: r.words.T("desk.kind." + name), Values: typed, Faults: map[string]string{}, NeedsID: name != "hulp" && name != "regels"}
	for field, id := range faults {
		body.Faults[field] = r.words.T(id)
		body.Order = append(body.Order, field)
	}
	slices.Sort(body.Order)
	if name == "hulp" {
		body.Help = d.newHelp(r)
	} else {
		for _, rec := range r.work.records(k) {
			body.Like = append(body.Like, option{rec.id, wordings.Shorten(r.work.set.name(rec), 80), rec.id == typed.Get("lijkt")})
		}
	}
	title := r.words.T("desk.new.title", "Kind", body.Text)
	if len(faults) > 0 {
		title = r.words.T("web.error.title", "Title", title)
	}
	d.show(r, status, "new", title, body)
}

func (d *Desk) newHelp(r *request) *newHelp {
	h := &newHelp{Municipalities: r.work.set.sets["municipality"]}
	for _, o := range r.work.set.of("hulp", "kind") {
		if o.Value != string(referral.KindRetired) && o.Value != string(referral.KindIncident) {
			h.Kinds = append(h.Kinds, o)
		}
	}
	for _, o := range r.work.set.of("hulp", "fit.quadrants") {
		if o.Value != string(referral.NoQuadrant) {
			h.Quadrants = append(h.Quadrants, o)
		}
	}
	for _, lang := range r.work.texts.Languages {
		h.Languages = append(h.Languages, option{Value: lang, Text: r.words.Texts.Text(lang, "language.name")})
	}
	return h
}

// Forms of ids.
var (
	plainID       = regexp.MustCompile(`^[a-z][a-z0-9_-]{1,39}$`)
	municipalID   = regexp.MustCompile(`^GM\d{4}$`)
	notInID       = regexp.MustCompile(`[^a-z0-9]+`)
	maxHelpRules  = 99
	helpRank      = 29
	helpPriority  = 50
	helpReviewDay = 90
)

// create adds a record to the draft.
func (d *Desk) create(r *request) {
	name := r.PathValue("kind")
	if !slices.Contains(creatable, name) {
		d.missing(r)
		return
	}
	if name == "hulp" {
		d.createHelp(r)
		return
	}
	k := kindOf(name)
	id := strings.TrimSpace(wordings.Clean(r.PostForm.Get("id")))
	if name == "regels" {
		id = freeRule(r.work)
	}
	if fault := k.idFault(id, r.work); fault != "" {
		d.showNew(r, http.StatusUnprocessableEntity, r.PostForm, map[string]string{"id": fault})
		return
	}
	like, known := r.work.record(k, r.PostForm.Get("lijkt"))
	if !known {
		like = k.blank(r.work)
	}
	made := record{kind: k, id: id, file: like.file, value: values.Copy(like.value)}
	setText(made.value, k.key, id)
	unverified(made.value)
	r.err = d.change(r, func(own map[string][]byte) error {
		data, err := made.add(wordings.Overlay(own).Read(made.file), k.before(r.work, made))
		if err != nil {
			return err
		}
		own[made.file] = data
		return wordings.Write(own, wordings.Overlay(own).Base, copiedTexts(r.work.texts, like, made))
	})
	if r.err == nil {
		r.to(pathTo(name, id), "toegevoegd")
	}
}

// idFault returns the text of the fault in the id of a new record.
func (k *kind) idFault(id string, w *workspace) string {
	form := plainID
	if k.name == "gemeenten" {
		form = municipalID
	}
	_, taken := w.record(k, id)
	switch {
	case k.name == "regels" && id == "":
		return "desk.fault.rules_full"
	case k.name != "regels" && !form.MatchString(id):
		return "desk.fault.id." + map[bool]string{true: "code", false: "plain"}[k.name == "gemeenten"]
	case taken && k.name != "gemeenten":
		return "desk.fault.id_taken"
	}
	return ""
}

// blank returns an empty record, in the first file of the kind.
func (k *kind) blank(w *workspace) record {
	all := k.records(w.Files)
	r := record{kind: k, value: reflect.New(k.proto).Elem(), file: k.files}
	if len(all) > 0 {
		r.file = all[0].file
	}
	return r
}

// before returns the record before which a new one is inserted: a question comes after those of its part.
func (k *kind) before(w *workspace, made record) string {
	if k.name != "vragen" {
		return ""
	}
	part := made.value.FieldByName("Part").Int()
	for _, r := range w.records(k) {
		if p := r.value.FieldByName("Part").Int(); p > part || p == 0 {
			return r.id
		}
	}
	return ""
}

// unverified removes the verification from a copy.
func unverified(value reflect.Value) {
	for _, name := range []string{"VerifiedOn", "VerifiedBy", "Seed"} {
		if f := value.FieldByName(name); f.IsValid() {
			f.SetZero()
		}
	}
}

func setText(value reflect.Value, key, text string) {
	for i := range value.NumField() {
		if values.Key(value.Type().Field(i)) == key && value.Field(i).Kind() == reflect.String {
			value.Field(i).SetString(text)
		}
	}
}

// copiedTexts returns the texts of a record under the id of its copy.
func copiedTexts(all wordings.All, from, to record) (changes []wordings.Change) {
	if from.id == "" {
		return nil
	}
	for _, id := range textsOf(all, from) {
		parts := strings.Split(id, ".")
		if at := slices.Index(parts, from.bare()); at >= 0 {
			parts[at] = to.bare()
		}
		copied := strings.Join(parts, ".")
		if copied == id {
			continue
		}
		for _, lang := range all.Languages {
			if text := all.ByID[id].Text(lang); text != "" {
				changes = append(changes, wordings.Change{Lang: lang, Form: "other", ID: copied, File: all.FileFor(lang, id), Text: text})
			}
		}
	}
	return changes
}

// freeRule returns an unused id for a rule; empty: all are taken.
func freeRule(w *workspace) string {
	taken := map[string]bool{}
	for _, r := range w.records(kindOf("regels")) {
		taken[r.id] = true
	}
	for n := 91; n <= maxHelpRules; n++ { // ids from R91 belong to the editors
		if id := fmt.Sprintf("R%02d", n); !taken[id] {
			return id
		}
	}
	for n := 1; n <= maxHelpRules; n++ {
		if id := fmt.Sprintf("R%02d", n); !taken[id] {
			return id
		}
	}
	return ""
}

// createHelp adds an initiative with its texts and a rule that advises it.
func (d *Desk) createHelp(r *request) {
	faults := map[string]string{}
	need := func(name string) string {
		text := strings.TrimSpace(wordings.Clean(r.PostForm.Get(name)))
		if text == "" {
			faults[name] = "desk.fault.needed"
		}
		if len([]rune(text)) > maxValue {
			faults[name] = "desk.fault.long"
		}
		return text
	}
	i := referral.Initiative{Name: need("name"), Kind: referral.Kind(need("kind")), Provider: need("provider"), Status: referral.StatusUnverified,
		Capacity: referral.CapacityUnknown, Priority: helpPriority, ReviewDays: helpReviewDay, Area: referral.Area{Scope: "national"}}
	i.ID = strings.Trim(notInID.ReplaceAllString(referral.Fold(i.Name), "-"), "-")
	i.ID = strings.Trim(i.ID[:min(len(i.ID), 40)], "-")
	address := need("url")
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		faults["url"] = "desk.fault.https"
	}
	source := need("source")
	if u, err := url.Parse(source); source != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		faults["source"] = "desk.fault.https"
	}
	i.Contact = []referral.Contact{{Type: "web", Value: address, Evidence: "bron1"}}
	i.Evidence = []referral.Evidence{{ID: "bron1", URL: source, Says: need("says")}}
	places := r.PostForm["municipality"]
	if r.PostForm.Get("area") == "list" {
		i.Area = referral.Area{Scope: "list", Include: places}
		if len(places) == 0 {
			i.Area.Include = []string{referral.RegionUtrecht, referral.RegionGooi}
		}
	}
	for _, q := range r.PostForm["quadrant"] {
		i.Fit.Quadrants = append(i.Fit.Quadrants, referral.Quadrant(q))
	}
	if len(i.Fit.Quadrants) == 0 {
		faults["quadrant"] = "desk.fault.quadrant"
	}
	if _, taken := r.work.record(kindOf("hulp"), i.ID); taken && i.Name != "" {
		faults["name"] = "desk.fault.name_taken"
	}
	rule := freeRule(r.work)
	if rule == "" {
		faults["name"] = "desk.fault.rules_full"
	}
	texts := d.helpTexts(r, i.ID, rule, need)
	if len(faults) > 0 {
		d.showNew(r, http.StatusUnprocessableEntity, r.PostForm, faults)
		return
	}
	r.err = d.change(r, func(own map[string][]byte) error { return addHelp(own, i, rule, places, texts) })
	if r.err == nil {
		r.to(pathTo("hulp", i.ID), "toegevoegd")
	}
}

// helpTexts returns the texts of a new initiative in every language.
func (d *Desk) helpTexts(r *request, id, rule string, need func(string) string) (texts []wordings.Change) {
	for _, lang := range r.work.texts.Languages {
		for _, part := range []string{"pitch", "next", "about", "reason"} {
			text := need(part + "." + lang)
			key := "initiative." + id + "." + part
			if part == "reason" {
				key = "reason." + rule
			}
			texts = append(texts, wordings.Change{Lang: lang, Form: "other", ID: key, File: r.work.texts.FileFor(lang, key), Text: text})
		}
	}
	return texts
}

func addHelp(own map[string][]byte, i referral.Initiative, rule string, places []string, texts []wordings.Change) error {
	file := "referral/catalogue/" + i.ID + ".toml"
	data, err := record{kind: kindOf("hulp"), id: i.ID, file: file, value: reflect.ValueOf(&i).Elem()}.add(nil, "")
	if err != nil {
		return err
	}
	own[file] = data
	const rulesFile = "referral/rules.toml"
	doc, err := edit.Parse(wordings.Overlay(own).Read(rulesFile))
	if err != nil {
		return err
	}
	when := []edit.Field{{Key: "quadrant", Value: textList(i.Fit.Quadrants)}}
	if len(places) > 0 {
		when = append(when, edit.Field{Key: "municipality", Value: places})
	}
	doc, err = doc.Insert(edit.Path{}.Key("rule"), "", []edit.Field{
		{Key: "id", Value: rule},
		{Key: "when", Value: []any{when}},
		{Key: "propose", Value: []any{[]edit.Field{{Key: "initiative", Value: i.ID}, {Key: "rank", Value: helpRank}}}},
		{Key: "evidence", Value: []string{i.Evidence[0].URL}},
	})
	if err != nil {
		return err
	}
	own[rulesFile] = doc.Bytes()
	return wordings.Write(own, wordings.Overlay(own).Base, texts)
}

func textList[T ~string](list []T) (all []string) {
	for _, v := range list {
		all = append(all, string(v))
	}
	return all
}
