package referral_test

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

// FuzzContent: one file of the catalogue, the rules or the region replaced by arbitrary bytes. What loads can be used for
// advice, and what does not load gives a reason.
func FuzzContent(f *testing.F) {
	own := fstest.MapFS{}
	var names []string
	err := fs.WalkDir(referral.Embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(referral.Embedded(), name)
		own[name] = &fstest.MapFile{Data: data}
		names = append(names, name)
		return err
	})
	require.NoError(f, err)
	slices.Sort(names)
	for i, name := range names {
		f.Add(uint8(i), string(own[name].Data))
	}
	f.Add(uint8(0), "id = ")
	f.Add(uint8(1), "[[rule]]\nid = \"R10\"\n")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		changed := fstest.MapFS{}
		for name, file := range own {
			changed[name] = file
		}
		changed[names[int(which)%len(names)]] = &fstest.MapFile{Data: []byte(text)}
		c, err := referral.Load(changed)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		c.Region().Match("utrecht", "2026-11-22")
		c.Named("kvk")
		c.Advise(referral.Case{Sector: "horeca", Today: "2026-11-22"})
	})
}
