package admission

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"digiwijzer/referral"
)

var noon = time.Date(2026, 12, 3, 12, 0, 0, 0, time.UTC)

// read is the age of a form whose question was read.
const read = 10 * time.Second

func from(g *Guard, address string, age time.Duration) Visit {
	return Visit{Source: g.Source(netip.MustParseAddr(address)), FormAge: age}
}

// verdicts lets n conversations begin at intervals and counts the verdicts.
func verdicts(g *Guard, v Visit, n int, every time.Duration) map[Verdict]int {
	all := map[Verdict]int{}
	for i := range n {
		all[g.Begin(v, "", noon.Add(time.Duration(i)*every))]++
	}
	return all
}

func TestOneSource(t *testing.T) {
	for name, c := range map[string]struct {
		age   time.Duration
		n     int
		wants map[Verdict]int
	}{
		"a small group":            {0, 10, map[Verdict]int{Counted: 10}},
		"a class, which reads":     {read, 30, map[Verdict]int{Counted: 10, Paced: 20}},
		"a script in a hurry":      {0, 300, map[Verdict]int{Counted: 10, Uncounted: 290}},
		"just too young":           {MinFormAge - 1, 11, map[Verdict]int{Counted: 10, Uncounted: 1}},
		"just old enough":          {MinFormAge, 11, map[Verdict]int{Counted: 10, Paced: 1}},
		"a script that takes time": {read, 300, map[Verdict]int{Counted: 10, Paced: 110, Uncounted: 180}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewGuard()
			assert.Equal(t, c.wants, verdicts(g, from(g, "192.0.2.7", c.age), c.n, 11*time.Second))
		})
	}
}

// TestSourcesAreNetworks: what belongs to one customer is one source, and nothing else is.
func TestSourcesAreNetworks(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string
		same          bool
	}{
		"another address":            {"192.0.2.7", "192.0.2.8", false},
		"IPv4 in the form of IPv6":   {"192.0.2.7", "::ffff:192.0.2.7", true},
		"another host in a /64":      {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		"another /64 in a /48":       {"2001:db8:1:2::1", "2001:db8:1:ffff::1", true},
		"another /48":                {"2001:db8:1:2::1", "2001:db8:2:2::1", false},
		"the same address in a zone": {"fe80::1%eth0", "fe80::1", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewGuard()
			verdicts(g, from(g, c.first, read), FreePerHour, time.Second)
			want := Counted
			if c.same {
				want = Paced
			}
			assert.Equal(t, want, g.Begin(from(g, c.second, read), "", noon.Add(time.Minute)))
		})
	}
	g := NewGuard()
	assert.Equal(t, Source{}, g.Source(netip.Addr{}))
	assert.Equal(t, map[Verdict]int{Counted: 10, Uncounted: 5}, verdicts(g, Visit{}, 15, time.Second), "all that are not known are one source")
	assert.NotEqual(t, NewGuard().Source(netip.MustParseAddr("192.0.2.7")), g.Source(netip.MustParseAddr("192.0.2.7")), "every guard has its own key")
}

// TestTotalPerMinute: with as many addresses as anyone wants, no more than so many a minute.
func TestTotalPerMinute(t *testing.T) {
	g, all := NewGuard(), map[Verdict]int{}
	for i := range 600 { // within a minute
		v := from(g, fmt.Sprintf("192.0.%d.%d", 2+i/200, i%200), read)
		all[g.Begin(v, "", noon.Add(time.Duration(i)*99*time.Millisecond))]++
	}
	assert.Equal(t, map[Verdict]int{Counted: PerMinute, Uncounted: 600 - PerMinute}, all)
	assert.Equal(t, Counted, g.Begin(from(g, "198.51.100.1", read), "", noon.Add(2*time.Minute)))
}

// TestAFloodLeavesRoomForOthers: a source that is refused takes nothing from the total.
func TestAFloodLeavesRoomForOthers(t *testing.T) {
	g := NewGuard()
	verdicts(g, from(g, "192.0.2.7", 0), 10_000, time.Millisecond)
	assert.Equal(t, Counted, g.Begin(from(g, "198.51.100.1", 0), "", noon.Add(11*time.Second)))
}

func TestForgottenWithinTheHour(t *testing.T) {
	g := NewGuard()
	v := from(g, "192.0.2.7", 0)
	verdicts(g, v, FreePerHour, 0)
	g.Same(map[string]string{"size": "2"}, noon)
	assert.Equal(t, Uncounted, g.Begin(v, "", noon.Add(time.Hour-1)))
	g.Forget(noon.Add(time.Hour))
	assert.Empty(t, g.begun)
	assert.Empty(t, g.from)
	assert.Empty(t, g.vectors)
	assert.Empty(t, g.seen)
	assert.Equal(t, Counted, g.Begin(v, "", noon.Add(time.Hour)))
}

// TestFair: two hundred people on one network within ten minutes all count where the event
// was announced, and on no other day and through no other link.
func TestFair(t *testing.T) {
	g := NewGuard()
	g.SetEvents([]Event{{Partner: "beurs", Day: referral.DayOf(noon), Expect: 200}})
	counts := func(partner string, at time.Time) (n int) {
		for i := range 200 {
			if g.Begin(from(g, "192.0.2.7", 2*time.Second), partner, at.Add(time.Duration(i)*3*time.Second)) == Counted {
				n++
			}
		}
		return n
	}
	assert.Equal(t, 200, counts("beurs", noon))
	assert.Equal(t, FreePerHour, counts("beurs", noon.Add(time.Hour)), "as many as expected, and then as on any day")
	assert.Equal(t, FreePerHour, counts("kvk", noon.Add(3*time.Hour)))
	g.SetEvents([]Event{{Partner: "beurs", Day: referral.DayOf(noon), Expect: 205}})
	assert.Equal(t, 5+FreePerHour, counts("beurs", noon.Add(5*time.Hour)), "what was used stays used")
	assert.Equal(t, FreePerHour, counts("beurs", noon.AddDate(0, 0, 1)))
}

// TestBounds: whatever happens, of one source no more counts than allowed, of all together no
// more than so many a minute, nothing older than an hour is kept, and memory stays bounded.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, now := NewGuard(), noon
		type begun struct {
			at      time.Time
			address string
			verdict Verdict
		}
		var all []begun
		for range rapid.IntRange(1, 400).Draw(t, "visits") {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, 20 * time.Second, 5 * time.Minute, time.Hour}).Draw(t, "later"))
			address := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1", "2001:db8:1::1"}).Draw(t, "address")
			age := rapid.SampledFrom([]time.Duration{0, time.Second, 3 * time.Second, time.Hour}).Draw(t, "age")
			all = append(all, begun{now, address, g.Begin(from(g, address, age), "", now)})
			free, counting, minute := 0, 0, 0
			for _, b := range all {
				if b.verdict == Uncounted {
					continue
				}
				if now.Sub(b.at) < time.Minute {
					minute++
				}
				if b.address == address && now.Sub(b.at) < time.Hour {
					counting++
					if b.verdict == Counted {
						free++
					}
				}
			}
			require.LessOrEqual(t, free, FreePerHour)
			require.LessOrEqual(t, counting, PerHour)
			require.LessOrEqual(t, minute, PerMinute)
			require.LessOrEqual(t, len(g.begun), PerMinute*60)
			require.LessOrEqual(t, len(g.from), 2*len(g.begun))
			require.Less(t, now.Sub(g.begun[0].at), time.Hour)
		}
	})
}

func TestSameAnswers(t *testing.T) {
	g := NewGuard()
	one, other := map[string]string{"size": "2", "sector": "bouw"}, map[string]string{"size": "2", "sector": "horeca"}
	assert.False(t, g.Same(one, noon))
	assert.False(t, g.Same(other, noon))
	assert.False(t, g.Same(map[string]string{"size": "2sector"}, noon))
	assert.True(t, g.Same(map[string]string{"sector": "bouw", "size": "2"}, noon.Add(59*time.Minute)))
	assert.True(t, g.Same(one, noon.Add(time.Hour)), "the second one is remembered for an hour")
	assert.False(t, g.Same(one, noon.Add(2*time.Hour)))
	for i := range 2 * maxVectors {
		g.Same(map[string]string{"size": fmt.Sprint(i)}, noon.Add(2*time.Hour))
	}
	assert.Len(t, g.vectors, maxVectors)
	assert.Len(t, g.seen, maxVectors)
}

func TestPace(t *testing.T) {
	begun := NewPace(noon)
	p, ok := begun.Answered(noon) // the first answers may come together
	assert.True(t, ok)
	_, ok = p.Answered(noon.Add(MinGap - time.Millisecond))
	assert.False(t, ok)
	p, ok = p.Answered(noon.Add(MinGap))
	assert.True(t, ok)
	_, ok = p.Answered(noon.Add(-time.Hour))
	assert.True(t, ok, "the clock was set back")
	assert.False(t, p.Finished(noon.Add(MinTotal-time.Millisecond)))
	assert.True(t, p.Finished(noon.Add(MinTotal)))
	assert.Equal(t, noon, p.Start().UTC())
}
