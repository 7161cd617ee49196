package referral

// Kind is the sort of help that an initiative offers. Rules can exclude kinds.
type Kind string

// The kinds of initiative.
const (
	KindDirect     Kind = "direct"     // direct help with digitalisation
	KindCyber      Kind = "cyber"      // direct help with working safely
	KindEmerging   Kind = "emerging"   // could become direct help
	KindKnowledge  Kind = "knowledge"  // knowledge and cooperation
	KindInnovation Kind = "innovation" // for the innovative business: EDIH, ROM, AI hub
	KindNational   Kind = "national"   // a national help line
	KindSubsidy    Kind = "subsidy"
	KindIncident   Kind = "incident" // help during a security incident
	KindBranch     Kind = "branche"  // an association of the businesses of one sector
	KindRetired    Kind = "retired"  // never referred to
)

// Status is whether an initiative runs.
type Status string

// The statuses.
const (
	StatusActive      Status = "active"
	StatusUnverified  Status = "unverified"   // ran at some time; not known whether it still does
	StatusInFormation Status = "in_formation" // announced; at most a note
	StatusClosedRound Status = "closed_round" // open in its dated rounds only; otherwise at most a note
	StatusEnded       Status = "ended"
	StatusSuperseded  Status = "superseded"
)

// Capacity is how many more people an initiative can help.
type Capacity string

// The capacities. An oversubscribed initiative is never the first step.
const (
	CapacityOpen           Capacity = "open"
	CapacityLimited        Capacity = "limited"
	CapacityWaitlist       Capacity = "waitlist"
	CapacityOversubscribed Capacity = "oversubscribed"
	CapacityNone           Capacity = "none"
	CapacityUnknown        Capacity = "unknown"
)

// Initiative is one record of the catalogue. Except for proper names, what people read
// about it is in package locales, under initiative.<id>.
type Initiative struct {
	ID      string   `toml:"id"` // stable, never reused; the name of its file
	Name    string   `toml:"name"`
	Aliases []string `toml:"aliases"` // other names that people type
	Kind    Kind     `toml:"kind"`
	Seed    *Seed    `toml:"seed"` // nil if not in the inventory of 2022
	// Provider names the organisations behind it.
	Provider string `toml:"provider"`
	Status   Status `toml:"status"`
	// Standing marks bodies that exist by law, which need no recent verification.
	Standing  bool     `toml:"standing"`
	ValidFrom Date     `toml:"valid_from"`
	ValidTo   Date     `toml:"valid_to"` // last day; empty is open
	Rounds    []Round  `toml:"rounds"`   // dated facts only
	Capacity  Capacity `toml:"capacity"`
	// Via is the id of the record through which it is reached while it has no address of its own.
	Via string `toml:"via"`
	// Successor is the id of the record that took over; Instead are ids to point to otherwise.
	Successor   string      `toml:"successor"`
	Instead     []string    `toml:"instead"`
	Area        Area        `toml:"area"`
	Eligibility Eligibility `toml:"eligibility"`
	Fit         Fit         `toml:"fit"`
	// Priority settles ties of rank between records of one reach: 0–100, higher first.
	Priority int       `toml:"priority"`
	Cost     Cost      `toml:"cost"`
	Contact  []Contact `toml:"contact"`
	// Ask is the question to ask there: "wish" for one that follows from the wish, the obstacle or the
	// gaps, otherwise the text ask.<Ask>; empty is none.
	Ask string `toml:"ask"`
	// LastSign is when a public source last showed that it runs: a year, a month or a day.
	LastSign string `toml:"last_sign"`
	// VerifiedOn is the day on which a person checked its page; empty is never.
	VerifiedOn Date       `toml:"verified_on"`
	VerifiedBy string     `toml:"verified_by"`
	ReviewDays int        `toml:"review_days"` // days after which an editor must review it, 1–366
	Evidence   []Evidence `toml:"evidence"`
	Notes      string     `toml:"notes"` // for editors; never shown to entrepreneurs

	via   *Initiative // the record of Via
	order int         // place in Catalogue.Initiatives
}

// Seed is the place of a record in the Birch inventory of 2022.
type Seed struct {
	Row      int    `toml:"row"` // 1–20
	Category string `toml:"category"`
}

// Round is a period in which a scheme can be applied for; both days included.
type Round struct {
	From      Date   `toml:"from"`
	To        Date   `toml:"to"`
	BudgetEUR int    `toml:"budget_eur"`
	Evidence  string `toml:"evidence"` // id in the record's evidence
}

// Area is where an initiative works: nationally, or in a list of regions (U, GV, FV)
// and municipalities (GM codes). A municipality is included by its code or any region
// of its record, and excluded only by its code or the region it lies in.
type Area struct {
	Scope   string   `toml:"scope"` // national or list
	Include []string `toml:"include"`
	Exclude []string `toml:"exclude"`
}

// Eligibility holds the conditions of an initiative. Those that no question asks, such
// as turnover, are for editors and never hide a record.
type Eligibility struct {
	Sizes          []Size   `toml:"sizes"`   // empty: all
	Sectors        []string `toml:"sectors"` // empty: all
	TurnoverMaxEUR int      `toml:"turnover_max_eur"`
	OncePerFirm    bool     `toml:"once_per_firm"`
}

// Fit is for whom a record is meant. Load rejects rules that propose it to others.
type Fit struct {
	Quadrants []Quadrant `toml:"quadrants"` // empty: all
}

// Cost is what the entrepreneur pays, according to a source.
type Cost struct {
	Kind        string `toml:"kind"` // free or subsidy; empty is not known
	GrantPct    int    `toml:"grant_pct"`
	GrantMaxEUR int    `toml:"grant_max_eur"`
	Evidence    string `toml:"evidence"`
}

// Contact is one way to reach an initiative.
type Contact struct {
	Type     string `toml:"type"` // web, phone, email or visit
	Value    string `toml:"value"`
	Evidence string `toml:"evidence"` // id in the record's evidence
	// Name and Sectors are of an organisation that is there for these sectors only.
	Name    string   `toml:"name"`
	Sectors []string `toml:"sectors"` // empty: all
}

// Evidence is one public source: a page, or a document by its title.
type Evidence struct {
	ID       string `toml:"id"`
	Title    string `toml:"title"`
	URL      string `toml:"url"`
	PageDate string `toml:"page_date"` // as on the page: a day, a month, a year, or empty
	Says     string `toml:"says"`      // what it proves
}
