package advicecode

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// LengthError is the error for what looks like a code with too few or too many characters.
type LengthError struct{ Characters int }

// Error names the number of characters.
func (e *LengthError) Error() string {
	return fmt.Sprintf("an advice code has %d characters, and this has %d", Characters, e.Characters)
}

// maxRead is how many bytes of a text are read: a code, and a sentence around it.
const maxRead = 1000

// Decode reads the code in a text: in any case, with or without hyphens and spaces, with O
// for 0 and I or L for 1, as it was copied, or with words around it. The errors are
// ErrNoCode, *LengthError, ErrTypo, ErrUnknownLayout and ErrMalformed.
//
// Only a text with the form of a code can lead to an error other than ErrNoCode: not every sentence of
// twenty-four letters is a mistyped code.
func Decode(layouts Layouts, text string) (Check, error) {
	words := words(text)
	whole := strings.Join(words, "")
	if len(whole) == Characters {
		if c, err := layouts.read(whole); err == nil || looksLikeCode(words) {
			return c, err
		}
	}
	c, err := layouts.search(words)
	if errors.Is(err, ErrNoCode) && looksLikeCode(words) {
		return Check{}, &LengthError{len(whole)}
	}
	return c, err
}

// read decodes a code of the right length.
func (ls Layouts) read(characters string) (Check, error) {
	data, err := encoding.DecodeString(lookalikes.Replace(characters))
	if err != nil {
		return Check{}, ErrTypo
	}
	return ls.unpack(data)
}

var lookalikes = strings.NewReplacer("O", "0", "I", "1", "L", "1")

// search finds the code among words: any of them in sequence that have twenty-four
// characters together. When none can be read, the error is of those that look like one.
func (ls Layouts) search(words []string) (Check, error) {
	found := ErrNoCode
	for from := range words {
		length := 0
		for to := from; to < len(words) && length < Characters; to++ {
			if length += len(words[to]); length != Characters {
				continue
			}
			some := words[from : to+1]
			c, err := ls.read(strings.Join(some, ""))
			if err == nil {
				return c, nil
			}
			if looksLikeCode(some) && !errors.Is(found, ErrTypo) {
				found = err // a typing error is more specific than unknown questions
			}
		}
	}
	return Check{}, found
}

// words splits a text at everything that is neither letter nor digit, in capitals. Invisible characters,
// such as soft hyphens and zero-width spaces, do not split. A letter outside ASCII becomes a "?", which
// no code has.
func words(text string) []string {
	text = norm.NFKC.String(strings.ToValidUTF8(text[:min(len(text), maxRead)], "?"))
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return unicode.ToUpper(r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return '?'
		}
		return ' '
	}, text)
	return strings.Fields(text)
}

// looksLikeCode reports whether words have the form of a code, complete or not: about as many
// characters, in groups of four, or in a few pieces with a digit in each.
func looksLikeCode(words []string) bool {
	const tolerance = 6
	length, groups, withDigit := 0, 0, 0
	for _, word := range words {
		length += len(word)
		if len(word) == groupOf {
			groups++
		}
		if strings.ContainsAny(word, "0123456789") {
			withDigit++
		}
	}
	if length < Characters-tolerance || length > Characters+tolerance {
		return false
	}
	return groups >= 4 && withDigit > 1 || len(words) <= 3 && withDigit == len(words)
}
