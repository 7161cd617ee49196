package web

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// host returns the name of a site without "www.".
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// sentence turns a short description into a sentence.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(upperFirst(text), ".") + "."
}

// wordsOnly returns a label without the emoji before it, since the site draws its own.
func wordsOnly(label string) string {
	return strings.TrimLeftFunc(label, func(r rune) bool { return !unicode.IsLetter(r) })
}

// rating returns which of the five faces belongs to an answer on satisfaction, 0 for another value: a.satisfaction.4
// is 4.
func rating(value string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(value, "a.satisfaction."))
	if err != nil {
		return 0
	}
	return n
}
