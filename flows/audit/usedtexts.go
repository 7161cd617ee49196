package audit

import (
	"maps"
	"sync"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// auditPartner is the code of a partner with a long name, whose link some of the
// rendered conversations start from.
const auditPartner = "audit-partner"

// usedTexts records the ids of the texts that the program uses.
type usedTexts struct {
	texts *locales.Texts
	mu    sync.Mutex
	ids   map[string]bool
}

func newUsedTexts(texts *locales.Texts) *usedTexts {
	return &usedTexts{texts: texts, ids: map[string]bool{}}
}

func (u *usedTexts) add(id string) {
	u.mu.Lock()
	u.ids[id] = true
	u.mu.Unlock()
}

// engine returns an engine of the same content that records the texts it looks up.
func (u *usedTexts) engine(e *flows.Engine) *flows.Engine {
	content := e.Content
	content.Partners = maps.Clone(content.Partners)
	if content.Partners == nil {
		content.Partners = map[string]flows.Partner{}
	}
	partner := flows.Partner{Name: "Ondernemersvereniging De Utrechtse Heuvelrug"}
	if all := content.Catalogue.Region().AllMunicipalities(); len(all) > 0 {
		partner.Municipality = all[0].Code
	}
	content.Partners[auditPartner] = partner
	content.Words = func(lang, id string) string {
		if !u.texts.Has(lang, id) {
			return ""
		}
		u.add(id)
		return u.texts.Text(lang, id)
	}
	return flows.NewEngine(content)
}

// addPhrase records the ids of a phrase and of all phrases within it.
func (u *usedTexts) addPhrase(p flows.Phrase) {
	if p.ID != "" {
		u.add(p.ID)
	}
	for _, arg := range p.Args {
		switch v := arg.(type) {
		case flows.Phrase:
			u.addPhrase(v)
		case flows.List:
			u.addPhrases(v)
		case flows.Opening:
			u.addPhrases(v)
		}
	}
}

func (u *usedTexts) addPhrases(list []flows.Phrase) {
	for _, p := range list {
		u.addPhrase(p)
	}
}
