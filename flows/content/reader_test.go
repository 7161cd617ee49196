package content

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
)

// Every kind of entry that is not a content file of ordinary size is one fault, and the reader terminates.
func TestOnlyOrdinaryFilesAreRead(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.toml")
	write(t, secret, `token = 123456:ABC`)
	for _, c := range []struct {
		name string
		put  func(dir string) error
		want string
	}{
		{"FIFO", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "locales/x.nl.toml"), 0o600) },
			"locales/x.nl.toml: is not an ordinary file, but a FIFO"},
		{"socket", func(dir string) error {
			l, err := net.Listen("unix", filepath.Join(dir, "locales/x.nl.toml"))
			if err == nil {
				t.Cleanup(func() { _ = l.Close() })
			}
			return err
		}, "locales/x.nl.toml: is not an ordinary file, but a socket"},
		{"link to a device", link("/dev/zero", "locales/x.nl.toml"), "locales/x.nl.toml: is a link to a place outside"},
		{"link to another file", link(secret, "locales/x.nl.toml"), "locales/x.nl.toml: is a link to a place outside"},
		{"link upwards", link("../../../../../../etc/passwd", "locales/x.nl.toml"), "locales/x.nl.toml: is a link to a place outside"},
		{"link to itself", link("x.nl.toml", "locales/x.nl.toml"), "locales/x.nl.toml: is a link to a place outside"},
		{"link to nothing", link("y.nl.toml", "locales/x.nl.toml"), "locales/x.nl.toml: is a link to a place outside"},
		{"link to a folder above", link("..", "locales/up"), "locales/up/locales/up: lies more than 4 folders deep"},
		{"linked folder outside", link(filepath.Dir(secret), "flows"), "flows: is a link to a place outside"},
		{"folder", func(dir string) error { return os.Mkdir(filepath.Join(dir, "locales/x.nl.toml"), 0o700) },
			"locales/x.nl.toml: is a folder, not a file"},
		{"large", sparse(300 << 20), "locales/x.nl.toml: is larger than 1024 kB"},
		{"a byte too large", sparse(maxFile + 1), "locales/x.nl.toml: is larger than 1024 kB"},
		{"nested", text(strings.Repeat("\n", 6) + "a = " + strings.Repeat("[", 51) + strings.Repeat("]", 51)),
			"locales/x.nl.toml:7: is nested more than 50 levels deep"},
		{"nested names", text(strings.Repeat("a.", 51) + "a = 1"), "locales/x.nl.toml:1: is nested more than 50 levels deep"},
		{"six megabytes of brackets", text("a = " + strings.Repeat("[", 3_000_000)), "locales/x.nl.toml: is larger than 1024 kB"},
		{"a megabyte of brackets", text("a = " + strings.Repeat("[", 1_000_000)), "locales/x.nl.toml:1: is nested"},
		{"many", func(dir string) error { return copies(dir, "locales/x%d.nl.toml", maxFiles+1, nil) }, ".: holds more than 200 files"},
		{"very many", func(dir string) error { return copies(dir, "locales/.x%d", maxEntries+1, nil) }, ".: holds more than 2000 files"},
		{"much", func(dir string) error { return copies(dir, "locales/x%d.nl.toml", 9, make([]byte, maxFile)) }, ".: the files together are larger than 8192 kB"},
		{"deep", func(dir string) error { return os.MkdirAll(filepath.Join(dir, "a/b/c/d/e/f"), 0o700) }, "a/b/c/d: lies more than 4 folders deep"},
		{"misspelt", func(dir string) error { return copies(dir, "locales/x%d\n.toml.txt", 1, nil) }, `"locales/x0\n.toml.txt": not a content file`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, "locales/chat.nl.toml", "")
			require.NoError(t, c.put(dir))
			_, err := Load(dir)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "123456", "nothing of what a link leads to")
			for _, line := range strings.Split(err.Error(), "\n") {
				assert.Contains(t, line, ": ", "one line for each fault")
			}
		})
	}
}

func link(to, name string) func(dir string) error {
	return func(dir string) error { return os.Symlink(to, filepath.Join(dir, name)) }
}

func sparse(size int64) func(dir string) error {
	return func(dir string) error {
		f, err := os.Create(filepath.Join(dir, "locales/x.nl.toml"))
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Truncate(size)
	}
}

func text(content string) func(dir string) error {
	return func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "locales/x.nl.toml"), []byte(content), 0o600)
	}
}

func copies(dir, name string, n int, content []byte) error {
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(name, i)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Files left by other programs are ignored even if their names match, and links within the folder work: Kubernetes mounts a
// ConfigMap that way.
func TestLeftoversAreIgnoredAndLinksWithinFollowed(t *testing.T) {
	dir := folder(t,
		"..2026_11_28/chat.nl.toml", `"question.size.text" = "Met zijn hoevelen?"`,
		"locales/~$chat.nl.toml", "\x00 lock of Word", "locales/.~lock.chat.nl.toml#", "lock of LibreOffice", "locales/._chat.nl.toml", "\x00\x05\x16\x07",
		"locales/chat.nl.toml~", "[", "locales/chat.nl.toml.bak", "[", "locales/#chat.nl.toml#", "[", "locales/.chat.nl.toml.swp", "\x00", "Thumbs.db", "\x00",
		"referral/catalogue/~$kvk.toml", "[", "README.md", "# ours", ".git/config", "[core]")
	require.NoError(t, os.Symlink("..2026_11_28", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("../..data/chat.nl.toml", filepath.Join(dir, "locales/mine.nl.toml")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, ".fifo"), 0o600))
	files, err := readFolder(dir)
	require.NoError(t, err)
	assert.Len(t, files, 1)
	e, err := Load(dir)
	require.NoError(t, err)
	assert.Equal(t, "Met zijn hoevelen?", e.Texts.Text("nl", "question.size.text"))
}

// A path that is a link to a FIFO, or a file, is reported as such.
func TestTheFolderItselfMustBeOne(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	write(t, filepath.Join(dir, "file"), "")
	for _, name := range []string{"fifo", "file"} {
		_, err := Load(filepath.Join(dir, name))
		require.ErrorContains(t, err, "is not a folder")
	}
}

// The stamp of an exported folder and recorded conversations are read with the same care.
func TestOtherFilesOfEditors(t *testing.T) {
	dir := folder(t, "locales/chat.nl.toml", "")
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, stampFile), 0o600))
	_, err := Outdated(dir)
	require.ErrorContains(t, err, "FIFO")
	write(t, filepath.Join(dir, "talk.txt"), "Dag")
	write(t, filepath.Join(dir, "notes.doc"), "")
	texts, err := ReadTexts(dir)
	require.NoError(t, err)
	names, err := fs.Glob(texts, "*")
	require.NoError(t, err)
	assert.Equal(t, []string{"talk.txt"}, names)
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "more.txt")))
	_, err = ReadTexts(dir)
	require.ErrorContains(t, err, "more.txt: is a link")
}

func TestFileSetIsAFileSystem(t *testing.T) {
	set := fileSet{"a.toml": []byte("a"), "sub/b.toml": []byte("bb"), "sub/deep/c.toml": nil}
	info, err := fs.Stat(set, "sub")
	require.NoError(t, err)
	assert.True(t, info.IsDir() && info.Mode().IsDir())
	var walked []string
	require.NoError(t, walkFiles(set, func(name string) error {
		f, err := set.Open(name)
		require.NoError(t, err)
		info, err := f.Stat()
		require.NoError(t, err)
		data, err := fs.ReadFile(set, name)
		require.NoError(t, err)
		require.EqualValues(t, info.Size(), len(data))
		require.NoError(t, f.Close())
		walked = append(walked, name)
		return nil
	}))
	assert.Equal(t, []string{"a.toml", "sub/b.toml", "sub/deep/c.toml"}, walked)
	assert.Equal(t, fileSet{"b.toml": []byte("bb"), "deep/c.toml": nil}, set.sub("sub"))
}

// TestFileFaultsHaveWords: an editor reads every fault of a file in their own language.
func TestFileFaultsHaveWords(t *testing.T) {
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	for kind, english := range fileFaults {
		for _, lang := range texts.Languages() {
			assert.True(t, texts.Has(lang, "check.file."+kind+".do"), "%s %s", lang, kind)
			told := texts.Text(lang, "check.file."+kind, "Value", "<50>")
			assert.Equal(t, strings.Contains(english, "%s"), strings.Contains(told, "<50>"), "%s %s", lang, kind)
		}
	}
}

// A folder whose disk does not answer is not in use, is read once, and holds up neither the
// source nor its end.
func TestAFolderThatDoesNotAnswer(t *testing.T) {
	dir := folder(t, textFile, `"question.size.text" = "Een"`)
	synctest.Test(t, func(t *testing.T) {
		source, err := newTestSource(t, dir)
		require.NoError(t, err)
		var got subscriber
		got.subscribe(source)
		first := source.Current()
		hangs, seen := make(chan loaded, 1), source.files
		source.loading = hangs
		for range 3 {
			source.Reload(t.Context())
			assert.Same(t, first, source.Current())
			require.ErrorContains(t, source.Refused(), "could not be read and loaded within 20 seconds")
		}
		assert.Len(t, got.refused, 1, "told once")
		hangs <- loadFolder(dir, seen) // the read began before the folder was found to be slow
		source.Reload(t.Context())
		require.NoError(t, source.Refused())
		assert.Equal(t, first.ID, source.Current().ID)
		assert.Len(t, got.changed, 1, "health is told that it is well again")
	})
}

// TestTooDeep: strings and comments do not count, and everything else does.
func TestTooDeep(t *testing.T) {
	open := strings.Repeat("[", 60)
	for text, line := range map[string]int{
		"":                                    0,
		"a = " + open:                         1,
		"a = '" + open + "'":                  0,
		`a = "\"` + open + `"`:                0,
		`a = "\\" # ` + open:                  0,
		`a = "\\"` + open:                     1,
		"a = '''\n" + open + "'''":            0,
		"a = \"\"\"\n\"\"" + open + `"""`:     0,
		"a = \"\"\"\"\"\"" + open:             1,
		"a = \"\"\"x\"\"\"\"\"" + open:        1,
		"a = '''x''''" + open:                 1,
		"a = ''" + open:                       1,
		"# '\na = " + open:                    2,
		"a = ' # \n" + open:                   2, // no TOML: the string is not closed
		"a = [[[1], [2]], [[3]]]\n" + "b=1.5": 0,
		strings.Repeat("a.", 51) + "a = 1":    1,
		strings.Repeat("a = 1.5\n", 100):      0,
		"a = {" + strings.Repeat("b = {", 60): 1,
		"a = [" + strings.Repeat("1.5,", 100): 0,
	} {
		assert.Equal(t, line, tooDeep([]byte(text)), "%.40s", text)
	}
}

// FuzzTooDeep: what passes is decoded to values that are not nested deeper than the bound
// allows, which is that of brackets times that of names.
func FuzzTooDeep(f *testing.F) {
	for _, seed := range []string{"a = [[1]]", "[a.b]\nc.d = {e.f = [1, {g = 2}]}", "a = \"\"\"\"[\"\"\"\"", "a = '''['''''", "\"a.b\".'c.d' = 1", "[[a]]\n[[a.b]]", "a = [ # ]\n]"} {
		f.Add(seed, 5)
	}
	f.Fuzz(func(t *testing.T, text string, repeat int) {
		text += strings.Repeat("[", repeat&0x3f) + strings.Repeat("]", repeat&0x3f)
		var decoded map[string]any
		if tooDeep([]byte(text)) > 0 {
			return
		}
		if _, err := toml.Decode(text, &decoded); err == nil {
			require.LessOrEqual(t, depthOf(decoded), (maxNesting+2)*(maxNesting+2))
			require.LessOrEqual(t, arraysOf(decoded), maxNesting+1)
		}
	})
}

func depthOf(v any) (depth int) {
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			depth = max(depth, depthOf(child))
		}
	case []any:
		for _, child := range v {
			depth = max(depth, depthOf(child))
		}
	case []map[string]any:
		for _, child := range v {
			depth = max(depth, depthOf(child))
		}
	default:
		return 0
	}
	return depth + 1
}

// arraysOf returns how deeply arrays are nested.
func arraysOf(v any) (depth int) {
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			depth = max(depth, arraysOf(child))
		}
	case []any:
		for _, child := range v {
			depth = max(depth, 1+arraysOf(child))
		}
	}
	return depth
}
