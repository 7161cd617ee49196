// Package dossier makes the documents that a public body needs before it decides on the service: the register of processing, the
// assessments, the agreements and the plans, in Dutch, as Markdown and PDF. Facts are filled in from the program's own schema,
// rules, settings and build; what only a person can know is marked, and the dossier is incomplete while such a mark is left. The
// same facts and answers give the same bytes.
package dossier

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"digiwijzer/bot/paper"
	"digiwijzer/referral"
)

//go:embed text/*.md
var texts embed.FS

// Facts are the facts that the program provides.
type Facts struct {
	Now      time.Time
	Draft    bool // every page is marked as a draft
	Build    Build
	Content  Content
	Settings Settings
	Parts    []Part // the components of the program
	SBOM     []byte // the same as CycloneDX
	Drill    Drill
	Privacy  []Section // the page about privacy on the site
	Given    Answers   // answers from settings; they take precedence over those of a file
}

// Build describes the program itself.
type Build struct{ Version, Commit, Go, SQLite, State, Stats, Licence string }

// Content describes what the advice is based on.
type Content struct {
	Edition              string
	QuestionSet          int
	Scoring              int
	Questions            int
	Rules, Actions       int
	Initiatives, Checked int // Checked: verified within the period that the catalogue sets
	Municipalities       int
}

// Settings describes the configuration of this installation.
type Settings struct {
	PublicURL string // empty: none
	Telegram  bool   // a bot token is set
	Webhook   bool
	Dashboard bool // the shared token is set
	OIDC      bool // staff sign in through their organisation
	Mail      bool // the Monday mail can be sent
	FourEyes  bool
	Database  string // "SQLite" or "PostgreSQL"
}

// Part is a library in the program.
type Part struct{ Name, Version, Licence string }

// Section is a part of a page, in Markdown.
type Section struct{ Title, Text string }

// Drill is a trial restore that was run while the dossier was made.
type Drill struct {
	Data     string // the folder
	Empty    bool   // there were no figures to restore
	Finished int    // finished conversations up to now
	Carried  int    // of these, in the file with waiting outcomes
	Missing  int    // of these, in no backup
	Same     bool   // the restored figures equal those that were copied
	Bytes    int64  // size of the backup
	Seconds  int    // how long backup and restore took together, rounded up

	Staff                       bool // there are staff, with a backup of their own
	StaffSame                   bool // what was restored equals what was copied, or there are none
	Accounts, Editions, Entries int  // of staff, published editions, and entries of the audit trail
}

// File is a file of the dossier.
type File struct {
	Name string
	Data []byte
}

// Mark is an item that a person must still fill in.
type Mark struct {
	ID, File string
	Line     int
	Question string
}

// Dossier is the file as a whole.
type Dossier struct {
	Files []File
	Open  []Mark
	// Faults lists what is wrong although it was filled in: an entry that its register would reject, and a restore that failed. Each
	// begins with the name of a file.
	Faults []string
}

// Complete reports whether nothing is left to fill in or to correct.
func (d Dossier) Complete() bool { return len(d.Open) == 0 && len(d.Faults) == 0 }

// CompleteFile states that the dossier is complete. It exists only if it is.
const CompleteFile = "COMPLEET.txt"

// New makes the dossier. answers may be nil.
func New(facts Facts, answers Answers) (Dossier, error) {
	w := &writer{facts: facts, answers: answers}
	names, err := fs.Glob(texts, "text/*.md")
	if err != nil {
		return Dossier{}, err
	}
	for _, name := range names {
		if err := w.document(name); err != nil {
			return Dossier{}, fmt.Errorf("%s: %w", path.Base(name), err)
		}
	}
	entry := w.algorithm()
	if err := w.json("07-algoritmeregister.json", entry); err != nil {
		return Dossier{}, err
	}
	w.file("11-sbom.cdx.json", facts.SBOM)
	w.file(AnswersFile, answers.Template(facts.Given))
	slices.SortFunc(w.made.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	w.made.Open = w.open()
	if len(w.made.Open) == 0 {
		for _, fault := range entry.Faults() {
			w.made.Faults = append(w.made.Faults, "07-algoritmeregister.json: "+fault)
		}
	}
	if d := facts.Drill; !d.Empty && !d.Same {
		w.made.Faults = append(w.made.Faults, "14-beheer-en-herstel.md: de cijfers na herstel zijn anders dan die van nu")
	}
	if d := facts.Drill; d.Staff && !d.StaffSame {
		w.made.Faults = append(w.made.Faults, "14-beheer-en-herstel.md: de accounts, uitgaven of het spoor na herstel zijn anders dan die van nu")
	}
	if w.made.Complete() && !facts.Draft {
		w.file(CompleteFile, w.statement())
	}
	return w.made, nil
}

// writer makes the files.
type writer struct {
	facts   Facts
	answers Answers
	made    Dossier
}

func (w *writer) file(name string, data []byte) {
	w.made.Files = append(w.made.Files, File{name, data})
}

// document makes a text and its PDF.
func (w *writer) document(name string) error {
	source, err := texts.ReadFile(name)
	if err != nil {
		return err
	}
	t, err := template.New(path.Base(name)).Funcs(w.functions()).Option("missingkey=error").Parse(string(source))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, w.facts); err != nil {
		return err
	}
	text := tidy(b.String())
	if w.facts.Draft {
		text = strings.Replace(text, "\n", "\n\n**Concept van "+day(w.facts.Now)+".**\n", 1)
	}
	file := strings.TrimSuffix(path.Base(name), ".md")
	w.file(file+".md", []byte(text))

	var pdf bytes.Buffer
	blocks, title := parse(text)
	d := paper.Document{
		Lang: "nl", Title: title, Date: day(w.facts.Now), Foot: "Dossier Digiwijzer · " + file,
		PageOf: func(n, of int) string { return fmt.Sprintf("%d van %d", n, of) }, Blocks: blocks,
	}
	if w.facts.Draft {
		d.Foot += " · concept"
	}
	if err := d.PDF(&pdf, midnight(w.facts.Now)); err != nil {
		return err
	}
	w.file(file+".pdf", pdf.Bytes())
	return nil
}

var manyBlankLines = regexp.MustCompile(`\n{3,}`)

// tidy leaves one blank line between blocks, however the template was laid out.
func tidy(text string) string {
	return strings.TrimSpace(manyBlankLines.ReplaceAllString(text, "\n\n")) + "\n"
}

// openMark is a mark in a text.
var openMark = regexp.MustCompile(`\[IN TE VULLEN ([a-z0-9_.]+): ([^\]]*)\]`)

func mark(id, question string) string { return fmt.Sprintf("[IN TE VULLEN %s: %s]", id, question) }

// open lists the remaining marks, with their places.
func (w *writer) open() (open []Mark) {
	for _, f := range w.made.Files {
		if path.Ext(f.Name) == ".pdf" || f.Name == AnswersFile {
			continue
		}
		n := 0
		for line := range strings.Lines(string(f.Data)) {
			n++
			for _, m := range openMark.FindAllStringSubmatch(line, -1) {
				open = append(open, Mark{ID: m[1], File: f.Name, Line: n, Question: m[2]})
			}
		}
	}
	return open
}

// statement is the text of CompleteFile: every file with its SHA-256, in the form of sha256sum.
func (w *writer) statement() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# COMPLEET: op %s is elk veld van dit dossier ingevuld.\n", day(w.facts.Now))
	fmt.Fprintf(&b, "# Of de antwoorden juist zijn, beoordeelt wie het dossier vaststelt.\n# Gemaakt met digiwijzer %s (%s). Controleren: sha256sum -c %s\n", w.facts.Build.Version, w.facts.Build.Commit, CompleteFile)
	for _, f := range w.made.Files {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(f.Data), f.Name)
	}
	return []byte(b.String())
}

var months = []string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}

// midnight returns the beginning of a day, so that files made on the same day are the same.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(referral.Netherlands).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, referral.Netherlands)
}

// day returns a date in words, in the Netherlands.
func day(t time.Time) string {
	t = t.In(referral.Netherlands)
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}
