package referral

// Case is everything the referral rules look at.
type Case struct {
	Assessment
	Size         Size
	Sector       string  // sector id
	Municipality string  // GM code, or "buiten"
	Answers      Answers // effective answers; the rules read staffing, obstacle and help_wanted
	Today        Date    // decides on dates of initiatives, rounds and municipalities
	Scale        *Scale  // what the answers were scored on; the reasons are chosen by its points
}

// Advice is what a case is referred to.
type Advice struct {
	Card    Card
	Steps   []Step // at most three; these are the referrals that are counted
	Closing []Step // the human desk that is always within reach
	More    []Step // shown under "meer"; counted as mentions
	Notes   []Step // remarks under the steps, such as a closed subsidy; counted as mentions
	Gap     bool   // there is no regional desk for this business
	Sizable bool   // larger than the 1–50 people this check is made for (rule R60)
	Outside bool   // outside the region (rule R70)
}

// Card is a message that comes before or instead of steps.
type Card string

// The cards.
const (
	NoCard        Card = ""
	CardIncident  Card = "incident"
	CardNothing   Card = "nothing_needed"
	CardTooLittle Card = "too_little"
)

// Step is one initiative in an advice, with the rule that proposed it and the
// answers that made the rule fire.
type Step struct {
	Initiative *Initiative
	Rule       string    // id of the rule, such as "R20"
	Reason     string    // text id of the reason, such as "reason.R20"
	Because    []Because // the answers that fired the rule, most telling first, at most three
	Extra      bool      // added by the precaution for businesses near the border
	Caveat     bool      // nobody verified this record lately: say so
	URL        string    // own address or that of its via record; may be empty
	Via        *Initiative
}

// Because is one answer that a rule fired on. Question may be an input that is no
// question: "municipality", "sector".
type Because struct {
	Question string
	Value    string
}
