package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"digiwijzer/referral"
)

// Known is what a start link may name. Every channel reads links with it, so that a
// poster counts the same wherever it leads.
type Known struct {
	Partners  map[string]Partner // by code, which is in lower case
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

// Read reads the parameter of a start link, such as "kvk-utrecht_GM0355_en": a partner, a
// GM code and a language, each optional, in any order and in any case, since people copy
// links from paper. The first of a kind counts. Parts that are not known are ignored;
// unknown is the first of them.
func (k Known) Read(parameter string) (link Link, unknown string) {
	if !linkForm.MatchString(parameter) {
		return Link{}, parameter
	}
	for part := range strings.SplitSeq(parameter, "_") {
		lower, upper := strings.ToLower(part), strings.ToUpper(part)
		_, isPartner := k.Partners[lower]
		_, isPlace := k.Region.Municipality(upper, referral.MaxDate)
		switch {
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
	return link, unknown
}

// Parameter returns what a start link carries for this link: "kvk-utrecht",
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
