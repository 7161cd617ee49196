package dossier

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"digiwijzer/bot/dossier/fields"
)

// asvs is the table of docs/security.md; a test compares them.
//
//go:embed asvs.md
var asvs string

// functions are the functions that the texts call.
func (w *writer) functions() template.FuncMap {
	return template.FuncMap{
		"vul": w.fill, "dag": day, "velden": columnsOf, "verwerkingen": processing, "kanalen": channels, "termijnen": retentions,
		"onderdelen": w.parts, "paginas": pages, "asvs": func() string { return strings.TrimSpace(asvs) }, "stand": asvsState,
		"register": w.algorithm, "veld": func(name, text string) string { return row(name, text) }, "omvang": bytesOf, "aantal": rows,
		"jaNee": func(b bool) string {
			if b {
				return "ja"
			}
			return "nee"
		},
	}
}

// fill returns the answer to a question, or a mark if there is none.
func (w *writer) fill(id string) string {
	if answer := cmp.Or(w.facts.Given[id], w.answers[id]); answer != "" {
		return answer
	}
	for _, q := range Questions() {
		if q.ID == id {
			return mark(id, q.Ask)
		}
	}
	panic("dossier: no question " + id) // a text names it, and a test renders every text
}

// row returns a row of a table.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

func table(head []string) *strings.Builder {
	var b strings.Builder
	b.WriteString(row(head...))
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	return &b
}

// columnsOf lists the columns of a file with their meaning.
func columnsOf(file string) string {
	b := table([]string{"tabel", "veld", "soort", "betekenis", "bewaartermijn"})
	for _, t := range fields.Tables() {
		if t.File != file {
			continue
		}
		b.WriteString(row("**"+t.Name+"**", "", "", t.What+" ("+string(t.From)+")", t.Keep.Text))
		for _, c := range t.Columns {
			name := strings.TrimPrefix(c.Name, "body.")
			if name != c.Name {
				name = "· " + strings.TrimPrefix(name, "+")
			}
			b.WriteString(row("", name, string(c.Class), c.Meaning, ""))
		}
	}
	return b.String()
}

// rows returns how many columns of a class a file has.
func rows(file, class string) (n int) {
	for _, t := range fields.Tables() {
		for _, c := range t.Columns {
			if t.File == file && string(c.Class) == class {
				n++
			}
		}
	}
	return n
}

// processing lists for each purpose what is stored, on which ground, through which channel and for how long.
func processing() string {
	b := table([]string{"doel", "voorstel voor de grondslag", "wat er wordt bewaard", "via", "bewaartermijn"})
	for _, purpose := range fields.Purposes() {
		var what, from, keep []string
		for _, t := range fields.Tables() {
			if t.Purpose != purpose || purpose == fields.Working && t.From == fields.FromInside {
				continue
			}
			what, from, keep = append(what, t.What), add(from, string(t.From)), add(keep, t.Keep.Text)
		}
		b.WriteString(row(purpose.Name, purpose.Ground, strings.Join(what, "; "), strings.Join(from, "; "), strings.Join(keep, "; ")))
	}
	return b.String()
}

func add(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// channels lists which tables hold the data of each channel.
func channels() string {
	b := table([]string{"kanaal", "wat er wordt bewaard", "bestand"})
	for _, channel := range []fields.Channel{fields.Everybody, fields.Telegram, fields.Staffed, fields.Initiative} {
		var what, files []string
		for _, t := range fields.Tables() {
			if t.From == channel {
				what, files = append(what, t.What), add(files, "`"+t.File+"`")
			}
		}
		b.WriteString(row(string(channel), strings.Join(what, "; "), strings.Join(files, ", ")))
	}
	return b.String()
}

// retentions lists the periods with their places in the code.
func retentions() string {
	b := table([]string{"wat", "bewaartermijn", "in de code"})
	for _, r := range fields.Retentions() {
		var what []string
		for _, t := range fields.Tables() {
			if t.Keep == r {
				what = append(what, t.What)
			}
		}
		source := "–"
		if r.Source != "" {
			source = "`" + strings.ReplaceAll(r.Source, ", ", "`, `") + "`"
		}
		b.WriteString(row(strings.Join(what, "; "), r.Text, source))
	}
	return b.String()
}

// parts lists the components of the program, with licences.
func (w *writer) parts() string {
	b := table([]string{"onderdeel", "versie", "licentie"})
	for _, p := range w.facts.Parts {
		b.WriteString(row("`"+p.Name+"`", p.Version, p.Licence))
	}
	return b.String()
}

// pages lists the pages of the site and the sample.
func pages(sample bool) string {
	head := []string{"adres", "pagina"}
	if sample {
		head = append(head, "waarom in de steekproef")
	}
	b := table(head)
	for _, p := range Pages() {
		what := p.What
		if what == "" {
			what = "bestand of doorverwijzing"
		}
		switch {
		case sample && p.Sample != "":
			b.WriteString(row("`"+p.Path+"`", what, p.Sample))
		case !sample && p.What != "":
			b.WriteString(row("`"+p.Path+"`", what))
		}
	}
	return b.String()
}

// asvsState counts the rows of the ASVS by their state.
func asvsState() string {
	held, partly, open := strings.Count(asvs, "| held |"), strings.Count(asvs, "| partly |"), strings.Count(asvs, "| **open** |")
	return fmt.Sprintf("%d regels zijn van toepassing: %d gehaald, %d deels of door wat eromheen staat, %d open.", held+partly+open, held, partly, open)
}

// bytesOf formats a size.
func bytesOf(n int64) string {
	const kilo = 1000
	if n < kilo*kilo {
		return fmt.Sprintf("%d kB", (n+kilo-1)/kilo)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/kilo/kilo)
}
