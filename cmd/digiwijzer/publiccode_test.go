package main

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"digiwijzer/bot/dossier"
	"digiwijzer/locales"
)

// publicCode is the part of publiccode.yml 0.7.0 that we use; a key outside it is refused
// (https://github.com/publiccodeyml/publiccode.yml/blob/v0.7.0/docs/standard/schema.core.rst).
type publicCode struct {
	Version      string   `yaml:"publiccodeYmlVersion"`
	Name         string   `yaml:"name"`
	URL          string   `yaml:"url"`
	Platforms    []string `yaml:"platforms"`
	Categories   []string `yaml:"categories"`
	Status       string   `yaml:"developmentStatus"`
	SoftwareType string   `yaml:"softwareType"`
	Supports     []struct {
		ID string `yaml:"id"`
	} `yaml:"supports"`
	Audience struct {
		Countries []string `yaml:"countries"`
		Scope     []string `yaml:"scope"`
	} `yaml:"intendedAudience"`
	Description map[string]publicDescription `yaml:"description"`
	Legal       struct {
		Licence string `yaml:"license"`
	} `yaml:"legal"`
	Maintenance struct {
		Type        string          `yaml:"type"`
		Contacts    []publicContact `yaml:"contacts"`
		Contractors []publicContact `yaml:"contractors"`
	} `yaml:"maintenance"`
	Localisation struct {
		Ready     *bool    `yaml:"localisationReady"`
		Languages []string `yaml:"availableLanguages"`
	} `yaml:"localisation"`
}

type publicDescription struct {
	Short    string   `yaml:"shortDescription"`
	Long     string   `yaml:"longDescription"`
	Features []string `yaml:"features"`
}

type publicContact struct {
	Name        string `yaml:"name"`
	Email       string `yaml:"email"`
	Affiliation string `yaml:"affiliation"`
	Until       string `yaml:"until"`
	Website     string `yaml:"website"`
}

// faults lists what the standard does not allow: keys that must be there, fixed values and
// limits.
func (p publicCode) faults() (faults []string) {
	require := func(holds bool, format string, args ...any) {
		if !holds {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	isURI := func(text string) bool {
		u, err := url.Parse(text)
		return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
	}
	require(p.Version == "0.7.0", "publiccodeYmlVersion: %q", p.Version)
	require(p.Name != "", "name is missing")
	require(isURI(p.URL), "url: %q", p.URL)
	require(len(p.Platforms) > 0, "platforms is missing")
	require(slices.Contains([]string{"concept", "development", "beta", "stable", "obsolete"}, p.Status), "developmentStatus: %q", p.Status)
	require(slices.Contains([]string{"standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web", "standalone/backend",
		"standalone/other", "addon", "library", "configurationFiles"}, p.SoftwareType), "softwareType: %q", p.SoftwareType)
	for _, s := range p.Supports {
		alias, isAlias := strings.CutPrefix(s.ID, "alias:")
		require(isURI(s.ID), "supports: %q", s.ID)
		require(!isAlias || slices.Contains([]string{"gdpr", "eidas", "nis2", "cra"}, alias), "supports: %q", s.ID)
	}
	long, features := false, false
	require(len(p.Description) > 0, "description is missing")
	for lang, d := range p.Description {
		n := len([]rune(d.Short))
		require(n > 0 && n <= 150 && !strings.Contains(d.Short, "\n"), "description/%s/shortDescription has %d characters", lang, n)
		n = len([]rune(strings.TrimSpace(d.Long)))
		require(d.Long == "" || n >= 150 && n <= 10_000, "description/%s/longDescription has %d characters", lang, n)
		long, features = long || d.Long != "", features || len(d.Features) > 0
	}
	require(long, "no longDescription")
	require(features, "no features")
	require(p.Legal.Licence != "", "legal/license is missing")
	m := p.Maintenance
	require(slices.Contains([]string{"internal", "contract", "community", "none"}, m.Type), "maintenance/type: %q", m.Type)
	require(m.Type != "internal" && m.Type != "community" || len(m.Contacts) > 0, "maintenance/contacts is missing")
	require((m.Type == "contract") == (len(m.Contractors) > 0), "maintenance/contractors belongs with contract")
	for _, c := range slices.Concat(m.Contacts, m.Contractors) {
		require(c.Name != "", "a contact without a name")
	}
	require(p.Localisation.Ready != nil, "localisation/localisationReady is missing")
	require(len(p.Localisation.Languages) > 0, "localisation/availableLanguages is missing")
	return faults
}

func readPublicCode(t *testing.T, text string) (p publicCode) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&p))
	return p
}

// TestPublicCode: publiccode.yml is valid by version 0.7.0 of its standard, and says what the
// README, the licence and the texts say.
func TestPublicCode(t *testing.T) {
	p := readPublicCode(t, read(t, "../../publiccode.yml"))
	assert.Empty(t, p.faults())
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	readme := words(read(t, "../../README.md"))
	assert.Contains(t, readme, p.Description["en"].Short)
	for paragraph := range strings.SplitSeq(p.Description["en"].Long, "\n") {
		assert.Contains(t, readme, words(paragraph))
	}
	assert.Equal(t, dossier.Licence, p.Legal.Licence)
	texts, err := locales.Load(locales.Embedded())
	require.NoError(t, err)
	assert.ElementsMatch(t, texts.Languages(), p.Localisation.Languages)
	for lang := range p.Description {
		assert.Contains(t, p.Localisation.Languages, lang)
	}
	// What is not known yet is said where people look for it.
	unknown := strings.Contains(p.URL, ".invalid")
	assert.Equal(t, unknown, strings.Contains(read(t, "../../docs/public-code.md"), "no public address"), "docs/public-code.md and url")
}

// TestPublicCodeFaults: the validator notices what is missing, too long or unknown.
func TestPublicCodeFaults(t *testing.T) {
	text := read(t, "../../publiccode.yml")
	for name, c := range map[string]struct{ old, replacement, want string }{
		"version":      {`publiccodeYmlVersion: "0.7.0"`, `publiccodeYmlVersion: "0.2"`, "publiccodeYmlVersion"},
		"status":       {"developmentStatus: beta", "developmentStatus: ready", "developmentStatus"},
		"type":         {"softwareType: standalone/web", "softwareType: website", "softwareType"},
		"alias":        {"alias:gdpr", "alias:avg", "supports"},
		"long":         {"shortDescription: Digiwijzer is", "shortDescription: " + strings.Repeat("very ", 20) + "is", "shortDescription"},
		"contacts":     {"type: none", "type: internal", "contacts"},
		"contractors":  {"type: none", "type: contract", "contractors"},
		"localisation": {"  localisationReady: true\n", "", "localisationReady"},
		"licence":      {"license: EUPL-1.2", `license: ""`, "license"},
		"name":         {"name: Digiwijzer", "name: \"\"", "name is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, c.old, c.replacement, 1)
			require.NotEqual(t, text, changed)
			p := readPublicCode(t, changed)
			assert.Contains(t, strings.Join(p.faults(), "\n"), c.want)
		})
	}
}

// assessmentRow is a row of docs/public-code.md: criterion, requirement, state and proof.
var assessmentRow = regexp.MustCompile(`(?m)^\| (?:([^|]+) )?\| ([^|]+) \| (met|partly|open) \| ([^|]+) \|$`)

var (
	namedTest = regexp.MustCompile("`([a-z/]+) (Test[A-Za-z0-9]+)`")
	namedFile = regexp.MustCompile("`([A-Za-z0-9._-]*[./][A-Za-z0-9._/-]+)`")
)

// TestPublicCodeAssessment: docs/public-code.md goes through the 46 requirements with MUST of
// the Standard for Public Code, counts them right, and names tests and files that exist.
func TestPublicCodeAssessment(t *testing.T) {
	text := read(t, "../../docs/public-code.md")
	states, musts, criteria := map[string]int{}, 0, 0
	for _, row := range assessmentRow.FindAllStringSubmatch(text, -1) {
		if row[1] != "" {
			criteria++
		}
		if !strings.HasPrefix(row[2], "(") {
			musts++
			states[row[3]]++
		}
		for _, named := range namedTest.FindAllStringSubmatch(row[4], -1) {
			assert.True(t, hasTest(t, named[1], named[2]), "%s has no %s", named[1], named[2])
		}
		for _, named := range namedFile.FindAllStringSubmatch(row[4], -1) {
			if !strings.HasPrefix(named[1], "/") { // an address of the site
				_, err := os.Stat(filepath.Join("../..", named[1]))
				assert.NoError(t, err)
			}
		}
	}
	assert.Equal(t, 16, criteria)
	assert.Equal(t, 46, musts)
	assert.Contains(t, text, fmt.Sprintf("%d are met, %d partly and %d are open", states["met"], states["partly"], states["open"]))
}

// TestReuse: every file has a licence and a copyright by .reuse/dep5, whose licences are all in
// LICENSES. The reuse tool itself is a step of .ci/run.
func TestReuse(t *testing.T) {
	text := read(t, "../../.reuse/dep5")
	named := map[string]bool{}
	var patterns []string
	for stanza := range strings.SplitSeq(text, "\n\n") {
		var files, holder, id string
		for line := range strings.Lines(stanza) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "Files":
				files = value
			case "Copyright":
				holder = value
			case "License":
				id = value
			}
		}
		if files == "" {
			continue
		}
		assert.NotEmpty(t, holder, files)
		assert.FileExists(t, "../../LICENSES/"+id+".txt", files)
		named[id], patterns = true, append(patterns, files)
	}
	require.NotEmpty(t, patterns)
	assert.Equal(t, "*", patterns[0], "whatever is not named otherwise has our licence")
	kept, err := filepath.Glob("../../LICENSES/*")
	require.NoError(t, err)
	assert.Len(t, kept, len(named), "a licence that no file has")
	assert.Equal(t, read(t, "../../LICENSE"), read(t, "../../LICENSES/"+dossier.Licence+".txt"))
	// Fonts are somebody else's work.
	fonts, err := filepath.Glob("../../bot/style/fonts/*")
	require.NoError(t, err)
	for _, font := range fonts {
		name := strings.TrimPrefix(font, "../../")
		foreign := slices.ContainsFunc(patterns[1:], func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok })
		assert.Equal(t, filepath.Ext(font) != ".py", foreign, name)
	}
}
