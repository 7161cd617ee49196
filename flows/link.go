package flows

import (
	"regexp"
	"slices"
	"strings"

	"digiwijzer/referral"
)

var linkForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ParseLink reads the parameter of a start link: "<partner>_<GM code>_<language>",
// each part optional and in that order. What is not configured or not ours is
// unknown and left out, whatever it says.
func (e *Engine) ParseLink(parameter string, today referral.Date) (link Link) {
	if !linkForm.MatchString(parameter) {
		return Link{}
	}
	for i, part := range strings.Split(parameter, "_") {
		lower := strings.ToLower(part)
		_, isPartner := e.Partners[lower]
		_, isPlace := e.Catalogue.Region().Municipality(strings.ToUpper(part), today)
		switch {
		case i == 0 && isPartner:
			link.Partner = lower
		case isPlace && link.Municipality == "":
			link.Municipality = strings.ToUpper(part)
		case slices.Contains(e.Languages, lower):
			link.Lang = lower
		}
	}
	return link
}
