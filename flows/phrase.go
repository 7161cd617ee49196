package flows

// Phrase is a text by its id, to be put into words by locales. Args may hold
// strings (proper names, shown as they are), ints, Phrases and Lists (joined as
// a list: "a, b en c").
type Phrase struct {
	ID   string
	Args map[string]any
}

// Say makes a phrase of a text id and pairs of argument name and value.
func Say(id string, pairs ...any) Phrase {
	p := Phrase{ID: id}
	if len(pairs) > 0 {
		p.Args = make(map[string]any, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		p.Args[pairs[i].(string)] = pairs[i+1]
	}
	return p
}

// Name makes a phrase of a proper name, which is the same in every language.
func Name(name string) Phrase { return Phrase{Args: map[string]any{"Name": name}} }

// Message gives the parts that locales puts into words. An empty id is a proper
// name under the argument "Name".
func (p Phrase) Message() (id string, args map[string]any) { return p.ID, p.Args }

// List is an argument that is put into words as "a, b en c".
type List []Phrase

// Items gives the parts of the list that locales puts into words.
func (l List) Items() []any {
	items := make([]any, len(l))
	for i, p := range l {
		items[i] = p
	}
	return items
}
