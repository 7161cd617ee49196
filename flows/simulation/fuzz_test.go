package simulation_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows/simulation"
)

// FuzzPopulation: a population that parses can be drawn from; any other is an error.
func FuzzPopulation(f *testing.F) {
	e := loadEngine(f)
	const small = "[[businesses]]\nregion = \"U\"\nsize = \"1\"\ncount = 60\n[places]\nGM0344 = 1\n[model]\nloading = 0.6\ncorrelation = 0.3\n"
	for _, seed := range []string{simulation.EmbeddedPopulation(), small, small + "[[answers]]\nquestion = \"size\"\nshares = {\"1\" = nan}\n",
		"[model]\nloading = nan\n", "businesses = 1", small + "[[answers]]\nquestion = \"nothing\"\n", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := simulation.ParsePopulation(text, e.Questions, e.Catalogue.Region())
		if err != nil {
			return
		}
		require.True(t, p.Model.Loading >= 0 && p.Model.Loading <= 1 && p.Model.Correlation >= 0 && p.Model.Correlation <= 1)
		for _, a := range p.Answers {
			for _, share := range a.Shares {
				require.False(t, math.IsNaN(share) || share < 0 || share > 101)
			}
			require.True(t, a.DontKnow >= 0 && a.DontKnow <= 100)
		}
		drawn, err := simulation.Draw(e, p, simulation.Sample{N: 3, Seed: 1, Today: "2026-11-22"})
		require.NoError(t, err)
		require.Len(t, drawn, 3)
	})
}
