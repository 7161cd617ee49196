package locales_test

import (
	"testing"

	"digiwijzer/locales"
)

// FuzzTexts: any file of texts over our own either is refused or can be put into words,
// with or without the arguments it asks for.
func FuzzTexts(f *testing.F) {
	f.Add(`"plain" = "Goedemorgen"`)
	f.Add(`"hello" = "Dag {{.Who}}"`)
	f.Add("[people]\none = \"{{.Count}} mens\"\nother = \"{{.Count}} mensen\"")
	f.Add(`"x" = "{{template \"x\"}}"`)
	f.Add(`"hello" = "{{.Who`)
	f.Add("id = 1")
	f.Fuzz(func(t *testing.T, text string) {
		texts, err := locales.Load(files("a.nl.toml", text))
		if err != nil {
			return
		}
		for _, id := range texts.IDs("nl") {
			_, _ = texts.Render("nl", phrase{id: id})
			_ = texts.Text("nl", id, "Who", "Ans", "Count", 2)
		}
	})
}
