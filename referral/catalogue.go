package referral

import "strings"

// Catalogue holds the initiatives, the rules and the region. It never changes
// after loading and may be used from many goroutines.
type Catalogue struct {
	initiatives []*Initiative
	byID        map[string]*Initiative
	byName      map[string]*Initiative
	rules       []Rule
	compiled    []compiledRule
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

// Named returns the record that a person means who types its name or an alias, and
// nothing else. Capitals, accents, spaces and punctuation do not matter.
func (c *Catalogue) Named(text string) (*Initiative, bool) {
	if len(text) > maxTyped {
		return nil, false
	}
	i, ok := c.byName[nameKey(text)]
	return i, ok
}

// nameKey folds a name to what two ways of typing it have in common.
func nameKey(name string) string { return strings.ReplaceAll(Fold(name), " ", "") }
