package main

import (
	"maps"
	"slices"
	"strings"

	"digiwijzer/bot/web"
	"digiwijzer/flows"
)

// link reads a start code as it stands in a link, such as "kvk-utrecht_GM0355_en".
// strange is the first part that means nothing.
func (c *content) link(code string) (link flows.Link, strange string) {
	if code == "" {
		return link, ""
	}
	return flows.Known{Partners: c.partners, Region: c.catalogue.Region(), Languages: c.texts.Languages()}.Read(code)
}

// startLink reads a start code on the command line. Here, unlike in a chat, a part that
// means nothing is an error: someone tries a link before handing it out.
func (c *content) startLink(code string) (flows.Link, error) {
	link, strange := c.link(code)
	if strange != "" {
		return link, badInputf("--start: %q is no partner (%s), no GM code of the region and no language (%s)",
			strange, strings.Join(slices.Sorted(maps.Keys(c.partners)), ", "), strings.Join(c.texts.Languages(), ", "))
	}
	return link, nil
}

// webPartner looks up what follows /p/ in an address.
func (c *content) webPartner(code string) (web.Partner, bool) {
	link, _ := c.link(code)
	partner, ok := c.partners[link.Partner]
	return web.Partner{Name: partner.Name, Link: link}, ok
}

// hasMunicipality tells whether a GM code is or was one of the region: also a dissolved
// municipality stays in old links, and leads to its successor.
func (c *content) hasMunicipality(code string) bool {
	_, ok := c.catalogue.Region().Municipality(code, "9999-12-31")
	return ok
}
