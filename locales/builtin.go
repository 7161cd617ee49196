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
	f = checked(name, others)
	f.messages = append(messages, f.messages...)
	return f
}

// simpleLines returns the messages of the lines "id" = "text" with simple placeholders, and the other
// lines. From a table or a text of several lines on, all lines are others.
func simpleLines(content string) (messages []message, others []byte) {
	var rest bytes.Buffer
	messages = make([]message, 0, strings.Count(content, "\n"))
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
		if id, words, ok := simpleLine(line); ok {
			messages = append(messages, message{id, simpleText(words)})
			continue
		}
		rest.WriteString(line + "\n")
	}
	return messages, rest.Bytes()
}

// simpleLine reads a line "id" = "text" in which nothing is escaped, of a simple text.
func simpleLine(line string) (id, words string, ok bool) {
	id, words, ok = strings.Cut(line, `" = "`)
	if !ok || !strings.HasPrefix(id, `"`) || !strings.HasSuffix(words, `"`) {
		return "", "", false
	}
	id, words = id[1:], words[:len(words)-1]
	plain := !strings.ContainsAny(id, `"\`) && !strings.ContainsAny(words, `"\`)
	return id, words, plain && words != "" && isSimple(words)
}
