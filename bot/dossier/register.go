package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Registration is an entry of the Algoritmeregister by its publicatiestandaard 1.0.0. The tags
// hold what its schema requires
// (https://github.com/MinBZK/Algoritmeregister/blob/4885a0537d142638732f7d83676800a701411e93/schema.json):
// the length in characters, "required", and the form.
type Registration struct {
	Name             string   `json:"name" max:"99" required:"true"`
	DescriptionShort string   `json:"description_short" max:"399" required:"true"`
	Organization     string   `json:"organization" max:"99" required:"true"`
	Theme            []string `json:"theme" required:"true"`
	Status           string   `json:"status" one:"In ontwikkeling|In gebruik|Buiten gebruik" required:"true"`
	StartDate        string   `json:"start_date" form:"month" required:"true"`
	EndDate          string   `json:"end_date,omitempty" form:"month"`
	Contact          string   `json:"contact" form:"contact" required:"true"`
	Link             string   `json:"link,omitempty" form:"uri"`
	Category         string   `json:"publication_category" one:"Hoog-risico AI-systeem (Categorie A)|Impactvolle algoritmes (Categorie B)|Overige algoritmes (Categorie C)" required:"true"`
	SourceLink       string   `json:"source_link,omitempty" form:"uri"`
	PurposeAndImpact string   `json:"purpose_and_impact" max:"2499" required:"true"`
	Considerations   string   `json:"considerations" max:"2499" required:"true"`
	Human            string   `json:"human_intervention" max:"2499" required:"true"`
	Risks            string   `json:"risk_management" max:"2499" required:"true"`
	LegalBasis       string   `json:"legal_basis,omitempty" max:"2499"`
	LegalBasisLink   string   `json:"legal_basis_link,omitempty" form:"uri"`
	LegalBasisTitle  string   `json:"legal_basis_title,omitempty" max:"99"`
	ProcessingLink   string   `json:"processing_register_link,omitempty" form:"uri"`
	Assessments      string   `json:"impact_assessments" required:"true"`
	AssessmentLink   string   `json:"impact_assessment_link,omitempty" form:"uri"`
	AssessmentNote   string   `json:"impact_assessment_explanation,omitempty" max:"2499"`
	Data             string   `json:"data" max:"2499" required:"true"`
	DataLink         string   `json:"data_source_link,omitempty" form:"uri"`
	DataTitle        string   `json:"data_source_title,omitempty" max:"499"`
	Technique        string   `json:"technical_operation" max:"4999" required:"true"`
	Supplier         string   `json:"supplier" max:"199" required:"true"`
	CodeLink         string   `json:"source_code_link,omitempty" form:"uri"`
	Language         string   `json:"language" one:"nld" required:"true"`
	Schema           string   `json:"schema" one:"1.0.0" required:"true"`
	SourceID         string   `json:"source_id,omitempty"`
	SearchTerms      string   `json:"search_terms,omitempty"`
}

// themes are those in the register
// (https://github.com/MinBZK/Algoritmeregister/blob/0e707b7a2f5455c7d3a18223336e1093cc42161d/frontend/public/standards/v1_0_0.json).
var themes = []string{"Organisatie en bedrijfsvoering", "Cultuur en recreatie", "Economie", "Overheidsfinanciën", "Wonen", "Internationaal", "Migratie en integratie",
	"Natuur en milieu", "Onderwijs en wetenschap", "Openbare orde en veiligheid", "Recht", "Ruimte en infrastructuur", "Sociale zekerheid", "Verkeer", "Werk", "Zorg en gezondheid"}

var registerMonth = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}$`)

// Faults lists violations of the schema; empty: the entry is valid.
func (r Registration) Faults() (faults []string) {
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if fault := faultOf(field.Tag, v.Field(i)); fault != "" {
			faults = append(faults, name+": "+fault)
		}
	}
	for _, theme := range r.Theme {
		if !slices.Contains(themes, theme) {
			faults = append(faults, fmt.Sprintf("theme: %q bestaat niet", theme))
		}
	}
	return faults
}

// faultOf returns what is wrong with a field; empty: nothing.
func faultOf(tag reflect.StructTag, v reflect.Value) string {
	if v.Len() == 0 {
		if tag.Get("required") != "" {
			return "ontbreekt"
		}
		return ""
	}
	if v.Kind() != reflect.String {
		return ""
	}
	text := v.String()
	if limit, err := strconv.Atoi(tag.Get("max")); err == nil && utf8.RuneCountInString(text) > limit {
		return fmt.Sprintf("%d tekens, hoogstens %d", utf8.RuneCountInString(text), limit)
	}
	if one := tag.Get("one"); one != "" && !slices.Contains(strings.Split(one, "|"), text) {
		return fmt.Sprintf("%q is geen van: %s", text, one)
	}
	isURI := func() bool { u, err := url.Parse(text); return err == nil && u.Scheme != "" && u.Host != "" }
	switch tag.Get("form") {
	case "month":
		if !registerMonth.MatchString(text) {
			return fmt.Sprintf("%q is geen maand als 2026-11", text)
		}
	case "uri":
		if !isURI() {
			return fmt.Sprintf("%q is geen webadres", text)
		}
	case "contact": // must not be a person's address, which only people can judge
		if _, err := mail.ParseAddress(text); err != nil && !isURI() {
			return fmt.Sprintf("%q is geen e-mailadres of webadres", text)
		}
	}
	return ""
}

// ReadRegistration reads an entry and returns its violations of the schema. A key that is not in the standard is a fault.
func ReadRegistration(text []byte) (r Registration, faults []string) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, []string{err.Error()}
	}
	return r, r.Faults()
}

// json adds a file as indented JSON.
func (w *writer) json(name string, value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return err
	}
	w.file(name, b.Bytes())
	return nil
}

// algorithm returns the entry of this service.
func (w *writer) algorithm() Registration {
	c := w.facts.Content
	r := Registration{
		Name:             "Digiwijzer: advies over digitalisering voor kleine bedrijven",
		DescriptionShort: "Ondernemers beantwoorden vragen over hun bedrijf. Vaste regels bepalen hoe klaar het bedrijf is voor digitalisering, wat de ondernemer zelf kan doen en welke hulp in de regio past. Het advies is vrijblijvend.",
		Organization:     w.fill("organisatie.naam"),
		Theme:            []string{"Economie"},
		Status:           w.fill("register.status"),
		StartDate:        w.fill("besluit.startmaand"),
		Contact:          w.fill("organisatie.email"),
		Category:         "Impactvolle algoritmes (Categorie B)",
		PurposeAndImpact: "Doel: kleine bedrijven helpen met een eerste stap in digitalisering, en ze de weg wijzen naar hulp die past. De werkgroep van de regio ziet in grote groepen waar behoefte aan is. " +
			"Een ondernemer doet de check zelf en vrijwillig, in een browser of in Telegram. Dat duurt ongeveer vier minuten. De uitslag deelt het bedrijf in een van vier groepen in, noemt hoogstens drie acties en hoogstens drie organisaties, en zegt waarom. " +
			"Er wordt niets toegekend, geweigerd of afgedwongen. Niemand krijgt een beschikking en geen enkele organisatie ziet wie de check deed. Wie het advies niet volgt, merkt daar niets van.",
		Considerations: "Voordelen: iedere ondernemer krijgt dezelfde vragen en dezelfde regels, op elk moment, zonder account. De reden staat bij elke stap. De gegevens zijn zo beperkt dat een bedrijf er niet in te herkennen is. " +
			"Nadelen: een vragenlijst kent het bedrijf niet echt. Een antwoord kan verkeerd worden begrepen, en de lijst met hulp kan verouderen. Wie niet online wil of kan, wordt niet bereikt. " +
			"Overwogen alternatieven: een gesprek met een adviseur (beter, maar voor weinig bedrijven beschikbaar), een lijst met links (zonder keuze of reden) en een taalmodel (niet te controleren, kan feiten verzinnen, en vraagt meer gegevens). " +
			"Gekozen is voor vaste regels: die zijn uit te leggen, te testen en te verbeteren, en dezelfde antwoorden geven altijd hetzelfde advies.",
		Human: "De check zelf gaat zonder mens. De ondernemer beslist zelf wat hij met het advies doet, kan elk antwoord veranderen en kan zien welk ander antwoord het advies had veranderd. " +
			"Wie liever een mens spreekt, vindt in elk advies een telefoonnummer. Een adviseur kan met een code van de ondernemer het advies bekijken en ervan afwijken. " +
			"Een redactie beheert vragen, regels en hulp. Elke wijziging wordt voor gebruik door het programma gecontroleerd. De werkgroep kijkt elk kwartaal naar de cijfers.",
		Risks: "Verouderde verwijzing: elke organisatie in de lijst heeft een datum van controle en bronnen; wat te oud is, krijgt een opmerking en komt lager te staan. " +
			"Verkeerd begrepen vraag: korte vragen in eenvoudige taal, met 'weet ik niet' als antwoord; ontbrekende antwoorden maken de uitslag voorzichtiger. " +
			"Ongelijke behandeling: branche, grootte en gemeente bepalen welke hulp er is, niet wat iemand waard is. Het programma gaat alle combinaties na en toont voor welke bedrijven er geen hulp is. " +
			"Herkenbare bedrijven: cijfers worden per kwartaal samengevoegd en afgerond op drietallen; aanvallen daarop worden getest. " +
			"Misbruik van de telling: wat van één adres komt, telt beperkt mee, en uitschieters worden gemeld. Lek: gesprekken zijn versleuteld en worden na hoogstens enkele dagen gewist.",
		LegalBasis:  w.fill("avg.taak"),
		Assessments: w.fill("register.impacttoetsen"),
		Data: "Van de ondernemer: grootte, branche, gemeente, antwoorden over het bedrijf (zoals online zichtbaarheid, administratie, beveiliging, plannen), wat tegenhoudt en welke hulp gewenst is. Geen naam, bedrijfsnaam, adres, KVK-nummer of telefoonnummer. " +
			"In Telegram: het nummer van het gesprek, alleen versleuteld en gehasht bewaard. Bewaartermijn van een gesprek: 7 dagen na het laatste antwoord, 1 dag na het advies. " +
			"Bij het maken zijn geen gegevens van bedrijven gebruikt om van te leren. De vragen komen uit openbare vragenlijsten (zoals de Digital Intensity Index van Eurostat), de regels uit openbare beschrijvingen van de hulp, de grootte van groepen uit tabellen van het CBS.",
		Technique: fmt.Sprintf("Niet zelflerend. Het algoritme is een vragenlijst met %d vragen en %d vaste regels, door mensen geschreven en in te zien in de broncode. "+
			"Invoer: de gekozen antwoorden. Elk antwoord heeft vaste punten. Het gemiddelde van de gemeten vragen geeft een score van 0 tot 100 voor gereedheid en een voor de gevolgen van digitalisering; de grens van 50 bepaalt het kwadrant. De drie vragen over veilig werken geven apart aan of de beveiliging aandacht vraagt. "+
			"Daarna stelt elke regel waarvan alle voorwaarden gelden een organisatie voor, met een rangnummer. Organisaties buiten het gebied, buiten hun looptijd of zonder adres vallen af. De drie met het laagste nummer worden de stappen; bij gelijk nummer gaat de laatst gecontroleerde voor. Drie acties worden gekozen uit %d, op wat ontbreekt, de wens, de branche en de grootte; nooit iets wat er al is. "+
			"Uitvoer: kwadrant, acties, stappen en bij elke stap de regel en de antwoorden die de reden zijn. Dezelfde antwoorden op dezelfde dag geven hetzelfde advies. De controle van de inhoud loopt alle uitkomsten na voordat die in gebruik komt. Versie: vragen %d, puntentelling %d, inhoud %s.",
			c.Questions, c.Rules, c.Actions, c.QuestionSet, c.Scoring, c.Edition),
		Supplier: w.fill("register.leverancier"),
		Language: "nld", Schema: "1.0.0",
		SearchTerms: "digitalisering, mkb, ondernemers, advies, vragenlijst, verwijzen, Utrecht, Gooi en Vechtstreek",
	}
	if w.facts.Settings.PublicURL != "" {
		r.Link = w.facts.Settings.PublicURL + "/over"
	}
	return r
}
