package referral

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/locales/fault"
)

// Figure is a published figure to compare an answer with. Its sentence is the text benchmark.<id>
// in package locales.
type Figure struct {
	ID string `toml:"id"` // stable, never reused
	// Question is the question that it is about. Yes, Partly and No are the answers of those who do
	// what is counted, do it in part, and do not; with other answers it is not shown.
	Question string   `toml:"question"`
	Yes      []string `toml:"yes"`
	Partly   []string `toml:"partly"`
	No       []string `toml:"no"`
	// Sizes and Sectors are the population; empty: all.
	Sizes      []Size   `toml:"sizes"`
	Sectors    []string `toml:"sectors"`
	Population string   `toml:"population"` // a key of result.population.<key>, see populations
	Counts     string   `toml:"counts"`     // what is counted among whom, as published; for editors
	Year       int      `toml:"year"`       // of the survey
	Table      string   `toml:"table"`      // or publication
	Source     string   `toml:"source"`     // as people read it
	URL        string   `toml:"url"`
	LookAgain  Date     `toml:"look_again"` // after this day an editor looks for a newer figure
}

// Comparison is a figure with the answer of one business.
type Comparison struct {
	*Figure
	Doing Doing
}

// Doing is whether a business does what a figure counts.
type Doing string

// The values of Doing.
const (
	DoingYes    Doing = "yes"
	DoingPartly Doing = "partly"
	DoingNo     Doing = "no"
)

// maxComparisons is the highest number of figures shown.
const maxComparisons = 2

// Figures returns all published figures, in the order of the file.
func (c *Catalogue) Figures() []*Figure { return c.figures }

// Compare returns the figures to compare the answers of a business with, at most two, and one per
// question: those about its wish first, then in the order of the file. A figure fits when its
// population includes the business. In an incident there are none.
func (c *Catalogue) Compare(k Case) []Comparison {
	if k.Cyber == CyberIncident {
		return nil
	}
	var list []Comparison
	add := func(wanted func(*Figure) bool) {
		for _, f := range c.figures {
			same := func(other Comparison) bool { return other.Question == f.Question }
			if len(list) == maxComparisons || !wanted(f) || slices.ContainsFunc(list, same) {
				continue
			}
			if doing := f.doing(&k); doing != "" {
				list = append(list, Comparison{f, doing})
			}
		}
	}
	subject := wishAnswers[k.Answers[qHelpWanted]]
	add(func(f *Figure) bool { return slices.Contains(subject, f.Question) })
	add(func(*Figure) bool { return true })
	return list
}

// doing returns whether a business does what a figure counts, or "" if the figure cannot be
// compared with its answers.
func (f *Figure) doing(k *Case) Doing {
	if !oneOf(f.Sizes, k.Size) || !oneOf(f.Sectors, k.Sector) {
		return ""
	}
	switch answer := k.Answers[f.Question]; {
	case slices.Contains(f.Yes, answer):
		return DoingYes
	case slices.Contains(f.Partly, answer):
		return DoingPartly
	case slices.Contains(f.No, answer):
		return DoingNo
	}
	return ""
}

const benchmarkTOML = "benchmark.toml"

// benchmark reads benchmark.toml. A catalogue without figures is valid.
func (f *faults) benchmark(fsys fs.FS, c *Catalogue) {
	if _, err := fs.Stat(fsys, benchmarkTOML); err != nil {
		return
	}
	var doc struct {
		Figures []*Figure `toml:"figure"`
	}
	f.decode(fsys, benchmarkTOML, &doc)
	c.figures = doc.Figures
}

// checkBenchmark checks every figure. The content gate checks that its question exists.
func (f *faults) checkBenchmark(c *Catalogue) {
	seen := map[string]bool{}
	for _, figure := range c.figures {
		figure.check(func(format string, args ...any) { f.add(benchmarkTOML, figure.ID, format, args...) }, c)
		if seen[figure.ID] {
			f.add(benchmarkTOML, figure.ID, "is there twice")
		}
		seen[figure.ID] = true
	}
}

// populations are the populations of figures by people working.
var populations = []string{"all", "two_up", "two_ten", "ten_fifty", "ten_up"}

// firstYear is the earliest survey that is still worth showing.
const firstYear = 2019

func (f *Figure) check(report report, c *Catalogue) {
	if f.ID == "" || strings.Trim(f.ID, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		report("the id %q must have small letters, digits, hyphens and underscores only", f.ID)
	}
	if len(f.Yes)+len(f.Partly)+len(f.No) == 0 {
		report("names no answers of question %q", f.Question)
	}
	all(report, "sizes", sizes[:], f.Sizes)
	for _, s := range f.Sectors {
		if c.region.bySector[s] == nil {
			report("unknown sector %q", fault.NewUnknown(s, c.region.sectorIDs()))
		}
	}
	if f.Year < firstYear {
		report("year: %d is before %d", f.Year, firstYear)
	}
	all(report, "population", populations, []string{f.Population})
	if f.Counts == "" || f.Table == "" || !strings.Contains(f.Source, strconv.Itoa(f.Year)) || !strings.HasPrefix(f.URL, "https://") {
		report("needs counts, table, a source that names the year, and a web address")
	}
	checkDay(report, "look_again", f.LookAgain)
}
