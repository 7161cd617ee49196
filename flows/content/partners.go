package content

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"digiwijzer/flows"
	"digiwijzer/locales/fault"
)

//go:embed partners.toml
var embeddedPartners embed.FS

// Partners returns the partners the program was built with, in the layout that LoadPartners reads.
func Partners() fs.FS { return embeddedPartners }

// The path of the partners in a content folder. It differs from the one in the
// repository: folders in use have it.
const (
	partnersFolder = "bot/share"
	partnersFile   = "partners.toml"
)

// LoadPartners reads partners.toml from the root of fsys. The error joins every fault
// found, except those that depend on other content.
func LoadPartners(fsys fs.FS) ([]flows.Partner, error) {
	var doc struct {
		Partners []flows.Partner `toml:"partner"`
	}
	var faults []error
	wrong, ok := fault.Decode(fsys, partnersFile, &doc)
	for _, w := range wrong {
		faults = append(faults, w)
	}
	if !ok {
		return nil, errors.Join(faults...)
	}
	seen := map[string]bool{}
	for _, p := range doc.Partners {
		for _, f := range p.Faults() {
			faults = append(faults, partnerFault(f))
		}
		if seen[p.Code] {
			faults = append(faults, fault.New(partnersFile, p.Code, "is defined twice"))
		}
		seen[p.Code] = true
	}
	return doc.Partners, errors.Join(faults...)
}

// ListedPartner is a partner of an edition and where it comes from.
type ListedPartner struct {
	flows.Partner
	InFile bool   // in the content files; otherwise registered in the data folder
	Logo   string // version of its logo, unique per picture; empty: it has none
}

// Registered holds what was decided about partners outside the content files.
type Registered struct {
	Partners []flows.Partner
	Paused   map[string]bool   // by code; also of partners in the content files
	Logos    map[string]string // versions by code; also of partners in the content files
}

// WithRegistered returns the edition with registered partners added. If a code is in both, the one in
// the files takes precedence, since editors work on the files. A municipality or language that is not in
// the edition is dropped, so that a registered partner cannot block content.
func (e *Edition) WithRegistered(r Registered) *Edition {
	merged := *e
	codes := map[string]bool{}
	var partners []ListedPartner
	for _, p := range e.file {
		codes[p.Code] = true
		partners = append(partners, ListedPartner{Partner: p, InFile: true})
	}
	for _, p := range r.Partners {
		if codes[p.Code] {
			continue
		}
		if !slices.Contains(e.Texts.Languages(), p.Lang) {
			p.Lang = ""
		}
		if !e.HasMunicipality(p.Municipality) {
			p.Municipality = ""
		}
		partners = append(partners, ListedPartner{Partner: p})
	}
	for i := range partners {
		partners[i].Paused = partners[i].Paused || r.Paused[partners[i].Code]
		partners[i].Logo = r.Logos[partners[i].Code]
	}
	merged.Partners = partners
	merged.Engine = merged.newEngine()
	return &merged
}

// Partner returns a partner by code, paused or not.
func (e *Edition) Partner(code string) (ListedPartner, bool) {
	for _, p := range e.Partners {
		if p.Code == code {
			return p, true
		}
	}
	return ListedPartner{}, false
}

// activePartners returns the partners that are not paused.
func (e *Edition) activePartners() (active []flows.Partner) {
	for _, p := range e.Partners {
		if !p.Paused {
			active = append(active, p.Partner)
		}
	}
	return active
}

// PartnerName returns the current name of a partner, or the code of one that was removed.
func (e *Edition) PartnerName(code string) string {
	if p, ok := e.Partner(code); ok {
		return p.Name
	}
	return code
}

// PartnerRemarks lists the partners that need a review, as if changed had been added or replaced; with
// nil, as they are.
func (e *Edition) PartnerRemarks(changed *flows.Partner) []flows.PartnerRemark {
	var all []flows.Partner
	for _, p := range e.Partners {
		if changed == nil || p.Code != changed.Code {
			all = append(all, p.Partner)
		}
	}
	if changed != nil {
		all = append(all, *changed)
	}
	return flows.PartnerRemarks(all)
}

// PartnerFaults returns all faults of a partner, also those that depend on the texts and
// the region of the edition.
func (e *Edition) PartnerFaults(p flows.Partner) []flows.PartnerFault {
	return append(p.Faults(), e.placeFaults(p)...)
}

// partnerFault returns a fault of a partner as one of its file.
func partnerFault(f flows.PartnerFault) *fault.Fault {
	return fault.New(partnersFile, f.Code, "%w", f)
}

// checkPlaces checks the partners in the files against the rest of the edition.
func (e *Edition) checkPlaces() error {
	var faults []error
	for _, p := range e.file {
		for _, f := range e.placeFaults(p) {
			faults = append(faults, partnerFault(f))
		}
	}
	return errors.Join(faults...)
}

func (e *Edition) placeFaults(p flows.Partner) (faults []flows.PartnerFault) {
	if p.Lang != "" && !slices.Contains(e.Texts.Languages(), p.Lang) {
		faults = append(faults, flows.PartnerFault{ID: "lang", Code: p.Code, Value: p.Lang,
			Text: fmt.Sprintf("there are no texts in language %q", p.Lang)})
	}
	if p.Municipality != "" && !e.HasMunicipality(p.Municipality) {
		faults = append(faults, flows.PartnerFault{ID: "place", Code: p.Code, Value: p.Municipality,
			Text: fmt.Sprintf("there is no municipality %q in the region", p.Municipality)})
	}
	return faults
}
