// Package share is what partners need: the organisations that hand out the link to the
// check. It knows who they are, makes their links, QR codes, posters and texts, and
// signs the address of their own figures. Who the partners are is data.
package share

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

//go:embed partners.toml
var embedded embed.FS

// Embedded returns the partners the program was built with, in the layout that
// LoadPartners reads.
func Embedded() fs.FS { return embedded }

// TestPartner is the code whose conversations are never counted.
const TestPartner = "test"

// Partner is an organisation that hands out the link.
type Partner struct {
	Code         string `toml:"code"` // in the link; 3–40 small letters, digits and hyphens; never reused
	Name         string `toml:"name"` // as people read it, at most 60 characters
	Kind         Kind   `toml:"kind"`
	Municipality string `toml:"municipality"` // GM code, or empty
	Lang         string `toml:"lang"`         // language tag, or empty
	Paused       bool   `toml:"paused"`       // the link works, but the partner is neither counted nor proposed
}

// Kind is what sort of organisation a partner is.
type Kind string

// The kinds: all reach many businesses. There is none for a single business or person,
// because counts of those who came through one would be counts of its customers.
const (
	KVK          Kind = "kvk"
	Municipality Kind = "gemeente"
	Province     Kind = "provincie"
	Association  Kind = "ondernemersvereniging"
	Trade        Kind = "brancheorganisatie"
	Bank         Kind = "bank"
	Education    Kind = "onderwijs"
	Library      Kind = "bibliotheek"
	Initiative   Kind = "initiatief" // one that people are referred to, or its kin
	Other        Kind = "overig"     // checked by hand: see Doubts
)

// Kinds returns all kinds, in the order in which to offer them.
func Kinds() []Kind {
	return []Kind{KVK, Municipality, Province, Association, Trade, Bank, Education, Library, Initiative, Other}
}

// Local tells whether people know the partner in its own municipality only.
func (p Partner) Local() bool { return p.Kind == Municipality }

const longestName = 60

// Telegram takes 64 characters of A-Z, a-z, 0-9, _ and - in a start link, and the
// municipality and the language go behind the code with an underscore each. Languages
// are two letters, so a code is three at least.
var (
	partnerCode      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$`)
	municipalityCode = regexp.MustCompile(`^GM\d{4}$`)
	longNumber       = regexp.MustCompile(`\d{5}`)
)

// reserved are codes that mean something else in links, buttons or figures.
var reserved = []string{"skip", "geen", "none", "onbekend", "unknown"}

// single are words in names of one business or one person.
var single = regexp.MustCompile(`(?i)\b(b\.?v|v\.?o\.?f|eenmanszaak|zzp|dhr|mevr|mevrouw|meneer|bakkerij|bakker|slagerij|slager|` +
	`kapper|kapsalon|salon|caf[eé]|restaurant|winkel|webshop|garage|bloemist|praktijk|klusbedrijf)\b`)

// LoadPartners reads partners.toml from the root of fsys. The error joins every fault
// found. Whether a municipality or language exists is for the caller to check.
func LoadPartners(fsys fs.FS) ([]Partner, error) {
	const file = "partners.toml"
	var doc struct {
		Partners []Partner `toml:"partner"`
	}
	meta, err := toml.DecodeFS(fsys, file, &doc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var faults []error
	for _, key := range meta.Undecoded() {
		faults = append(faults, fmt.Errorf("%s: unknown key %q", file, key))
	}
	seen := map[string]bool{}
	for _, p := range doc.Partners {
		for _, fault := range p.faults() {
			faults = append(faults, fmt.Errorf("%s: partner %q: %s", file, p.Code, fault))
		}
		if seen[p.Code] {
			faults = append(faults, fmt.Errorf("%s: partner %q: stands here twice", file, p.Code))
		}
		seen[p.Code] = true
	}
	return doc.Partners, errors.Join(faults...)
}

// Check returns all that is wrong with a partner, joined, or nil.
func (p Partner) Check() error {
	var faults []error
	for _, fault := range p.faults() {
		faults = append(faults, fmt.Errorf("partner %q: %s", p.Code, fault))
	}
	return errors.Join(faults...)
}

func (p Partner) faults() (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	switch {
	case !partnerCode.MatchString(p.Code):
		fault("the code must be 3-40 small letters, digits and hyphens")
	case slices.Contains(reserved, p.Code) || municipalityCode.MatchString(strings.ToUpper(p.Code)):
		fault("the code means something else already")
	case longNumber.MatchString(p.Code):
		fault("the code holds a long number; one that tells a person or business apart must not be in a link")
	}
	switch n := utf8.RuneCountInString(p.Name); {
	case strings.TrimSpace(p.Name) == "":
		fault("has no name")
	case n > longestName:
		fault("the name has %d characters; at most %d", n, longestName)
	}
	if !slices.Contains(Kinds(), p.Kind) {
		fault("kind %q is none of %s; a link is for an organisation that reaches many businesses, never for one business or person", p.Kind, kindNames())
	}
	if p.Kind == Other && single.MatchString(p.Name) {
		fault("%q looks like one business or person: who comes through its link could be known", p.Name)
	}
	if p.Municipality != "" && !municipalityCode.MatchString(p.Municipality) {
		fault("municipality %q is not a GM code such as GM0344", p.Municipality)
	}
	return faults
}

func kindNames() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// Doubt is a partner that a person should look at.
type Doubt struct {
	Partner Partner
	Why     string // DoubtKind or DoubtTwice
}

// The doubts.
const (
	DoubtKind  = "kind"  // of kind Other: does it reach many businesses?
	DoubtTwice = "twice" // the name stands under another code too: one link per customer?
)

// Doubts lists what Check cannot decide, in the order of partners.
func Doubts(partners []Partner) (doubts []Doubt) {
	names := map[string]bool{}
	for _, p := range partners {
		name := strings.ToLower(strings.Join(strings.Fields(p.Name), " "))
		if p.Kind == Other && p.Code != TestPartner {
			doubts = append(doubts, Doubt{p, DoubtKind})
		}
		if names[name] {
			doubts = append(doubts, Doubt{p, DoubtTwice})
		}
		names[name] = true
	}
	return doubts
}
