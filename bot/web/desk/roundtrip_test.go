package desk

import (
	"flag"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/locales"
)

func embeddedChoices(t testing.TB) choices {
	t.Helper()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	return newChoices(wordings.Overlay{}, func(id string) bool { return texts.Has("nl", id) },
		func(id string, pairs ...any) string { return texts.Text("nl", id, pairs...) }, texts.Languages())
}

// submit returns what a browser sends for an unchanged form.
func submit(fields []field) url.Values {
	sent := url.Values{}
	var add func(fields []field)
	add = func(fields []field) {
		for _, f := range fields {
			switch f.As {
			case asSection, asAnswers:
				add(f.Fields)
			case asRows:
				for _, r := range f.Rows {
					add(r.Fields)
				}
			case asChoices:
				for _, o := range f.Options {
					if o.On {
						sent.Add(f.Name, o.Value)
					}
				}
			case asChoice:
				on := ""
				for _, o := range f.Options {
					if o.On {
						on = o.Value
					}
				}
				sent.Set(f.Name, on)
			case asYes:
				if f.Value() != "" {
					sent.Set(f.Name, "yes")
				}
			default:
				sent.Set(f.Name, strings.ReplaceAll(f.Text(), "\n", "\r\n"))
			}
		}
	}
	add(fields)
	return sent
}

// Every record goes through its form unchanged: the form shows everything in the file, and saving it changes no byte.
func TestEveryRecordSurvivesItsForm(t *testing.T) {
	t.Parallel()
	set := embeddedChoices(t)
	n := 0
	for _, k := range kinds {
		for _, r := range k.records(wordings.Overlay{}) {
			n++
			f := form{kind: k, set: set}
			shown := submit(f.fields(r.value))
			wanted, typed := f.read(r.value, shown, f.marks(r.value))
			assert.Empty(t, typed.faults, "%s %s", k.name, r.id)
			assert.Empty(t, typed.conflicts, "%s %s", k.name, r.id)
			f.fill(typed, wanted, "", "") // also without the marks
			assert.Equal(t, values.Canonical(r.value), values.Canonical(wanted), "%s %s", k.name, r.id)
			data := wordings.Overlay{}.Read(r.file)
			saved, err := r.write(data, wanted)
			require.NoError(t, err, "%s %s", k.name, r.id)
			assert.Equal(t, string(data), string(saved), "%s %s", k.name, r.id)
		}
	}
	assert.Greater(t, n, 300, "all records were seen")
}

// everyField is for the nightly run: the edits of one long file take most of the time.
var everyField = flag.Bool("everyfield", false, "change all fields of every record, not only of some, and check the longest forms with axe-core")

// Every field can be changed in the form: the file then has the new value, the form shows it again, and no other record
// has changed. Each is changed separately once, and all of a record together.
func TestEveryFieldCanBeChanged(t *testing.T) {
	t.Parallel()
	set := embeddedChoices(t)
	n := 0
	alone := map[string]bool{}
	for _, k := range kinds {
		whole := map[string][]record{}
		for _, r := range k.records(wordings.Overlay{}) {
			if whole[r.file] == nil {
				whole[r.file] = k.read(r.file, wordings.Overlay{}.Read(r.file))
			}
			f := form{kind: k, set: set}
			fields := f.fields(r.value)
			var all []*field
			before := len(alone)
			for _, one := range leaves(fields) {
				if one.Name == k.key {
					continue // the id stays
				}
				all = append(all, one)
				if of := k.name + " " + one.Path; !alone[of] {
					alone[of] = true
					changeAndRead(t, f, r, whole[r.file], fields, one)
				}
			}
			n += len(all)
			if *everyField || r.index%9 == 0 && len(alone) != before {
				changeAndRead(t, f, r, whole[r.file], fields, all...)
			}
		}
	}
	assert.Greater(t, n, 5000, "all fields were changed")
}

// changeAndRead changes fields of a record and reads its file again.
func changeAndRead(t *testing.T, f form, r record, whole []record, fields []field, changed ...*field) {
	t.Helper()
	shown := submit(fields)
	for _, one := range changed {
		change(shown, one.Name, one)
	}
	wanted, typed := f.read(r.value, shown, f.marks(r.value))
	require.Empty(t, typed.faults, "%s %s", r.kind.name, r.id)
	data, err := r.write(wordings.Overlay{}.Read(r.file), wanted)
	require.NoError(t, err, "%s %s", r.kind.name, r.id)
	again := r.kind.read(r.file, data)
	require.Len(t, again, len(whole), "%s %s:\n%s", r.kind.name, r.id, data)
	require.Equal(t, values.Canonical(wanted), values.Canonical(again[r.index].value), "%s %s", r.kind.name, r.id)
	for i, other := range whole {
		if i != r.index {
			require.Equal(t, values.Mark(other.value), values.Mark(again[i].value), "%s %s changed %s", r.kind.name, r.id, other.id)
		}
	}
}

// leaves returns all fields that are filled in.
func leaves(fields []field) (all []*field) {
	for i, f := range fields {
		switch f.As {
		case asSection, asAnswers:
			all = append(all, leaves(f.Fields)...)
		case asRows:
			for _, r := range f.Rows {
				all = append(all, leaves(r.Fields)...)
			}
		default:
			all = append(all, &fields[i])
		}
	}
	return all
}

// change fills in something else.
func change(values url.Values, name string, f *field) {
	switch f.As {
	case asYes:
		if values.Has(name) {
			values.Del(name)
		} else {
			values.Set(name, "yes")
		}
	case asMaybe:
		values.Set(name, map[string]string{"": "yes", "yes": "no", "no": ""}[values.Get(name)])
	case asNumber:
		values.Set(name, map[bool]string{true: "8", false: "7"}[values.Get(name) == "7"])
	case asDate:
		values.Set(name, "2031-02-03")
	case asChoice, asChoices:
		for _, o := range f.Options {
			if !o.On {
				if f.As == asChoice {
					values.Set(name, o.Value)
				} else {
					values.Add(name, o.Value)
				}
				return
			}
		}
		values.Del(name)
	case asPairs:
		values.Set(name, values.Get(name)+"\n9 = 1")
	case asLines:
		values.Set(name, values.Get(name)+"\nnog een \"regel\"")
	default:
		values.Set(name, values.Get(name)+" en \"meer\" \\ ✓")
	}
}
