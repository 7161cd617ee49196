package flows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

func TestParameterFitsTelegram(t *testing.T) {
	longest := strings.Repeat("a", 40)
	parameter, err := flows.Link{Partner: longest, Municipality: "GM0355", Lang: "en"}.Parameter()
	require.NoError(t, err)
	assert.LessOrEqual(t, len(parameter), flows.MaxParameter)
	for _, wrong := range []flows.Link{
		{Partner: longest + "a"}, {Partner: "KVK"}, {Partner: "kvk_x"}, {Partner: "a b"},
		{Partner: "kvk", Municipality: "0355"}, {Partner: "kvk", Lang: "english"}, {},
	} {
		_, err := wrong.Parameter()
		assert.Error(t, err, "%+v", wrong)
	}
}

// TestReadsLinksAsCopied: text around a link, and changes by word processors, mail programs and newsletter tools, make no
// difference.
func TestReadsLinksAsCopied(t *testing.T) {
	known := flows.Known{Region: region(t), Languages: []string{"nl", "en"}, Partners: map[string]flows.Partner{
		"kvk-utrecht": {Code: "kvk-utrecht"},
		"oud":         {Code: "oud", Paused: true, Municipality: "GM0307", Lang: "en"},
	}}
	whole := flows.Link{Partner: "kvk-utrecht", Municipality: "GM0355", Lang: "en"}
	for _, copied := range []string{"kvk-utrecht_GM0355_en", "KVK-Utrecht_gm0355_EN", "kvk-utrecht_GM0355_en.", "kvk-utrecht_GM0355_en,", "kvk-utrecht_GM0355_en)",
		"(kvk-utrecht_GM0355_en)", "“kvk-utrecht_GM0355_en”", " kvk-utrecht_GM0355_en ", "kvk-utrecht_GM0355_en\u200b", "\ufeffkvk-utrecht_GM0355_en", "kvk\u00ad-utrecht_GM0355_en",
		"kvk‑utrecht_GM0355_en", "kvk–utrecht_GM0355_en", "kvk−utrecht_GM0355_en", "kvk-utrecht\u00a0GM0355_en", "kvk- utrecht_GM0355_en", "kvk-\r\nutrecht_GM0355_en",
		"kvk-utrecht_GM0355_en?utm_source=nb", "kvk-utrecht_GM0355_en&utm_source=nb", "kvk-utrecht_GM0355_en%3Futm_source=nb", "kvk-utrecht_GM0355_en#top", "kvk-utrecht_GM0355_en/",
		"ｋｖｋ-utrecht_GM0355_en", "https://check.example/p/kvk-utrecht_GM0355_en?balie=1", "t.me/digiwijzer_bot?start=kvk-utrecht_GM0355_en", "kvk-utrecht_GM0355_en_", "en_GM0355_kvk-utrecht"} {
		link, unknown := known.Read(copied)
		assert.Equal(t, whole, link, "%q", copied)
		assert.Empty(t, unknown, "%q", copied)
	}
	link, _ := known.Read("kvk-utrecht en dan verder")
	assert.Equal(t, flows.Link{Partner: "kvk-utrecht"}, link, "the Dutch word for and is no language")
	link, unknown := known.Read("oud")
	assert.Equal(t, flows.Link{Municipality: "GM0307", Lang: "en"}, link, "of a paused partner the place and the language are kept")
	assert.Equal(t, "oud", unknown)
	link, _ = known.Read("oud_GM0355_nl")
	assert.Equal(t, flows.Link{Municipality: "GM0355", Lang: "nl"}, link, "the link itself goes before its partner")
	link, unknown = known.Read("nobody_GM0355")
	assert.Equal(t, flows.Link{Municipality: "GM0355"}, link)
	assert.Equal(t, "nobody", unknown)
	for _, nothing := range []string{"", " ", "...", "\u200b", strings.Repeat("a", 65), "\xff"} {
		link, _ := known.Read(nothing)
		assert.Zero(t, link, "%q", nothing)
	}
}

// TestCleansTwice: what is cleaned is clean.
func TestCleansTwice(t *testing.T) {
	for _, copied := range []string{"kvk-utrecht.", " a_b- ", "x?y", "/p/a/p/b", "start=start=", "GM0355 gm0344"} {
		once := flows.CleanParameter(copied)
		assert.Equal(t, once, flows.CleanParameter(once), "%q", copied)
	}
}

func region(t *testing.T) *referral.Region {
	t.Helper()
	c, err := referral.BuiltIn()
	require.NoError(t, err)
	return c.Region()
}
