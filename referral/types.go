package referral

// Quadrant is the place of a business on the impact/readiness quadrant.
type Quadrant string

// The quadrants. Vulnerable is "kwetsbaar" in the source documents and is shown
// to people as "Nu aan zet". None means that too few answers were measured.
const (
	Vulnerable Quadrant = "vulnerable" // impact high, readiness low
	Leading    Quadrant = "leading"    // high, high
	Unhurried  Quadrant = "unhurried"  // low, low
	InOrder    Quadrant = "in_order"   // impact low, readiness high
	NoQuadrant Quadrant = "none"
)

// Cyber is the outcome of the questions on working safely.
type Cyber string

// The cyber outcomes.
const (
	CyberWeak     Cyber = "weak"
	CyberUnknown  Cyber = "unknown"
	CyberOK       Cyber = "ok"
	CyberIncident Cyber = "incident" // the person says that something is wrong now
)

// Phase is the phase of digital maturity. It steers the referral and is never shown.
type Phase string

// The phases; "adhoc" and "engaged" are named in the Birch inventory of 2022.
const (
	AdHoc   Phase = "adhoc"
	Engaged Phase = "engaged"
	Later   Phase = "later"
)

// Size is the size class of a business by people working in it.
type Size string

// The size classes: 1, 2–9, 10–49, 50–249 and 250 or more people.
const (
	Zzp    Size = "zzp"
	Micro  Size = "micro"
	Klein  Size = "klein"
	Midden Size = "midden"
	Groot  Size = "groot"
)

// SmallEnough tells whether the size is in the target group of the programme (1–50 people).
func (s Size) SmallEnough() bool { return s == Zzp || s == Micro || s == Klein }

// Answers are the answers of one business: question id to option value
// ("x" = "weet ik niet"). Skipped questions are absent.
type Answers map[string]string

// DontKnow is the option value of "weet ik niet" in every question that offers it.
const DontKnow = "x"

// Assessment is what the answers say of a business (scoring version 1). Scores
// run from 0 to 100 and are not rounded; Low and High are the score with every
// unmeasured item at its worst and at its best.
type Assessment struct {
	Readiness, ReadinessLow, ReadinessHigh float64
	Impact, ImpactLow, ImpactHigh          float64
	Quadrant                               Quadrant
	Border                                 bool // within five points of a cut-off, or low readiness with impact 40–50
	Extra                                  bool // not vulnerable, but so near that the first step for vulnerable firms is added
	Indicative                             bool // a quarter or more of the items was "weet ik niet"
	Cyber                                  Cyber
	Phase                                  Phase
	DII                                    DII
	Tips                                   []string // ids of safety tips: login_code, updates, backups, it_number
}

// DII is the result on the Digital Intensity Index, version 3 (2023), 12 items.
type DII struct {
	Met      int    `json:"met"`      // items certainly met
	Measured int    `json:"measured"` // items the answers say anything about
	Basis    string `json:"basis"`    // ja, nee, onbekend, waarschijnlijk wel, waarschijnlijk niet
}

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
