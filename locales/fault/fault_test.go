package fault

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNearestKnownValue(t *testing.T) {
	keys := []string{"priority", "provider", "status", "review_days", "valid_to", "valid_from", "kvk"}
	for value, want := range map[string]string{
		"prioriteit": "priority", "prioritiy": "priority", "stauts": "status", "Status": "status", "reviewdays": "review_days", "valid_too": "valid_to",
		"kvkk": "kvk", "kkv": "kvk", "x": "", "industrie": "", "": "",
	} {
		assert.Equal(t, want, NewUnknown(value, keys).Near(), value)
	}
}

func TestKeysOfOtherTables(t *testing.T) {
	type table struct {
		Kind string `toml:"kind"`
		Sum  int    `toml:"sum"`
	}
	var doc struct {
		ID    string  `toml:"id"`
		Kind  string  `toml:"kind"`
		Cost  table   `toml:"cost"`
		Links []table `toml:"links"`
		Area  struct {
			Scope string `toml:"scope"`
		} `toml:"area"`
	}
	for text, want := range map[string]string{
		"idd = \"a\"":                   `x.toml: unknown key "idd"`,
		"[area]\nid = \"a\"":            `x.toml: key "id" stands in table "area", and belongs to [""]`,
		"[area]\nkind = \"a\"\nsum = 1": `x.toml: key "kind, sum" stands in table "area", and belongs to ["cost" "links"]`,
		"[[links]]\nscope = \"a\"":      `x.toml: key "scope" stands in table "links", and belongs to ["area"]`,
		"[price]\nsum = 1":              `x.toml: unknown key "price"`,
		"id = ":                         `x.toml:1: `,
		"[cost]\nsum = \"1\"":           `incompatible types`,
	} {
		faults, _ := Decode(fstest.MapFS{"x.toml": {Data: []byte(text)}}, "x.toml", &doc)
		require.Len(t, faults, 1, text)
		assert.Contains(t, faults[0].Error(), want)
	}
}
