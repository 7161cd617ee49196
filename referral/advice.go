package referral

// Case is the input of the referral rules.
type Case struct {
	Assessment
	Size         Size
	Sector       string  // sector id
	Municipality string  // GM code, or "buiten"
	Answers      Answers // effective answers; the rules read staffing, obstacle and help_wanted
	Today        Date    // the day on which initiatives, rounds and municipalities are looked up
	Scale        *Scale  // the scale of the answers; may be nil, and then reasons name no answers
}

// Advice is the outcome of the referral rules for a case.
type Advice struct {
	Card    Card
	Steps   []Step // at most three; these are the referrals that are counted
	Closing []Step // the national help line, when fewer than two steps are trusted; mentions
	More    []Step // shown under "meer"; counted as mentions
	Notes   []Step // remarks under the steps, such as a closed subsidy; counted as mentions
	Gap     bool   // there is no regional desk for this business
	Sizable bool   // larger than the 1–50 people this check is made for (rule R60)
	Outside bool   // outside the region (rule R70)
}

// Card is a message before, or instead of, the steps.
type Card string

// The cards.
const (
	NoCard        Card = ""
	CardIncident  Card = "incident"       // what to do first; no steps
	CardNothing   Card = "nothing_needed" // the business is in order
	CardTooLittle Card = "too_little"     // too few answers for a quadrant
)

// Step is one initiative in an advice, with the rule that proposed it and the
// answers that made the rule fire.
type Step struct {
	Initiative *Initiative
	Name       string      // the name for this business: of the initiative, or of its organisation for the sector
	Rule       string      // id of the rule, such as "R20"
	Reason     string      // text id of the reason, such as "reason.R20"
	Because    []Because   // the answers that fired the rule, strongest first, at most three
	Extra      bool        // the precautionary step for businesses near the border
	Caveat     bool        // neither verified nor standing: said with a line of its own
	Verified   bool        // a person checked the record; see Initiative.Verified
	URL        string      // own address or that of its via record; may be empty
	Via        *Initiative // the record through which it is reached; nil for its own address
	Phone      string      // the number to call; may be empty
	Ask        string      // text id of the question to ask there, such as "ask.papier"; may be empty
	Since      string      // its last public sign: a year, a month or a day; empty when none is known
}

// Because is one answer that made a rule fire: a question and the value of its option,
// or the GM code of a municipality.
type Because struct {
	Question string
	Value    string
}
