package referral

import (
	"maps"
	"slices"
)

// TextIDs returns the sorted ids of all texts that the data needs: reasons, notes,
// descriptions of initiatives, tips, and the fragments for inputs that are not on the
// scale. Scale.TextIDs returns those of the scored answers.
func (c *Catalogue) TextIDs() []string {
	ids := map[string]bool{reasonExtra: true, "tip." + tipITNumber: true}
	for _, q := range cyberQuestions {
		ids["tip."+q] = true
	}
	for _, i := range c.initiatives {
		ids["initiative."+i.ID+".about"] = true
		if i.Kind != KindRetired {
			ids["initiative."+i.ID+".pitch"] = true
			ids["initiative."+i.ID+".next"] = true
		}
		if i.Ask != "" && i.Kind != KindRetired {
			for _, key := range askTexts(i.Ask) {
				ids["ask."+key] = true
			}
		}
		if i.Cost.Kind != "" {
			ids["initiative."+i.ID+".cost"] = true
		}
	}
	for _, f := range c.figures {
		ids["benchmark."+f.ID], ids["result.population."+f.Population] = true, true
	}
	for _, a := range c.actions {
		if a.Status != StatusEnded {
			ids["action."+a.ID+".title"], ids["action."+a.ID+".how"] = true, true
		}
	}
	for _, q := range c.interview {
		ids["interview."+q.ID+".text"], ids["interview."+q.ID+".why"] = true, true
	}
	for wish := range wishKinds {
		ids["because."+qHelpWanted+"."+wish] = true
	}
	for obstacle := range obstacleKinds {
		ids["because."+qObstacle+"."+obstacle] = true
	}
	for i := range c.compiled {
		r := &c.compiled[i]
		for _, p := range r.proposals {
			for w := range r.When {
				ids[p.reasons[w]] = true
				if p.as != AsStep && p.as != AsMore {
					continue
				}
				for _, s := range p.because[w] {
					c.addBecause(ids, s, &r.When[w], p.when)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// addBecause adds the fragments that an input of a rule may need.
func (c *Catalogue) addBecause(ids map[string]bool, input string, rule, proposal *When) {
	if proposal == nil {
		proposal = &When{}
	}
	var values []string
	switch input {
	case qHelpWanted:
		for _, wish := range wishes {
			if wish != noIdea && wish != noHelp && oneOf(rule.HelpWanted, wish) && oneOf(proposal.HelpWanted, wish) {
				values = append(values, wish)
			}
		}
	case qObstacle:
		values = append(slices.Clone(rule.Obstacle), proposal.Obstacle...)
	case qStaffing:
		values = append(slices.Clone(rule.Staffing), proposal.Staffing...)
	case qPlace:
		ids["because."+qPlace] = true // with the name of the municipality
		ids["because."+qPlace+"."+Outside] = true
	case qSize:
		for i, s := range sizes {
			if oneOf(rule.Size, s) && oneOf(proposal.Size, s) {
				values = append(values, sizeAnswers[i])
			}
		}
	case qSector:
		for _, s := range c.region.sectors {
			if oneOf(rule.Sector, s.ID) && (rule.Lagging == nil || *rule.Lagging == s.Lagging) &&
				(rule.EDIHSector == nil || *rule.EDIHSector == (s.EDIH != "")) {
				values = append(values, s.ID)
			}
		}
	case "cyber":
		for _, q := range cyberQuestions {
			ids["because."+q+"."+notAtAll], ids["because."+q+"."+partlyInPlace], ids["because."+q+"."+DontKnow] = true, true, true
		}
		ids["because."+qOutage+"."+stopsAtOnce] = true
	}
	for _, v := range values {
		ids["because."+input+"."+v] = true
	}
}

// TextIDs returns the sorted ids of the fragments that reasons may use for scored
// answers.
func (s *Scale) TextIDs() []string {
	ids := map[string]bool{}
	for _, item := range s.Items {
		if item.Axis != AxisReadiness && item.Axis != AxisImpact {
			continue
		}
		for option := range item.Points {
			if item.side(option) != SideNone {
				ids["because."+item.Question+"."+option] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ids))
}
