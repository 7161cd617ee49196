package locales

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n"
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
	dutch := t.by[Default].messages
	for _, lang := range t.languages {
		own := t.by[lang].messages
		for _, id := range t.by[Default].ids {
			if own[id] == nil {
				fault(lang, id, Missing, "missing")
			}
		}
		for _, id := range t.by[lang].ids {
			m := own[id]
			switch {
			case strings.TrimSpace(m.Other) == "":
				fault(lang, id, NoWords, "no words")
			case dutch[id] == nil:
				fault(lang, id, NotInDutch, "not in Dutch")
			case m != dutch[id]:
				if want, got := placeholders(dutch[id]), placeholders(m); !slices.Equal(want, got) {
					faults = append(faults, &Fault{ID: id, Lang: lang, Kind: Placeholders, Own: got, Dutch: want,
						What: fmt.Sprintf("placeholders %v, in Dutch %v", got, want)})
				}
			}
		}
	}
	return faults
}

// placeholders returns the names of the arguments that a message uses in any of its
// forms, in alphabetical order.
func placeholders(m *i18n.Message) []string {
	names := map[string]bool{}
	for _, form := range forms(m) {
		if isPlain(m, form) {
			continue
		}
		// Load has parsed every form before.
		tmpl := template.Must(template.New(m.ID).Delims(m.LeftDelim, m.RightDelim).Parse(form))
		if tmpl.Tree != nil {
			fields(tmpl.Root, names)
		}
	}
	return slices.Sorted(maps.Keys(names))
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
