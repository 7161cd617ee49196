package share

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSeal: an address opens the figures of the one partner and version it was made for.
func FuzzSeal(f *testing.F) {
	s, other := Seal{Key: []byte("0123456789abcdef0123456789abcdef")}, Seal{Key: []byte("0123456789abcdef0123456789abcdeF")}
	good := func(code string, version int) string {
		path := s.FiguresPath(code, version)
		return path[strings.LastIndexByte(path, '/')+1:]
	}
	f.Add("kvk-utrecht", 1, good("kvk-utrecht", 1))
	f.Add("kvk-utrecht", 2, good("kvk-utrecht", 1))
	f.Add("kvk-utrecht\x00", 11, good("kvk-utrecht", 1)[:21])
	f.Add("", -1, "")
	f.Fuzz(func(t *testing.T, code string, version int, signature string) {
		require.Equal(t, signature == good(code, version), s.Valid(code, version, signature))
		require.True(t, s.Valid(code, version, good(code, version)))
		require.False(t, s.Valid(code, version+1, good(code, version)))
		require.False(t, other.Valid(code, version, good(code, version)))
		require.Len(t, good(code, version), 22)
	})
}

// FuzzLogo: any file is refused, or becomes opaque pixels of bounded size in which nothing
// is left of the file they came from.
func FuzzLogo(f *testing.F) {
	img := image.NewGray(image.Rect(0, 0, 200, 20))
	var p, j bytes.Buffer
	require.NoError(f, png.Encode(&p, img))
	require.NoError(f, jpeg.Encode(&j, img, nil))
	bomb := bytes.Clone(p.Bytes())
	copy(bomb[16:24], []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1}) // claims to be two billion pixels wide
	for _, seed := range [][]byte{p.Bytes(), j.Bytes(), bomb, p.Bytes()[:60], append(bytes.Clone(p.Bytes()), "<script>"...), []byte("GIF89a"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		size, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && size.Width*size.Height > 1<<20 && max(size.Width, size.Height) <= logoMost {
			return // allowed, but slow to try again and again
		}
		made, err := readLogo(data)
		if err != nil {
			return
		}
		side := made.Bounds().Size()
		require.Positive(t, min(side.X, side.Y))
		require.LessOrEqual(t, max(side.X, side.Y), logoStored)
		require.True(t, made.(*image.RGBA).Opaque())
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, made))
		require.NotContains(t, b.String(), "<script>")
	})
}

// TestFormsOpenWithTheirOwnAddressOnly: a signature opens the form of one initiative, year and
// version, and no figures.
func TestFormsOpenWithTheirOwnAddressOnly(t *testing.T) {
	s, other := Seal{Key: []byte("0123456789abcdef0123456789abcdef")}, Seal{Key: []byte("0123456789abcdef0123456789abcdeF")}
	path := s.FormPath("kvk", 2026, 2)
	prefix, signature := path[:strings.LastIndexByte(path, '/')], path[strings.LastIndexByte(path, '/')+1:]
	require.Equal(t, "/jaarformulier/kvk/2026", prefix)
	require.Len(t, signature, 22)
	require.True(t, s.OpensForm("kvk", 2026, 2, signature))
	require.False(t, s.OpensForm("kvk2", 2026, 2, signature))
	require.False(t, s.OpensForm("kvk", 2025, 2, signature))
	require.False(t, s.OpensForm("kvk", 2026, 1, signature))
	require.False(t, s.OpensForm("kvk", 2026, 2, ""))
	require.False(t, other.OpensForm("kvk", 2026, 2, signature))
	require.False(t, s.OpensForm("kvk", 2026, 0, s.signForm("kvk", 2026, 0)), "no address was given out")
	require.False(t, s.Valid("kvk", 2, signature))
}
