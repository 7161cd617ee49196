package audit

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

// TestWhiteSpots compares the white spots with the advice of single businesses.
func TestWhiteSpots(t *testing.T) {
	g := checkedGate(t)
	region := g.Catalogue.Region()
	type key struct {
		quadrant             referral.Quadrant
		size                 referral.Size
		wish, sector, region string
	}
	spots := map[key][]referral.WhiteSpot{}
	for _, s := range WhiteSpots(g.Content, today) {
		k := key{s.Quadrant, s.Size, s.Wish, s.Sector, s.Region}
		spots[k] = append(spots[k], s)
		assert.NotEqual(t, referral.CheckedOffer, s.Offer)
		assert.Positive(t, s.Firms, "%+v", s)
	}
	require.NotEmpty(t, spots)
	r := rand.New(rand.NewPCG(1, 2))
	wishes := g.Engine.Allowed("help_wanted", today)
	places := region.Municipalities(today)
	without := 0
	for range 1000 {
		place, sector := places[r.IntN(len(places))], region.Sectors()[r.IntN(len(region.Sectors()))]
		k := key{offered[r.IntN(3)], allSizes[r.IntN(3)], wishes[r.IntN(len(wishes))], sector.ID, place.Region}
		want := referral.NoOffer
		for _, phase := range allPhases {
			for _, readiness := range []float64{0, 30, 49, 60, 100} {
				want = max(want, g.Catalogue.Advise(referral.Case{
					Assessment: referral.Assessment{Quadrant: k.quadrant, Phase: phase, Cyber: referral.CyberOK, Readiness: readiness},
					Size:       k.size, Sector: k.sector, Municipality: place.Code, Today: today, Answers: referral.Answers{"help_wanted": k.wish},
				}).OfferFor(k.wish))
			}
		}
		got := referral.CheckedOffer
		for _, s := range spots[k] {
			if s.Municipalities == nil || slices.Contains(s.Municipalities, place.Code) {
				got = s.Offer
			}
		}
		if k.wish == noHelp {
			want = referral.CheckedOffer
		}
		require.Equal(t, want, got, "%+v in %s", k, place.Name)
		if want == referral.NoOffer {
			without++
		}
	}
	assert.Positive(t, without)

	// The workshop of Utrecht is not for Gooi en Vechtstreek (memo SPOT035, 2023).
	gooi := spots[key{referral.Vulnerable, referral.Zzp, "klanten", "anders", referral.RegionGooi}]
	require.Len(t, gooi, 1)
	assert.Equal(t, referral.NoOffer, gooi[0].Offer)
	assert.Nil(t, gooi[0].Municipalities, "the whole region")
	assert.Equal(t, 512, gooi[0].Firms)
	assert.True(t, gooi[0].Estimate)
}
