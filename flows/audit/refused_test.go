package audit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
	"digiwijzer/locales/fault"
)

// formatAt are the functions that make a fault of loading, and which argument is its format.
var formatAt = map[string]int{"report": 0, "questionFault": 0, "add": 2, "New": 2, "fault": 2}

// TestEveryFaultOfLoadingHasWords reads the formats of all faults from the source of the
// loaders: an editor meets none in English.
func TestEveryFaultOfLoadingHasWords(t *testing.T) {
	t.Parallel()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	kinds := map[string]bool{}
	for _, pattern := range []string{"../../referral/*.go", "../questionnaire.go", "../../locales/load.go", "../../locales/fault/toml.go", "../content/partners.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				formatsOf(t, file, kinds)
			}
		}
	}
	delete(kinds, "key_stands_in_table_and_belongs_to")
	kinds["key_misplaced"] = true
	assert.Greater(t, len(kinds), 100)
	for kind := range kinds {
		for _, lang := range []string{"nl", "en"} {
			assert.True(t, texts.Has(lang, "check.load."+kind), "%s: check.load.%s", lang, kind)
		}
	}
	for _, id := range texts.IDs("nl") {
		if kind, ok := strings.CutPrefix(id, "check.load."); ok && !strings.Contains(kind, ".") && len(kind) > len("choose") {
			assert.True(t, kinds[kind], "no loader says %s", kind)
		}
	}
}

func formatsOf(t *testing.T, name string, kinds map[string]bool) {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		function := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			function = f.Name
		case *ast.SelectorExpr:
			function = f.Sel.Name
		}
		at, makes := formatAt[function]
		if !makes || len(call.Args) <= at {
			return true
		}
		if literal, ok := call.Args[at].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			format, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			if kind := fault.KindOf(format); kind != "" {
				kinds[kind] = true
			}
		}
		return true
	})
}
