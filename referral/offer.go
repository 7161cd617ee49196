package referral

// Offer is how much of an advice is more than a national help line.
type Offer int

// The offers, the least first.
const (
	NoOffer        Offer = iota // nothing but national help lines
	UncheckedOffer              // only initiatives that nobody verified lately
	CheckedOffer                // at least one that was verified lately, or that exists by law
)

// wishSafe is the value of the question on help for working safely.
const wishSafe = "veilig"

// OfferFor returns what the advice offers to somebody with a wish: the steps, and what is
// listed under them. Help with working safely counts for the wish to work safely, and all
// other help for the other wishes.
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

// WhiteSpot is a kind of business that no live initiative offers anything to.
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
