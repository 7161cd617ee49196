package share_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/share"
)

func TestEmbeddedPartnersLoad(t *testing.T) {
	partners, err := share.LoadPartners(share.Embedded())
	require.NoError(t, err)
	require.NotEmpty(t, partners)
	assert.Equal(t, share.TestPartner, partners[0].Code)
	assert.Empty(t, share.Doubts(partners))
}

func TestLoadPartnersReportsEveryFault(t *testing.T) {
	_, err := share.LoadPartners(partnersFile(`
[[partner]]
code = "KVK Utrecht"
name = "KVK Utrecht"
kind = "kvk"
[[partner]]
code = "oost"
kind = "bank"
municipality = "0344"
[[partner]]
code = "oost"
name = "Oost"
kind = "bank"
colour = "red"
`))
	require.Error(t, err)
	for _, want := range []string{
		`partner "KVK Utrecht": the code must be`,
		`partner "oost": has no name`,
		`municipality "0344" is not a GM code`,
		`partner "oost": stands here twice`,
		`unknown key "partner.colour"`,
	} {
		assert.Contains(t, err.Error(), want)
	}
}

// TestNoLinkForOneBusinessOrPerson: its visitors could be known from the counts.
func TestNoLinkForOneBusinessOrPerson(t *testing.T) {
	good := share.Partner{Code: "vrienden", Name: "Stichting Vrienden van de Binnenstad", Kind: share.Other}
	require.NoError(t, good.Check())
	for want, p := range map[string]share.Partner{
		`kind "winkel" is none of kvk, gemeente`: {Code: "de-hoek", Name: "De Hoek", Kind: "winkel"},
		`kind "" is none of`:                     {Code: "de-hoek", Name: "De Hoek"},
		"looks like one business":                {Code: "jansen", Name: "Bakkerij Jansen", Kind: share.Other},
		"or person":                              {Code: "jansen", Name: "Mevrouw Jansen", Kind: share.Other},
		"a long number":                          {Code: "klant-12345678", Name: "Klant", Kind: share.Bank},
		"means something else":                   {Code: "skip", Name: "Skip", Kind: share.Bank},
		"the code must be":                       {Code: "nl", Name: "NL", Kind: share.Bank},
		"at most 60":                             {Code: "lang", Name: strings.Repeat("lang ", 13), Kind: share.Bank},
	} {
		assert.ErrorContains(t, p.Check(), want)
	}
	doubts := share.Doubts([]share.Partner{good, {Code: "rabo", Name: "Rabobank", Kind: share.Bank}, {Code: "rabo-2", Name: "RABOBANK ", Kind: share.Bank}})
	require.Len(t, doubts, 2)
	assert.Equal(t, share.DoubtKind, doubts[0].Why)
	assert.Equal(t, "rabo-2", doubts[1].Partner.Code)
	assert.Equal(t, share.DoubtTwice, doubts[1].Why)
}

func partnersFile(content string) fstest.MapFS {
	return fstest.MapFS{"partners.toml": {Data: []byte(content)}}
}
