package locales

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"

	"digiwijzer/locales/fault"
)

// readBuiltIn reads a file of this build as readMessages does, in a fraction of the time: every
// start reads them all, and reading TOML takes most of a start. Nearly all their lines are
// "id" = "text"; only the others are read as TOML.
func readBuiltIn(name string, content []byte) (f messageFile) {
	messages, rest := simpleLines(string(content))
	others, err := i18n.ParseMessageBytes(rest, toml.Unmarshal)
	if err != nil {
		f.faults = append(f.faults, fault.NotTOML(name, err))
		return f
	}
	f = checked(name, others)
	f.messages = append(messages, f.messages...)
	return f
}

// severalLines begins and ends a text of several lines.
const severalLines = `"""`

// simpleLines returns the messages of the lines "id" = "text" with simple placeholders, and the other
// lines. From a table on, all lines are others.
func simpleLines(content string) (messages []message, others []byte) {
	var rest bytes.Buffer
	messages = make([]message, 0, strings.Count(content, "\n"))
	for len(content) > 0 {
		line, after, _ := strings.Cut(content, "\n")
		if strings.HasPrefix(line, "[") || strings.Contains(line, "'''") {
			rest.WriteString(content)
			break
		}
		if _, opened, found := strings.Cut(line, severalLines); found && !strings.Contains(opened, severalLines) {
			text, _, _ := strings.Cut(after, severalLines)
			last, afterwards, _ := strings.Cut(after[len(text):], "\n")
			rest.WriteString(line + "\n" + text + last + "\n")
			content = afterwards
			continue
		}
		content = after
		if line == "" || line[0] == '#' {
			continue
		}
		if id, words, ok := simpleLine(line); ok {
			messages = append(messages, message{id, simpleText(words)})
			continue
		}
		rest.WriteString(line + "\n")
	}
	return messages, rest.Bytes()
}

// simpleLine reads a line "id" = "text" of a simple text.
func simpleLine(line string) (id, words string, ok bool) {
	id, words, ok = strings.Cut(line, `" = `)
	if !ok || !strings.HasPrefix(id, `"`) || strings.ContainsAny(id[1:], `"\`) || !strings.HasPrefix(words, `"`) {
		return "", "", false
	}
	words, err := strconv.Unquote(words) // reads every escape of TOML, and more
	return id[1:], words, err == nil && words != "" && isSimple(words)
}
