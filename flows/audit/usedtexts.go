package audit

import (
	"maps"
	"sync"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// auditPartner stands for a partner who hands out links, with a long name.
const auditPartner = "audit-partner"

// recorder notes which texts the program asks for.
type recorder struct {
	texts *locales.Texts
	mu    sync.Mutex
	used  map[string]bool
}

func newRecorder(texts *locales.Texts) *recorder {
	return &recorder{texts: texts, used: map[string]bool{}}
}

func (r *recorder) note(id string) {
	r.mu.Lock()
	r.used[id] = true
	r.mu.Unlock()
}

// engine makes an engine of the same content that notes the texts it valueSets up.
func (r *recorder) engine(e *flows.Engine) *flows.Engine {
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
		if !r.texts.Has(lang, id) {
			return ""
		}
		r.note(id)
		return r.texts.Text(lang, id)
	}
	return flows.NewEngine(content)
}

// phrase notes the ids of a phrase and of all within it.
func (r *recorder) phrase(p flows.Phrase) {
	if p.ID != "" {
		r.note(p.ID)
	}
	for _, arg := range p.Args {
		switch v := arg.(type) {
		case flows.Phrase:
			r.phrase(v)
		case flows.List:
			for _, part := range v {
				r.phrase(part)
			}
		}
	}
}
