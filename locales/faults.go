package locales

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// Fault is a fault of one text in one language.
type Fault struct {
	ID, Lang string
	Kind     FaultKind
	What     string // in English, for logs
	// Own and Dutch are the placeholders of the text and of the Dutch one, of Placeholders.
	Own, Dutch []string
}

// FaultKind is a kind of Fault.
type FaultKind string

// The kinds of fault.
const (
	Missing      FaultKind = "missing"      // a translation lacks a text that Dutch has
	NoWords      FaultKind = "empty"        // the text is empty
	NotInDutch   FaultKind = "not_in_dutch" // Dutch lacks a text that a translation has
	Placeholders FaultKind = "placeholders" // other placeholders than in Dutch
)

// Error names the text, its language and the fault.
func (f *Fault) Error() string { return fmt.Sprintf("locales: %s (%s): %s", f.ID, f.Lang, f.What) }

// Faults returns what the content gate rejects: texts that only Dutch or only a
// translation has, placeholders that differ from Dutch, and empty texts. Each is a
// *Fault. They are in the order of languages and ids.
func (t *Texts) Faults() []error {
	var faults []error
	fault := func(lang, id string, kind FaultKind, format string, args ...any) {
		faults = append(faults, &Fault{ID: id, Lang: lang, Kind: kind, What: fmt.Sprintf(format, args...)})
	}
	dutch := t.by[Default].texts
	for _, lang := range t.languages {
		for _, id := range t.by[Default].ids() {
			if !t.Has(lang, id) {
				fault(lang, id, Missing, "missing")
			}
		}
		for _, id := range t.by[lang].ids() {
			own := t.by[lang].texts[id]
			switch inDutch, found := dutch[id]; {
			case own.isEmpty():
				fault(lang, id, NoWords, "no words")
			case !found:
				fault(lang, id, NotInDutch, "not in Dutch")
			case lang != Default:
				if want, got := inDutch.placeholders(), own.placeholders(); !slices.Equal(want, got) {
					faults = append(faults, &Fault{ID: id, Lang: lang, Kind: Placeholders, Own: got, Dutch: want,
						What: fmt.Sprintf("placeholders %v, in Dutch %v", got, want)})
				}
			}
		}
	}
	return faults
}

// isEmpty reports whether a text has no words in the form that every text needs.
func (t text) isEmpty() bool {
	if t.other == nil {
		return strings.TrimSpace(t.simple) == ""
	}
	return strings.TrimSpace(t.other.Other) == ""
}

// placeholders returns the names of the arguments that a text uses in any of its forms, in
// alphabetical order.
func (t text) placeholders() []string {
	names := map[string]bool{}
	for _, form := range t.forms() {
		if t.other == nil {
			simpleFields(form, names)
			continue
		}
		parsed := template.Must(t.parse(form)) // Load has parsed every form before
		if parsed.Tree != nil {
			fields(parsed.Root, names)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// simpleFields collects the names of the fields of a simple text.
func simpleFields(text string, names map[string]bool) {
	for _, name, after, found := cutPlaceholder(text); found; _, name, after, found = cutPlaceholder(after) {
		names[name] = true
	}
}

// fields collects the names of the fields under a node of a parsed template.
func fields(node parse.Node, names map[string]bool) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil { // an if without an else
			return
		}
		for _, child := range n.Nodes {
			fields(child, names)
		}
	case *parse.ActionNode:
		fields(n.Pipe, names)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			for _, arg := range command.Args {
				fields(arg, names)
			}
		}
	case *parse.IfNode:
		fields(n.Pipe, names)
		fields(n.List, names)
		fields(n.ElseList, names)
	case *parse.FieldNode:
		names[n.Ident[0]] = true
	}
}
