package locales_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
)

// phrase is a message as the conversation makes them.
type phrase struct {
	id   string
	args map[string]any
}

func (p phrase) Message() (string, map[string]any) { return p.id, p.args }

type list []any

func (l list) Items() []any { return l }

func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

func small(t testing.TB) *locales.Texts {
	t.Helper()
	texts, err := locales.Load(files(
		"a.nl.toml", `
"plain" = "Goedemorgen"
"hello" = "Dag {{.Who}}, je bent {{.What}}."
"only.nl" = "Alleen hier"
"list.and" = "en"
"why.login" = "je logt in zonder extra code"
"why.place" = "je zit in {{.Place}}"
["people"]
one = "{{.Count}} mens"
other = "{{.Count}} mensen"
`,
		"a.en.toml", `
"plain" = "Good morning"
"hello" = "Hello {{.Who}}, you are {{.What}}."
"list.and" = "and"
"why.login" = "you log in without an extra code"
"why.place" = "you are in {{.Place}}"
["people"]
one = "{{.Count}} person"
other = "{{.Count}} people"
`))
	require.NoError(t, err)
	return texts
}

func TestRenderPutsNestedMessagesAndListsIntoTheSameLanguage(t *testing.T) {
	texts := small(t)
	zeist := phrase{args: map[string]any{"Name": "Zeist"}}
	login := phrase{id: "why.login"}
	place := phrase{id: "why.place", args: map[string]any{"Place": zeist}}
	for _, tc := range []struct{ lang, want string }{
		{"nl", "Dag Zeist, je bent je logt in zonder extra code, 3 en je zit in Zeist."},
		{"en", "Hello Zeist, you are you log in without an extra code, 3 and you are in Zeist."},
	} {
		args := map[string]any{"Who": zeist, "What": list{login, 3, place}}
		got, err := texts.Render(tc.lang, phrase{"hello", args})
		require.NoError(t, err)
		assert.Equal(t, tc.want, got)
		assert.Equal(t, zeist, args["Who"], "the arguments of the caller are left alone")
	}
}

func TestListsOfEveryLength(t *testing.T) {
	texts := small(t)
	for want, items := range map[string]list{
		"":          {},
		"a":         {"a"},
		"a en b":    {"a", "b"},
		"a, b en c": {"a", "b", "c"},
	} {
		got, err := texts.Render("nl", phrase{"why.place", map[string]any{"Place": items}})
		require.NoError(t, err)
		assert.Equal(t, "je zit in "+want, got)
	}
}

func TestCountChoosesThePluralForm(t *testing.T) {
	texts := small(t)
	assert.Equal(t, "1 mens", texts.Text("nl", "people", "Count", 1))
	assert.Equal(t, "2 mensen", texts.Text("nl", "people", "Count", 2))
	assert.Equal(t, "0 people", texts.Text("en", "people", "Count", 0))
}

func TestLanguageIsMatchedExactly(t *testing.T) {
	texts := small(t)
	for _, lang := range []string{"uk", "de", "en-GB", "EN", "", "af"} {
		got, err := texts.Render(lang, phrase{id: "plain"})
		require.NoError(t, err)
		assert.Equal(t, "Goedemorgen", got, "%q is not one of our languages", lang)
		assert.False(t, texts.Has(lang, "plain"))
		assert.Empty(t, texts.IDs(lang))
	}
	got, err := texts.Render("en", phrase{id: "only.nl"})
	require.NoError(t, err)
	assert.Equal(t, "Alleen hier", got, "a text we lack is given in Dutch")
	assert.False(t, texts.Has("en", "only.nl"))
}

func TestRenderRefusesWhatWouldReadAsNonsense(t *testing.T) {
	texts := small(t)
	for name, m := range map[string]phrase{
		"unknown text":       {id: "nothing.here"},
		"missing argument":   {"hello", map[string]any{"Who": "Ans"}},
		"no arguments":       {id: "hello"},
		"nested unknown":     {"hello", map[string]any{"Who": phrase{id: "nothing.here"}, "What": ""}},
		"argument of a kind": {"hello", map[string]any{"Who": 1.5, "What": ""}},
		"name without name":  {args: map[string]any{"Who": "Ans"}},
	} {
		got, err := texts.Render("nl", m)
		require.Error(t, err, name)
		assert.Empty(t, got, name)
		if m.id != "" {
			assert.Contains(t, err.Error(), m.id, name)
		}
	}
}

func TestTextNeverFails(t *testing.T) {
	texts := small(t)
	assert.Equal(t, "Alleen hier", texts.Text("en", "only.nl"))
	assert.Equal(t, "[nothing.here]", texts.Text("nl", "nothing.here"))
	assert.Equal(t, "[hello]", texts.Text("nl", "hello", "Who", "Ans"))
	assert.Equal(t, "[hello]", texts.Text("nl", "hello", "Who"))
	assert.Equal(t, "Hello Ans, you are 4.", texts.Text("en", "hello", "Who", "Ans", "What", 4))
}

func TestWordsOfAPersonAreNoTemplate(t *testing.T) {
	texts := small(t)
	got, err := texts.Render("nl", phrase{"why.place", map[string]any{"Place": "{{.Secret}}"}})
	require.NoError(t, err)
	assert.Equal(t, "je zit in {{.Secret}}", got)
}

func TestRenderInParallel(t *testing.T) {
	texts := small(t)
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for range 50 {
				assert.Equal(t, "Dag Ans, je bent hier.", texts.Text("nl", "hello", "Who", "Ans", "What", "hier"))
				assert.Equal(t, "2 people", texts.Text("en", "people", "Count", 2))
			}
		})
	}
}

func TestPlainTextsCostNoAllocation(t *testing.T) {
	texts := small(t)
	var m locales.Message = phrase{id: "plain"}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = texts.Render("en", m) }))
}

func BenchmarkRender(b *testing.B) {
	texts := small(b)
	var plain locales.Message = phrase{id: "plain"}
	var filled locales.Message = phrase{"hello", map[string]any{"Who": "Ans", "What": "hier"}}
	var nested locales.Message = phrase{"hello", map[string]any{"Who": "Ans", "What": list{plain, plain, plain}}}
	for _, bc := range []struct {
		name string
		m    locales.Message
	}{{"plain", plain}, {"template", filled}, {"nested", nested}} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := texts.Render("nl", bc.m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
