package content_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"digiwijzer/flows/content"
)

// FuzzPartners: partners that load have a code that fits into a link.
func FuzzPartners(f *testing.F) {
	f.Add("[[partner]]\ncode = \"kvk-utrecht\"\nname = \"KVK Utrecht\"\nkind = \"kvk\"\n")
	f.Add("[[partner]]\ncode = \"a b\"\nname = \"\"\n")
	f.Add("partner = 1")
	f.Fuzz(func(t *testing.T, text string) {
		partners, err := content.LoadPartners(fstest.MapFS{"partners.toml": {Data: []byte(text)}})
		if err != nil {
			return
		}
		for _, p := range partners {
			assert.Regexp(t, `^[a-z0-9-]{1,64}$`, p.Code)
			assert.NotEmpty(t, p.Name)
		}
	})
}
