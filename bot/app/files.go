package app

import (
	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
	"digiwijzer/store/figures/disclosure"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// WriteOutput writes to a file that is named on the command line, atomically; without a name to
// stdout. The umask of the user decides who may read the file.
func (b Base) WriteOutput(output string, stdout io.Writer, to func(io.Writer) error) error {
	return b.writeOutput(output, 0o666&^userMask, stdout, to)
}

// WriteConfidential is WriteOutput for what only the user may read.
func (b Base) WriteConfidential(output string, stdout io.Writer, to func(io.Writer) error) error {
	return b.writeOutput(output, 0o600, stdout, to)
}

func (b Base) writeOutput(output string, mode fs.FileMode, stdout io.Writer, to func(io.Writer) error) error {
	if output == "" || output == "-" {
		return to(stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(output), "."+filepath.Base(output)+".*")
	if err != nil {
		return b.BadInput("cli.bad.cannot_write", "File", output, "Why", b.reason(err))
	}
	err = errors.Join(to(file), file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), output)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// reason returns why a file cannot be written, without the temporary name that was used.
func (b Base) reason(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b.Say("cli.why.no_folder")
	case errors.Is(err, fs.ErrPermission):
		return b.Say("cli.why.not_allowed")
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

// readNamed reads a file that is named on the command line.
func (b Base) readNamed(name string) ([]byte, error) {
	content, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, b.BadInput("cli.bad.no_file", "File", name)
	case err != nil:
		return nil, BadInput{err}
	}
	return content, nil
}

// ReadForeign reads the figures of other initiatives, each named after its file, and reports what
// does not fit in our tables.
func (b Base) ReadForeign(files []string, words report.Words, stderr io.Writer) (all []report.Foreign, err error) {
	for _, name := range files {
		content, err := b.readNamed(name)
		if err != nil {
			return nil, err
		}
		title := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		foreign, remarks, err := report.ReadForeign(content, title, words)
		if err != nil {
			return nil, BadInput{fmt.Errorf("%s: %w", name, err)}
		}
		for _, remark := range remarks {
			fmt.Fprintf(stderr, "%s: %s\n", name, remark)
		}
		all = append(all, foreign)
	}
	return all, nil
}

// ToldTables lists what is released of a quarter and of a year, for people.
func (b Base) ToldTables() string {
	name := func(d disclosure.Dimension) string { return strings.ToLower(b.Say("report.dimension." + string(d))) }
	var names []string
	lines, crossings := disclosure.YearList()
	for _, l := range lines {
		names = append(names, name(l.Of))
	}
	for _, x := range crossings {
		names = append(names, name(x.A)+" × "+name(x.B))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// MergeYearForms returns the forms that were sent in and those from files, by initiative; a form from a
// file replaces one that was sent in.
func MergeYearForms(sent, files []report.YearForm) []report.YearForm {
	all := slices.Clone(files)
	for _, f := range sent {
		if !slices.ContainsFunc(files, func(o report.YearForm) bool { return o.Initiative == f.Initiative }) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b report.YearForm) int { return strings.Compare(a.Initiative, b.Initiative) })
	return all
}

// ReadForms reads the forms that initiatives filled in, which must be of the year of the report
// and of initiatives of the catalogue, each once.
func (b Base) ReadForms(c *content.Edition, files []string, year string) (all []report.YearForm, err error) {
	if len(files) > 0 && year == "" {
		return nil, b.BadInput("cli.bad.form_without_year")
	}
	for _, name := range files {
		file, err := b.readNamed(name)
		if err != nil {
			return nil, err
		}
		f, err := report.ReadYearForm(file, staff.Words(c, b.Lang))
		if err != nil {
			return nil, BadInput{fmt.Errorf("%s: %w", name, err)}
		}
		_, known := c.Catalogue.Initiative(f.Initiative)
		switch {
		case strconv.Itoa(f.Year) != year:
			return nil, b.BadInput("cli.bad.form_year", "File", name, "Year", f.Year, "Wanted", year)
		case !known:
			return nil, b.BadInput("cli.bad.initiative", "Value", f.Initiative)
		case slices.ContainsFunc(all, func(o report.YearForm) bool { return o.Initiative == f.Initiative }):
			return nil, b.BadInput("cli.bad.form_twice", "File", name, "Initiative", f.Initiative)
		}
		all = append(all, f)
	}
	return all, nil
}

// InData reports whether a folder is in the data folder.
func (b Base) InData(dir string) (bool, error) {
	data, err := filepath.Abs(b.Settings.Data)
	if err != nil {
		return false, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false, err
	}
	within, err := filepath.Rel(data, dir)
	return err == nil && within != ".." && !strings.HasPrefix(within, "../"), nil
}
