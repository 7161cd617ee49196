package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sqlWords are how a statement, or a part of one, looks.
var sqlWords = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|VACUUM|PRAGMA|ATTACH|WHERE|ORDER BY|GROUP BY|CREATE|DROP|ALTER)\b`)

// joined are the statements that are put together from parts, and what goes in. None of
// it comes from outside the program.
var joined = map[string]string{
	`store/sqlite/connect.go: "PRAGMA " + w.pragma`:                                                                   "a setting of the table above it",
	`store/sqlite/shrink.go: "PRAGMA " + name`:                                                                        "a name written where it is asked for; a pragma takes no parameter",
	`store/sqlite/schema.go: fmt.Sprintf("%s;PRAGMA user_version = %d", text, n)`:                                     "an embedded file and a counter; a pragma takes no parameter",
	`store/sqlite/dump.go: "SELECT " + names + " FROM " + of.Table`:                                                   "tables and columns from a list in the program",
	`store/staffdb/accounts.go: "DELETE FROM " + table + " WHERE account = $1"`:                                       "a table from the list above it",
	`store/staffdb/editions.go: "DELETE FROM " + table + " WHERE owner = $1"`:                                         "a table from the list above it",
	`store/staffdb/copy.go: "SELECT count(*) FROM " + of.table`:                                                       "tables and columns from a list in the program",
	`store/staffdb/copy.go: "SELECT count(*) FROM " + table`:                                                          "tables and columns from a list in the program",
	`store/staffdb/copy.go: "SELECT " + columns + " FROM " + table`:                                                   "tables and columns from a list in the program",
	`store/staffdb/copy.go: "INSERT INTO " + table + " (" + columns + ") VALUES (" + strings.Join(marks, ", ") + ")"`: "tables and columns from a list in the program, and as many $n as columns",
}

// TestSQLIsWrittenOut: every statement is a constant in the source, and what
// comes from people is passed as a parameter (OWASP ASVS 5.0, 1.2.4). The engine for PostgreSQL
// has the same statements for several tables, whose names are constants.
func TestSQLIsWrittenOut(t *testing.T) {
	t.Parallel()
	statements, met := 0, 0
	for _, s := range sources(t) {
		if !in("store/sqlite", "store/staffdb")(s.file) {
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
				return false // its parts are part of it
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

// joinedSQL returns the expression that builds SQL from anything but constants, empty for
// other nodes: by addition, formatting, replacement, or writing to a builder or buffer.
func joinedSQL(n ast.Node, constants map[string]bool) string {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		parts := addends(n)
		open := func(part ast.Expr) bool { return !writtenOut(part, constants) }
		if slices.ContainsFunc(parts, holdsSQL) && slices.ContainsFunc(parts, open) {
			return types.ExprString(n)
		}
	case *ast.AssignStmt:
		if n.Tok == token.ADD_ASSIGN && slices.ContainsFunc(addends(n.Rhs[0]), holdsSQL) {
			return types.ExprString(n.Lhs[0]) + " += " + types.ExprString(n.Rhs[0])
		}
	case *ast.CallExpr:
		name := calledName(n)
		makes := strings.HasPrefix(name, "fmt.") || strings.HasPrefix(name, "strings.") || writes(n)
		if makes && name != "fmt.Errorf" && slices.ContainsFunc(n.Args, holdsSQL) {
			return types.ExprString(n)
		}
	}
	return ""
}

// addends returns the parts of a sum, from left to right.
func addends(e ast.Expr) []ast.Expr {
	switch sum := e.(type) {
	case *ast.ParenExpr:
		return addends(sum.X)
	case *ast.BinaryExpr:
		if sum.Op == token.ADD {
			return append(addends(sum.X), addends(sum.Y)...)
		}
		return nil
	}
	return []ast.Expr{e}
}

// holdsSQL reports whether an expression contains SQL, also in conversions and lists such as
// []byte("SELECT …").
func holdsSQL(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		found = found || isSQL(n)
		return !found
	})
	return found
}

func writtenOut(e ast.Expr, constants map[string]bool) bool {
	name, isName := e.(*ast.Ident)
	_, isText := e.(*ast.BasicLit)
	return isText || isName && constants[name.Name]
}

// writes reports whether a call is of a method that builds a string.
func writes(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"WriteString", "Write", "Replace"}, method.Sel.Name)
}

// TestJoinedSQLIsDetected: every known way to build a statement is detected, and constant
// statements are accepted.
func TestJoinedSQLIsDetected(t *testing.T) {
	t.Parallel()
	for body, made := range map[string]bool{
		`q = "SELECT x FROM y WHERE z = " + a`:                                     true,
		`q = a + " WHERE z = 1"`:                                                   true,
		`q = "SELECT " + a + " FROM y"`:                                            true,
		`q = ("SELECT x " + ("FROM y " + a))`:                                      true,
		`q = "SELECT x FROM y"; q += " WHERE z = " + a`:                            true,
		`q += " ORDER BY z"`:                                                       true,
		`q = fmt.Sprintf("SELECT x FROM y WHERE z = %s", a)`:                       true,
		`q = strings.Join([]string{"DELETE FROM y WHERE z IN (", a}, "")`:          true,
		`q = strings.ReplaceAll("SELECT x FROM ?", "?", a)`:                        true,
		`var b strings.Builder; b.WriteString("SELECT x FROM "); b.WriteString(a)`: true,
		`var b bytes.Buffer; b.Write([]byte("UPDATE y SET z = "))`:                 true,
		`q = strings.NewReplacer("T", a).Replace("SELECT x FROM T")`:               true,
		`q = "SELECT x FROM " + "y"`:                                               false,
		`q = "SELECT x FROM " + table`:                                             false,
		`q = "hallo " + a`:                                                         false,
		`return fmt.Errorf("SELECT: %w", nil)`:                                     false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nconst table = \"y\"\nfunc f(q, a string) error {\n"+body+"\nreturn nil }", 0)
		require.NoError(t, err, body)
		found := ""
		ast.Inspect(file, func(n ast.Node) bool {
			if one := joinedSQL(n, constantsOf(file)); one != "" {
				found = one
			}
			return true
		})
		assert.Equal(t, made, found != "", body)
	}
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

// callers are the files that may connect to another machine, and why an address in the content
// or from a visitor cannot make them connect to the program's own network.
var callers = map[string]string{
	"bot/telegram/client.go":               "the Bot API, whose address is a setting",
	"bot/web/signin/provider.go":           "the organisation's sign-in, whose address is a setting",
	"bot/doctor/site.go":                   "the site whose address the operator gives to doctor",
	"bot/mail/server.go":                   "the mail server, whose address is a setting",
	"store/postgres/postgres.go":           "the database, whose address is a setting",
	"store/postgres/failover.go":           "the servers of the address of the database",
	"flows/content/linkcheck/linkcheck.go": "the addresses in the content, when an editor asks; it refuses private addresses when it dials",
}

// TestOnlyListedFilesConnect holds callers. Fakes and servers for tests are not part of the
// program.
func TestOnlyListedFilesConnect(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, s := range sources(t) {
		if in("bot/telegram/telegramtest", "bot/mail/mailtest", "store/postgres/pgtest")(s.file) {
			continue
		}
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
				"http.Transport", "net.Dial", "net.DialTimeout", "net.Dialer", "tls.Dial", "exec.Command", "exec.CommandContext",
				"gomail.NewClient", "pgxpool.New", "pgxpool.NewWithConfig", "pgx.Connect", "pgconn.ConnectConfig":
				found[s.file] = true
			}
			return true
		})
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(callers)), slices.Collect(maps.Keys(found)))
}
