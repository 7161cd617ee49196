package audit

import (
	"context"
	"slices"
	"sync"

	"digiwijzer/referral"
)

// maxWalks is the number of structures whose walk a Gate keeps.
const maxWalks = 3

// Gate checks one content after another. Where only texts differ from a content that passed,
// it skips what they cannot change: the paths, the outcomes and the combinations. Safe for
// use from many goroutines, one check at a time.
type Gate struct {
	mu    sync.Mutex
	known []string // structures in the order of their last use
	walks map[string]*walk
}

// NewGate returns a gate that has the walk of the embedded content, which the tests of the program
// check.
func NewGate(embedded string) *Gate {
	g := &Gate{walks: map[string]*walk{}}
	if w := embeddedWalk(); w != nil {
		g.keep(embedded, w)
	}
	return g
}

// Knows reports whether only the texts of a content of that structure remain to be checked.
func (g *Gate) Knows(structure string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.walks[structure] != nil
}

// Check is like the function Check, for content that replaces before: the content in use, which passed earlier; nil:
// none. It checks only the texts if the walk of the structure is known.
func (g *Gate) Check(ctx context.Context, before *Content, after Content, o Options) Report {
	one := newGate(after, o)
	one.before = before
	if w, advised := g.walkOf(after.Structure); w != nil {
		one.walk, one.advised = w, advised
	}
	report := one.check(ctx)
	if ctx.Err() == nil && !one.walk.done && !slices.ContainsFunc(report.Faults, func(f Fault) bool { return ofWalk[f.Kind] }) {
		one.walk.done, one.walk.coverage = true, report.Coverage
		g.keep(after.Structure, one.walk)
	}
	g.keepActions(after.Structure, one.actions)
	return report
}

// ofWalk are the faults that do not depend on texts.
var ofWalk = map[string]bool{
	"question.unreached": true, "option.never": true, "question.dead_end": true, "walk.disagrees": true,
	"outcome.empty": true, "outcome.doubtful": true, "rule.never": true, "rule.alternative_never": true, "combination.empty": true,
}

// walkOf returns the walk of a structure and, by action, a business to which it is advised; nil if
// there is none.
func (g *Gate) walkOf(structure string) (*walk, map[string]referral.Answers) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.walks[structure]
	if structure == "" || w == nil {
		return nil, nil
	}
	g.known = append(slices.DeleteFunc(g.known, func(s string) bool { return s == structure }), structure)
	return w, w.advised
}

// keepActions keeps the businesses to which the actions of a structure are advised. No text changes
// them, and finding them takes longer than the rest of a check of one text.
func (g *Gate) keepActions(structure string, actions []actionWitness) {
	advised := map[string]referral.Answers{}
	for _, w := range actions {
		advised[w.action.ID] = w.answers
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if w := g.walks[structure]; w != nil {
		w.advised = advised
	}
}

func (g *Gate) keep(structure string, w *walk) {
	if structure == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.walks[structure] = w
	if g.known = append(g.known, structure); len(g.known) > maxWalks {
		delete(g.walks, g.known[0])
		g.known = g.known[1:]
	}
}
