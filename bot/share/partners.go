// Package share knows the partners: the organisations that hand out the link to the
// check. What they are called, which municipality their link fills in and in which
// language it begins is data.
package share

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/BurntSushi/toml"
)

//go:embed partners.toml
var embedded embed.FS

// Embedded returns the partners the program was built with, in the layout that
// LoadPartners reads.
func Embedded() fs.FS { return embedded }

// Partner is an organisation that hands out the link.
type Partner struct {
	Code         string `toml:"code"` // 1–40 small letters, digits and hyphens
	Name         string `toml:"name"`
	Municipality string `toml:"municipality"` // GM code, or empty
	Lang         string `toml:"lang"`         // language tag, or empty
	Paused       bool   `toml:"paused"`       // the link works, but the partner is not counted
}

// Telegram takes 64 characters of A-Z, a-z, 0-9, _ and - in a start link, and the
// municipality and the language go behind the code with an underscore each.
var (
	partnerCode      = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)
	municipalityCode = regexp.MustCompile(`^GM\d{4}$`)
)

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
			faults = append(faults, fmt.Errorf("%s: %s: %s", file, p.Code, fault))
		}
		if seen[p.Code] {
			faults = append(faults, fmt.Errorf("%s: %s: stands here twice", file, p.Code))
		}
		seen[p.Code] = true
	}
	return doc.Partners, errors.Join(faults...)
}

func (p Partner) faults() (faults []string) {
	if !partnerCode.MatchString(p.Code) {
		faults = append(faults, "the code must be 1-40 small letters, digits and hyphens")
	}
	if p.Name == "" {
		faults = append(faults, "has no name")
	}
	if p.Municipality != "" && !municipalityCode.MatchString(p.Municipality) {
		faults = append(faults, fmt.Sprintf("municipality %q is not a GM code such as GM0344", p.Municipality))
	}
	return faults
}
