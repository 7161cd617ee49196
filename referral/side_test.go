package referral

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSide(t *testing.T) {
	s := testScale()
	for _, test := range []struct {
		question, option string
		want             Side
	}{
		{"administration", "a", SideLack}, {"administration", "b", SideLack}, {"administration", "c", SideNone}, {"administration", "d", SideStrength},
		{"access_anywhere", "b", SideLack}, {"ai_use", "c", SideStrength}, {"administration", DontKnow, SideNone},
		{"backups", DontKnow, SideLack}, {"backups", "b", SideLack}, {"backups", "c", SideStrength},
		{"paperwork", "a", SideCalm}, {"paperwork", "b", SideNone}, {"paperwork", "c", SidePressure}, {"staffing", "b", SideNone}, {"staffing", "c", SidePressure},
		{"outage", "c", SideLack}, {"outage", "a", SideNone}, {"size", "1", SideNone}, {"unknown", "a", SideNone},
	} {
		assert.Equal(t, test.want, s.Side(test.question, test.option), "%s=%s", test.question, test.option)
	}
}

func TestAcross(t *testing.T) {
	for _, test := range []struct {
		readiness, impact float64
		extra             bool
		want              Quadrant
	}{
		{48, 80, false, Leading}, {20, 53, false, Unhurried}, {52, 80, true, Vulnerable}, {53, 90, false, Vulnerable},
		{80, 51, false, InOrder}, {49, 30, false, InOrder}, {20, 43, true, Vulnerable}, {90, 48, false, Leading}, {52, 10, false, Unhurried},
	} {
		a := Assessment{Readiness: test.readiness, Impact: test.impact, Extra: test.extra, Quadrant: quadrantOf(test.readiness >= cutOff, test.impact >= cutOff)}
		assert.Equal(t, test.want, a.Across(), "%+v", test)
	}
	assert.Equal(t, NoQuadrant, (&Assessment{Quadrant: NoQuadrant}).Across())
}

// TestCompare expects figures of the population only, about the wish first, at most two
// and one per question.
func TestCompare(t *testing.T) {
	c := embeddedCatalogue(t)
	cafe := Case{Size: Micro, Sector: "horeca", Answers: Answers{"online_presence": "b", "login_code": "b", "administration": "a", "ai_use": "d", "help_wanted": "papier"}}
	ids := func(k Case) (list []string) {
		for _, f := range c.Compare(k) {
			list = append(list, f.ID+" "+string(f.Doing))
		}
		return list
	}
	assert.Equal(t, []string{"paper_horeca no", "web_sales_horeca no"}, ids(cafe))
	cafe.Answers["help_wanted"] = "veilig"
	assert.Equal(t, []string{"login_code_micro partly", "web_sales_horeca no"}, ids(cafe))
	cafe.Size = Zzp
	assert.Empty(t, ids(cafe), "no figure is about sole traders")
	cafe.Size, cafe.Sector = Micro, "agri"
	assert.Equal(t, []string{"login_code_micro partly"}, ids(cafe), "the survey leaves farms out")
	cafe.Sector, cafe.Cyber = "horeca", CyberIncident
	assert.Empty(t, ids(cafe))
	shown := 0
	for _, f := range c.Figures() {
		for _, size := range []Size{Zzp, Micro, Klein, Midden, Groot} {
			for _, sector := range c.Region().Sectors() {
				k := Case{Size: size, Sector: sector.ID, Answers: Answers{f.Question: slices.Concat(f.Yes, f.Partly, f.No)[0]}}
				for _, one := range c.Compare(k) {
					shown++
					assert.True(t, oneOf(one.Sizes, size) && oneOf(one.Sectors, sector.ID), "%s for %s %s", one.ID, size, sector.ID)
				}
			}
		}
	}
	assert.Positive(t, shown)
}

func TestLoadRefusesFaultyFigures(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{`id = "paper_horeca"`, `id = "Paper"`, "small letters"},
		{`id = "paper_horeca"`, `id = "paper_bouw"`, "twice"},
		{`population = "ten_up"`, `population = "everyone"`, "unknown value"},
		{`year = 2024`, `year = 2012`, "before 2019"},
		{`source = "CBS, AI-monitor 2024"`, `source = "CBS"`, "names the year"},
		{`sectors = ["ict"]`, `sectors = ["it"]`, "unknown sector"},
		{`look_again = "2027-12-31"`, `look_again = "31-12-2027"`, "not a date"},
		{`yes = ["e"]`, `maybe = ["e"]`, "unknown key"},
	} {
		m := embeddedMap(t)
		replace(t, m, benchmarkTOML, test.old, test.new)
		_, err := Load(m)
		assert.ErrorContains(t, err, test.want, test.new)
	}
}
