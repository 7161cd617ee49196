package referral

import (
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMunicipalities(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	before, after := r.Municipalities("2026-12-31"), r.Municipalities("2027-01-01")
	assert.Len(t, before, 32)
	assert.Len(t, after, 31)
	regions := map[string]int{}
	for i, m := range before {
		regions[m.Region]++
		if i > 0 {
			assert.Less(t, Fold(before[i-1].Name), Fold(m.Name))
		}
	}
	assert.Equal(t, map[string]int{RegionUtrecht: 26, RegionGooi: 6}, regions)
	large := r.Largest(testDay)
	require.Len(t, large, 12)
	assert.Equal(t, "Utrecht Amersfoort Hilversum Veenendaal", strings.Join([]string{large[0].Name, large[1].Name, large[2].Name, large[3].Name}, " "))
}

func TestMunicipalityFollowsSuccessor(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	for day, want := range map[Date]string{"2026-12-31": "Wijdemeren", "2027-01-01": "Hilversum"} {
		m, ok := r.Municipality("GM1696", day)
		assert.True(t, ok)
		assert.Equal(t, want, m.Name)
		assert.Equal(t, want, r.Match("wijdemeren", day).Municipality.Name)
		assert.Equal(t, want, r.Match("Loosdrecht", day).Municipality.Name)
		assert.Equal(t, RegionGooi, r.RegionOf("GM1696", day))
	}
	for _, code := range []string{Outside, "", "GM9999", "meer"} {
		_, ok := r.Municipality(code, testDay)
		assert.False(t, ok, code)
		assert.Equal(t, RegionOutside, r.RegionOf(code, testDay))
	}
}

func TestMunicipalityOfTwoRecords(t *testing.T) {
	m := embeddedMap(t)
	replace(t, m, "region.toml", "code = \"GM0308\"\nname = \"Baarn\"\nregion = \"U\"",
		"code = \"GM0308\"\nname = \"Baarn aan de Eem\"\nregion = \"U\"\nvalid_from = \"2028-01-01\"\n\n[[municipality]]\n"+
			"code = \"GM0308\"\nname = \"Baarn\"\nregion = \"U\"\nvalid_to = \"2027-12-31\"\nsuccessor = \"GM0317\"")
	c, err := Load(m)
	require.NoError(t, err)
	for day, want := range map[Date]string{"2027-12-31": "Baarn", "2028-01-01": "Baarn aan de Eem"} {
		got, _ := c.Region().Municipality("GM0308", day)
		assert.Equal(t, want, got.Name)
	}
}

func TestMatch(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	tests := []struct {
		text string
		kind PlaceKind
		name string
	}{
		{"Zeist", PlaceExact, "Zeist"}, {" zeist. ", PlaceExact, "Zeist"}, {"ZEIST!", PlaceExact, "Zeist"}, {"gemeente Zeist", PlaceExact, "Zeist"},
		{"de bilt", PlaceExact, "De Bilt"}, {"DeBilt", PlaceExact, "De Bilt"}, {"Ĳsselstein", PlaceExact, "IJsselstein"}, {"ijsselstein", PlaceExact, "IJsselstein"},
		{"Utrecht", PlaceExact, "Utrecht"}, {"utrechtse heuvelrug", PlaceExact, "Utrechtse Heuvelrug"},
		{"Bussum", PlaceExact, "Gooise Meren"}, {"Maarssen", PlaceExact, "Stichtse Vecht"}, {"Vianen", PlaceExact, "Vijfheerenlanden"},
		{"s graveland", PlaceExact, "Wijdemeren"}, {"'s-Graveland", PlaceExact, "Wijdemeren"}, {"Mijdrecht", PlaceExact, "De Ronde Venen"},
		{"Soesterberg", PlaceExact, "Soest"}, {"Bilthoven", PlaceExact, "De Bilt"},
		{"zijst", PlaceGuess, "Zeist"}, {"zeits", PlaceGuess, "Zeist"}, {"Amersfort", PlaceGuess, "Amersfoort"}, {"utrect", PlaceGuess, "Utrecht"},
		{"hilverusm", PlaceGuess, "Hilversum"}, {"Veenedaal", PlaceGuess, "Veenendaal"}, {"wijk by duurstede", PlaceGuess, "Wijk bij Duurstede"},
		{"vijfherenlanden", PlaceGuess, "Vijfheerenlanden"}, {"nieuwegijn", PlaceGuess, "Nieuwegein"}, {"leuzden", PlaceGuess, "Leusden"},
		{"ik zit in Zeist", PlaceGuess, "Zeist"}, {"de stad Utrecht, centrum", PlaceGuess, "Utrecht"}, {"in de utrechtse heuvelrug", PlaceGuess, "Utrechtse Heuvelrug"},
		{"Weesp", PlaceOutside, ""}, {"Amsterdam", PlaceOutside, ""}, {"almere", PlaceOutside, ""}, {"ik woon in Gouda", PlaceOutside, ""},
		{"wesp", PlaceNone, ""}, {"Amsterdm", PlaceNone, ""}, {"caarn", PlaceNone, ""}, {"Zeist of Utrecht", PlaceNone, ""},
		{"", PlaceNone, ""}, {"?!", PlaceNone, ""}, {"x", PlaceNone, ""}, {"asdfgh", PlaceNone, ""}, {"gemeente", PlaceNone, ""}, {"123", PlaceNone, ""},
		{"\xff\xfe", PlaceNone, ""}, {strings.Repeat("zeist ", 50), PlaceNone, ""}, {"ja", PlaceNone, ""}, {"nee", PlaceNone, ""}, {"weet ik niet", PlaceNone, ""},
	}
	for _, tt := range tests {
		got := r.Match(tt.text, testDay)
		assert.Equal(t, tt.kind, got.Kind, "%q", tt.text)
		assert.Equal(t, tt.name, got.Municipality.Name, "%q", tt.text)
	}
}

func TestMatchVillagesAndPostcodes(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	tests := []struct {
		text  string
		kind  PlaceKind
		names string
	}{
		{"Elst (Utrecht)", PlaceExact, "Rhenen"}, {"Oud Zuilen", PlaceExact, "Stichtse Vecht"}, {"nieuwer-ter-aa", PlaceExact, "Stichtse Vecht"},
		{"Stoutenburg", PlaceExact, "Leusden"}, {"Stoutenburg Noord", PlaceExact, "Amersfoort"}, {"Hei- en Boeicop", PlaceExact, "Vijfheerenlanden"},
		{"Heuvelrug", PlaceExact, "Utrechtse Heuvelrug"}, {"bilt", PlaceExact, "De Bilt"}, {"Haastrecht", PlaceOutside, ""},
		// Names that exist elsewhere too need a confirmation.
		{"Elst", PlaceGuess, "Rhenen"}, {"Tienhoven", PlaceGuess, "Stichtse Vecht, Vijfheerenlanden"}, {"Nieuwland", PlaceGuess, "Amersfoort, Vijfheerenlanden"},
		// Postcodes.
		{"3511 AB", PlaceGuess, "Utrecht"}, {"3511ab", PlaceGuess, "Utrecht"}, {"3581", PlaceGuess, "Utrecht"}, {"1217 XX", PlaceGuess, "Hilversum"},
		{"3835", PlaceGuess, "Leusden"}, {"3836", PlaceGuess, "Amersfoort"}, {"1394", PlaceGuess, "Wijdemeren"}, {"1011 AB", PlacePostcode, ""}, {"0123", PlaceNone, ""},
	}
	for _, tt := range tests {
		got := r.Match(tt.text, testDay)
		names := got.Municipality.Name
		if got.Other != nil {
			names += ", " + got.Other.Name
		}
		assert.Equal(t, tt.kind, got.Kind, tt.text)
		assert.Equal(t, tt.names, names, tt.text)
	}
	assert.Equal(t, "Hilversum", r.Match("1394", "2027-01-01").Municipality.Name, "after the merger")
}

// TestMatchOwnNames holds that every name matches exactly and that one slip in it
// never leads to another municipality as if it were certain.
func TestMatchOwnNames(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	for _, m := range r.Municipalities(testDay) {
		for _, name := range append([]string{m.Name}, m.Places...) {
			got := r.Match(name, testDay)
			assert.Equal(t, PlaceExact, got.Kind, name)
			assert.Equal(t, m.Code, got.Municipality.Code, name)
		}
		if len(m.Name) < 5 {
			continue
		}
		for i := 1; i < len(m.Name); i++ {
			slip := m.Name[:i] + m.Name[i+1:]
			got := r.Match(slip, testDay)
			if got.Municipality.Code != m.Code {
				assert.NotEqual(t, PlaceExact, got.Kind, "%s → %s", slip, got.Municipality.Name)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"soest", "soest", 0}, {"soest", "zoest", 1}, {"soest", "seost", 1}, {"soest", "soes", 1}, {"soest", "sooest", 1}, {"soest", "baarn", 4}, {"ca", "abc", 3}}
	for _, tt := range tests {
		assert.Equal(t, tt.want, distance([]rune(tt.a), []rune(tt.b), 3), "%s %s", tt.a, tt.b)
		assert.Equal(t, tt.want, distance([]rune(tt.b), []rune(tt.a), 3), "%s %s", tt.b, tt.a)
	}
}

func TestPopulation(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	n, estimate := r.Population(RegionUtrecht, "horeca", BandFew)
	assert.Equal(t, 2297, n)
	assert.False(t, estimate)
	n, estimate = r.Population(RegionUtrecht, "media", BandMany)
	assert.Equal(t, 165, n)
	assert.True(t, estimate)
	n, _ = r.Population("X", "media", BandMany)
	assert.Zero(t, n)
	assert.Equal(t, 13500, r.Figures().Laggards)
	assert.Equal(t, 250, r.Figures().YearTarget)
}

// TestGeneralise checks that nobody is counted in a group below the threshold.
func TestGeneralise(t *testing.T) {
	m := embeddedMap(t)
	replace(t, m, "region.toml", "media = 166", "media = 99")
	replace(t, m, "region.toml", "maak = 166", "maak = 100")
	c, err := Load(m)
	require.NoError(t, err)
	r := c.Region()
	tests := []struct{ region, sector, size, sector2, band string }{
		{RegionGooi, "media", "klein", OtherSector, BandMkb}, {RegionGooi, "media", "zzp", "media", BandZzp}, {RegionGooi, "maak", "groot", "maak", BandMkb},
		{RegionUtrecht, "media", "zzp", "media", BandZzp}, {RegionUtrecht, "media", "micro", "media", BandFew},
		{RegionUtrecht, "media", "klein", "media", BandMany}, {RegionUtrecht, "media", "groot", "media", BandMany},
		{RegionUtrecht, "unheard", "klein", OtherSector, BandMany}, {RegionOutside, "media", "klein", "media", BandAny},
		{RegionUtrecht, "media", BandFew, "media", BandFew}, // once more changes nothing
	}
	for _, tt := range tests {
		sector, band := r.Generalise(tt.region, tt.sector, tt.size)
		assert.Equal(t, tt.sector2+" "+tt.band, sector+" "+band, "%v", tt)
	}
	for _, region := range []string{RegionUtrecht, RegionGooi} {
		for _, s := range r.Sectors() {
			for _, size := range sizes {
				sector, band := r.Generalise(region, s.ID, string(size))
				n, _ := r.Population(region, sector, band)
				assert.GreaterOrEqual(t, n, 100, "%s %s %s", region, s.ID, size)
			}
		}
	}
}

func TestSectors(t *testing.T) {
	r := embeddedCatalogue(t).Region()
	require.Len(t, r.Sectors(), 13)
	var lagging, edih []string
	for _, s := range r.Sectors() {
		if s.Lagging {
			lagging = append(lagging, s.ID)
		}
		if s.EDIH != "" {
			edih = append(edih, s.ID)
		}
	}
	assert.Equal(t, []string{"retail", "groothandel", "horeca", "bouw"}, lagging)
	assert.Equal(t, []string{"zorg", "media", "maak", "agri"}, edih)
	_, ok := r.Sector("unheard")
	assert.False(t, ok)
}

func TestSizeOf(t *testing.T) {
	for answer, want := range map[string]Size{"1": Zzp, "2": Micro, "10": Klein, "50": Midden, "250": Groot} {
		size, ok := SizeOf(answer)
		assert.True(t, ok)
		assert.Equal(t, want, size)
	}
	_, ok := SizeOf("3")
	assert.False(t, ok)
}

func FuzzMatch(f *testing.F) {
	r, err := Load(Embedded())
	require.NoError(f, err)
	for _, s := range []string{"Zeist", "zijst", "ik zit in Zeist", "'s-Graveland", "Ĳsselstein", "é́", "\xff", "", "wijk  bij-duurstede"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := r.Region().Match(text, testDay)
		found := got.Kind == PlaceExact || got.Kind == PlaceGuess
		if found != (got.Municipality.Code != "") {
			t.Fatalf("%q gives %v with %q", text, got.Kind, got.Municipality.Code)
		}
		if !utf8.ValidString(text) && got.Kind != PlaceNone {
			t.Fatalf("%q is no text, yet gives %v", text, got.Kind)
		}
		if again := r.Region().Match(Fold(text), testDay); utf8.ValidString(text) && len(text) <= maxTyped && len(Fold(text)) <= maxTyped && again.Kind != got.Kind {
			t.Fatalf("%q gives %v, folded %v", text, got.Kind, again.Kind)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	c, err := Load(fstest.MapFS(embeddedMap(b)))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		c.Region().Match("amesfoort", testDay)
	}
}
