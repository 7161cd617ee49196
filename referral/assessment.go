package referral

// Quadrant is the position of a business by impact and readiness, each high from 50.
type Quadrant string

// The quadrants. Vulnerable is "kwetsbaar" in the source documents and is shown
// to people as "Nu aan zet". NoQuadrant means that too few answers were measured.
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
	CyberIncident Cyber = "incident" // an incident is going on
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

// SmallEnough reports whether the size is in the target group of the programme: up to
// 49 people.
func (s Size) SmallEnough() bool { return s == Zzp || s == Micro || s == Klein }

// Answers are the answers of one business: option values by question id. Skipped
// questions are absent.
type Answers map[string]string

// DontKnow is the option value of "weet ik niet" in every question that offers it.
const DontKnow = "x"

// Assessment is the result of scoring the answers (scoring version 2). Scores run from
// 0 to 100 and are not rounded; Low and High are the score with every unmeasured item
// at its worst and at its best.
type Assessment struct {
	Readiness, ReadinessLow, ReadinessHigh float64
	Impact, ImpactLow, ImpactHigh          float64
	Quadrant                               Quadrant
	Border                                 bool // within five points of a cut-off, or low readiness with impact 40–50
	Extra                                  bool // not vulnerable, but so near the border that the first step for vulnerable firms is added
	Indicative                             bool // a quarter or more of the items was "weet ik niet"
	Cyber                                  Cyber
	Phase                                  Phase
	DII                                    DII      // Digital Intensity Index, version 3
	DII4                                   DII      // version 4
	Tips                                   []string // ids of safety tips: login_code, updates, backups, it_number
}
