package referral

import (
	"math"
	"slices"
)

// Scoring version 2. The cut-off is the middle of the scale; the widths and shares are
// choices of the project, and raising any of them raises the scoring version.
const (
	cutOff      = 50.0 // high from here on, on either axis
	borderWidth = 5.0
	// Businesses that are not ready understate the impact, so the border is wider there.
	wideBorder    = 10.0
	minMeasured   = 0.6  // share of the blocks that must be measured for a quadrant
	minIndicative = 0.25 // share of "weet ik niet" from which a result is a first picture
	minCyber      = 2    // cyber answers that make the block count
)

// Assess scores the answers on the scale. asked are the ids of the questions that this
// business is asked; an item counts when its question was asked, or has an answer that
// follows from another one. alarmed reports that an incident was mentioned earlier, and
// makes cyber weak. Assess is total: unknown questions and options are not measured.
func Assess(scale *Scale, answers Answers, asked []string, alarmed bool) Assessment {
	var a Assessment
	var readiness, cyber, impact tally
	var proof, proof4 diiProof
	known, unknown := 0, 0
	for i := range scale.Items {
		item := &scale.Items[i]
		value := answers[item.Question]
		proof.add(item.DII[value])
		proof4.add(item.DII4[value])
		if item.Axis == "" {
			continue
		}
		wasAsked := slices.Contains(asked, item.Question)
		if value == "" && !wasAsked {
			continue
		}
		points, measured := item.Points[value]
		switch item.Axis {
		case AxisReadiness:
			readiness.add(points, measured)
		case AxisCyber:
			cyber.add(points, measured)
		case AxisImpact:
			impact.add(points, measured)
		}
		if wasAsked && measured {
			known++
		} else if wasAsked && value == DontKnow {
			unknown++
		}
	}
	a.Cyber = cyberOutcome(&cyber, answers, alarmed)
	readiness.addBlock(&cyber)
	a.Readiness, a.ReadinessLow, a.ReadinessHigh = readiness.score()
	a.Impact, a.ImpactLow, a.ImpactHigh = impact.score()
	a.Indicative = unknown > 0 && float64(unknown) >= minIndicative*float64(known+unknown)
	a.place(readiness.enough() && impact.enough())
	a.Phase = phaseOf(answers)
	proof4.addSecurity(answers)
	a.DII, a.DII4 = proof.result(), proof4.result()
	a.Tips = tips(answers, asked)
	return a
}

// tally sums the items, or blocks, of one axis.
type tally struct {
	inPlay, measured int
	sum              float64 // of what was measured
	low, high        float64 // with the rest at its worst and at its best
}

func (t *tally) add(points float64, measured bool) {
	if !measured {
		t.addRange(0, 100)
		return
	}
	t.addRange(points, points)
	t.measured++
	t.sum += points
}

func (t *tally) addRange(low, high float64) {
	t.inPlay++
	t.low += low
	t.high += high
}

// addBlock adds the items of another tally as one block, which is measured when at
// least minCyber of them are.
func (t *tally) addBlock(block *tally) {
	if block.inPlay == 0 {
		return
	}
	_, low, high := block.score()
	t.addRange(low, high)
	if block.measured >= minCyber {
		t.measured++
		t.sum += block.mean()
	}
}

// mean returns the mean of what was measured, or 0.
func (t *tally) mean() float64 {
	if t.measured == 0 {
		return 0
	}
	return t.sum / float64(t.measured)
}

func (t *tally) score() (mean, low, high float64) {
	if t.inPlay == 0 {
		return 0, 0, 100
	}
	return t.mean(), t.low / float64(t.inPlay), t.high / float64(t.inPlay)
}

// enough reports whether enough was measured for a quadrant.
func (t *tally) enough() bool {
	return t.measured > 0 && float64(t.measured) >= minMeasured*float64(t.inPlay)
}

// place sets the quadrant and whether the business is near a border.
func (a *Assessment) place(enough bool) {
	ready, touched := a.Readiness >= cutOff, a.Impact >= cutOff
	if !enough {
		a.Quadrant = NoQuadrant
		return
	}
	a.Quadrant = quadrantOf(ready, touched)
	understated := !ready && !touched && a.Impact >= cutOff-wideBorder
	a.Border = math.Abs(a.Readiness-cutOff) < borderWidth || math.Abs(a.Impact-cutOff) < borderWidth || understated
	a.Extra = a.Quadrant != Vulnerable && a.Readiness < cutOff+borderWidth &&
		(a.Impact >= cutOff-borderWidth || understated)
}

// cyberOutcome evaluates the questions on working safely. A mean of half in place is still weak: a
// code on some things only, updates on some devices and a back-up that was never tested do not make
// a business safe. An unknown measure counts as absent. (In scoring version 1 exactly half was not
// weak.)
func cyberOutcome(cyber *tally, answers Answers, alarmed bool) Cyber {
	absent := false
	for _, q := range cyberQuestions {
		absent = absent || answers[q] == notAtAll
	}
	_, low, _ := cyber.score()
	switch {
	case alarmed,
		cyber.measured > 0 && cyber.mean() <= cutOff,
		absent && answers[qOutage] == stopsAtOnce:
		return CyberWeak
	case low <= cutOff:
		return CyberUnknown
	}
	return CyberOK
}

// phaseOf derives the phase of digital maturity, which only the referral rules use.
func phaseOf(answers Answers) Phase {
	further := func(question string) bool { v := answers[question]; return v == "c" || v == "d" }
	switch {
	case further(qPlan) && further(qAdmin):
		return Later
	case answers[qOnline] == notAtAll, answers[qPlan] == notAtAll && answers[qLearning] == notAtAll:
		return AdHoc
	}
	return Engaged
}

// tips returns the ids of the tips on working safely: every measure that is not fully
// in place, and for everyone the phone number of the IT supplier.
func tips(answers Answers, asked []string) []string {
	var list []string
	for _, q := range cyberQuestions {
		value := answers[q]
		if value != fullyInPlace && (value != "" || slices.Contains(asked, q)) {
			list = append(list, q)
		}
	}
	return append(list, tipITNumber)
}

// Across returns the quadrant on the other side of the nearest cut-off: the vulnerable one for a
// business that Extra is for. It is NoQuadrant without a quadrant.
func (a *Assessment) Across() Quadrant {
	ready, touched := a.Readiness >= cutOff, a.Impact >= cutOff
	switch {
	case a.Quadrant == NoQuadrant:
		return NoQuadrant
	case a.Extra:
		return Vulnerable
	case math.Abs(a.Readiness-cutOff) <= math.Abs(a.Impact-cutOff):
		ready = !ready
	default:
		touched = !touched
	}
	return quadrantOf(ready, touched)
}

// quadrantOf returns the quadrant of a readiness and an impact that are high or not.
func quadrantOf(ready, touched bool) Quadrant {
	switch {
	case touched && !ready:
		return Vulnerable
	case touched:
		return Leading
	case !ready:
		return Unhurried
	}
	return InOrder
}
