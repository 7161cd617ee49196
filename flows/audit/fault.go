package audit

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"digiwijzer/locales"
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
	return place + ": " + f.What + " " + f.Do
}

// location is where a fault is.
type location struct{ file, id, lang string }

// fault reports a fault once per kind and location; pairs fill the text check.<kind>.
func (g *gate) fault(kind string, at location, pairs ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f, isNew := g.worded(kind, at, pairs); isNew {
		g.report.Faults = append(g.report.Faults, f)
	}
}

// notice reports a notice once per kind and location, like fault.
func (g *gate) notice(kind string, at location, pairs ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
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

// Forms of the errors of loading: "file: id: what".
var (
	inQuestions = regexp.MustCompile(`^(questions\.toml): question "([^"]*)": (.*)$`)
	inRecord    = regexp.MustCompile(`^((?:catalogue/|actions/)?[\w.-]+\.toml): ([^:\s]+(?: [^:\s]+)*): (.*)$`)
	inTexts     = regexp.MustCompile(`^locales: ([\w.-]+\.toml): ([^:\s]+): (.*)$`)
	inFile      = regexp.MustCompile(`^(?:locales: )?([\w./-]+\.toml): (.*)$`)
)

// Refused converts the error of loading content into faults, one for each joined error.
// texts are those of the faults: the embedded ones, since the content failed to load.
func Refused(err error, texts *locales.Texts, lang string) (faults []Fault) {
	for _, fault := range flatten(err) {
		var known worded
		if errors.As(fault, &known) {
			faults = append(faults, fileFault(known, texts, lang))
			continue
		}
		line := strings.TrimSpace(fault.Error())
		f := Fault{Kind: "content.refused", What: line, Do: texts.Text(lang, "check.content.refused.do")}
		switch {
		case inQuestions.MatchString(line):
			m := inQuestions.FindStringSubmatch(line)
			f.File, f.ID, f.What = "flows/"+m[1], m[2], m[3]
		case inTexts.MatchString(line):
			m := inTexts.FindStringSubmatch(line)
			f.File, f.ID, f.What = "locales/"+m[1], m[2], m[3]
		case inRecord.MatchString(line) && inRecord.FindStringSubmatch(line)[2] != "toml":
			m := inRecord.FindStringSubmatch(line)
			f.File, f.ID, f.What = folder(m[1])+m[1], m[2], m[3]
		case inFile.MatchString(line):
			m := inFile.FindStringSubmatch(line)
			f.File, f.What = folder(m[1])+m[1], m[2]
		}
		faults = append(faults, f)
	}
	return faults
}

// folder returns the folder of a content file, with a trailing slash.
func folder(file string) string {
	switch {
	case file == "questions.toml":
		return "flows/"
	case file == "rules.toml", file == "region.toml", file == "benchmark.toml", file == "interview.toml", strings.HasPrefix(file, "catalogue/"), strings.HasPrefix(file, "actions/"):
		return "referral/"
	case file == "partners.toml":
		return "bot/share/"
	}
	return "locales/"
}

// worded is an error of loading that has words of its own, check.file.<kind>.
type worded interface {
	error
	Worded() (file string, line int, kind, value string)
}

// fileFault returns the fault of a file that cannot be used at all.
func fileFault(err worded, texts *locales.Texts, lang string) Fault {
	file, line, kind, value := err.Worded()
	return Fault{File: file, Line: line, Kind: "file." + kind,
		What: texts.Text(lang, "check.file."+kind, "Value", value),
		Do:   texts.Text(lang, "check.file."+kind+".do")}
}

// flatten returns the errors that were joined.
func flatten(err error) (all []error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, part := range joined.Unwrap() {
			all = append(all, flatten(part)...)
		}
		return all
	}
	return []error{err}
}

// Locate sets the lines of faults. read returns a file by its name in the layout of the
// content folder; faults in files it cannot read keep line 0.
func Locate(faults []Fault, read func(file string) ([]byte, error)) {
	files := map[string][]string{}
	for i := range faults {
		f := &faults[i]
		if f.File == "" || f.ID == "" {
			continue
		}
		if _, known := files[f.File]; !known {
			content, err := read(f.File)
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
			if strings.Contains(line, `"`+id+`"`) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				return n + 1
			}
		}
		id = id[:max(strings.LastIndexAny(id, ". ,"), 0)]
	}
	return 0
}
