package referral

// Offer classifies how much of an advice goes beyond national help lines.
type Offer int

// The offers, the least first.
const (
	NoOffer        Offer = iota // only national help lines
	UncheckedOffer              // only initiatives that were not verified recently
	CheckedOffer                // at least one that was verified recently, or exists by law
)

// wishSafe is the value of the question on help for working safely.
const wishSafe = "veilig"

// OfferFor returns what the advice offers to somebody with a wish, counting the steps and the list
// under them. Help with working safely counts for the wish to work safely, and all other help for
// the other wishes.
func (a Advice) OfferFor(wish string) Offer {
	best := NoOffer
	for _, list := range [2][]Step{a.Steps, a.More} {
		for _, step := range list {
			kind := step.Initiative.Kind
			switch {
			case kind == KindNational || kind == KindIncident || (kind == KindCyber) != (wish == wishSafe):
			case step.Caveat:
				best = max(best, UncheckedOffer)
			default:
				return CheckedOffer
			}
		}
	}
	return best
}

// WhiteSpot is a kind of business to which only national help lines, or initiatives that were not
// verified recently, offer help.
type WhiteSpot struct {
	Quadrant       Quadrant
	Region         string   // U or GV
	Municipalities []string // GM codes; nil: every municipality of the region
	Size           Size
	Sector         string
	Wish           string
	Offer          Offer // NoOffer or UncheckedOffer
	// Firms is the number of businesses of this sector and size in the region, at least;
	// how many of them lie in Municipalities is not known.
	Firms    int
	Estimate bool // no source has the number of firms
}
