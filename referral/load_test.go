package referral

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEmbeddedData(t *testing.T) {
	c := embeddedCatalogue(t)
	rows := 0
	for n, i := range c.Initiatives() {
		if i.Seed != nil {
			rows++
			assert.Equal(t, n+1, i.Seed.Row, "the inventory comes first, in its order")
		}
		assert.Empty(t, i.VerifiedOn, "%s: nobody verified anything yet", i.ID)
		same, ok := c.Initiative(i.ID)
		assert.True(t, ok)
		assert.Same(t, i, same)
	}
	assert.Equal(t, 20, rows)
	var standing []string
	for _, i := range c.Initiatives() {
		if i.Standing {
			standing = append(standing, i.ID)
		}
	}
	assert.Equal(t, []string{"autoriteit-persoonsgegevens", "cyberveilig-check", "kvk", "ncsc", "politie"}, standing)
	ids := map[string]bool{}
	for _, r := range c.Rules() {
		ids[r.ID] = true
	}
	for _, id := range strings.Fields("R00 R10 R11 R12 R13 R14 R15 R20 R21 R22 R23 R24 R25 R30 R31 R32 R33 R34 R35 R40 R41 R50 R51 R52 R53 R60 R70 R80 R90") {
		assert.True(t, ids[id], id)
	}
}

// TestLoadRefuses breaks the data in one place at a time; the fault must name the
// file, the record and what is wrong.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const kvk, rom, mdz = "catalogue/kvk.toml", "catalogue/rom-utrecht.toml", "catalogue/mijn-digitale-zaak.toml"
	tests := []struct{ file, old, with, want string }{
		{"region.toml", `postcodes = ["3755"]`, `postcodes = ["3755", "3700"]`, "the postcodes 3700-3712 belong to GM0317 already"},
		{"region.toml", `postcodes = ["3755"]`, `postcodes = ["3755-37"]`, `GM0317: "3755-37" is not a postcode`},
		{"region.toml", `maybe = ["Elst"]`, `maybe = ["Zeist"]`, "Zeist: this place belongs to others already"},
		{kvk, `ask = "wish"`, `ask = "a wish"`, `ask "a wish": letters and digits only`},
		{kvk, `review_days = 90`, "review_days = 90\nlast_sign = \"2019\"", `last_sign "2019": no evidence has this page_date`},
		{kvk, `type = "web"`, "type = \"web\"\nname = \"KVK\"", "a name and sectors belong together"},
		{"rules.toml", `keep = ["R13"]`, `keep = ["R98"]`, `lead or keep: unknown rule "R98"`},
		{"rules.toml", `readiness_below = 60`, `readiness_below = 101`, "R23: readiness: 101 is not 1–100"},
		{kvk, `id = "kvk"`, `id = "kvk2"`, `catalogue/kvk.toml: kvk2: the id "kvk2" must be the name of the file`},
		{kvk, `status = "active"`, `status = "active"` + "\ncolour = \"blue\"", `catalogue/kvk.toml: unknown key "colour"`},
		{kvk, `status = "active"`, `status = "busy"`, `kvk: unknown status "busy"`},
		{kvk, `status = "active"`, `status = `, "catalogue/kvk.toml:6: toml: "},
		{kvk, `kind = "national"`, `kind = "nice"`, `unknown kind "nice"`},
		{kvk, `kind = "national"`, `kind = "retired"`, "contradict each other"},
		{kvk, `capacity = "open"`, `capacity = "wide"`, `unknown capacity "wide"`},
		{kvk, `verified_on = ""`, `verified_on = "2026-02-30"` + "\nverified_by = \"x\"", `"2026-02-30" is not a date`},
		{kvk, `verified_on = ""`, `verified_on = "2026-02-03"`, "verified_on and verified_by belong together"},
		{kvk, `review_days = 90`, `review_days = 0`, "review_days 0 is not 1–366"},
		{kvk, `priority = 60`, `priority = 101`, "priority 101"},
		{kvk, `evidence = "kvk3"`, `evidence = "kvk9"`, `contact "https://www.kvk.nl/hulp-en-contact/": no evidence "kvk9"`},
		{kvk, "type = \"phone\"\nvalue = \"0800-2117\"\nevidence = \"kvk1\"", "type = \"phone\"\nvalue = \"0800-2117\"\nevidence = \"\"", `contact "0800-2117": no evidence ""`},
		{kvk, `value = "https://www.kvk.nl/hulp-en-contact/"`, `value = "javascript:alert(1)"`, "is no web address"},
		{kvk, `url = "https://www.kvk.nl/pers`, `url = "www.kvk.nl/pers`, "is no web address"},
		{kvk, `"Ondernemersplein"]`, `"Ondernemersplein", "ROM"]`, `the name "ROM" belongs to "kvk" already`},
		{kvk, "[area]\nscope = \"national\"", "[area]\nscope = \"list\"", "the area includes nothing"},
		{kvk, "[area]\nscope = \"national\"", "[area]\nscope = \"national\"\ninclude = [\"U\"]", "a national area has no list"},
		{rom, `include = ["U", "GV"]`, `include = ["U", "GM0274"]`, `unknown region or municipality "GM0274"`},
		{rom, `quadrants = ["leading"]`, `quadrants = ["leading", "Q2"]`, `unknown quadrant "Q2"`},
		{rom, `quadrants = ["leading"]`, `quadrants = ["in_order"]`, "R30: proposes rom-utrecht to leading, but it fits [in_order]"},
		{mdz, `row = 3`, `row = 2`, "seed row 2 belongs to mijn-digitale-zaak already"},
		{mdz, `row = 3`, `row = 21`, "seed row 21 is not 1–20"},
		{mdz, `row = 3`, `row = 4`, "row 3 of the inventory has no record"},
		{mdz, `category = "Hulp bij digitalisering"`, `category = "Hulp"`, `unknown seed category "Hulp"`},
		{mdz, `sizes = ["zzp", "micro", "klein"]`, `sizes = ["tiny"]`, `unknown size "tiny"`},
		{mdz, `to = "2022-11-30"`, `to = "2022-05-30"`, "2022-05-30 comes before 2022-06-22"},
		{mdz, `to = "2022-11-30"`, `to = ""`, "a round needs both dates"},
		{mdz, "budget_eur = 1700000\nevidence = \"mdz1\"", "budget_eur = 1700000\nevidence = \"\"", `round 2022-06-22: no evidence ""`},
		{mdz, "grant_max_eur = 2500\nevidence = \"mdz1\"", "grant_max_eur = 2500\nevidence = \"x\"", `cost "subsidy"`},
		{"catalogue/spot035.toml", `instead = ["kvk", "cyberveilig-check"]`, ``, "retired without a successor"},
		{"catalogue/spot035.toml", `instead = ["kvk", "cyberveilig-check"]`, `instead = ["nudigitaal"]`, "instead: nudigitaal is retired itself"},
		{"catalogue/dtc.toml", `successor = "ncsc"`, `successor = "nsa"`, `names "nsa", which is not another record`},
		{"catalogue/ncsc.toml", `standing = true`, `standing = true` + "\nsuccessor = \"dtc\"", "the successors go round in a circle"},
		{rom, `status = "unverified"`, `status = "unverified"` + "\nvia = \"edih-noordwest\"", "via goes round in a circle"},
		{"rules.toml", `id = "R11"`, `id = "R10"`, "R10: the id must be R and two digits, and nobody else's"},
		{"rules.toml", `initiative = "cyberchef-amersfoort"`, `initiative = "chef"`, `R10: proposes the unknown initiative "chef"`},
		{"rules.toml", `initiative = "cyberchef-amersfoort"`, `initiative = "spot035"`, "R10: proposes spot035, which is retired"},
		{"rules.toml", `municipality = ["GM0307"]`, `municipality = ["GM0207"]`, `R10: unknown municipality "GM0207"`},
		{"rules.toml", `sector = ["maak"]`, `sector = ["made"]`, `R33: unknown sector "made"`},
		{"rules.toml", `rank = 30 }`, `rank = 0 }`, "rank 0 of mkb-werkplaats-utrecht"},
		{"rules.toml", `as = "note"`, `as = "hint"`, `proposes mijn-digitale-zaak as "hint"`},
		{"rules.toml", `round_open = "mcz"`, `round_open = "mczz"`, `R14: round_open: unknown initiative "mczz"`},
		{"rules.toml", `help_wanted = ["veilig"]`, `help_wanted = ["safe"]`, `help_wanted: unknown value "safe"`},
		{"rules.toml", `staffing = ["c"]`, `staffing = ["e"]`, `staffing: unknown value "e"`},
		{"rules.toml", `because = ["cyber", "municipality"]`, `because = ["weather"]`, `because: unknown value "weather"`},
		{"rules.toml", `lead = ["R10", `, `lead = ["R98", `, `R57: lead or keep: unknown rule "R98"`},
		{"rules.toml", `when = [{}]`, `when = []`, "R90: no conditions"},
		{"rules.toml", `as = "closing"`, `as = "more"`, "no rule proposes a standing national desk as the closing line"},
		{"rules.toml", `card = "incident"`, ``, "R00: stop: without a card"},
		{"rules.toml", `silent = true`, ``, "R58: does nothing"},
		{"region.toml", `code = "GM0307"`, `code = "GM307"`, "GM307: the code must be GM and four digits"},
		{"region.toml", `code = "GM0308"`, `code = "GM0310"`, "GM0310: the dates of two records overlap"},
		{"region.toml", `successor = "GM0402"`, `successor = "GM0999"`, `GM1696: successor "GM0999" is not another municipality here`},
		{"region.toml", `successor = "GM0402"`, ``, "GM1696: a successor and a last day belong together"},
		{"region.toml", "code = \"GM0402\"\nname = \"Hilversum\"\nregion = \"GV\"", "code = \"GM0402\"\nname = \"Hilversum\"\nregion = \"GV\"\nvalid_to = \"2027-12-31\"\nsuccessor = \"GM1696\"", "the successors go round in a circle"},
		{"region.toml", `places = ["Lage Vuursche", "Vuursche"]`, `places = ["Lage Vuursche", "Bilthoven"]`, "Bilthoven: this place stands at GM0308 and GM0310"},
		{"region.toml", `outside = ["Weesp", `, `outside = ["Weesp", "Zeist", `, "Zeist: this place stands at GM0355 and outside"},
		{"region.toml", `divisions_2008 = ["47"]`, `divisions_2008 = ["47", "55"]`, "division 55 belongs to retail already"},
		{"region.toml", `divisions_2008 = ["47"]`, `divisions_2008 = ["G47"]`, `"G47" is not a division`},
		{"region.toml", `threshold = 100`, `threshold = 1000`, `sector "anders" must hold at least the threshold`},
		{"region.toml", `media = 455, `, ``, `population U 2-9: no number for sector "media"`},
		{"region.toml", `laggards = 13500`, ``, "figures: establishments, laggards"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			m := embeddedMap(t)
			replace(t, m, tt.file, tt.old, tt.with)
			c, err := Load(m)
			require.Error(t, err)
			assert.Nil(t, c)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestLoadReportsAllFaults(t *testing.T) {
	m := embeddedMap(t)
	replace(t, m, "catalogue/kvk.toml", `review_days = 90`, `review_days = 900`)
	replace(t, m, "catalogue/slim.toml", `capacity = "limited"`, `capacity = "small"`)
	replace(t, m, "rules.toml", `municipality = ["GM0345"]`, `municipality = ["GM0001"]`)
	_, err := Load(m)
	for _, want := range []string{"catalogue/kvk.toml: kvk: review_days 900", `catalogue/slim.toml: slim: unknown capacity "small"`, `rules.toml: R12: unknown municipality "GM0001"`} {
		assert.ErrorContains(t, err, want)
	}
}

func TestLoadNothing(t *testing.T) {
	_, err := Load(fstest.MapFS{})
	for _, file := range []string{"region.toml", "rules.toml", "catalogue"} {
		assert.ErrorContains(t, err, file)
	}
}

func TestNamed(t *testing.T) {
	c := embeddedCatalogue(t)
	for text, want := range map[string]string{
		"SPOT035": "spot035", "spot 035!": "spot035", "Mijn digitale zaak": "mijn-digitale-zaak", "mdz": "mijn-digitale-zaak",
		"Earth Valley": "earth-valley", "Cyberveilig-check": "cyberveilig-check", "Média Campus NL": "media-perspectives", "KvK": "kvk",
		"digitale werkplaats utrecht": "mkb-werkplaats-utrecht", "U-Tech": "utech-mkb-loket",
	} {
		i, ok := c.Named(text)
		if assert.True(t, ok, text) {
			assert.Equal(t, want, i.ID, text)
		}
	}
	for _, text := range []string{"", "!?", "ik wil naar de kvk", "Zeist", strings.Repeat("kvk", 100)} {
		_, ok := c.Named(text)
		assert.False(t, ok, text)
	}
}

func TestPhoneOnlyWhenVerified(t *testing.T) {
	c := embeddedCatalogue(t)
	kvk, _ := c.Initiative("kvk")
	assert.Equal(t, "0800-2117", kvk.Phone(testDay), "a standing body")
	m := embeddedMap(t)
	phone := "\n[[contact]]\ntype = \"phone\"\nvalue = \"030 123\"\nevidence = \"rom1\"\n"
	m["catalogue/rom-utrecht.toml"].Data = append(m["catalogue/rom-utrecht.toml"].Data, phone...)
	c, err := Load(m)
	require.NoError(t, err)
	rom, _ := c.Initiative("rom-utrecht")
	assert.Empty(t, rom.Phone(testDay))
	verify(t, m, "rom-utrecht")
	c, err = Load(m)
	require.NoError(t, err)
	rom, _ = c.Initiative("rom-utrecht")
	assert.Equal(t, "030 123", rom.Phone(testDay))
}

func TestVerifiedAndNeedsCheck(t *testing.T) {
	c := verifiedCatalogue(t) // ROM was verified on 2026-11-20; an editor looks again after 90 days
	rom, _ := c.Initiative("rom-utrecht")
	for day, want := range map[Date]bool{"2026-11-19": false, "2026-11-20": true, "2027-05-19": true, "2027-05-20": false} {
		assert.Equal(t, want, rom.Verified(day), day)
	}
	tests := []struct {
		id   string
		day  Date
		want []Check
	}{
		{"rom-utrecht", "2026-11-21", nil},
		{"rom-utrecht", "2027-02-19", []Check{CheckStale}},
		{"rom-utrecht", "2026-11-19", []Check{CheckFuture}},
		{"kvk", "2026-11-21", []Check{CheckNever}},
		{"spot035", "2026-11-21", nil},
		{"cyberchef-amersfoort", "2026-11-21", []Check{CheckNever, CheckAddress}},
		{"utech-mkb-loket", "2026-12-31", []Check{CheckNever}},
		{"utech-mkb-loket", "2027-01-01", []Check{CheckNever, CheckEnded}},
		{"mcz", "2026-11-21", []Check{CheckNever, CheckRound}},
		{"mcz", "2023-10-31", []Check{CheckNever}},
	}
	for _, tt := range tests {
		i, _ := c.Initiative(tt.id)
		assert.Equal(t, tt.want, i.NeedsCheck(tt.day), "%s on %s", tt.id, tt.day)
	}
}

// TestTextIDs holds that every text an advice can ask for is listed.
func TestTextIDs(t *testing.T) {
	c := verifiedCatalogue(t)
	listed := map[string]bool{}
	for _, id := range append(c.TextIDs(), testScale().TextIDs()...) {
		listed[id] = true
	}
	for _, id := range []string{"reason.extra", "reason.R20.kvk", "reason.R13.wish", "note.R22", "tip.it_number", "because.help_wanted.nieuw", "because.size.250", "because.outage.c", "because.municipality.buiten", "initiative.spot035.about", "initiative.mcz.cost", "initiative.kvk.pitch"} {
		assert.True(t, listed[id], id)
	}
	assert.False(t, listed["initiative.spot035.pitch"])
	answers, _ := vector("2; bxababa; xbac; ccccbb")
	for _, quadrant := range quadrants {
		for _, rest := range []string{"retail micro GM0344 weak adhoc", "media klein GM0402 unknown later", "ict micro GM0345 weak later", "maak groot GM0355 ok engaged", "agri zzp buiten weak adhoc"} {
			for _, wish := range wishes {
				k := testCase(fmt.Sprintf("%s %s %s staffing=c obstacle=geld extra", quadrant, rest, wish))
				for q, v := range answers {
					if q != "staffing" {
						k.Answers[q] = v
					}
				}
				a := c.Advise(k)
				for _, list := range [][]Step{a.Steps, a.More, a.Notes, a.Closing} {
					for _, s := range list {
						assert.True(t, listed[s.Reason], s.Reason)
						for _, b := range s.Because {
							id := "because." + b.Question + "." + b.Value
							if b.Question == "municipality" && b.Value != Outside {
								id = "because.municipality"
							}
							assert.True(t, listed[id], id)
						}
					}
				}
			}
		}
	}
}
