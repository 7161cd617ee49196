package content_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

func TestEmbeddedPartnersLoad(t *testing.T) {
	partners, err := content.LoadPartners(content.Partners())
	require.NoError(t, err)
	require.NotEmpty(t, partners)
	assert.Equal(t, flows.TestPartner, partners[0].Code)
	assert.Empty(t, flows.PartnerRemarks(partners))
}

func TestLoadPartnersReportsEveryFault(t *testing.T) {
	_, err := content.LoadPartners(partnersFile(`
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
		`oost: is defined twice`,
		`unknown key "colour"`,
	} {
		assert.Contains(t, err.Error(), want)
	}
}

func partnersFile(text string) fstest.MapFS {
	return fstest.MapFS{"partners.toml": {Data: []byte(text)}}
}
