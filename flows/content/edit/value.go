package edit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wide is the length from which an array is written with one element per line.
const wide = 120

// written returns a value as TOML; see Document.Set for the types. A flat one has no multi-line arrays.
func written(value any, flat bool) (string, error) {
	switch v := value.(type) {
	case string:
		return text(v)
	case Literal:
		return string(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return number(v), nil
	case []string:
		return brackets(listOf(v), flat)
	case []any:
		return brackets(v, flat)
	case []Field:
		return braces(v)
	}
	return "", fmt.Errorf("a value of type %T cannot be written", value)
}

func listOf(texts []string) []any {
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = s
	}
	return list
}

func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case math.IsNaN(v):
		return "nan"
	}
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// text returns a string in quotation marks; in triple ones if it has several lines.
func text(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("text is not UTF-8")
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if strings.Contains(s, "\n") {
		return `"""` + "\n" + escaped(s, true) + `"""`, nil
	}
	return `"` + escaped(s, false) + `"`, nil
}

// escaped escapes the characters that are not allowed in a basic string.
func escaped(s string, lines bool) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '"':
			b.WriteString(`\"`)
		case r == '\n' && lines, r == '\t':
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// brackets returns an array on one line, or with one element per line if it is wide or contains tables.
func brackets(values []any, flat bool) (string, error) {
	parts := make([]string, len(values))
	total := 0
	for i, v := range values {
		var err error
		if parts[i], err = written(v, true); err != nil {
			return "", err
		}
		if total += len(parts[i]) + 2; isFields(v) {
			total += wide
		}
	}
	if total > wide && !flat {
		return "[\n  " + strings.Join(parts, ",\n  ") + ",\n]", nil
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

func isFields(v any) bool {
	_, ok := v.([]Field)
	return ok
}

// braces returns a table in braces.
func braces(fields []Field) (string, error) {
	parts := make([]string, len(fields))
	for i, f := range fields {
		value, err := written(f.Value, true)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Key, err)
		}
		parts[i] = keyName(f.Key) + " = " + value
	}
	if len(parts) == 0 {
		return "{}", nil
	}
	return "{ " + strings.Join(parts, ", ") + " }", nil
}

// keyName returns a key, in quotation marks if needed.
func keyName(key string) string {
	for i := range len(key) {
		if !bare(key[i]) {
			return `"` + escaped(key, false) + `"`
		}
	}
	if key == "" {
		return `""`
	}
	return key
}

// headerName returns a header for keys: "action.source".
func headerName(keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = keyName(key)
	}
	return strings.Join(names, ".")
}

// Format returns a value of Document.Get as TOML, on one line unless a text has several.
func Format(value any) string {
	text, err := written(value, true)
	if err != nil {
		return ""
	}
	return text
}
