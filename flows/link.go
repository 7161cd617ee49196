package flows

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"digiwijzer/referral"
)

// Known is what a start link may name. Every channel reads links with it, so that a poster counts
// the same in every channel.
type Known struct {
	// Partners by code, which is in lower case. A paused one is not named or counted, but
	// its links still fill in its municipality and language: posters outlive a partner.
	Partners  map[string]Partner
	Region    *referral.Region
	Languages []string
}

// MaxParameter is the most characters that Telegram takes in the parameter of a start link
// (https://core.telegram.org/bots/features#deep-linking).
const MaxParameter = 64

var (
	linkForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2}$`)
)

// Read reads the parameter of a start link, such as "kvk-utrecht_GM0355_en": a partner, a GM code
// and a language, each optional, in any order and in any case, as people copy it: see
// CleanParameter. The first of each kind counts. Unknown parts are ignored; unknown is the first
// of them, or a paused partner.
func (k Known) Read(parameter string) (link Link, unknown string) {
	parameter = CleanParameter(parameter)
	if !linkForm.MatchString(parameter) {
		return Link{}, parameter
	}
	var paused Partner
	for part := range strings.SplitSeq(parameter, "_") {
		lower, upper := strings.ToLower(part), strings.ToUpper(part)
		partner, isPartner := k.Partners[lower]
		_, isPlace := k.Region.Municipality(upper, referral.MaxDate)
		switch {
		case isPartner && partner.Paused && paused.Code == "":
			paused, unknown = partner, cmp.Or(unknown, part)
		case isPartner && link.Partner == "":
			link.Partner = lower
		case isPlace && link.Municipality == "":
			link.Municipality = upper
		case slices.Contains(k.Languages, lower) && link.Lang == "":
			link.Lang = lower
		case unknown == "":
			unknown = part
		}
	}
	if link.Partner == "" {
		link.Municipality, link.Lang = cmp.Or(link.Municipality, paused.Municipality), cmp.Or(link.Lang, paused.Lang)
	}
	return link, unknown
}

// CleanParameter returns the parameter of a start link as it was meant. People copy addresses
// with surrounding text, word processors replace hyphens and add invisible characters, an
// underlined link hides its underscores, and newsletter tools append parameters without a
// question mark.
func CleanParameter(copied string) string {
	s := Mend(copied[:min(len(copied), maxCopied)])
	for _, before := range []string{"/p/", "/embed/", "start="} { // a whole address
		if at := strings.LastIndex(s, before); at >= 0 {
			s = s[at+len(before):]
		}
	}
	s = brokenLine.ReplaceAllString(s, "$1")
	s = lostUnderscore.ReplaceAllString(s, "_$1")
	s = strings.TrimLeftFunc(s, func(r rune) bool { return !inCode(r) })
	if end := strings.IndexFunc(s, func(r rune) bool { return !inCode(r) && r != '-' && r != '_' }); end >= 0 {
		s = s[:end]
	}
	return strings.TrimRight(s, "-_")
}

// maxCopied is how many bytes of a copied link are read.
const maxCopied = 400

var (
	brokenLine     = regexp.MustCompile(`\s*([-_])\s*`)
	lostUnderscore = regexp.MustCompile(`(?i)\s+(gm\d{4})`)
)

// Mend returns a copied text with plain hyphens and spaces, in compatibility form (NFKC,
// UAX #15) and without invisible characters.
func Mend(copied string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r), r == '\u2212', r == '\u2043': // minus sign, hyphen bullet
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r): // soft hyphen, zero-width space, byte-order mark
			return -1
		}
		return r
	}, norm.NFKC.String(copied)))
}

func inCode(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// Parameter returns the parameter of a start link for this link, such as "kvk-utrecht" or
// "kvk-utrecht_GM0355_en". A link without a partner has none.
func (l Link) Parameter() (string, error) {
	parts := []string{l.Partner}
	if l.Municipality != "" {
		if !municipalityCode.MatchString(l.Municipality) {
			return "", fmt.Errorf("%q is not a GM code such as GM0344", l.Municipality)
		}
		parts = append(parts, l.Municipality)
	}
	if l.Lang != "" {
		if !languageForm.MatchString(l.Lang) {
			return "", fmt.Errorf("%q is not a language such as nl", l.Lang)
		}
		parts = append(parts, l.Lang)
	}
	parameter := strings.Join(parts, "_")
	if !partnerCode.MatchString(l.Partner) || !linkForm.MatchString(parameter) {
		return "", fmt.Errorf("%q cannot go into a link: at most %d of a-z, 0-9 and hyphens", parameter, MaxParameter)
	}
	return parameter, nil
}

// ParseLink reads the parameter of a start link against the content of the engine.
func (e *Engine) ParseLink(parameter string) Link {
	link, _ := Known{e.Partners, e.Catalogue.Region(), e.Languages}.Read(parameter)
	return link
}
