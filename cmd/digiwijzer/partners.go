package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

// partnerEntry is a partner from either place, paused ones too.
type partnerEntry struct {
	share.Partner
	InFile bool // in the content folder or built in; otherwise in the data folder
	State  store.PartnerState
}

// merged puts the partners of the data folder beside those in the file, which win: a
// file is what an editor looks at. What the rest of the content no longer knows of a
// partner kept as data is left out, so that it cannot stop the content.
func (c *content) merged(file []share.Partner, kept store.Partners) (entries []partnerEntry) {
	codes := map[string]bool{}
	add := func(p share.Partner, inFile bool) {
		codes[p.Code] = true
		state := kept.States[p.Code]
		p.Paused = p.Paused || state.Paused
		entries = append(entries, partnerEntry{p, inFile, state})
	}
	for _, p := range file {
		add(p, true)
	}
	for _, k := range kept.List {
		if codes[k.Code] {
			continue
		}
		p := share.Partner{Code: k.Code, Name: k.Name, Kind: share.Kind(k.Kind), Municipality: k.Municipality, Lang: k.Lang}
		if !slices.Contains(c.texts.Languages(), p.Lang) {
			p.Lang = ""
		}
		if !c.hasMunicipality(p.Municipality) {
			p.Municipality = ""
		}
		add(p, false)
	}
	return entries
}

// checkPlace checks what only the rest of the content can tell of a partner.
func (c *content) checkPlace(p share.Partner) (faults []string) {
	if p.Lang != "" && !slices.Contains(c.texts.Languages(), p.Lang) {
		faults = append(faults, fmt.Sprintf("there are no texts in language %q", p.Lang))
	}
	if p.Municipality != "" && !c.hasMunicipality(p.Municipality) {
		faults = append(faults, fmt.Sprintf("there is no municipality %q in the region", p.Municipality))
	}
	return faults
}

// usePartners takes the partners in use: all but the paused, whose links still work,
// uncounted.
func (c *content) usePartners(entries []partnerEntry) {
	c.entries, c.handout, c.partners = entries, nil, map[string]flows.Partner{}
	for _, e := range entries {
		if !e.Paused {
			c.handout = append(c.handout, e.Partner)
			c.partners[e.Code] = flows.Partner{Name: e.Name, Municipality: e.Municipality, Local: e.Local(), Lang: e.Lang}
		}
	}
}

// entry finds a partner, paused or not.
func (c *content) entry(code string) (partnerEntry, bool) {
	for _, e := range c.entries {
		if e.Code == code {
			return e, true
		}
	}
	return partnerEntry{}, false
}

// partnerName is what a partner is called today; the code of one that is gone.
func (c *content) partnerName(code string) string {
	if e, ok := c.entry(code); ok {
		return e.Name
	}
	return code
}

// activity is how often people began through a partner.
type activity struct {
	Code    string `json:"code"`
	Quarter int    `json:"quarter"` // in this quarter so far
	Before  int    `json:"before"`  // in as many weeks of the quarter before
	Last    string `json:"last"`    // ISO week of the last one in a year; empty: none
	Quiet   bool   `json:"quiet"`   // none in eight weeks
}

// quietWeeks without anyone make a partner stand out.
const quietWeeks = 8

// activities tells of every partner given, and of those that are gone but were counted.
func (f statsReader) activities(ctx context.Context, codes []string, now time.Time) ([]activity, error) {
	from := referral.WeekOf(now.AddDate(0, 0, -7*52))
	report, err := f.report(ctx, figures.Period{From: from, To: referral.WeekOf(now)}, nil)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, code := range codes {
		known[code] = true
	}
	for _, code := range slices.Sorted(maps.Keys(report.Totals.Partners)) {
		if !known[code] {
			codes = append(codes, code)
		}
	}
	var all []activity
	for _, code := range codes {
		a, err := activityOf(code, report.Weeks, now)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func activityOf(code string, weeks []figures.Week, now time.Time) (activity, error) {
	quarter, err := figures.ParseQuarter(referral.QuarterOf(now))
	if err != nil {
		return activity{}, err
	}
	this, before := quarter.Weeks(), quarter.Before(1).Weeks()
	elapsed := 0
	for _, w := range weeks {
		if this.From <= w.Week && w.Week <= this.To {
			elapsed++
		}
	}
	a := activity{Code: code, Quiet: true}
	of := 0 // weeks of the quarter before looked at
	for i, w := range weeks {
		n := w.Partners[code]
		if before.From <= w.Week && w.Week <= before.To {
			if of++; of <= elapsed {
				a.Before += n
			}
		}
		if this.From <= w.Week && w.Week <= this.To {
			a.Quarter += n
		}
		if n > 0 {
			a.Last = w.Week
			a.Quiet = a.Quiet && i < len(weeks)-quietWeeks
		}
	}
	return a, nil
}

// trend compares this quarter with as many weeks of the one before: "+3".
func (a activity) trend() string {
	switch {
	case a.Quarter == 0 && a.Before == 0:
		return "–"
	case a.Quarter == a.Before:
		return "="
	}
	return fmt.Sprintf("%+d", a.Quarter-a.Before)
}

func partnerFaults(p share.Partner, more []string) error {
	if err := p.Check(); err != nil {
		return badInput{err}
	}
	if len(more) > 0 {
		return badInputf("partner %q: %s", p.Code, strings.Join(more, "; "))
	}
	return nil
}
