package locales

// Source returns the words of a text as they stand in its file, with its
// placeholders: one per plural form, none for an unknown text. It serves the content
// gate, which judges words before they are filled in.
func (t *Texts) Source(lang, id string) []string {
	c, ok := t.by[lang]
	if !ok || c.messages[id] == nil {
		return nil
	}
	return forms(c.messages[id])
}
