package referral

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which typed words are compared: letters and digits
// only, without case, accents or ligatures, words separated by one space. An
// apostrophe is dropped ("'s-Graveland" is "s graveland"); any other sign separates
// words.
func Fold(text string) string {
	var b strings.Builder
	gap := false
	valid := strings.ToValidUTF8(text, " ") // norm misreads what follows an invalid byte
	for _, r := range cases.Fold().String(norm.NFKD.String(valid)) {
		switch {
		case unicode.Is(unicode.Mn, r), strings.ContainsRune("'’‘`", r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}
