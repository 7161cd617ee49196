package content_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
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

// FuzzCase: every case gives an advice in words or an error about the input.
func FuzzCase(f *testing.F) {
	e, err := content.Load("")
	require.NoError(f, err)
	for _, seed := range []string{`{"answers":{"size":"2","sector":"horeca","municipality":"GM0344"}}`,
		`{"answers":{"size":"2","sector":"horeca","municipality":"buiten","login_code":"a","help_wanted":"geen"},"incident":true}`,
		`{"answers":null}`, `{"answers":{"size":""}}`, `[]`, `{"answers":{},"extra":1}`, `{"incident":`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := content.ReadCase(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err = e.Advise("nl", c, "2026-11-22"); err != nil {
			var bad *flows.BadAnswer
			require.ErrorAs(t, err, &bad)
		}
	})
}
