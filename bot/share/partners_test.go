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
	assert.Equal(t, "test", partners[0].Code)
}

func TestLoadPartnersReportsEveryFault(t *testing.T) {
	_, err := share.LoadPartners(partnersFile(`
[[partner]]
code = "KVK Utrecht"
name = "KVK Utrecht"
[[partner]]
code = "oost"
municipality = "0344"
[[partner]]
code = "oost"
name = "Oost"
colour = "red"
`))
	require.Error(t, err)
	for _, want := range []string{
		`KVK Utrecht: the code must be`,
		`oost: has no name`,
		`municipality "0344" is not a GM code`,
		`oost: stands here twice`,
		`unknown key "partner.colour"`,
	} {
		assert.Contains(t, err.Error(), want)
	}
}

func TestCodeFitsAStartLink(t *testing.T) {
	longest := strings.Repeat("a", 40)
	_, err := share.LoadPartners(partnersFile("[[partner]]\nname = \"A\"\ncode = \"" + longest + "\""))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(longest+"_GM0344_nl"), 64, "with municipality and language")
	_, err = share.LoadPartners(partnersFile("[[partner]]\nname = \"A\"\ncode = \"" + longest + "a\""))
	require.Error(t, err)
}

func partnersFile(content string) fstest.MapFS {
	return fstest.MapFS{"partners.toml": {Data: []byte(content)}}
}
