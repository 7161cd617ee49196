package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// sqlWords are how a statement, or a part of one, looks.
var sqlWords = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|VACUUM|PRAGMA|ATTACH|WHERE|ORDER BY|GROUP BY|CREATE|DROP|ALTER)\b`)

// joined are the statements that are put together from parts, and what goes in. None of
// it comes from outside the program.
var joined = map[string]string{
	`store/session.go: "DELETE FROM " + table`:                                "the name of a table: a constant of the package",
	`store/sqlite.go: "PRAGMA " + w.pragma`:                                   "a setting of the table above it",
	`store/sqlite.go: fmt.Sprintf("%s;PRAGMA user_version = %d", step, next)`: "an embedded file and a counter; a pragma takes no parameter",
}

// TestSQLIsWrittenOut: every statement stands in the source as it is run, and what
// comes from people goes along as a parameter (OWASP ASVS 5.0, 1.2.4).
func TestSQLIsWrittenOut(t *testing.T) {
	statements, met := 0, 0
	for _, s := range sources(t) {
		if !in("store")(s.file) {
			continue
		}
		constants := constantsOf(s.ast)
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if isSQL(n) {
				statements++
			}
			if made := joinedSQL(n, constants); made != "" {
				_, listed := joined[s.file+": "+made]
				assert.True(t, listed, "%s: %s makes a statement: write it out with parameters, or list it with the reason", s.file, made)
				met++
			}
			return true
		})
	}
	assert.Greater(t, statements, 60, "the statements are found")
	assert.Equal(t, len(joined), met, "what is listed is still there")
}

func isSQL(n ast.Node) bool {
	lit, ok := n.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING && sqlWords.MatchString(lit.Value)
}

// joinedSQL is the expression that makes SQL of something that is not written out;
// empty for any other.
func joinedSQL(n ast.Node, constants map[string]bool) string {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op != token.ADD || !isSQL(n.X) {
			return ""
		}
		name, isName := n.Y.(*ast.Ident)
		_, isText := n.Y.(*ast.BasicLit)
		if !isText && !(isName && constants[name.Name]) {
			return types.ExprString(n)
		}
	case *ast.CallExpr:
		name := calledName(n)
		makes := strings.HasPrefix(name, "fmt.") || strings.HasPrefix(name, "strings.")
		if makes && name != "fmt.Errorf" && slices.ContainsFunc(n.Args, func(arg ast.Expr) bool { return isSQL(arg) }) {
			return types.ExprString(n)
		}
	}
	return ""
}

func constantsOf(file *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if decl, ok := n.(*ast.GenDecl); ok && decl.Tok == token.CONST {
			for _, spec := range decl.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					names[name.Name] = true
				}
			}
		}
		return true
	})
	return names
}

func calledName(call *ast.CallExpr) string {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := selector.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg.Name + "." + selector.Sel.Name
}

// TestOnlyTelegramIsCalled: the program calls no address but the Bot API, so no address
// in the content can make it reach into the network it runs in. The link checker, which an
// editor starts by hand, refuses private addresses when it dials. fakeapi stands outside.
func TestOnlyTelegramIsCalled(t *testing.T) {
	callers := map[string]bool{}
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch pkg.Name + "." + selector.Sel.Name {
			case "http.Client", "http.DefaultClient", "http.DefaultTransport", "http.Get", "http.Post", "http.PostForm", "http.Head",
				"net.Dial", "net.DialTimeout", "net.Dialer", "tls.Dial", "exec.Command", "exec.CommandContext":
				callers[s.file] = true
			}
			return true
		})
	}
	allowed := []string{"bot/telegram/client.go", "cmd/digiwijzer/linkcheck.go"}
	assert.Subset(t, slices.Collect(maps.Keys(callers)), allowed, "the calls are found")
	for file := range callers {
		assert.True(t, slices.Contains(allowed, file) || in("bot/telegram/fakeapi")(file), "%s calls out", file)
	}
}
