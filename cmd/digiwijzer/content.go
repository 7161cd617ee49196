package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"

	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
)

// content is all that an editor may change, loaded, checked and ready for use. It
// never changes; new content is a new value.
type content struct {
	id        string // short hash of all files
	questions *flows.Questionnaire
	catalogue *referral.Catalogue
	texts     *locales.Texts
	partners  map[string]flows.Partner
	handout   []share.Partner // the same as bot/share knows them, the paused ones left out
	entries   []partnerEntry  // all, the paused ones too
	engine    *flows.Engine
}

// contentPart is a folder of the content: its path in the overlay and what the program has of it.
type contentPart struct {
	dir      string
	embedded fs.FS
}

func contentParts() []contentPart {
	return []contentPart{
		{"flows", flows.Embedded()},
		{"referral", referral.Embedded()},
		{"locales", locales.Embedded()},
		{"bot/share", share.Embedded()},
	}
}

// loadContent loads the embedded content with the overlay folder over it; an empty
// overlay is none. It reports every fault found, each with its file.
func loadContent(overlay string) (*content, error) { return loadContentWith(overlay, store.Partners{}) }

// loadContentWith does so with the partners kept in the data folder.
func loadContentWith(overlay string, kept store.Partners) (*content, error) {
	layers, err := contentLayers(overlay)
	if err != nil {
		return nil, err
	}
	c := &content{}
	var faults [4]error
	c.questions, faults[0] = flows.Load(layers["flows"].whole())
	c.catalogue, faults[1] = referral.Load(layers["referral"].whole())
	c.texts, faults[2] = layers["locales"].texts()
	partners, fault := share.LoadPartners(layers["bot/share"].whole())
	faults[3] = fault
	if err := errors.Join(faults[:]...); err != nil {
		return nil, err
	}
	if err := c.admit(partners, kept); err != nil {
		return nil, err
	}
	if c.id, err = hashLayers(layers); err != nil {
		return nil, err
	}
	c.makeEngine()
	return c, nil
}

func (c *content) makeEngine() {
	c.engine = flows.NewEngine(flows.Content{
		Questions: c.questions,
		Catalogue: c.catalogue,
		Languages: c.texts.Languages(),
		Partners:  c.partners,
		ID:        c.id,
		Words:     c.word,
	})
}

// word gives a text, or nothing where the language has none.
func (c *content) word(lang, id string) string {
	if !c.texts.Has(lang, id) {
		return ""
	}
	return c.texts.Text(lang, id)
}

// layer is one folder of the content: the embedded files and, over them, the
// overlay's, if there is one.
type layer struct{ base, top fs.FS }

func (l layer) whole() fs.FS {
	if l.top == nil {
		return l.base
	}
	return layered{top: l.top, base: l.base}
}

// texts merges message by message: an editor's file needs only the texts it changes.
func (l layer) texts() (*locales.Texts, error) {
	if l.top == nil {
		return locales.Load(l.base)
	}
	return locales.Load(l.base, l.top)
}

func contentLayers(overlay string) (map[string]layer, error) {
	layers := map[string]layer{}
	for _, part := range contentParts() {
		layers[part.dir] = layer{base: part.embedded}
	}
	if overlay == "" {
		return layers, nil
	}
	top, err := openOverlay(overlay)
	if err != nil {
		return nil, err
	}
	for dir, l := range layers {
		if _, err := fs.Stat(top, dir); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if l.top, err = fs.Sub(top, dir); err != nil {
			return nil, fmt.Errorf("content folder: %w", err)
		}
		layers[dir] = l
	}
	return layers, nil
}

// hashLayers makes the id of the content from every file in force. A copy in the
// overlay that nobody changed does not count, and a locale file of the overlay comes
// beside the embedded one of that name instead of hiding it.
func hashLayers(layers map[string]layer) (string, error) {
	inForce := map[string]string{}
	for dir, l := range layers {
		base, err := fingerprints(l.base, dir)
		if err != nil {
			return "", err
		}
		maps.Copy(inForce, base)
		if l.top == nil {
			continue
		}
		top, err := fingerprints(l.top, dir)
		if err != nil {
			return "", err
		}
		for name, sum := range top {
			switch {
			case base[name] == sum:
			case dir == "locales":
				inForce["overlay/"+name] = sum
			default:
				inForce[name] = sum
			}
		}
	}
	return contentID(inForce), nil
}

// admit checks the partners in the file and takes them in use, with those kept in the
// data folder.
func (c *content) admit(file []share.Partner, kept store.Partners) error {
	var faults []error
	for _, p := range file {
		for _, fault := range c.checkPlace(p) {
			faults = append(faults, fmt.Errorf("partners.toml: %s: %s", p.Code, fault))
		}
	}
	c.usePartners(c.merged(file, kept))
	return errors.Join(faults...)
}
