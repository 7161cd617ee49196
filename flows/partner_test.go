package flows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// TestNoLinkForOneBusinessOrPerson: its visitors could be known from the counts.
func TestNoLinkForOneBusinessOrPerson(t *testing.T) {
	good := flows.Partner{Code: "vrienden", Name: "Stichting Vrienden van de Binnenstad", Kind: flows.PartnerOther}
	require.NoError(t, good.Check())
	for want, p := range map[string]flows.Partner{
		`kind "winkel" is none of kvk, gemeente`: {Code: "de-hoek", Name: "De Hoek", Kind: "winkel"},
		`kind "" is none of`:                     {Code: "de-hoek", Name: "De Hoek"},
		"looks like one business":                {Code: "jansen", Name: "Bakkerij Jansen", Kind: flows.PartnerOther},
		"or person":                              {Code: "jansen", Name: "Mevrouw Jansen", Kind: flows.PartnerOther},
		"a long number":                          {Code: "klant-12345678", Name: "Klant", Kind: flows.PartnerBank},
		"means something else":                   {Code: "skip", Name: "Skip", Kind: flows.PartnerBank},
		"the code must be":                       {Code: "nl", Name: "NL", Kind: flows.PartnerBank},
		"at most 60":                             {Code: "lang", Name: strings.Repeat("lang ", 13), Kind: flows.PartnerBank},
	} {
		assert.ErrorContains(t, p.Check(), want)
	}
	remarks := flows.PartnerRemarks([]flows.Partner{good, {Code: "rabo", Name: "Rabobank", Kind: flows.PartnerBank}, {Code: "rabo-2", Name: "RABOBANK ", Kind: flows.PartnerBank}})
	require.Len(t, remarks, 2)
	assert.Equal(t, flows.RemarkKind, remarks[0].Why)
	assert.Equal(t, "rabo-2", remarks[1].Partner.Code)
	assert.Equal(t, flows.RemarkDuplicate, remarks[1].Why)
}

// TestPastedNames: a name with what a PDF or a spreadsheet left in it would break a poster
// or a list.
func TestPastedNames(t *testing.T) {
	for _, name := range []string{"KVK\nUtrecht", "KVK\tUtrecht", "KVK \u202eUtrecht", "KVK\u200bUtrecht"} {
		faults := flows.Partner{Code: "kvk", Name: name, Kind: flows.PartnerKVK}.Faults()
		require.Len(t, faults, 1, "%q", name)
		assert.Equal(t, "name_signs", faults[0].ID)
	}
	assert.Empty(t, flows.Partner{Code: "kvk", Name: "Café ’t Súd – Utrecht", Kind: flows.PartnerKVK}.Faults())
}
