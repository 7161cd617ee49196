package audit

import (
	"strconv"
	"strings"
)

// Fault is one error in the content, or one notice.
type Fault struct {
	File string `json:"file"` // if known, in the layout of the content folder
	Line int    `json:"line"` // from 1; 0 if unknown
	ID   string `json:"id"`   // the question, initiative, rule or text
	Lang string `json:"lang"` // the language of a text, where that matters
	Kind string `json:"kind"` // the kind of fault, such as "question.unreached"
	What string `json:"what"` // what is wrong, in words
	Do   string `json:"do"`   // what an editor should do
}

// String formats a fault in one line.
func (f Fault) String() string {
	place := f.File
	if f.Line > 0 {
		place += ":" + strconv.Itoa(f.Line)
	}
	for _, part := range []string{f.ID, f.Lang} {
		if part != "" {
			place += ": " + part
		}
	}
	if place = strings.TrimPrefix(place, ": "); place != "" {
		place += ": "
	}
	return place + strings.TrimSpace(sentence(f.What)+" "+f.Do)
}

// sentence ends a text as a sentence.
func sentence(text string) string {
	if text == "" || strings.ContainsRune(".!?", rune(text[len(text)-1])) {
		return text
	}
	return text + "."
}

// location is where a fault is.
type location struct{ file, id, lang string }

// fault reports a fault once per kind and location; pairs fill the text check.<kind>.
func (g *gate) fault(kind string, at location, pairs ...any) {
	if f, isNew := g.worded(kind, at, pairs); isNew {
		g.report.Faults = append(g.report.Faults, f)
	}
}

// notice reports a notice once per kind and location, like fault.
func (g *gate) notice(kind string, at location, pairs ...any) {
	if f, isNew := g.worded(kind, at, pairs); isNew {
		g.report.Notices = append(g.report.Notices, f)
	}
}

func (g *gate) worded(kind string, at location, pairs []any) (Fault, bool) {
	key := kind + "\x00" + at.file + "\x00" + at.id + "\x00" + at.lang
	if g.reported[key] {
		return Fault{}, false
	}
	g.reported[key] = true
	return Fault{File: at.file, ID: at.id, Lang: at.lang, Kind: kind,
		What: g.Texts.Text(g.o.Lang, "check."+kind, pairs...),
		Do:   g.Texts.Text(g.o.Lang, "check."+kind+".do")}, true
}

// Located are loaded files, to find faults in.
type Located interface {
	ReadFile(name string) ([]byte, error) // in the layout of the content folder
	TextFile(id, lang string) string      // the file that a text comes from; empty: none
}

// Locate sets the lines of faults, and for those of texts the files that the texts come from.
// Faults in files that cannot be read keep line 0.
func Locate(faults []Fault, all Located) {
	files := map[string][]string{}
	for i := range faults {
		f := &faults[i]
		if f.File == "" || f.ID == "" {
			continue
		}
		if strings.HasPrefix(f.File, "locales/") && f.Lang != "" {
			if file := all.TextFile(f.ID, f.Lang); file != "" {
				f.File = file
			}
		}
		if _, known := files[f.File]; !known {
			content, err := all.ReadFile(f.File)
			if err != nil {
				content = nil
			}
			files[f.File] = strings.Split(string(content), "\n")
		}
		f.Line = lineOf(files[f.File], f.ID)
	}
}

// lineOf returns the first line that names an id, or failing that its prefix:
// "obstacle.team" is found at question "obstacle". 0 if there is none.
func lineOf(lines []string, id string) int {
	for id != "" {
		for n, line := range lines {
			bare := strings.TrimSpace(line)
			if !strings.HasPrefix(bare, "#") && (strings.Contains(line, `"`+id+`"`) || strings.HasPrefix(bare, id+" =")) {
				return n + 1
			}
		}
		id = id[:max(strings.LastIndexAny(id, ". ,"), 0)]
	}
	return 0
}
