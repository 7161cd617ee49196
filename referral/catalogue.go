package referral

import "strings"

// Catalogue holds the initiatives, the rules and the region. It is immutable and safe
// for concurrent use; callers must not change what its methods return.
type Catalogue struct {
	initiatives []*Initiative
	byID        map[string]*Initiative
	byName      map[string]*Initiative
	actions     []*Action
	actionByID  map[string]*Action
	figures     []*Figure
	interview   []*InterviewQuestion
	rules       []Rule
	compiled    []compiledRule
	byQuadrant  map[Quadrant][]*compiledRule // the rules that can fire in a quadrant, in order
	region      *Region
}

// Initiatives returns all records: those of the inventory of 2022 by row, then the
// others by id.
func (c *Catalogue) Initiatives() []*Initiative { return c.initiatives }

// Initiative returns the record with the id; ok is false when there is none.
func (c *Catalogue) Initiative(id string) (i *Initiative, ok bool) {
	i, ok = c.byID[id]
	return i, ok
}

// AllActions returns the actions in the order of the files, ended ones too.
func (c *Catalogue) AllActions() []*Action { return c.actions }

// Action returns the action with the id; ok is false when there is none.
func (c *Catalogue) Action(id string) (a *Action, ok bool) {
	a, ok = c.actionByID[id]
	return a, ok
}

// Rules returns the referral rules in the order of the file.
func (c *Catalogue) Rules() []Rule { return c.rules }

// Region returns the municipalities, sectors and population figures.
func (c *Catalogue) Region() *Region { return c.region }

// Named returns the record whose name or alias is the whole text, compared without
// case, accents, spaces and punctuation. Texts over 120 bytes match nothing.
func (c *Catalogue) Named(text string) (*Initiative, bool) {
	if len(text) > maxTyped {
		return nil, false
	}
	i, ok := c.byName[nameKey(text)]
	return i, ok
}

// nameKey returns the form in which names are compared.
func nameKey(name string) string { return strings.ReplaceAll(Fold(name), " ", "") }
