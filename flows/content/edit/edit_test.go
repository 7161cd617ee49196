package edit

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// embedded returns every content file of the repository, by path.
func embedded(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, dir := range []string{"../../../flows", "../../../referral", "../../../locales"} {
		require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(name) != ".toml" {
				return err
			}
			files[name], err = os.ReadFile(name)
			return err
		}))
	}
	require.Greater(t, len(files), 80)
	return files
}

// decode returns what the decoder of the loaders reads in a file, as JSON.
func decode(t require.TestingT, src []byte) string {
	var m map[string]any
	_, err := toml.Decode(string(src), &m)
	require.NoError(t, err, "%s", src)
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return string(text)
}

func parse(t require.TestingT, src string) *Document {
	d, err := Parse([]byte(src))
	require.NoError(t, err)
	return d
}

// leaves returns the paths of all values, and elements those of all elements of arrays of
// tables.
func leaves(d *Document) (values, elements []Path) {
	var walk func(Path, *node)
	walk = func(p Path, n *node) {
		switch {
		case n.isTable():
			for _, key := range n.keys {
				walk(p.Key(key), n.fields[key])
			}
		case n.ofTables():
			for i, id := range n.ids() {
				elements = append(elements, p.At(id))
				walk(p.At(id), n.elems[i])
			}
		default:
			values = append(values, p)
		}
	}
	walk(nil, d.root)
	return values, elements
}

func TestEveryEmbeddedFileIsRead(t *testing.T) {
	t.Parallel()
	for name, src := range embedded(t) {
		d, err := Parse(src)
		require.NoError(t, err, name)
		assert.Equal(t, src, d.Bytes(), name)
		values, elements := leaves(d)
		for _, p := range append(values, elements...) {
			read, err := ParsePath(p.String())
			require.NoError(t, err)
			assert.Equal(t, p, read)
			require.NotZero(t, d.Line(p), "%s: %s", name, p)
			if n := d.find(p); n.kind == scalar {
				var m map[string]any
				_, err := toml.Decode("v = "+string(src[n.at.from:n.at.to]), &m)
				require.NoError(t, err, "%s: %s", name, p)
				assert.Equal(t, fmt.Sprint(m["v"]), fmt.Sprint(n.value), "%s: %s", name, p)
			}
		}
	}
}

// other returns another value of the same type.
func other(v any) any {
	switch v := v.(type) {
	case string:
		return v + ` "nieuw" \ é`
	case int64:
		return v + 1
	case float64:
		return v + 1.5
	case bool:
		return !v
	case []any:
		return append([]any{"nieuw"}, v...)
	}
	return v
}

var everyValue = flag.Bool("everyvalue", false, "change every value, not six of each file")

func TestSetChangesOneValueAndNoOtherByte(t *testing.T) {
	t.Parallel()
	for name, src := range embedded(t) {
		d, err := Parse(src)
		require.NoError(t, err)
		values, _ := leaves(d)
		step := 1 + len(values)/6
		if *everyValue {
			step = 1
		}
		for i := 0; i < len(values); i += step {
			p := values[i]
			was, _ := d.Get(p)
			set, err := d.Set(p, other(was))
			require.NoError(t, err, "%s: %s", name, p)
			is, _ := set.Get(afterRename(set, d, p))
			assert.Equal(t, other(was), is, "%s: %s", name, p)
			n := d.find(p)
			require.True(t, bytes.HasPrefix(set.src, src[:n.at.from]), "%s: %s", name, p)
			require.True(t, bytes.HasSuffix(set.src, src[n.at.to:]), "%s: %s", name, p)

			if p.Last() != identityKey(d, p.Parent()) {
				differences := Diff(d, set)
				require.Len(t, differences, 1, "%s: %s", name, p)
				assert.Equal(t, p, differences[0].Path)
			}
			back, err := set.Set(afterRename(set, d, p), was)
			require.NoError(t, err)
			assert.Equal(t, decode(t, src), decode(t, back.src), "%s: %s", name, p)
		}
	}
}

// identityKey returns the key that tells the element at a path apart; empty if it is none.
func identityKey(d *Document, p Path) string {
	if n := d.find(p); n != nil && len(p) > 0 && p[len(p)-1].Element {
		for _, key := range identities {
			if n.fields[key] != nil && n.fields[key].kind == scalar {
				return key
			}
		}
	}
	return ""
}

// afterRename returns the path of a value whose elements may have other ids now: it has the
// same position.
func afterRename(now, was *Document, p Path) Path {
	all, _ := leaves(was)
	renamed, _ := leaves(now)
	for i := range all {
		if reflect.DeepEqual(all[i], p) {
			return renamed[i]
		}
	}
	return p
}

func TestDuplicateAndRemoveGiveTheFileBack(t *testing.T) {
	t.Parallel()
	for name, src := range embedded(t) {
		d, err := Parse(src)
		require.NoError(t, err)
		_, elements := leaves(d)
		for i := 0; i < len(elements); i += 1 + len(elements)/12 {
			p := elements[i]
			if d.find(p).identity() == "" {
				continue
			}
			copied, err := d.Duplicate(p, "kopie")
			require.NoError(t, err, "%s: %s", name, p)
			require.Len(t, Diff(d, copied), 1, "%s: %s", name, p)
			back, err := copied.Remove(p.Parent().At("kopie"))
			require.NoError(t, err)
			assert.Equal(t, string(src), string(back.src), "%s: %s", name, p)

			last, err := d.Move(p, "")
			require.NoError(t, err)
			ids := d.Elements(p.Parent())
			moved := last.Elements(p.Parent())
			assert.ElementsMatch(t, ids, moved)
			if !strings.Contains(moved[len(moved)-1], "~") { // names of elements with the same id depend on their order
				assert.Equal(t, p.Last(), moved[len(moved)-1], "%s: %s", name, p)
			}
			decode(t, last.src)
			removed, err := d.Remove(p)
			require.NoError(t, err)
			assert.Len(t, removed.Elements(p.Parent()), len(ids)-1)
			decode(t, removed.src)
		}
	}
}

const example = `# A file.

first = "a" # remark
list = ["x", "y"]

# The first.
[[rule]]
id = "R1"
when = [
  { sector = ["zorg"], size = ["micro"] }, # care
  { sector = ["bouw"] },
]

# ---- A part ----

[[rule]]
id = "R2"
text = """
een
twee"""

[[rule.source]]
title = "S"

[area]
scope = "national"
`

func TestEdits(t *testing.T) {
	t.Parallel()
	path := func(text string) Path {
		p, err := ParsePath(text)
		require.NoError(t, err)
		return p
	}
	for _, c := range []struct {
		name string
		edit func(*Document) (*Document, error)
		old  string
		now  string
	}{
		{"a value keeps its remark", func(d *Document) (*Document, error) { return d.Set(path("first"), "b") },
			`first = "a" # remark`, `first = "b" # remark`},
		{"a key is added behind the keys", func(d *Document) (*Document, error) { return d.Set(path("second"), 2) },
			"list = [\"x\", \"y\"]\n", "list = [\"x\", \"y\"]\nsecond = 2\n"},
		{"a key of an element with tables below it", func(d *Document) (*Document, error) { return d.Set(path("rule[R2].rank"), 5) },
			"twee\"\"\"\n", "twee\"\"\"\nrank = 5\n"},
		{"an element of a list", func(d *Document) (*Document, error) { return d.Set(path("list"), []string{"x", "z", "y"}) },
			`["x", "y"]`, `["x", "z", "y"]`},
		{"one fewer", func(d *Document) (*Document, error) { return d.Set(path("list"), []string{"y"}) },
			`["x", "y"]`, `["y"]`},
		{"a field in braces", func(d *Document) (*Document, error) { return d.Set(path("rule[R1].when[#1].size"), []string{"zzp"}) },
			`{ sector = ["bouw"] },`, `{ sector = ["bouw"], size = ["zzp"] },`},
		{"a field in braces goes", func(d *Document) (*Document, error) { return d.Remove(path("rule[R1].when[#0].sector")) },
			`{ sector = ["zorg"], size = ["micro"] }, # care`, `{ size = ["micro"] }, # care`},
		{"an alternative is added", func(d *Document) (*Document, error) {
			return d.Insert(path("rule[R1].when"), "", []Field{{"sector", []string{"agri"}}})
		}, "  { sector = [\"bouw\"] },\n", "  { sector = [\"bouw\"] },\n  { sector = [\"agri\"] },\n"},
		{"a table is added", func(d *Document) (*Document, error) { return d.Set(path("cost.kind"), "free") },
			"scope = \"national\"\n", "scope = \"national\"\n\n[cost]\nkind = \"free\"\n"},
		{"a table goes with the comment above it", func(d *Document) (*Document, error) { return d.Remove(path("rule[R1]")) },
			"# The first.\n[[rule]]\nid = \"R1\"\nwhen = [\n  { sector = [\"zorg\"], size = [\"micro\"] }, # care\n  { sector = [\"bouw\"] },\n]\n\n", ""},
		{"an element with a header is added", func(d *Document) (*Document, error) {
			return d.Insert(path("rule"), "", []Field{{"id", "R3"}, {"options", []any{[]Field{{"value", "1"}}, []Field{{"value", "2"}, {"points", 5}}}}})
		}, "title = \"S\"\n", "title = \"S\"\n\n[[rule]]\nid = \"R3\"\noptions = [\n  { value = \"1\" },\n  { value = \"2\", points = 5 },\n]\n"},
		{"an element below an element", func(d *Document) (*Document, error) {
			return d.Insert(path("rule[R1].source"), "", []Field{{"title", "T"}})
		}, "  { sector = [\"bouw\"] },\n]\n", "  { sector = [\"bouw\"] },\n]\n\n[[rule.source]]\ntitle = \"T\"\n"},
		{"lines", func(d *Document) (*Document, error) { return d.Set(path("rule[R2].text"), "een\ndrie") },
			"twee\"\"\"", "drie\"\"\""},
	} {
		d, err := c.edit(parse(t, example))
		require.NoError(t, err, c.name)
		assert.Equal(t, strings.Replace(example, c.old, c.now, 1), string(d.src), c.name)
		decode(t, d.src)
	}
	const first = "# The first.\n[[rule]]\nid = \"R1\"\nwhen = [\n  { sector = [\"zorg\"], size = [\"micro\"] }, # care\n  { sector = [\"bouw\"] },\n]\n"
	moved, err := parse(t, example).Move(path("rule[R1]"), "")
	require.NoError(t, err)
	want := strings.Replace(example, first+"\n", "", 1)
	want = strings.Replace(want, "title = \"S\"\n", "title = \"S\"\n\n"+first, 1)
	assert.Equal(t, want, string(moved.src), "moved with its comment")
}

func TestMerge(t *testing.T) {
	t.Parallel()
	base := parse(t, example)
	change := func(edits ...string) *Document {
		src := example
		for i := 0; i < len(edits); i += 2 {
			require.Contains(t, src, edits[i])
			src = strings.Replace(src, edits[i], edits[i+1], 1)
		}
		return parse(t, src)
	}
	open := func(Path) Side { return "" }

	merged, conflicts, err := Merge(base, change(`"a"`, `"mine"`), change(`"national"`, `"theirs"`, `["zorg"]`, `["ict"]`), open)
	require.NoError(t, err)
	assert.Empty(t, conflicts)
	assert.Equal(t, string(change(`"a"`, `"mine"`, `"national"`, `"theirs"`, `["zorg"]`, `["ict"]`).src), string(merged.src))

	mine, theirs := change(`"a"`, `"mine"`), change(`"a"`, `"theirs"`)
	merged, conflicts, err = Merge(base, mine, theirs, open)
	require.NoError(t, err)
	require.Len(t, conflicts, 1)
	assert.Equal(t, Conflict{Path: Path{{Name: "first"}}, Base: "a", Mine: "mine", Theirs: "theirs"}, conflicts[0])
	assert.Equal(t, theirs.src, merged.src)
	merged, conflicts, err = Merge(base, mine, theirs, func(Path) Side { return Mine })
	require.NoError(t, err)
	assert.Empty(t, conflicts)
	assert.Equal(t, string(mine.src), string(merged.src))

	gone, err := base.Remove(Path{}.Key("rule").At("R2"))
	require.NoError(t, err)
	changed, err := base.Set(Path{}.Key("rule").At("R2").Key("text"), "anders")
	require.NoError(t, err)
	_, conflicts, err = Merge(base, gone, changed, open)
	require.NoError(t, err)
	require.Len(t, conflicts, 1)
	assert.Equal(t, "rule[R2]", conflicts[0].Path.String())
	assert.Nil(t, conflicts[0].Mine)
	merged, _, err = Merge(base, changed, gone, func(Path) Side { return Mine })
	require.NoError(t, err)
	assert.Equal(t, "anders", merged.Text(Path{}.Key("rule").At("R2").Key("text")))
}

// TestMergedEditsMeanWhatWasEdited makes random edits and merges them into the base, which
// must give what was edited.
func TestMergedEditsMeanWhatWasEdited(t *testing.T) {
	t.Parallel()
	base := parse(t, example)
	rapid.Check(t, func(t *rapid.T) {
		mine := randomEdits(t, base, rapid.IntRange(1, 6).Draw(t, "edits"))
		merged, open, err := Merge(base, mine, base, func(Path) Side { return "" })
		require.NoError(t, err)
		require.Empty(t, open)
		require.Empty(t, Diff(mine, merged), "%s\n---\n%s", mine.src, merged.src)
		require.Equal(t, decode(t, mine.src), decode(t, merged.src))

		theirs := randomEdits(t, base, 2)
		_, _, err = Merge(base, mine, theirs, func(Path) Side { return rapid.SampledFrom([]Side{Mine, Theirs, ""}).Draw(t, "side") })
		require.NoError(t, err, "%s\n---\n%s", mine.src, theirs.src)
	})
}

func randomEdits(t *rapid.T, d *Document, n int) *Document {
	for i := range n {
		values, elements := leaves(d)
		var next *Document
		var err error
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			p := rapid.SampledFrom(values).Draw(t, "value")
			if was, _ := d.Get(p); identityKey(d, p.Parent()) != p.Last() {
				next, err = d.Set(p, other(was))
			}
		case 1:
			next, err = d.Remove(rapid.SampledFrom(values).Draw(t, "value"))
		case 2:
			if len(elements) > 0 {
				next, err = d.Remove(rapid.SampledFrom(elements).Draw(t, "element"))
			}
		case 3:
			if len(elements) > 0 {
				next, err = d.Duplicate(rapid.SampledFrom(elements).Draw(t, "element"), fmt.Sprint("new", i))
			}
		case 4:
			if len(elements) > 0 {
				p := rapid.SampledFrom(elements).Draw(t, "element")
				next, err = d.Move(p, rapid.SampledFrom(append(d.Elements(p.Parent()), "")).Draw(t, "before"))
			}
		}
		if err == nil && next != nil {
			decode(t, next.src)
			if values, _ := leaves(next); len(values) > 0 {
				d = next
			}
		}
	}
	return d
}

func TestSyntaxErrorsHaveALine(t *testing.T) {
	t.Parallel()
	for src, line := range map[string]int{"a = 1\nb = ": 2, "a = 1\na = 2": 2, "[x]\n[x]": 2, "\n\n\"a": 3, "a = \"“\n": 1} {
		_, err := Parse([]byte(src))
		var syntax *SyntaxError
		require.ErrorAs(t, err, &syntax, src)
		assert.Equal(t, line, syntax.Line, src)
	}
	_, err := Parse([]byte("\ufeffa = 1\n"))
	require.NoError(t, err)
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte(example), "rule[R1].when[#0].sector", "x", uint8(0))
	f.Add([]byte(example), "rule[R2]", "R9", uint8(3))
	f.Add([]byte("a.b = 1\nc = {d.e = 2}\n"), "c.d", "y", uint8(0))
	f.Fuzz(func(t *testing.T, src []byte, path, value string, op uint8) {
		d, err := Parse(src)
		if err != nil {
			return
		}
		p, err := ParsePath(path)
		if err != nil {
			return
		}
		var next *Document
		switch op % 6 {
		case 0:
			next, err = d.Set(p, value)
		case 1:
			next, err = d.Set(p, []string{value})
		case 2:
			next, err = d.Remove(p)
		case 3:
			next, err = d.Duplicate(p, value)
		case 4:
			next, err = d.Move(p, value)
		case 5:
			next, err = d.Insert(p, value, []Field{{"id", value}})
		}
		if err != nil {
			return
		}
		_, _, _ = Merge(d, next, d, func(Path) Side { return "" })
		if op%6 == 0 {
			got, _ := next.Get(p)
			if text, ok := got.(string); ok && text != strings.ReplaceAll(value, "\r\n", "\n") {
				t.Fatalf("set %q, got %q in %q", value, text, next.src)
			}
		}
	})
}
