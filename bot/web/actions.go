package web

import (
	"html/template"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// filledBlocks is how many of the three blocks of a topic are filled.
var filledBlocks = map[referral.Level]int{referral.LevelWeak: 1, referral.LevelPartly: 2, referral.LevelGood: 3}

// topics returns the topics of a reply in words.
func (l localizer) topics(r flows.Reply) (views []topicView) {
	for _, t := range r.Topics {
		views = append(views, topicView{
			ID: string(t.Topic), Name: l.T("chat.topic." + string(t.Topic)),
			Level: string(t.Level), Word: l.T("chat.level." + string(t.Level)), Filled: filledBlocks[t.Level], Start: t.Topic == r.Start,
		})
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

// argument returns a phrase within a phrase in words.
func (l localizer) argument(p flows.Phrase, name string) string {
	inner, _ := p.Args[name].(flows.Phrase)
	return l.phrase(inner)
}

// iconPaths are the line icons, 24 by 24, by name.
var iconPaths = map[string]string{
	"online":         "M4 10v9.5h16V10M2.5 9.5 4.5 4h15l2 5.5M2.5 9.5a3.2 3.2 0 0 0 6.3 0 3.2 3.2 0 0 0 6.4 0 3.2 3.2 0 0 0 6.3 0M9.5 19.5v-5h5v5",
	"administration": "M5.5 3v18l2.2-1.5L9.8 21l2.2-1.5 2.2 1.5 2.1-1.5 2.2 1.5V3l-2.2 1.5L14.2 3 12 4.5 9.8 3 7.7 4.5zM9 9h6M9 13h6",
	"access":         "M5 5h14v10H5zM2.5 19h19M10 19l.5-1.5h3L14 19M12 12.2V8M9.8 10 12 7.8l2.2 2.2",
	"customers":      "M3 6.5h18v13H3zM6 3.5h12M8.8 11.8a1.9 1.9 0 1 0 0-.01M5.8 16.8c.3-2 1.6-2.7 3-2.7s2.7.7 3 2.7M15 11h3M15 14.5h3",
	"ai":             "M4 5h16v11h-8.5L7 20v-4H4zM12 7.5l.9 2.1 2.1.9-2.1.9-.9 2.1-.9-2.1-2.1-.9 2.1-.9z",
	"learning":       "M12 6.5C10 5 7 4.5 3.5 4.5v13.5c3.5 0 6.5.5 8.5 2 2-1.5 5-2 8.5-2V4.5C17 4.5 14 5 12 6.5zM12 6.5V20",
	"plan":           "M5.5 21V3.5M5.5 4.5c4-2 7 2 13 0v9c-6 2-9-2-13 0",
	"security":       "M5 11h14v9.5H5zM8 11V7.5a4 4 0 0 1 8 0V11M12 14.8v2.2",
	"clock":          "M12 3.5a8.5 8.5 0 1 0 .01 0M12 7.5V12l3 2",
	"euro":           "M17.5 6.8A7 7 0 1 0 17.5 17.2M4 10.5h9M4 13.5h8",
}

// icon draws a line icon, for use next to a word. An unknown name draws nothing.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="` + iconPaths[name] + `"/></svg>`) // constants only
}
