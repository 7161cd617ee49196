package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text writes the document as plain-text tables.
func (d Document) Text(w io.Writer) error {
	var b strings.Builder
	b.WriteString(d.Title + "\n")
	if d.Goal != nil {
		b.WriteString(d.Goal.Label + "\n")
	}
	if d.Warning != "" {
		b.WriteString(d.Warning + "\n")
	}
	if len(d.Figures) > 0 {
		b.WriteString("\n")
		d.figuresAsText(&b)
	}
	for _, section := range d.Sections {
		b.WriteString("\n" + strings.ToUpper(section.Title) + "\n")
		for _, line := range section.Text {
			b.WriteString(line + "\n")
		}
		for _, t := range section.Tables {
			b.WriteString("\n")
			t.text(&b)
		}
	}
	if len(d.Notes) > 0 {
		b.WriteString("\n" + strings.Join(unique(d.Notes), "\n") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d Document) figuresAsText(b *strings.Builder) {
	var rows [][]string
	for _, f := range d.Figures {
		rows = append(rows, []string{f.Label, f.Value, f.Note})
	}
	widths := columnWidths(rows)
	for _, row := range rows {
		fmt.Fprintf(b, "%s  %s  %s\n", left(row[0], widths[0]), right(row[1], widths[1]), row[2])
	}
}

// text writes one table, followed by its notes.
func (t Table) text(b *strings.Builder) {
	if len(t.NonZeroRows()) == 0 {
		fmt.Fprintf(b, "%s\n%s\n", t.Title, strings.Join(t.Notes, "\n"))
		return
	}
	if t.Wide {
		t.list(b)
		return
	}
	rows := [][]string{{t.Title}}
	for _, c := range t.Columns {
		rows[0] = append(rows[0], c.Title)
	}
	for _, row := range t.NonZeroRows() {
		cells := []string{row.Title}
		for _, c := range row.Cells {
			cells = append(cells, c.String())
		}
		rows = append(rows, cells)
	}
	widths := columnWidths(rows)
	total := -2
	for _, width := range widths {
		total += width + 2
	}
	for i, row := range rows {
		line := left(row[0], widths[0])
		for j, cell := range row[1:] {
			line += "  " + right(cell, widths[j+1])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		if i == 0 {
			b.WriteString(strings.Repeat("─", total) + "\n")
		}
	}
	for _, note := range t.Notes {
		b.WriteString("  " + note + "\n")
	}
}

// list writes a table of texts with a line for each cell.
func (t Table) list(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n", t.Title)
	for _, row := range t.NonZeroRows() {
		fmt.Fprintf(b, "• %s\n", row.Title)
		for i, cell := range row.Cells {
			if words := cell.String(); words != "" {
				fmt.Fprintf(b, "    %s: %s\n", t.Columns[i].Title, words)
			}
		}
	}
	for _, note := range t.Notes {
		b.WriteString("  " + note + "\n")
	}
}

func columnWidths(rows [][]string) (widths []int) {
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func left(text string, width int) string {
	return text + strings.Repeat(" ", width-utf8.RuneCountInString(text))
}

func right(text string, width int) string {
	return strings.Repeat(" ", width-utf8.RuneCountInString(text)) + text
}

// unique removes repeated lines.
func unique(lines []string) (all []string) {
	seen := map[string]bool{}
	for _, line := range lines {
		if !seen[line] {
			all = append(all, line)
		}
		seen[line] = true
	}
	return all
}
