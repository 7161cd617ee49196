package values

import "encoding/json"

// EncodeMarks returns marks by the names of fields as a text for a form.
func EncodeMarks(marks map[string]string) string {
	text, err := json.Marshal(marks)
	if err != nil {
		return ""
	}
	return string(text)
}

// DecodeMarks returns the marks in a text of EncodeMarks. One that is forged or cut off has none: every
// field counts as changed by others.
func DecodeMarks(text string) map[string]string {
	marks := map[string]string{}
	_ = json.Unmarshal([]byte(text), &marks)
	return marks
}
