package office

import (
	"net/http"
	"slices"
	"strconv"

	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// yearsBack is how many years of forms there are to choose from.
const yearsBack = 4

// formsView is the page with the year forms of a year.
type formsView struct {
	view
	Year    string
	Years   []choice
	In, Out []formRow
}

type formRow struct {
	ID, Name, Address string
	Version           int
	Fresh             bool // its address is new
}

// yearOf returns the year of a page: last year, unless another one is requested.
func (o *Office) yearOf(asked string) (year, latest int) {
	latest = o.o.Clock.Now().In(referral.Netherlands).Year()
	if year, err := strconv.Atoi(asked); err == nil && year > latest-yearsBack && year <= latest {
		return year, latest
	}
	return latest - 1, latest
}

// forms lists who filled in the form of a year and who did not, with the address of each.
func (o *Office) forms(w http.ResponseWriter, r *http.Request) {
	year, latest := o.yearOf(r.URL.Query().Get("jaar"))
	v := formsView{view: o.view(r), Year: strconv.Itoa(year)}
	for y := latest; y > latest-yearsBack; y-- {
		v.Years = append(v.Years, choice{Value: strconv.Itoa(y), Chosen: y == year})
	}
	sent, err := o.o.Forms.Sent(r.Context(), year)
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	for _, i := range o.o.Content().Catalogue.Initiatives() {
		in := slices.ContainsFunc(sent, func(f figures.YearForm) bool { return f.Initiative == i.ID })
		if !in && i.Kind == referral.KindRetired {
			continue
		}
		row := formRow{ID: i.ID, Name: i.Name, Fresh: r.URL.Query().Get("voor") == i.ID}
		if row.Address, row.Version, err = o.o.Forms.Address(r.Context(), i.ID, year); err != nil {
			o.o.Frame.Failed(w, r, err)
			return
		}
		if in {
			v.In = append(v.In, row)
		} else {
			v.Out = append(v.Out, row)
		}
	}
	o.show(w, r, http.StatusOK, "forms", v.T("office.forms.title"), v)
}

// renewForm creates the address of a form, or replaces it. A form sent twice, or from an outdated page, has no further
// effect.
func (o *Office) renewForm(w http.ResponseWriter, r *http.Request) {
	if !o.readForm(w, r) {
		return
	}
	initiative, known := o.o.Content().Catalogue.Initiative(r.PathValue("initiative"))
	year, _ := o.yearOf(r.PathValue("year"))
	if !known || strconv.Itoa(year) != r.PathValue("year") {
		o.o.Frame.Message(w, r, http.StatusNotFound, "office.gone", "/werkgroep/formulieren"+o.o.Frame.Words(r).Query)
		return
	}
	_, version, err := o.o.Forms.Address(r.Context(), initiative.ID, year)
	if err == nil && r.PostForm.Get("nummer") == strconv.Itoa(version) {
		err = o.o.Forms.Renew(r.Context(), who(r), initiative.ID, year)
	}
	if err != nil {
		o.o.Frame.Failed(w, r, err)
		return
	}
	query := "?jaar=" + strconv.Itoa(year) + "&voor=" + initiative.ID
	if words := o.o.Frame.Words(r); words.Query != "" {
		query += "&lang=" + words.Lang
	}
	http.Redirect(w, r, "/werkgroep/formulieren"+query+"#"+initiative.ID, http.StatusSeeOther)
}
