package web

import "digiwijzer/flows"

// topics returns the topics of a reply in words.
func (l localizer) topics(r flows.Reply) (views []topicView) {
	for _, t := range r.Topics {
		views = append(views, topicView{TopicLevel: t, Name: l.phrase(t.Name), Word: l.phrase(t.Level)})
	}
	return views
}

// addToAction adds a block to the action it belongs to.
func (l localizer) addToAction(a *actionView, b flows.Block, text string) {
	switch b.Style {
	case flows.ActionTerms:
		a.Duration, a.Cost = l.argument(b.Text, "Duration"), l.argument(b.Text, "Cost")
	case flows.ActionHow:
		a.How = text
	case flows.ActionSource:
		a.Source, a.URL = text, b.URL
	}
}

// argument returns a phrase within a phrase, in words.
func (l localizer) argument(p flows.Phrase, name string) string {
	inner, _ := p.Args[name].(flows.Phrase)
	return l.phrase(inner)
}
