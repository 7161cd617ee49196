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
	for _, r := range withoutCase(text) {
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

// withoutCase decomposes text and folds its case. Most text is ASCII, for which that is lower case.
func withoutCase(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return strings.ToLower(text)
	}
	return foldedCase(text)
}

func foldedCase(text string) string {
	valid := strings.ToValidUTF8(text, " ") // norm misreads what follows an invalid byte
	return cases.Fold().String(norm.NFKD.String(valid))
}
