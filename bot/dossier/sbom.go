package dossier

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
)

// Licence is that of this program, as an SPDX identifier.
const Licence = "EUPL-1.2"

// BOM is the part of a bill of materials in the format CycloneDX 1.6 that we fill in
// (https://cyclonedx.org/docs/1.6/json/).
type BOM struct {
	Format       string          `json:"bomFormat"`
	Spec         string          `json:"specVersion"`
	Serial       string          `json:"serialNumber"`
	Version      int             `json:"version"`
	Metadata     bomMetadata     `json:"metadata"`
	Components   []bomComponent  `json:"components"`
	Dependencies []bomDependency `json:"dependencies"`
}

type bomMetadata struct {
	Component bomComponent `json:"component"`
}

type bomComponent struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref"`
	Name       string        `json:"name"`
	Version    string        `json:"version"`
	Licences   []bomLicence  `json:"licenses,omitempty"`
	PURL       string        `json:"purl"`
	Properties []bomProperty `json:"properties,omitempty"`
}

type bomLicence struct {
	License struct {
		ID string `json:"id"` // SPDX
	} `json:"license"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type bomDependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// BillOfMaterials returns the bill of materials of a build: its modules, the standard library
// and SQLite, which is compiled in from C. The build records which modules are in the binary
// but not their dependencies on each other, so the program is listed as depending on all.
func BillOfMaterials(info *debug.BuildInfo, sqlite string) BOM {
	root := bomComponent{Type: "application", Ref: "digiwijzer", Name: "digiwijzer", Version: cmp.Or(info.Main.Version, "(devel)"),
		Licences: licences(Licence), PURL: "pkg:golang/digiwijzer"}
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs.") {
			root.Properties = append(root.Properties, bomProperty{"build:" + s.Key, s.Value})
		}
	}
	b := BOM{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: bomMetadata{root}, Components: []bomComponent{
		library("pkg:golang/std@"+strings.TrimPrefix(info.GoVersion, "go"), "std", strings.TrimPrefix(info.GoVersion, "go"), "BSD-3-Clause"),
		library("pkg:generic/sqlite@"+sqlite, "sqlite", sqlite, "blessing"),
	}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := library("pkg:golang/"+m.Path+"@"+url.PathEscape(m.Version), m.Path, m.Version, ModuleLicences()[m.Path])
		if m.Sum != "" {
			c.Properties = []bomProperty{{"go:sum", m.Sum}}
		}
		b.Components = append(b.Components, c)
	}
	slices.SortFunc(b.Components, func(a, b bomComponent) int { return strings.Compare(a.Ref, b.Ref) })
	all := bomDependency{Ref: root.Ref}
	for _, c := range b.Components {
		all.DependsOn = append(all.DependsOn, c.Ref)
		b.Dependencies = append(b.Dependencies, bomDependency{Ref: c.Ref})
	}
	b.Dependencies = append([]bomDependency{all}, b.Dependencies...)
	b.Serial = serial(b)
	return b
}

func library(purl, name, version, licence string) bomComponent {
	return bomComponent{Type: "library", Ref: purl, Name: name, Version: version, Licences: licences(Licence), PURL: purl}
}

func licences(id string) []bomLicence {
	if id == "" {
		return nil
	}
	l := bomLicence{}
	l.License.ID = id
	return []bomLicence{l}
}

// serial returns a UUID (RFC 9562, version 8) that follows from the contents, so that the same
// build has the same one.
func serial(b BOM) string {
	text, _ := json.Marshal(b) // strings only
	sum := sha256.Sum256(text)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

//go:embed licences.txt
var licencesText string

// ModuleLicences returns the licence of every module in the program as an SPDX identifier. A
// test compares them with the text of the licence in each module.
func ModuleLicences() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(licencesText) {
		if path, id, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(path, "#") {
			all[path] = id
		}
	}
	return all
}
