package referral

// Catalogue holds the initiatives, the rules and the region. It never changes
// after loading and may be used from many goroutines.
type Catalogue struct {
	initiatives []*Initiative
	byID        map[string]*Initiative
	byName      map[string]*Initiative
	rules       []Rule
	compiled    []rule
	region      *Region
}

// Initiatives returns all records: those of the inventory of 2022 by row, then the
// others by id.
func (c *Catalogue) Initiatives() []*Initiative { return c.initiatives }

// Initiative returns the record with the given id.
func (c *Catalogue) Initiative(id string) (*Initiative, bool) {
	i, ok := c.byID[id]
	return i, ok
}

// Rules returns the referral rules in the order of the file.
func (c *Catalogue) Rules() []Rule { return c.rules }

// Region returns the municipalities, sectors and population figures.
func (c *Catalogue) Region() *Region { return c.region }
