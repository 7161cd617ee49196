package main

import (
	"fmt"
	"slices"
	"strings"

	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/store"
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

func partnerFaults(p share.Partner, more []string) error {
	if err := p.Check(); err != nil {
		return badInput{err}
	}
	if len(more) > 0 {
		return badInputf("partner %q: %s", p.Code, strings.Join(more, "; "))
	}
	return nil
}
