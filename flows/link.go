package flows

import (
	"regexp"
	"slices"
	"strings"

	"digiwijzer/referral"
)

// Known is what may stand in a start link. Every channel reads links with it, so that a
// poster counts the same wherever it leads.
type Known struct {
	Partners  map[string]Partner // by code, which is in lower case
	Region    *referral.Region
	Languages []string
}

var linkForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// evenDissolved is a day on which every municipality has got its last successor: the code
// of one that was dissolved stays in old links.
const evenDissolved referral.Date = "9999-12-31"

// Read reads the parameter of a start link, such as "kvk-utrecht_GM0355_en": a partner, a
// GM code and a language, each optional, in any order and in any case, since people copy
// links from paper. The first of a kind counts. What is not configured or not ours is left
// out, whatever it says; strange is the first such part.
func (k Known) Read(parameter string) (link Link, strange string) {
	if !linkForm.MatchString(parameter) {
		return Link{}, parameter
	}
	for part := range strings.SplitSeq(parameter, "_") {
		lower, upper := strings.ToLower(part), strings.ToUpper(part)
		_, isPartner := k.Partners[lower]
		_, isPlace := k.Region.Municipality(upper, evenDissolved)
		switch {
		case isPartner && link.Partner == "":
			link.Partner = lower
		case isPlace && link.Municipality == "":
			link.Municipality = upper
		case slices.Contains(k.Languages, lower) && link.Lang == "":
			link.Lang = lower
		case strange == "":
			strange = part
		}
	}
	return link, strange
}

// ParseLink reads the parameter of a start link by what the engine knows.
func (e *Engine) ParseLink(parameter string) Link {
	link, _ := Known{e.Partners, e.Catalogue.Region(), e.Languages}.Read(parameter)
	return link
}
