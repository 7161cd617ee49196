package main

import (
	"debug/buildinfo"
	"digiwijzer/bot/dossier"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBillOfMaterials: the bill names every module of the binary once, has what the schema of
// CycloneDX 1.6 requires, and is the same every time.
func TestBillOfMaterials(t *testing.T) {
	h := newHarness(t)
	text := h.exec("", "sbom").stdout // of the modules of the program, not of its tests
	assert.Equal(t, text, h.exec("", "sbom").stdout)
	var b dossier.BOM
	require.NoError(t, json.Unmarshal([]byte(text), &b))
	assert.Equal(t, "CycloneDX", b.Format)
	assert.Equal(t, "1.6", b.Spec)
	assert.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, b.Serial)
	info, err := buildinfo.ReadFile(binary)
	require.NoError(t, err)
	refs, names := map[string]bool{b.Metadata.Component.Ref: true}, map[string]bool{}
	for _, c := range append(b.Components, b.Metadata.Component) {
		assert.NotEmpty(t, c.Name)
		assert.NotEmpty(t, c.Version, c.Name)
		assert.NotEmpty(t, c.Licences, c.Name)
		assert.Regexp(t, `^pkg:(golang|generic)/[^@?#\s+]+(@[^@?#\s+]+)?$`, c.PURL)
		assert.Contains(t, []string{"application", "library"}, c.Type)
		assert.False(t, names[c.Name], c.Name)
		names[c.Name], refs[c.Ref] = true, true
	}
	for _, m := range info.Deps {
		assert.True(t, names[m.Path], m.Path)
	}
	assert.Len(t, b.Components, len(info.Deps)+2, "and the standard library and SQLite")
	for _, d := range b.Dependencies {
		assert.True(t, refs[d.Ref], d.Ref)
		for _, on := range d.DependsOn {
			assert.True(t, refs[on], on)
		}
	}
}

// licenceText is how the text of each licence that fits EUPL-1.2 is recognised.
var licenceText = map[string]*regexp.Regexp{
	"MIT":          regexp.MustCompile(`(?i)permission is hereby granted, free of charge`),
	"BSD-3-Clause": regexp.MustCompile(`(?i)redistribution and use in source and binary forms[\s\S]*neither the name`),
	"Apache-2.0":   regexp.MustCompile(`(?i)apache license\s+version 2\.0`),
}

// TestLicences: every module of the binary has a licence that permits distribution under
// EUPL-1.2, and it is the one in the list.
func TestLicences(t *testing.T) {
	info, err := buildinfo.ReadFile(binary)
	require.NoError(t, err)
	listed := dossier.ModuleLicences()
	require.Greater(t, len(info.Deps), 20)
	dirs := moduleDirs(t, info.Deps)
	for _, m := range info.Deps {
		id, known := listed[m.Path]
		delete(listed, m.Path)
		if !assert.True(t, known, "%s: add it to bot/dossier/licences.txt", m.Path) || !assert.Contains(t, licenceText, id, m.Path) {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dirs[m.Path], "[LC][IO][CP][EY][NI]*"))
		require.NoError(t, err)
		require.NotEmpty(t, files, m.Path)
		text, err := os.ReadFile(files[0])
		require.NoError(t, err)
		assert.Regexp(t, licenceText[id], string(text), m.Path)
	}
	assert.Empty(t, listed, "licences of modules that are not in the program")
}

// moduleDirs returns the folder of the source of each module.
func moduleDirs(t *testing.T, modules []*debug.Module) map[string]string {
	t.Helper()
	args := []string{"list", "-m", "-f", "{{.Path}} {{.Dir}}"}
	for _, m := range modules {
		args = append(args, m.Path)
	}
	out, err := exec.Command("go", args...).Output()
	require.NoError(t, err)
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		dirs[path] = dir
	}
	return dirs
}
