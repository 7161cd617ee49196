package dossier

import (
	"regexp"
	"strings"

	"digiwijzer/bot/paper"
)

// parse reads the Markdown that the texts use: headings, paragraphs, lists, tables, bold, code
// and links. title is the first heading.
func parse(text string) (blocks []paper.Block, title string) {
	var paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			blocks, paragraph = append(blocks, paper.Paragraph(spans(strings.Join(paragraph, " ")))), nil
		}
	}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		switch {
		case line == "":
			flush()
		case strings.HasPrefix(line, "#"):
			flush()
			level := len(line) - len(strings.TrimLeft(line, "#"))
			h := paper.Heading{Level: min(level, 3), Text: strings.TrimSpace(line[level:])}
			if title == "" {
				title = h.Text
			}
			blocks = append(blocks, h)
		case strings.HasPrefix(line, "|"):
			flush()
			var rows [][][]paper.Span
			for ; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
				if !tableRule.MatchString(lines[i]) {
					rows = append(rows, cells(lines[i]))
				}
			}
			i--
			blocks = append(blocks, paper.Table{Head: rows[0], Rows: rows[1:]})
		case listItem.MatchString(line):
			flush()
			list := paper.List{Ordered: line[0] != '-'}
			for ; i < len(lines) && listItem.MatchString(lines[i]); i++ {
				list.Items = append(list.Items, spans(listItem.ReplaceAllString(lines[i], "")))
			}
			i--
			blocks = append(blocks, list)
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return blocks, title
}

var (
	tableRule = regexp.MustCompile(`^\|[-:| ]+\|$`)
	listItem  = regexp.MustCompile(`^(?:- (?:\[ \] )?|\d+\. )`)
	inline    = regexp.MustCompile("\\*\\*(.+?)\\*\\*|`([^`]+)`|\\[IN TE VULLEN [^\\]]*\\]|\\[([^\\]]+)\\]\\((https?://[^)\\s]+|[^)\\s]+)\\)")
)

func cells(line string) (all [][]paper.Span) {
	for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
		all = append(all, spans(strings.TrimSpace(cell)))
	}
	return all
}

// spans parses the text of a line.
func spans(text string) (all []paper.Span) {
	for text != "" {
		at := inline.FindStringSubmatchIndex(text)
		if at == nil {
			return append(all, paper.Span{Text: text})
		}
		if at[0] > 0 {
			all = append(all, paper.Span{Text: text[:at[0]]})
		}
		group := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return text[at[2*n]:at[2*n+1]]
		}
		switch {
		case group(1) != "":
			for _, s := range spans(group(1)) {
				s.Bold = true
				all = append(all, s)
			}
		case group(2) != "":
			all = append(all, paper.Span{Text: group(2)})
		case group(3) != "":
			s := paper.Span{Text: group(3)}
			if strings.HasPrefix(group(4), "http") {
				s.Href = group(4)
			}
			all = append(all, s)
		default:
			all = append(all, paper.Span{Text: text[at[0]:at[1]], Open: true, Bold: true})
		}
		text = text[at[1]:]
	}
	return all
}
