package content

import (
	"slices"
	"strings"
)

// Address is a web address in the content.
type Address struct {
	URL    string
	UsedBy []string // ids of initiatives, actions and rules
}

// Addresses returns the web addresses of the catalogue, each once: those shown to people and, if
// sources is true, the sources of statements.
func (e *Edition) Addresses(sources bool) (all []Address) {
	index := map[string]int{}
	add := func(url, id string) {
		if url == "" {
			return
		}
		i, known := index[url]
		if !known {
			i = len(all)
			index[url] = i
			all = append(all, Address{URL: url})
		}
		if !slices.Contains(all[i].UsedBy, id) {
			all[i].UsedBy = append(all[i].UsedBy, id)
		}
	}
	for _, i := range e.Catalogue.Initiatives() {
		for _, contact := range i.Contact {
			if contact.Type == "web" {
				add(contact.Value, i.ID)
			}
		}
		for _, evidence := range i.Evidence {
			if sources {
				add(evidence.URL, i.ID)
			}
		}
	}
	for _, a := range e.Catalogue.AllActions() {
		for _, source := range a.Sources {
			if sources {
				add(source.URL, a.ID)
			}
		}
	}
	for _, r := range e.Catalogue.Rules() {
		for _, url := range r.Evidence {
			if sources && strings.HasPrefix(url, "http") {
				add(url, r.ID)
			}
		}
	}
	return all
}
