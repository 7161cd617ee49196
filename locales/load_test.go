package locales_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
)

func TestLoadReportsEveryFaultWithFileAndID(t *testing.T) {
	_, err := locales.Load(files(
		"good.nl.toml", `"a" = "A"`,
		"syntax.nl.toml", `"b" = `,
		"template.nl.toml", `"c" = "{{.Open"`+"\n"+`"fine" = "x"`,
		"twice.nl.toml", `"a" = "again"`,
		"mixed.en.toml", "[d]\nother = \"x\"\nown = \"y\"",
		"nolanguage.toml", `"e" = "E"`,
		"region.nl-BE.toml", `"f" = "F"`,
	))
	require.Error(t, err)
	for _, want := range []string{
		"syntax.nl.toml", "template.nl.toml: c:", "twice.nl.toml: a: is also in good.nl.toml",
		"mixed.en.toml", "nolanguage.toml", "region.nl-BE.toml",
	} {
		assert.Contains(t, err.Error(), want)
	}
	assert.NotContains(t, err.Error(), "fine")
}

func TestLoadNeedsDutch(t *testing.T) {
	_, err := locales.Load(files("a.en.toml", `"a" = "A"`))
	require.ErrorContains(t, err, `"nl"`)
}

func TestOverlayReplacesSingleMessages(t *testing.T) {
	base := files("a.nl.toml", "\"a\" = \"oud\"\n\"b\" = \"blijft\"", "a.en.toml", `"a" = "old"`)
	overlay := files("mine.nl.toml", "\"a\" = \"nieuw {{.X}}\"", "mine.uk.toml", `"a" = "нове"`)
	texts, err := locales.Load(base, overlay)
	require.NoError(t, err)
	assert.Equal(t, "nieuw 1", texts.Text("nl", "a", "X", 1))
	assert.Equal(t, "blijft", texts.Text("nl", "b"))
	assert.Equal(t, "old", texts.Text("en", "a"))
	assert.Equal(t, "нове", texts.Text("uk", "a"))
	assert.Equal(t, []string{"nl", "en", "uk"}, texts.Languages())
	assert.Equal(t, []string{"a", "b"}, texts.IDs("nl"))

	before, err := locales.Load(base)
	require.NoError(t, err)
	assert.Equal(t, "oud", before.Text("nl", "a"), "what was loaded before does not change")
}

func TestFaults(t *testing.T) {
	texts, err := locales.Load(files(
		"a.nl.toml", "\"same\" = \"{{.A}} {{if .B}}{{.C}}{{end}}\"\n\"otherwise\" = \"{{.A}}\"\n\"lost\" = \"x\"\n\"empty\" = \" \"\n[many]\none = \"een\"\nother = \"{{.Count}}\"",
		"a.en.toml", "\"same\" = \"{{if .B}}{{.A}}{{end}} {{.C}}\"\n\"otherwise\" = \"{{.B}}\"\n\"new\" = \"x\"\n\"empty\" = \"x\"\n[many]\none = \"one\"\nother = \"{{.Count}}\"",
	))
	require.NoError(t, err)
	var got []string
	for _, f := range texts.Faults() {
		got = append(got, f.Error())
	}
	assert.Equal(t, []string{
		"locales: empty (nl): no words",
		"locales: lost (en): missing",
		"locales: new (en): not in Dutch",
		"locales: otherwise (en): placeholders [B], in Dutch [A]",
	}, got)
}

// A text can only fill in its arguments: a loop or a wide format would exhaust the memory when it is rendered.
func TestTextsHavePlaceholdersOnly(t *testing.T) {
	for text, ok := range map[string]bool{
		`Dag {{.Name}}`: true, `{{if .A}}{{.B}}{{else}}x{{end}}`: true, `{{/* voor vertalers */}}x`: true,
		`{{if eq .N 1}}een{{else if gt .N 2}}meer{{end}}`: true, `{{if printf "%1000000d" 1}}x{{end}}`: false, `{{if eq .N (len .A)}}x{{end}}`: false,
		`{{range 2000000000}}x{{end}}`: false, `{{range .A}}x{{end}}`: false, `{{with .A}}{{.B}}{{end}}`: false,
		`{{printf "%1000000d" 1}}`: false, `{{.A | printf "%999999s"}}`: false, `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`: false,
		`{{define "y"}}x{{end}}`: false, `{{$x := .A}}{{$x}}`: false, `{{if len .A}}x{{end}}`: false, `{{.}}`: false, `{{html .A}}`: false,
	} {
		_, err := locales.Load(files("x.nl.toml", "\"a\" = '"+text+"'"))
		if ok {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, "x.nl.toml: a: the placeholders cannot be read: only placeholders", text)
		}
	}
}
