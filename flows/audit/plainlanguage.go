package audit

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"digiwijzer/locales"
)

var (
	placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}`)
	sentenceEnd = regexp.MustCompile(`[.!?:](?:["”'’)]*)(?:\s+|$)|\n+`)
)

// checkPlain checks a Dutch text against the limits of plain language.
func (g *gate) checkPlain(id, source string) {
	p := &g.limits.Plain
	at := textAt(id, locales.Default)
	text := placeholder.ReplaceAllString(source, "woord")
	words := wordsOf(text)
	lower := " " + strings.ToLower(strings.Join(words, " ")) + " "
	for _, word := range p.Jargon {
		if strings.Contains(lower, " "+word+" ") {
			g.fault("plain.jargon", at, "Word", word)
		}
	}
	for _, word := range p.Formal {
		if strings.Contains(lower, " "+word+" ") {
			g.fault("plain.formal", at, "Word", word)
		}
	}
	if n := strings.Count(text, "!"); n > p.Exclamations {
		g.fault("plain.exclamations", at, "N", n)
	}
	if n := emoji(text); n > p.Emoji {
		g.fault("plain.emoji", at, "N", n)
	}
	g.checkSentences(at, text, words)
}

func (g *gate) checkSentences(at location, text string, words []string) {
	p := &g.limits.Plain
	limit, kind := p.SentenceWords, "plain.sentence"
	if strings.HasPrefix(at.id, "question.") && !strings.HasSuffix(at.id, ".hint") {
		limit, kind = p.QuestionWords, "plain.question"
	}
	sentences := 0
	for _, s := range sentenceEnd.Split(text, -1) {
		n := len(wordsOf(s))
		if n > 0 {
			sentences++
		}
		if n > limit {
			g.fault(kind, at, "N", n, "Max", limit)
		}
	}
	if sentences == 0 {
		return
	}
	average := float64(len(words)) / float64(sentences)
	if average > p.AverageWords {
		g.fault("plain.average", at, "N", int(math.Ceil(average)), "Max", fmt.Sprint(p.AverageWords))
	}
	if len(words) < p.ReadingFrom {
		return
	}
	if ease := readingEase(words, sentences); ease < p.ReadingEase {
		g.fault("plain.hard", at, "N", fmt.Sprintf("%.0f", ease), "Min", fmt.Sprint(p.ReadingEase))
	}
}

// readingEase returns the Flesch reading ease with the constants of Douma for Dutch
// (W.H. Douma, De leesbaarheid van landbouwbladen, 1960).
func readingEase(words []string, sentences int) float64 {
	n := 0
	for _, w := range words {
		n += syllables(w)
	}
	return 206.835 - 0.93*float64(len(words))/float64(sentences) - 77*float64(n)/float64(len(words))
}

// vowels are the groups of letters that are one vowel, the longest first.
var vowels = strings.Fields("aai ooi oei eeu ieu eau aa ee oo uu ie oe eu ui ei ij au ou a e i o u y é è ë ï ö ü á ó ú")

// syllables counts groups of vowels, which in Dutch is nearly always the number of
// syllables.
func syllables(word string) (n int) {
	for rest := strings.ToLower(word); rest != ""; {
		length := vowelAt(rest)
		if length > 0 {
			n++
		} else {
			_, length = utf8.DecodeRuneInString(rest)
		}
		rest = rest[length:]
	}
	return max(1, n)
}

// vowelAt returns the length of the vowel at the start of a text, or 0.
func vowelAt(text string) int {
	if !strings.ContainsRune("aeiouy", rune(text[0])) && text[0] < utf8.RuneSelf {
		return 0
	}
	for _, v := range vowels {
		if strings.HasPrefix(text, v) {
			return len(v)
		}
	}
	return 0
}

// wordsOf returns the words of a text: letters and digits, with hyphens and apostrophes
// inside a word.
func wordsOf(text string) []string {
	all := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-'’", r)
	})
	words := all[:0]
	for _, w := range all {
		if w = strings.Trim(w, "-'’"); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// emoji counts the emoji of a text.
func emoji(text string) (n int) {
	for _, r := range text {
		if r >= 0x1F000 || r >= 0x2600 && r <= 0x27BF {
			n++
		}
	}
	return n
}
