package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mutant is one way to break the program on purpose. In the declaration decl of package
// pkg the expression or statement from becomes to, and the tests named by run in the
// package tests (pkg, if empty) must fail. decl is a function ("Open"), a method
// ("(*Store).Apply"), or a constant, variable or type ("maxTries"). from is compared
// without white space and must occur once in decl, so moving code between files or lines
// does not touch the list.
type mutant struct {
	promise, pkg, decl, from, to, tests, run string
}

// TestMutants breaks each promise of mutants and shows that a test fails. It takes some
// minutes, so it runs only when asked for:
//
//	MUTANTS=1 go test ./cmd/digiwijzer -run Mutants -v -timeout 60m
//	MUTANTS='eras|batch' go test ./cmd/digiwijzer -run Mutants -v      those whose promise matches
func TestMutants(t *testing.T) {
	wanted := os.Getenv("MUTANTS")
	if wanted == "" {
		t.Skip("set MUTANTS=1 to break the program on purpose")
	}
	if wanted == "1" {
		wanted = "."
	}
	matches := regexp.MustCompile(wanted)
	selected := slices.DeleteFunc(slices.Clone(mutants), func(m mutant) bool { return !matches.MatchString(m.promise) })
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	requireSound(t, root, selected)
	var killed atomic.Int64
	slots := make(chan struct{}, runtime.NumCPU()) // each is a compiler, a linker and a test
	t.Run("mutants", func(t *testing.T) {          // ends when its parallel tests have ended
		for _, m := range selected {
			t.Run(m.promise, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				began := time.Now()
				m.requireKilled(t, root)
				t.Logf("killed in %s: number %d of %d", time.Since(began).Round(time.Second/10), killed.Add(1), len(selected))
			})
		}
	})
	require.EqualValues(t, len(selected), killed.Load())
}

// requireSound runs the tests of all mutants on the code as it is, where they must pass.
func requireSound(t *testing.T, root string, selected []mutant) {
	t.Helper()
	runs := map[string][]string{}
	for _, m := range selected {
		if pkg := m.testPackage(); !slices.Contains(runs[pkg], m.run) {
			runs[pkg] = append(runs[pkg], m.run)
		}
	}
	for pkg, run := range runs {
		out, err := goTest(t, root, pkg, strings.Join(run, "|"))
		assert.NoError(t, err, "the tests of %s fail on the code as it is:\n%s", pkg, out)
	}
}

// TestMutantsFit: each mutant is a change that can be made to the code as it is, and its
// tests exist.
func TestMutantsFit(t *testing.T) {
	packages, tests, promises := map[string]*parsedPackage{}, map[string][]string{}, map[string]bool{}
	for _, m := range mutants {
		assert.False(t, promises[m.promise], "two mutants of: %s", m.promise)
		promises[m.promise] = true
		if packages[m.pkg] == nil {
			packages[m.pkg] = parsePackage(t, m.pkg)
		}
		_, _, err := packages[m.pkg].apply(m)
		assert.NoError(t, err, m.promise)
		if tests[m.testPackage()] == nil {
			tests[m.testPackage()] = testNames(t, m.testPackage())
		}
		for pattern := range strings.SplitSeq(m.run, "|") {
			pattern, _, _ = strings.Cut(pattern, "/") // a subtest
			assert.True(t, slices.ContainsFunc(tests[m.testPackage()], regexp.MustCompile(pattern).MatchString), "%s: no %s", m.promise, pattern)
		}
	}
}

// testNames returns the names of the tests of a package.
func testNames(t *testing.T, pkg string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", pkg, "*_test.go"))
	require.NoError(t, err)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// parsedPackage is one package of the repository, without its tests.
type parsedPackage struct {
	fset    *token.FileSet
	files   map[string]*ast.File // by path
	sources map[string][]byte
}

func parsePackage(t *testing.T, pkg string) *parsedPackage {
	t.Helper()
	p := &parsedPackage{token.NewFileSet(), map[string]*ast.File{}, map[string][]byte{}}
	paths, err := filepath.Glob(filepath.Join("../..", pkg, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "no package %s", pkg)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		p.sources[path] = source
		p.files[path], err = parser.ParseFile(p.fset, path, source, parser.SkipObjectResolution)
		require.NoError(t, err)
	}
	return p
}

// apply returns the path of the file that a mutant changes, and its new source.
func (p *parsedPackage) apply(m mutant) (path string, source []byte, err error) {
	path, decl := p.find(m.decl)
	if decl == nil {
		return "", nil, fmt.Errorf("%s has no %s", m.pkg, m.decl)
	}
	want := withoutSpace(m.from)
	var found []ast.Node
	ast.Inspect(decl, func(n ast.Node) bool {
		if !replaceable(n) || withoutSpace(p.text(n)) != want {
			return true
		}
		found = append(found, n)
		return false // an expression statement holds its expression: one match
	})
	if len(found) != 1 {
		return "", nil, fmt.Errorf("%s in %s occurs %d times: %s", m.decl, m.pkg, len(found), m.from)
	}
	from, to := p.fset.Position(found[0].Pos()).Offset, p.fset.Position(found[0].End()).Offset
	old := p.sources[path]
	return path, bytes.Join([][]byte{old[:from], []byte(m.to), old[to:]}, nil), nil
}

func replaceable(n ast.Node) bool {
	switch n.(type) {
	case ast.Expr, ast.Stmt, *ast.ValueSpec:
		return true
	}
	return false
}

// text is the source of a node.
func (p *parsedPackage) text(n ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, p.fset, n); err != nil {
		return ""
	}
	return b.String()
}

// withoutSpace removes the white space of code, which depends on where the code stands.
func withoutSpace(code string) string { return strings.Join(strings.Fields(code), "") }

// find returns a declaration by its name; nil when there is none.
func (p *parsedPackage) find(name string) (path string, decl ast.Node) {
	for path, file := range p.files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if p.funcName(d) == name {
					return path, d
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if declares(spec, name) {
						return path, spec
					}
				}
			}
		}
	}
	return "", nil
}

func (p *parsedPackage) funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	receiver := p.text(d.Recv.List[0].Type)
	if strings.HasPrefix(receiver, "*") {
		receiver = "(" + receiver + ")"
	}
	return receiver + "." + d.Name.Name
}

func declares(spec ast.Spec, name string) bool {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.Name == name {
				return true
			}
		}
	case *ast.TypeSpec:
		return s.Name.Name == name
	}
	return false
}

// failedTest is how go test reports that a test failed, not that the code did not build.
var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL|^panic: |^fatal error: `)

// timedOut is how go test reports that a test never ended, which proves nothing.
const timedOut = "panic: test timed out after"

func (m mutant) testPackage() string { return cmp.Or(m.tests, m.pkg) }

// goTest runs tests of a package. MUTANT tells them that they were asked for by name, so that
// those run which otherwise need a flag. The first failure says enough, vet has looked at the code
// as it is, and linking without debug information is quicker.
func goTest(t *testing.T, root, pkg, run string, env ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "./"+pkg, "-run", run, "-count=1", "-short", "-timeout", "5m", "-failfast", "-vet=off", "-ldflags=-s -w")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), append(env, "MUTANTS=", "MUTANT=1")...)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// requireKilled runs the tests of a mutant on the broken code, where they must fail. The
// compiler is given the broken file as an overlay, so the sources stay as they are.
func (m mutant) requireKilled(t *testing.T, root string) {
	file, source, err := parsePackage(t, m.pkg).apply(m)
	require.NoError(t, err)
	dir := t.TempDir()
	broken := filepath.Join(dir, filepath.Base(file))
	require.NoError(t, os.WriteFile(broken, source, 0o600))
	original, err := filepath.Abs(file)
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: broken}})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))

	out, err := goTest(t, root, m.testPackage(), m.run, "GOFLAGS=-overlay="+list)
	require.Error(t, err, "no test failed:\n%s", out)
	require.Regexp(t, failedTest, out, "the broken code does not build")
	require.NotContains(t, out, timedOut, "no test failed: one never ended")
}
