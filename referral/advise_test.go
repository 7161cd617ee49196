package referral

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testDay Date = "2026-11-21"

// testCase reads "vulnerable retail micro GM0355 weak adhoc", with help_wanted and
// other answers behind it: "leren obstacle=geld".
func testCase(text string) Case {
	f := strings.Fields(text)
	k := Case{
		Assessment: Assessment{Quadrant: Quadrant(f[0]), Cyber: Cyber(f[4]), Phase: Phase(f[5])},
		Sector:     f[1], Size: Size(f[2]), Municipality: f[3], Today: testDay, Answers: Answers{}, Scale: testScale(),
	}
	for _, extra := range f[6:] {
		switch q, v, ok := strings.Cut(extra, "="); {
		case extra == "extra":
			k.Extra = true
		case ok && q == "day":
			k.Today = Date(v)
		case ok && q == "readiness":
			k.Readiness, _ = strconv.ParseFloat(v, 64)
		case ok:
			k.Answers[q] = v
		default:
			k.Answers["help_wanted"] = extra
		}
	}
	return k
}

// ids writes steps as "id~" (caveat), "id+" (added as a precaution).
func ids(steps []Step) string {
	var list []string
	for _, s := range steps {
		id := s.Initiative.ID
		if s.Caveat {
			id += "~"
		}
		if s.Extra {
			id += "+"
		}
		list = append(list, id)
	}
	return strings.Join(list, " ")
}

func TestAdviseVectors(t *testing.T) {
	c := verifiedCatalogue(t)
	tests := []struct {
		name, in, steps, closing, more, notes string
		card                                  Card
	}{
		{"1", "vulnerable retail micro GM0355 weak adhoc", "cyberveilig-check mkb-werkplaats-utrecht~ kvk", "", "pvo-middennederland~", "mijn-digitale-zaak~", ""},
		{"3", "vulnerable bouw micro GM0307 weak engaged", "cyberveilig-check mkb-werkplaats-utrecht~ kvk", "", "pvo-middennederland~", "mijn-digitale-zaak~", ""},
		{"5", "vulnerable retail zzp GM1696 unknown adhoc", "cyberveilig-check kvk werkplaatsen-netwerk~", "", "brancheorganisatie~", "mijn-digitale-zaak~", ""},
		{"5 after the merger", "vulnerable retail zzp GM1696 unknown adhoc day=2027-01-01", "cyberveilig-check kvk werkplaatsen-netwerk~", "", "brancheorganisatie~", "mijn-digitale-zaak~", ""},
		{"6", "vulnerable zorg klein GM0317 ok engaged", "mkb-werkplaats-utrecht~ kvk", "", "", "mijn-digitale-zaak~", ""},
		{"8", "leading media klein GM0402 ok later", "edih-noordwest~ rom-utrecht ai-hub-midden~", "kvk", "media-perspectives~ ai-media-lab~", "", ""},
		{"10", "leading maak klein GM0632 weak later", "cyberveilig-check edih-noordwest~ rom-utrecht", "", "ai-hub-midden~ pvo-middennederland~ smart-industry-hub~", "", ""},
		{"12", "in_order ict micro GM0356 ok later", "kvk", "", "", "", CardNothing},
		{"13", "vulnerable retail micro GM0355 incident adhoc", "", "", "", "", CardIncident},
		{"15", "vulnerable retail midden GM0342 weak adhoc", "cyberveilig-check kvk pvo-middennederland~", "", "werkplaatsen-netwerk~ brancheorganisatie~", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := c.Advise(testCase(tt.in))
			assert.Equal(t, tt.steps, ids(a.Steps), "steps")
			assert.Equal(t, tt.closing, ids(a.Closing), "closing")
			assert.Equal(t, tt.more, ids(a.More), "more")
			assert.Equal(t, tt.notes, ids(a.Notes), "notes")
			assert.Equal(t, tt.card, a.Card, "card")
		})
	}
}

func TestAdviseWishes(t *testing.T) {
	c := verifiedCatalogue(t)
	tests := []struct{ in, steps, rules string }{
		// Vulnerable: what is proposed moves forward, its rule stays.
		{"vulnerable retail micro GM0355 ok engaged papier", "mkb-werkplaats-utrecht~ kvk", "R20 R20"},
		{"vulnerable maak micro GM0355 ok later", "mkb-werkplaats-utrecht~ edih-noordwest~ kvk", "R20 R24 R20"},
		{"vulnerable maak micro GM0355 ok later papier", "mkb-werkplaats-utrecht~ kvk edih-noordwest~", "R20 R20 R24"},
		{"vulnerable maak micro GM0355 ok later data", "edih-noordwest~ mkb-werkplaats-utrecht~ kvk", "R24 R20 R20"},
		// Leading and in order gain KVK.
		{"leading retail micro GM0355 ok later", "rom-utrecht ai-hub-midden~ edih-netwerk~", "R31 R31 R31"},
		{"leading retail micro GM0355 ok later klanten", "kvk rom-utrecht ai-hub-midden~", "R53 R31 R31"},
		{"leading retail micro GM0355 ok later nieuw", "ai-hub-midden~ rom-utrecht edih-netwerk~", "R31 R31 R31"},
		{"leading retail micro GM0355 ok engaged nieuw", "mkb-werkplaats-utrecht~ kvk", "R36 R36"},
		{"leading retail zzp GM0355 ok later", "ai-hub-midden~ edih-netwerk~", "R31 R31"},
		// Hubs come early only for the well prepared who want something new.
		{"leading retail micro GM0355 ok engaged nieuw readiness=59.9", "mkb-werkplaats-utrecht~ kvk", "R36 R36"},
		{"leading retail micro GM0355 ok engaged nieuw readiness=60", "mkb-werkplaats-utrecht~ rom-utrecht ai-hub-midden~", "R36 R31 R31"},
		{"leading retail micro GM0355 ok engaged leren readiness=90", "mkb-werkplaats-utrecht~ kvk", "R36 R36"},
		{"leading maak micro GM0402 ok engaged data readiness=60", "edih-noordwest~ rom-utrecht werkplaatsen-netwerk~", "R30 R30 R36"},
		// Money as the obstacle.
		{"vulnerable retail micro GM0355 ok adhoc obstacle=geld", "mkb-werkplaats-utrecht~ kvk qredits~", "R20 R20 R59"},
		{"in_order zakelijk micro GM0355 ok engaged papier", "kvk", "R53"},
		// Unhurried: the workplace only on wish.
		{"unhurried bouw zzp GM0632 ok adhoc", "kvk", "R40"},
		{"unhurried bouw zzp GM0632 ok adhoc twijfel", "kvk", "R40"},
		{"unhurried bouw zzp GM0632 ok adhoc leren", "mkb-werkplaats-utrecht~ kvk", "R40 R40"},
		{"unhurried bouw zzp GM0632 weak adhoc klanten", "cyberveilig-check mkb-werkplaats-utrecht~ kvk", "R13 R40 R40"},
		{"unhurried bouw zzp GM0402 ok adhoc leren", "kvk brancheorganisatie~", "R40 R71"},
		// Safety first when asked for, also when everything is in place.
		{"unhurried bouw zzp GM0632 weak adhoc", "kvk cyberveilig-check pvo-middennederland~", "R40 R13 R15"},
		{"unhurried bouw zzp GM0632 weak adhoc veilig", "cyberveilig-check pvo-middennederland~ kvk", "R13 R15 R40"},
		{"unhurried bouw zzp GM0632 ok adhoc veilig", "cyberveilig-check kvk", "R13 R40"},
		{"none bouw zzp GM0632 ok adhoc veilig", "cyberveilig-check kvk", "R13 R80"},
		{"none bouw zzp GM0632 ok adhoc", "kvk cyberveilig-check", "R80 R80"},
		{"none bouw zzp GM0632 weak adhoc", "kvk cyberveilig-check", "R80 R13"},
		{"vulnerable bouw zzp GM0344 weak adhoc", "cyberveilig-check cybernetwerk-utrecht~ mkb-werkplaats-utrecht~", "R13 R11 R20"},
		// Nothing wanted: nothing pushed.
		{"vulnerable retail micro GM0355 weak engaged geen", "cyberveilig-check", "R13"},
		// Outside the region and larger than the check is made for.
		{"vulnerable retail micro buiten weak engaged", "cyberveilig-check kvk werkplaatsen-netwerk~", "R13 R70 R70"},
		{"leading media micro buiten ok later", "edih-netwerk~ kvk werkplaatsen-netwerk~", "R70 R70 R70"},
		{"unhurried media micro buiten ok later klanten", "kvk werkplaatsen-netwerk~", "R40 R70"},
		{"leading media groot GM0402 ok later", "edih-noordwest~ rom-utrecht ai-hub-midden~", "R30 R30 R30"},
		{"leading retail midden GM0402 ok later", "rom-utrecht ai-hub-midden~ edih-netwerk~", "R31 R31 R31"},
		{"vulnerable retail groot GM0402 ok later", "kvk brancheorganisatie~", "R21 R71"},
		{"unhurried retail groot GM0355 ok engaged klanten", "kvk brancheorganisatie~", "R40 R71"},
	}
	for _, tt := range tests {
		a := c.Advise(testCase(tt.in))
		assert.Equal(t, tt.steps, ids(a.Steps), tt.in)
		var rules []string
		for _, s := range a.Steps {
			rules = append(rules, s.Rule)
		}
		assert.Equal(t, tt.rules, strings.Join(rules, " "), tt.in)
	}
}

func TestAdviseNothingWanted(t *testing.T) {
	c := verifiedCatalogue(t)
	a := c.Advise(testCase("vulnerable retail micro GM0355 weak engaged geen extra"))
	assert.Equal(t, "cyberveilig-check", ids(a.Steps), "security that is not in order is said all the same")
	assert.Empty(t, c.Advise(testCase("vulnerable retail micro GM0355 ok engaged geen extra")).Steps)
	assert.Empty(t, a.More)
	assert.Empty(t, a.Notes, "no schemes for who wants no help")
	assert.Equal(t, "kvk", ids(a.Closing))
	assert.Equal(t, "R90", a.Closing[0].Rule)
}

func TestAdviseExtra(t *testing.T) {
	c := verifiedCatalogue(t)
	tests := []struct{ in, steps, more string }{
		{"leading horeca klein GM0402 ok engaged extra", "werkplaatsen-netwerk~ kvk brancheorganisatie~", ""},
		{"leading horeca klein GM0355 ok engaged extra", "mkb-werkplaats-utrecht~ kvk", ""},
		{"leading horeca klein GM0355 weak engaged extra", "cyberveilig-check mkb-werkplaats-utrecht~ kvk", "pvo-middennederland~"},
		{"leading horeca klein GM0402 weak engaged extra klanten", "cyberveilig-check kvk werkplaatsen-netwerk~", "brancheorganisatie~ pvo-middennederland~"},
		{"leading media klein GM0402 ok later extra", "edih-noordwest~ rom-utrecht ai-hub-midden~", "kvk+ media-perspectives~ ai-media-lab~"},
		{"unhurried bouw zzp GM0632 ok adhoc extra", "kvk mkb-werkplaats-utrecht~+", ""},
		{"unhurried bouw zzp GM0632 ok adhoc extra leren", "mkb-werkplaats-utrecht~ kvk", ""},
		{"unhurried bouw midden GM0632 ok adhoc extra", "kvk werkplaatsen-netwerk~ brancheorganisatie~", ""},
		{"unhurried bouw zzp GM0402 ok adhoc extra", "kvk brancheorganisatie~", ""},
		{"in_order bouw zzp buiten ok adhoc extra", "kvk", ""},
		{"unhurried bouw zzp GM0632 ok adhoc extra geen", "", ""},
	}
	for _, tt := range tests {
		a := c.Advise(testCase(tt.in))
		assert.Equal(t, tt.steps, ids(a.Steps), tt.in)
		assert.Equal(t, tt.more, ids(a.More), tt.in)
		for _, s := range append(a.Steps, a.More...) {
			assert.Equal(t, s.Extra, s.Reason == "reason.extra", tt.in)
		}
	}
	media := c.Advise(testCase("leading media klein GM0402 ok later extra"))
	assert.Equal(t, "kvk", ids(media.Closing), "the desk stays within reach")
}

func TestAdviseRounds(t *testing.T) {
	open := func(id string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			file := "catalogue/" + id + ".toml"
			data := string(m[file].Data)
			first := strings.Index(data, "[[evidence]]\nid = \"") + len("[[evidence]]\nid = \"")
			evidence := data[first : first+strings.IndexByte(data[first:], '"')]
			m[file] = &fstest.MapFile{Data: []byte(data + fmt.Sprintf("\n[[rounds]]\nfrom = \"2026-11-01\"\nto = \"2026-11-30\"\nevidence = %q\n", evidence))}
		}
	}
	tests := []struct{ id, in, steps, notes string }{
		{"mijn-digitale-zaak", "vulnerable retail micro GM0355 ok adhoc", "mkb-werkplaats-utrecht~ mijn-digitale-zaak~ kvk", ""},
		{"mijn-digitale-zaak", "vulnerable retail micro GM0355 ok adhoc papier", "mkb-werkplaats-utrecht~ kvk mijn-digitale-zaak~", ""},
		{"mijn-digitale-zaak", "vulnerable retail micro GM0402 ok adhoc", "kvk mijn-digitale-zaak~ werkplaatsen-netwerk~", ""},
		{"mijn-digitale-zaak", "vulnerable retail midden GM0402 ok adhoc", "kvk werkplaatsen-netwerk~ brancheorganisatie~", ""},
		{"mijn-digitale-zaak", "unhurried retail micro GM0355 ok adhoc", "kvk", ""},
		{"mijn-digitale-zaak", "vulnerable retail micro GM0355 ok adhoc day=2026-12-01", "mkb-werkplaats-utrecht~ kvk", "mijn-digitale-zaak~"},
		{"mcz", "unhurried retail micro GM0355 weak adhoc", "kvk cyberveilig-check mcz~", ""},
		{"mcz", "unhurried retail micro GM0355 weak adhoc veilig", "cyberveilig-check mcz~ pvo-middennederland~", ""},
		{"mcz", "unhurried retail midden GM0355 weak adhoc", "kvk cyberveilig-check pvo-middennederland~", ""},
		{"mcz", "unhurried retail micro GM0355 weak adhoc day=2026-12-01", "kvk cyberveilig-check pvo-middennederland~", ""},
		{"slim", "unhurried retail micro GM0402 ok adhoc leren", "kvk brancheorganisatie~ slim~", ""},
		{"slim", "unhurried retail zzp GM0402 ok adhoc leren", "kvk brancheorganisatie~", ""},
		{"slim", "unhurried retail micro GM0402 ok adhoc leren day=2026-12-01", "kvk brancheorganisatie~", "slim~"},
	}
	for _, tt := range tests {
		a := verifiedCatalogue(t, open(tt.id)).Advise(testCase(tt.in))
		assert.Equal(t, tt.steps, ids(a.Steps), "%s: %s", tt.id, tt.in)
		assert.Equal(t, tt.notes, ids(a.Notes), "%s: %s", tt.id, tt.in)
	}
}

// TestOversubscribedNeverFirst puts the oversubscribed scheme before everything else.
func TestOversubscribedNeverFirst(t *testing.T) {
	front := func(m fstest.MapFS) {
		replace(t, m, "rules.toml", `{ initiative = "mijn-digitale-zaak", rank = 35 }`, `{ initiative = "mijn-digitale-zaak", rank = 1 }`)
		replace(t, m, "catalogue/mijn-digitale-zaak.toml", "to = \"2023-07-14\"", "to = \"2026-12-31\"")
	}
	a := verifiedCatalogue(t, front).Advise(testCase("vulnerable retail micro GM0355 ok adhoc"))
	assert.Equal(t, "mkb-werkplaats-utrecht~ mijn-digitale-zaak~ kvk", ids(a.Steps))

	alone := verifiedCatalogue(t, front, func(m fstest.MapFS) {
		replace(t, m, "catalogue/mkb-werkplaats-utrecht.toml", `capacity = "limited"`, `capacity = "none"`)
		replace(t, m, "rules.toml", `  { initiative = "kvk", rank = 50, variant = "kvk" },`, "")
	})
	a = alone.Advise(testCase("vulnerable retail micro GM0355 ok adhoc"))
	assert.Empty(t, a.Steps)
	assert.Equal(t, "mijn-digitale-zaak~", ids(a.More))
	assert.Equal(t, "kvk", ids(a.Closing))
}

func TestAdviseGates(t *testing.T) {
	const weak = "vulnerable bouw micro GM0307 weak engaged"
	address := "\n[[contact]]\ntype = \"web\"\nvalue = \"https://cyberchef.example\"\nevidence = \"cc1\"\n"
	addTo := func(id, text string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			file := "catalogue/" + id + ".toml"
			m[file] = &fstest.MapFile{Data: append(append([]byte{}, m[file].Data...), text...)}
		}
	}
	swap := func(file, old, with string) func(fstest.MapFS) {
		return func(m fstest.MapFS) { replace(t, m, file, old, with) }
	}
	tests := []struct {
		name   string
		change []func(fstest.MapFS)
		in     string
		steps  string
	}{
		{"no address: hidden", nil, weak, "cyberveilig-check mkb-werkplaats-utrecht~ kvk"},
		{"an editor adds one", []func(fstest.MapFS){addTo("cyberchef-amersfoort", address)}, weak, "cyberveilig-check cyberchef-amersfoort~ mkb-werkplaats-utrecht~"},
		{"elsewhere", []func(fstest.MapFS){addTo("cyberchef-amersfoort", address)}, "vulnerable bouw micro GM0308 weak engaged", "cyberveilig-check mkb-werkplaats-utrecht~ kvk"},
		{"ended", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `priority = 80`, "valid_to = \"2026-11-20\"\npriority = 80")}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"last day", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `priority = 80`, "valid_to = \"2026-11-21\"\npriority = 80")}, weak, "cyberveilig-check mkb-werkplaats-utrecht~ kvk"},
		{"not begun", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `priority = 80`, "valid_from = \"2026-11-22\"\npriority = 80")}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"announced", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `status = "unverified"`, `status = "in_formation"`)}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"no room", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `capacity = "limited"`, `capacity = "none"`)}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"only some sizes", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `sizes = ["zzp", "micro", "klein", "midden"]`, `sizes = ["klein"]`)}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"only some sectors", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", "[eligibility]\n", "[eligibility]\nsectors = [\"horeca\"]\n")}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"excluded municipality", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `exclude = ["GV"]`, `exclude = ["GV", "GM0307"]`)}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"verified", []func(fstest.MapFS){func(m fstest.MapFS) { verify(t, m, "mkb-werkplaats-utrecht") }}, weak, "cyberveilig-check mkb-werkplaats-utrecht kvk"},
		{"verified too long ago", []func(fstest.MapFS){func(m fstest.MapFS) { verify(t, m, "mkb-werkplaats-utrecht") }}, weak + " day=2027-06-01", "cyberveilig-check mkb-werkplaats-utrecht~ kvk"},
		{"same page twice", []func(fstest.MapFS){swap("catalogue/mkb-werkplaats-utrecht.toml", `value = "https://mkbwerkplaatsutrecht.nl"`, `value = "https://www.ncsc.nl"`)}, weak, "cyberveilig-check kvk pvo-middennederland~"},
		{"no hubs in the first phases", []func(fstest.MapFS){
			swap("catalogue/rom-utrecht.toml", `quadrants = ["leading"]`, ``),
			swap("rules.toml", `propose = [{ initiative = "cyberveilig-check", rank = 20 }]`, `propose = [{ initiative = "cyberveilig-check", rank = 20 }, { initiative = "rom-utrecht", rank = 5 }]`),
		}, weak, "cyberveilig-check mkb-werkplaats-utrecht~ kvk"},
		{"but in a later one", []func(fstest.MapFS){
			swap("catalogue/rom-utrecht.toml", `quadrants = ["leading"]`, ``),
			swap("rules.toml", `propose = [{ initiative = "cyberveilig-check", rank = 20 }]`, `propose = [{ initiative = "cyberveilig-check", rank = 20 }, { initiative = "rom-utrecht", rank = 5 }]`),
		}, "vulnerable bouw micro GM0307 weak later", "rom-utrecht cyberveilig-check mkb-werkplaats-utrecht~"},
		{"the way there ended", []func(fstest.MapFS){swap("catalogue/rom-utrecht.toml", `priority = 70`, "valid_to = \"2026-11-20\"")},
			"leading maak klein GM0632 ok later", "ai-hub-midden~"},
		{"of equal rank the nearest first", []func(fstest.MapFS){swap("rules.toml", `{ initiative = "mkb-werkplaats-utrecht", rank = 30 }`, `{ initiative = "mkb-werkplaats-utrecht", rank = 50 }`),
			swap("catalogue/mkb-werkplaats-utrecht.toml", `priority = 80`, `priority = 10`)}, weak, "cyberveilig-check mkb-werkplaats-utrecht~ kvk"},
		{"of equal rank a verified one first", []func(fstest.MapFS){swap("rules.toml", `{ initiative = "mkb-werkplaats-utrecht", rank = 30 }`, `{ initiative = "mkb-werkplaats-utrecht", rank = 20 }`),
			swap("catalogue/mkb-werkplaats-utrecht.toml", "scope = \"list\"\ninclude = [\"U\"]\nexclude = [\"GV\"]", `scope = "national"`), // no nearer
			swap("catalogue/mkb-werkplaats-utrecht.toml", `priority = 80`, `priority = 10`),                                                // and of less weight
			func(m fstest.MapFS) { verify(t, m, "mkb-werkplaats-utrecht") }}, weak, "mkb-werkplaats-utrecht cyberveilig-check kvk"},
		{"a standing body is not lifted", []func(fstest.MapFS){swap("rules.toml", `{ initiative = "mkb-werkplaats-utrecht", rank = 30 }`, `{ initiative = "mkb-werkplaats-utrecht", rank = 20 }`)},
			weak, "mkb-werkplaats-utrecht~ cyberveilig-check kvk"},
		{"kinds stay excluded from the precaution", []func(fstest.MapFS){swap("rules.toml", `region = ["U"], size = ["zzp", "micro", "klein"]`, `region = ["U"], size = ["zzp", "micro", "klein", "midden"]`)},
			"leading retail midden GM0355 ok later extra", "rom-utrecht ai-hub-midden~ edih-netwerk~"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.steps, ids(verifiedCatalogue(t, tt.change...).Advise(testCase(tt.in)).Steps))
		})
	}
}

// TestAdviseReached holds how people reach what has a number only, and that of their trade.
func TestAdviseReached(t *testing.T) {
	c := embeddedCatalogue(t)
	find := func(in, id string) (step Step) {
		a := c.Advise(testCase(in))
		for _, s := range slices.Concat(a.Steps, a.More) {
			if s.Initiative.ID == id {
				step = s
			}
		}
		return step
	}
	desk := find("vulnerable retail micro GM0344 ok adhoc obstacle=geld", "ondernemer-centraal")
	assert.Equal(t, "14 030", desk.Phone, "the only way to reach it, though nobody verified it")
	assert.Empty(t, desk.URL)
	for sector, want := range map[string][2]string{
		"horeca": {"Koninklijke Horeca Nederland", "https://www.khn.nl/info-advies"},
		"maak":   {"Koninklijke Metaalunie", "https://metaalunie.nl"},
	} {
		branch := find("vulnerable "+sector+" micro buiten ok adhoc", "brancheorganisatie")
		assert.Equal(t, want, [2]string{branch.Name, branch.URL})
	}
	assert.Nil(t, find("vulnerable zorg micro buiten ok adhoc", "brancheorganisatie").Initiative, "no association is known")
	closed := c.Advise(testCase("vulnerable retail micro GM0355 ok adhoc")).Notes
	require.Equal(t, "mijn-digitale-zaak~", ids(closed))
	assert.Empty(t, closed[0].URL, "nobody is sent to a closed scheme")
}

// TestAdviseVia holds that a record without its own address leads to the one it is
// reached through, over two hops, and that two steps may then share a page.
func TestAdviseVia(t *testing.T) {
	c := verifiedCatalogue(t)
	a := c.Advise(testCase("leading maak klein GM0632 ok later"))
	require.Equal(t, "edih-noordwest~ rom-utrecht ai-hub-midden~", ids(a.Steps))
	edih, rom := a.Steps[0], a.Steps[1]
	assert.Equal(t, rom.URL, edih.URL)
	assert.NotEmpty(t, edih.URL)
	assert.Same(t, rom.Initiative, edih.Via)
	assert.Nil(t, rom.Via)
	hub := a.More[len(a.More)-1]
	assert.Equal(t, "smart-industry-hub", hub.Initiative.ID)
	assert.Same(t, rom.Initiative, hub.Via)
}

func TestAdviseDates(t *testing.T) {
	c := verifiedCatalogue(t)
	network := "leading ict micro GM0344 ok later staffing=c"
	assert.Contains(t, ids(c.Advise(testCase(network+" day=2026-12-31")).More), "utech-mkb-loket")
	assert.NotContains(t, ids(c.Advise(testCase(network+" day=2027-01-01")).More), "utech-mkb-loket")
	hub := "leading maak micro GM0344 ok later"
	assert.Contains(t, ids(c.Advise(testCase(hub+" day=2026-12-31")).More), "smart-industry-hub")
	assert.NotContains(t, ids(c.Advise(testCase(hub+" day=2027-01-01")).More), "smart-industry-hub")
}

func TestAdviseFlags(t *testing.T) {
	c := verifiedCatalogue(t)
	a := c.Advise(testCase("vulnerable retail micro GM0402 ok adhoc"))
	assert.True(t, a.Gap)
	assert.False(t, a.Sizable || a.Outside)
	assert.False(t, c.Advise(testCase("vulnerable retail micro GM0317 ok adhoc")).Gap, "Eemnes lies in the province")
	assert.False(t, c.Advise(testCase("unhurried retail micro GM0402 ok adhoc")).Gap)
	assert.True(t, c.Advise(testCase("vulnerable retail midden GM0355 ok adhoc")).Sizable)
	assert.True(t, c.Advise(testCase("vulnerable retail micro buiten ok adhoc")).Outside)
	assert.True(t, c.Advise(testCase("vulnerable retail micro GM9999 ok adhoc")).Outside, "a code nobody has")
	assert.Equal(t, CardTooLittle, c.Advise(testCase("none retail micro GM0355 ok adhoc")).Card)
}

// TestAdviseBecause holds that a reason names the answers that fired its rule.
func TestAdviseBecause(t *testing.T) {
	c := verifiedCatalogue(t)
	answers, asked := vector("2; bbababa; abb-; ccccbb")
	k := testCase("vulnerable retail micro GM0344 weak engaged")
	k.Assessment = Assess(k.Scale, answers, asked, false)
	k.Answers = answers
	a := c.Advise(k)
	require.Equal(t, "cyberveilig-check cybernetwerk-utrecht~ mkb-werkplaats-utrecht~", ids(a.Steps))
	assert.Equal(t, []Because{{"login_code", "a"}, {"updates", "b"}, {"backups", "b"}}, a.Steps[0].Because)
	assert.Equal(t, "reason.R13.weak", a.Steps[0].Reason)
	assert.Equal(t, []Because{{"login_code", "a"}, {"municipality", "GM0344"}, {"updates", "b"}}, a.Steps[1].Because)
	assert.Equal(t, []Because{{"staffing", "c"}, {"access_anywhere", "a"}, {"customer_demand", "c"}}, a.Steps[2].Because)
	assert.Equal(t, "note.R22", a.Notes[0].Reason)
	assert.Empty(t, a.Notes[0].Because, "a remark gives no reason")

	// A business that stops without its computers gets that reason too; back-ups come first.
	k.Answers = Answers{"login_code": "c", "updates": "c", "backups": "a", "outage": "c"}
	assert.Equal(t, []Because{{"backups", "a"}, {"outage", "c"}}, c.Advise(k).Steps[0].Because)

	// A conclusion from working on paper is no reason for a question that was never asked.
	paper, _ := vector("1; eac-ddd; ccc-; ddd-cc")
	k = testCase("vulnerable retail zzp GM0355 ok engaged")
	k.Answers = paper
	assert.Equal(t, []Because{{"customer_demand", "d"}, {"administration", "a"}, {"revenue_at_risk", "d"}}, c.Advise(k).Steps[0].Because)

	// Nor are answers of the other half of the scale brought up to fill a list.
	paper, _ = vector("1; eac-ddd; ccc-; daa-aa")
	k.Answers = paper
	assert.Equal(t, []Because{{"customer_demand", "d"}, {"administration", "a"}}, c.Advise(k).Steps[0].Because)

	for text, want := range map[string][]Because{
		"leading media micro GM0402 ok later":              {{"sector", "media"}},
		"none retail micro GM0355 ok engaged veilig":       {{"help_wanted", "veilig"}},
		"unhurried retail micro GM0355 unknown adhoc geen": nil,
	} {
		if steps := c.Advise(testCase(text)).Steps; len(steps) > 0 {
			assert.Equal(t, want, steps[0].Because, text)
		} else {
			assert.Nil(t, want, text)
		}
	}
}

var everyCase = flag.Bool("everycase", false, "advise every case, not one in seven")

// TestEveryCaseHasAdvice goes through every combination that the rules look at, of which it advises one in seven.
func TestEveryCaseHasAdvice(t *testing.T) {
	t.Parallel()
	c := embeddedCatalogue(t)
	places := []string{Outside}
	for _, m := range c.Region().Municipalities(testDay) {
		places = append(places, m.Code)
	}
	require.Len(t, places, 33)
	cases := 0
	k := Case{Today: testDay, Answers: Answers{}}
	for _, quadrant := range quadrants {
		for _, sector := range c.Region().Sectors() {
			for _, place := range places {
				for _, size := range sizes {
					for _, cyber := range cybers {
						for _, phase := range phases {
							for _, wish := range wishes {
								k.Quadrant, k.Sector, k.Municipality, k.Size, k.Cyber, k.Phase = quadrant, sector.ID, place, size, cyber, phase
								k.Answers["help_wanted"] = wish
								k.Readiness = float64(59 + cases%3)
								k.Extra = cases%2 == 0 && quadrant != Vulnerable && quadrant != NoQuadrant
								cases++
								if cases%7 != 0 && !*everyCase { // no number of values is a multiple of seven
									continue
								}
								if fault := adviceFault(c, k); fault != "" {
									require.Failf(t, fault, "%s %s %s %s %s %s %s extra=%v", quadrant, sector.ID, place, size, cyber, phase, wish, k.Extra)
								}
							}
						}
					}
				}
			}
		}
	}
	assert.Equal(t, 5*13*33*5*4*3*8, cases)
}

// adviceFault returns what is wrong with the advice for a case, if anything.
func adviceFault(c *Catalogue, k Case) string {
	a := c.Advise(k)
	if k.Cyber == CyberIncident {
		if a.Card != CardIncident || len(a.Steps)+len(a.More)+len(a.Notes)+len(a.Closing) > 0 {
			return "an incident gets its card alone"
		}
		return ""
	}
	verified, seen := 0, map[string]bool{}
	pages := map[string]bool{}
	for _, s := range a.Steps {
		if s.Initiative.Verified(k.Today) {
			verified++
		}
		if s.Via == nil && pages[s.URL] {
			return "one page twice: " + s.URL
		}
		pages[s.URL] = s.Via == nil
	}
	early := k.Phase != Later && (k.Readiness < 60 || k.Answers["help_wanted"] != "data" && k.Answers["help_wanted"] != "nieuw")
	for _, list := range [][]Step{a.Steps, a.Closing, a.More, a.Notes} {
		for _, s := range list {
			if seen[s.Initiative.ID] && !s.Extra {
				return "said twice: " + s.Initiative.ID
			}
			seen[s.Initiative.ID] = true
			closed := s.Initiative.Status == StatusClosedRound && !s.Initiative.RoundOpen(k.Today)
			if closed != (s.URL == "" && s.Phone == "") {
				return "a closed scheme with an address, or an open one without: " + s.Initiative.ID
			}
			if s.Reason == "" || s.Rule == "" || s.Name == "" || !s.Initiative.Live(k.Today) {
				return "cannot be explained: " + s.Initiative.ID
			}
			if early && (s.Initiative.Kind == KindInnovation || s.Initiative.Kind == KindKnowledge) {
				return "too early for " + s.Initiative.ID
			}
		}
	}
	silent := k.Answers["help_wanted"] == "geen"
	switch {
	case len(a.Steps) > maxSteps:
		return "too many steps"
	case silent && (len(a.Steps) > 1 || (len(a.Steps) == 1) != (k.Cyber == CyberWeak || k.Cyber == CyberUnknown) || len(a.More) > 0 || len(a.Closing) != 1):
		return "no help was wanted"
	case !silent && len(a.Steps) == 0:
		return "no step"
	case verified < 2 && !seen["kvk"]:
		return "no human desk within reach"
	}
	return ""
}

func BenchmarkAdvise(b *testing.B) {
	c := embeddedCatalogue(b)
	for name, text := range map[string]string{
		"vulnerable": "2; bbababa; abb-; ccccbb", "leading": "10; edcdccd; ccc-; ddbbcc",
	} {
		answers, asked := vector(text)
		k := testCase("vulnerable media micro GM0344 weak later")
		k.Assessment = Assess(k.Scale, answers, asked, false)
		k.Answers = answers
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Advise(k)
			}
		})
	}
}
