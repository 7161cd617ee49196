package referral

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"digiwijzer/locales/fault"
)

// Load reads and checks catalogue/*.toml, actions/*.toml, rules.toml, region.toml,
// benchmark.toml and interview.toml. Unknown keys and inconsistent data are faults; the
// error joins all of them, each with the file and the record.
func Load(fsys fs.FS) (*Catalogue, error) {
	var f faults
	c := &Catalogue{byID: map[string]*Initiative{}, byName: map[string]*Initiative{}, actionByID: map[string]*Action{}}
	var region regionFile
	var rules struct {
		Rules []Rule `toml:"rule"`
	}
	f.decode(fsys, "region.toml", &region)
	f.decode(fsys, "rules.toml", &rules)
	c.region = f.region(&region)
	c.rules = rules.Rules
	f.initiatives(fsys, c)
	f.actions(fsys, c)
	f.benchmark(fsys, c)
	f.readInterview(fsys, c)
	if len(f) == 0 {
		f.checkCatalogue(c)
		f.checkRules(c)
		f.checkActions(c)
		f.checkBenchmark(c)
		f.checkInterview(c)
	}
	if len(f) > 0 {
		return nil, errors.Join(f...)
	}
	c.compile()
	return c, nil
}

// faults collects the faults in the data.
type faults []error

// add records a fault of a record in a file.
func (f *faults) add(file, id, format string, args ...any) {
	*f = append(*f, fault.New(file, id, format, args...))
}

// decode reads one file; unknown keys are faults.
func (f *faults) decode(fsys fs.FS, file string, into any) bool {
	wrong, ok := fault.Decode(fsys, file, into)
	for _, w := range wrong {
		*f = append(*f, w)
	}
	return ok
}

// initiatives reads and sorts the records.
func (f *faults) initiatives(fsys fs.FS, c *Catalogue) {
	files, err := fs.Glob(fsys, "catalogue/*.toml")
	if err != nil || len(files) == 0 {
		f.add("catalogue", "", "no records found")
	}
	for _, file := range files {
		i := new(Initiative)
		if !f.decode(fsys, file, i) {
			continue
		}
		if i.ID != strings.TrimSuffix(path.Base(file), ".toml") {
			f.add(file, i.ID, "the id %q must be the name of the file, %q", i.ID, strings.TrimSuffix(path.Base(file), ".toml"))
			continue
		}
		c.byID[i.ID] = i
		c.initiatives = append(c.initiatives, i)
	}
	slices.SortFunc(c.initiatives, func(a, b *Initiative) int {
		return cmp.Or(cmp.Compare(a.row(), b.row()), cmp.Compare(a.ID, b.ID))
	})
	for n, i := range c.initiatives {
		i.order = n
		i.via = c.byID[i.Via]
	}
}

// row returns the row in the inventory; records outside it sort last.
func (i *Initiative) row() int {
	if i.Seed == nil {
		return seedRows + 1
	}
	return i.Seed.Row
}
