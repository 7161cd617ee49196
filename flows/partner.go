package flows

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TestPartner is the partner code whose conversations are never counted.
const TestPartner = "test"

// Partner is an organisation that hands out the link.
type Partner struct {
	Code         string      `toml:"code"` // in the link; 3–40 lower-case letters, digits and hyphens; never reused
	Name         string      `toml:"name"` // as people read it, at most 60 characters
	Kind         PartnerKind `toml:"kind"`
	Municipality string      `toml:"municipality"` // GM code filled in for people who come through it; may be empty
	Lang         string      `toml:"lang"`         // language they start in; may be empty
	Paused       bool        `toml:"paused"`       // its links work, but it is neither counted nor proposed
}

// PartnerKind is the sort of organisation a partner is.
type PartnerKind string

// The kinds: all reach many businesses. There is none for a single business or person,
// because counts of those who came through one would be counts of its customers.
const (
	PartnerKVK          PartnerKind = "kvk"
	PartnerMunicipality PartnerKind = "gemeente"
	PartnerProvince     PartnerKind = "provincie"
	PartnerAssociation  PartnerKind = "ondernemersvereniging"
	PartnerTrade        PartnerKind = "brancheorganisatie"
	PartnerBank         PartnerKind = "bank"
	PartnerEducation    PartnerKind = "onderwijs"
	PartnerLibrary      PartnerKind = "bibliotheek"
	PartnerInitiative   PartnerKind = "initiatief" // one that people are referred to
	PartnerOther        PartnerKind = "overig"     // needs a review: see PartnerRemarks
)

// PartnerKinds returns all kinds, in the order in which to offer them.
func PartnerKinds() []PartnerKind {
	return []PartnerKind{PartnerKVK, PartnerMunicipality, PartnerProvince, PartnerAssociation, PartnerTrade, PartnerBank,
		PartnerEducation, PartnerLibrary, PartnerInitiative, PartnerOther}
}

// local reports whether the partner is known in its own municipality only, so that it is not
// proposed elsewhere.
func (p Partner) local() bool { return p.Kind == PartnerMunicipality }

const maxPartnerName = 60

// Telegram takes 64 characters of A-Z, a-z, 0-9, _ and - in a start link, and the
// municipality and the language follow the code after an underscore each. Languages are
// two letters, so a code has at least three.
var (
	partnerCode      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$`)
	municipalityCode = regexp.MustCompile(`^GM\d{4}$`)
	longNumber       = regexp.MustCompile(`\d{5}`)
)

// reservedCodes have another meaning in links, buttons or figures.
var reservedCodes = []string{"skip", "geen", "none", "onbekend", "unknown"}

// singleBusiness matches words in names of one business or one person.
var singleBusiness = regexp.MustCompile(`(?i)\b(b\.?v|v\.?o\.?f|eenmanszaak|zzp|dhr|mevr|mevrouw|meneer|bakkerij|bakker|slagerij|slager|` +
	`kapper|kapsalon|salon|caf[eé]|restaurant|winkel|webshop|garage|bloemist|praktijk|klusbedrijf)\b`)

// PartnerFault is one fault of a partner.
type PartnerFault struct {
	ID    string // what is wrong, in one word, so that it can be shown in another language
	Code  string // of the partner
	Value string // the faulty value; may be empty
	Text  string // in English
}

func (f PartnerFault) Error() string { return fmt.Sprintf("partner %q: %s", f.Code, f.Text) }

// Check returns all faults of a partner, joined, or nil. Whether its municipality and
// language exist depends on the rest of the content.
func (p Partner) Check() error {
	var faults []error
	for _, f := range p.Faults() {
		faults = append(faults, f)
	}
	return errors.Join(faults...)
}

// Faults returns what Check joins.
func (p Partner) Faults() (faults []PartnerFault) {
	fault := func(id, value, format string, args ...any) {
		faults = append(faults, PartnerFault{ID: id, Code: p.Code, Value: value, Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case !partnerCode.MatchString(p.Code):
		fault("code", p.Code, "the code must be 3-40 small letters, digits and hyphens")
	case slices.Contains(reservedCodes, p.Code) || municipalityCode.MatchString(strings.ToUpper(p.Code)):
		fault("reserved", p.Code, "the code means something else already")
	case longNumber.MatchString(p.Code):
		fault("number", p.Code, "the code has a long number in it; one that identifies a person or business must not be in a link")
	}
	switch n := utf8.RuneCountInString(p.Name); {
	case strings.TrimSpace(p.Name) == "":
		fault("no_name", "", "has no name")
	case strings.ContainsFunc(p.Name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		fault("name_signs", "", "the name has a line break, a tab or an invisible character in it")
	case n > maxPartnerName:
		fault("name", strconv.Itoa(n), "the name has %d characters; at most %d", n, maxPartnerName)
	}
	switch {
	case !slices.Contains(PartnerKinds(), p.Kind):
		fault("kind", string(p.Kind), "kind %q is none of %s; a link is for an organisation that reaches many businesses, never for one business or person",
			p.Kind, partnerKindNames())
	case p.Kind == PartnerOther && singleBusiness.MatchString(p.Name):
		fault("single", p.Name, "%q looks like one business or person: who comes through its link could be known", p.Name)
	}
	if p.Municipality != "" && !municipalityCode.MatchString(p.Municipality) {
		fault("municipality", p.Municipality, "municipality %q is not a GM code such as GM0344", p.Municipality)
	}
	return faults
}

func partnerKindNames() string {
	var names []string
	for _, k := range PartnerKinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// PartnerRemark is a partner that needs a review, and why.
type PartnerRemark struct {
	Partner Partner
	Why     string // RemarkKind or RemarkDuplicate
}

// Why a partner needs a review.
const (
	RemarkKind      = "kind"  // of kind PartnerOther: does it reach many businesses?
	RemarkDuplicate = "twice" // another code has the same name: one link per customer?
)

// PartnerRemarks lists what Check cannot decide, in the order of partners.
func PartnerRemarks(partners []Partner) (remarks []PartnerRemark) {
	names := map[string]bool{}
	for _, p := range partners {
		name := strings.ToLower(strings.Join(strings.Fields(p.Name), " "))
		if p.Kind == PartnerOther && p.Code != TestPartner {
			remarks = append(remarks, PartnerRemark{p, RemarkKind})
		}
		if names[name] {
			remarks = append(remarks, PartnerRemark{p, RemarkDuplicate})
		}
		names[name] = true
	}
	return remarks
}
