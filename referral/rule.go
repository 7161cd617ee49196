package referral

// Rule is one referral rule: when any of its conditions holds, its effects apply.
type Rule struct {
	ID      string     `toml:"id"`
	When    []When     `toml:"when"` // alternatives; the first that holds determines variant and because
	Propose []Proposal `toml:"propose"`
	Exclude []Kind     `toml:"exclude"` // these kinds are not shown at all
	Rerank  []Rerank   `toml:"rerank"`  // other ranks for proposals of other rules
	Lead    []string   `toml:"lead"`    // proposals of these rules come before all others
	Keep    []string   `toml:"keep"`    // with Silent: the rules whose steps remain
	Card    Card       `toml:"card"`
	Extra   bool       `toml:"extra"`  // also tried, as if vulnerable, for businesses near the border
	Gap     bool       `toml:"gap"`    // no regional help for this business: counted
	Silent  bool       `toml:"silent"` // no steps except those of Keep, and nothing under "meer"
	Stop    bool       `toml:"stop"`   // the card is the whole advice
	// Sizable and Outside are copied to the advice.
	Sizable  bool     `toml:"sizable"`
	Outside  bool     `toml:"outside"`
	Evidence []string `toml:"evidence"` // web addresses or titles of documents
	Notes    string   `toml:"notes"`    // for editors
}

// When is a set of conditions that must all hold; an empty one always holds. A list
// holds when it is empty or includes the value of the case.
type When struct {
	Quadrant     []Quadrant `toml:"quadrant"`
	Cyber        []Cyber    `toml:"cyber"`
	Phase        []Phase    `toml:"phase"`
	Size         []Size     `toml:"size"`
	Sector       []string   `toml:"sector"`
	Lagging      *bool      `toml:"lagging"`     // the sector lags behind in digitalisation
	EDIHSector   *bool      `toml:"edih_sector"` // the sector is one the EDIH is meant for
	Region       []string   `toml:"region"`      // U, GV, outside
	Municipality []string   `toml:"municipality"`
	HelpWanted   []string   `toml:"help_wanted"`
	Obstacle     []string   `toml:"obstacle"`
	Staffing     []string   `toml:"staffing"`
	// ReadinessFrom and ReadinessBelow bound the score of readiness, 1–100; 0 is no bound.
	ReadinessFrom  int    `toml:"readiness_from"`
	ReadinessBelow int    `toml:"readiness_below"`
	RoundOpen      string `toml:"round_open"` // id of an initiative in one of its dated rounds
	// Because lists the inputs that the reason names, strongest first.
	Because []string `toml:"because"`
	Variant string   `toml:"variant"` // reason.<rule>.<variant>

	round *Initiative // the record of RoundOpen
}

// Place is the part of the advice that a proposal is for.
type Place string

// The places.
const (
	AsStep    Place = "step"    // one of at most three steps, otherwise under "meer"
	AsMore    Place = "more"    // under "meer"
	AsNote    Place = "note"    // a remark under the steps
	AsClosing Place = "closing" // only if fewer than two steps are trusted
)

// Proposal is one initiative that a rule proposes.
type Proposal struct {
	Initiative string `toml:"initiative"`
	Rank       int    `toml:"rank"` // 1–999, lowest first
	As         Place  `toml:"as"`   // empty is a step
	When       *When  `toml:"when"` // a further condition on this proposal only
	Variant    string `toml:"variant"`
}

// Rerank gives an initiative another rank if it is proposed as a step. Of several rules the lowest
// rank applies.
type Rerank struct {
	Initiative string `toml:"initiative"`
	Rank       int    `toml:"rank"`
}
