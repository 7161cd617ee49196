package flows

// Phrase is a text by its id, rendered by package locales. Args may hold strings
// (proper names, shown unchanged), ints, Phrases and Lists ("a, b en c").
type Phrase struct {
	ID   string
	Args map[string]any
}

// Say returns the phrase of a text id; pairs are names (strings) and values of its
// arguments. It panics when a name is not a string.
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

// Name returns the phrase of a proper name, which is the same in every language.
func Name(name string) Phrase { return Phrase{Args: map[string]any{"Name": name}} }

// Message returns the text id and its arguments, as required by locales.Message. An empty id is a
// proper name under the argument "Name".
func (p Phrase) Message() (id string, args map[string]any) { return p.ID, p.Args }

// List is an argument that is rendered as "a, b en c".
type List []Phrase

// Items returns the parts of the list, as required by locales.List.
func (l List) Items() []any {
	items := make([]any, len(l))
	for i, p := range l {
		items[i] = p
	}
	return items
}

// Opening is a List at the start of a sentence: it is rendered with a capital letter.
type Opening []Phrase

// Items returns the parts of the list, as required by locales.List.
func (o Opening) Items() []any { return List(o).Items() }

// Opens marks it as the start of a sentence, as required by locales.Opening.
func (o Opening) Opens() {}
