package referral

// Outside is the municipality value of a business outside the region.
const Outside = "buiten"

// The regions of the figures.
const (
	RegionUtrecht = "U"  // the province of Utrecht
	RegionGooi    = "GV" // Gooi en Vechtstreek
	RegionOutside = "outside"
)

// The size bands of the figures: coarser than Size, so that no business can be identified.
const (
	BandZzp  = "zzp"
	BandFew  = "2-9" // province of Utrecht only
	BandMany = "10+" // province of Utrecht only
	BandMkb  = "mkb" // 2 or more people; Gooi en Vechtstreek only
	BandAny  = ""    // outside the region
)

// OtherSector is the sector that small sectors are counted under.
const OtherSector = "anders"

// Municipality is one municipality of the region.
type Municipality struct {
	Code      string   `toml:"code"` // GM code of Statistics Netherlands
	Name      string   `toml:"name"`
	Region    string   `toml:"region"` // U or GV: where it lies
	Also      []string `toml:"also"`   // regions it takes part in as well
	ValidFrom Date     `toml:"valid_from"`
	ValidTo   Date     `toml:"valid_to"`  // last day; empty is open
	Successor string   `toml:"successor"` // the municipality it merged into
	Planned   string   `toml:"planned"`   // why the last day is not certain; for editors
	Places    []string `toml:"places"`    // villages, former municipalities and short names that people type
	Maybe     []string `toml:"maybe"`     // names that also exist elsewhere: to be confirmed
	Postcodes []string `toml:"postcodes"` // the four digits of its postcodes: "3755", "3700-3712"
}

// Sector is one line of business.
type Sector struct {
	ID            string   `toml:"id"`
	Divisions     []string `toml:"divisions_2008"` // SBI 2008 divisions: "47", "10-33"
	Divisions2025 []string `toml:"divisions_2025"`
	Lagging       bool     `toml:"lagging"`     // lags behind in digitalisation (Birch, 2022)
	EDIH          string   `toml:"edih_sector"` // the EDIH's own name of the sector; empty: not one of its four
}

// Figures are the numbers of the source documents that reports compare with.
type Figures struct {
	Establishments int    `toml:"establishments"` // with two or more people, province of Utrecht, 2022
	Laggards       int    `toml:"laggards"`       // businesses behind in digitalisation, province of Utrecht, about
	YearTarget     int    `toml:"year_target"`    // micro and small businesses to reach a year
	Source         string `toml:"source"`
}

// PlaceKind is how a typed place was recognised.
type PlaceKind string

// The kinds of match.
const (
	PlaceNone    PlaceKind = ""        // not recognised
	PlaceExact   PlaceKind = "exact"   // the whole text is a name
	PlaceGuess   PlaceKind = "guess"   // a typing error, or a name among other words: to be confirmed
	PlaceOutside PlaceKind = "outside" // a known place outside the region
	// PlacePostcode is a postcode of no municipality of the region.
	PlacePostcode PlaceKind = "postcode"
)

// PlaceMatch is the result of Region.Match; Municipality and Place are set on exact and
// guess, and Other on a guess where two municipalities are meant.
type PlaceMatch struct {
	Kind         PlaceKind
	Municipality Municipality
	Place        string // the village, former municipality or municipality that was recognised
	Other        *Municipality
}

// Region holds the municipalities, the sectors and the population figures. It is
// immutable and safe for concurrent use.
type Region struct {
	municipalities []Municipality             // by name
	byCode         map[string][]*Municipality // by first day
	largest        []string
	sectors        []Sector
	bySector       map[string]*Sector
	figures        Figures
	threshold      int
	population     map[cell]count
	places         []place
	maybe          map[string][]string // codes by folded name, without spaces
	postcodes      []postcodes
}

// postcodes is a range of postcodes of one municipality, by their four digits.
type postcodes struct {
	from, to int
	code     string
}

// cell is one combination of the outcome rows.
type cell struct{ region, sector, band string }

type count struct {
	n        int
	estimate bool
}
