package locales

import (
	"bytes"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"

	"digiwijzer/locales/fault"
)

// readBuiltIn reads a file of this build as readMessages does, in a fraction of the time: every
// start reads them all, and reading TOML takes most of a start. Nearly all their lines are "id" = "text"
// without escapes; only the others are read as TOML.
func readBuiltIn(name string, content []byte) (f messageFile) {
	messages, rest := simpleLines(string(content))
	others, err := i18n.ParseMessageBytes(rest, toml.Unmarshal)
	if err != nil {
		f.faults = append(f.faults, fault.NotTOML(name, err))
		return f
	}
	return checked(name, append(messages, others...))
}

// simpleLines returns the messages of the lines "id" = "text", and the other lines. From a table or
// a text of several lines on, all lines are others.
func simpleLines(content string) (messages []*i18n.Message, others []byte) {
	var rest bytes.Buffer
	for len(content) > 0 {
		line, after, _ := strings.Cut(content, "\n")
		if strings.HasPrefix(line, "[") || strings.Contains(line, `"""`) || strings.Contains(line, "'''") {
			rest.WriteString(content)
			break
		}
		content = after
		if line == "" || line[0] == '#' {
			continue
		}
		if id, text, ok := simpleLine(line); ok {
			messages = append(messages, &i18n.Message{ID: id, Other: text})
			continue
		}
		rest.WriteString(line + "\n")
	}
	return messages, rest.Bytes()
}

// simpleLine reads a line "id" = "text" in which nothing is escaped.
func simpleLine(line string) (id, text string, ok bool) {
	id, text, ok = strings.Cut(line, `" = "`)
	if !ok || !strings.HasPrefix(id, `"`) || !strings.HasSuffix(text, `"`) {
		return "", "", false
	}
	id, text = id[1:], text[:len(text)-1]
	return id, text, !strings.ContainsAny(id+text, `"\`)
}
