package referral

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// points makes the points of options a, b, c … in order.
func points(values ...float64) map[string]float64 {
	m := map[string]float64{}
	for i, v := range values {
		m[string(rune('a'+i))] = v
	}
	return m
}

// proofs reads "a 3:0 4:0; e 3:1" as what options prove of the index.
func proofs(text string) map[string]map[int]int {
	m := map[string]map[int]int{}
	for part := range strings.SplitSeq(text, ";") {
		fields := strings.Fields(part)
		if len(fields) == 0 {
			continue
		}
		m[fields[0]] = map[int]int{}
		for _, f := range fields[1:] {
			var item, met int
			if _, err := fmt.Sscanf(f, "%d:%d", &item, &met); err != nil {
				panic(err)
			}
			m[fields[0]][item] = met
		}
	}
	return m
}

// testScale is scoring version 2, in the order of the conversation.
func testScale() *Scale {
	three, four := points(0, 50, 100), points(0, 33, 67, 100)
	return &Scale{Version: 2, Items: []Item{
		{Question: "size", DII: proofs("1 1:1")},
		{Question: "online_presence", Axis: AxisReadiness, Points: points(0, 33, 33, 67, 100),
			DII: proofs("a 3:0 4:0 7:0 8:0; b 3:0 4:0 7:0 8:0; c 3:0 4:0 8:1; d 3:0 4:0 8:1; e 3:1")},
		{Question: "administration", Axis: AxisReadiness, Points: four, DII: proofs("a 11:0; b 11:0; c 11:0; d 11:1")},
		{Question: "access_anywhere", Axis: AxisReadiness, Points: three, DII: proofs("a 5:0 6:0; b 5:1 6:0; c 5:1 6:1")},
		{Question: "customer_data", Axis: AxisReadiness, Points: four, DII: proofs("a 9:0 12:0; b 9:0 12:0; c 9:0 12:1; d 9:1")},
		{Question: "ai_use", Axis: AxisReadiness, Points: points(0, 50, 80, 100), DII: proofs("a 10:0; c 10:1; d 10:1")},
		{Question: "learning", Axis: AxisReadiness, Points: four},
		{Question: "plan_and_budget", Axis: AxisReadiness, Points: four},
		{Question: "login_code", Axis: AxisCyber, Points: three},
		{Question: "updates", Axis: AxisCyber, Points: three},
		{Question: "backups", Axis: AxisCyber, Points: three},
		{Question: "customer_demand", Axis: AxisImpact, Points: four},
		{Question: "revenue_at_risk", Axis: AxisImpact, Points: four},
		{Question: "paperwork", Axis: AxisImpact, Points: four},
		{Question: "staffing", Axis: AxisImpact, Points: three},
		{Question: "digital_requirements", Axis: AxisImpact, Points: three},
		{Question: "new_competitors", Axis: AxisImpact, Points: three},
	}}
}

// embeddedMap copies the embedded data, to be changed by a test.
func embeddedMap(t testing.TB) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(Embedded(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(Embedded(), path)
		m[path] = &fstest.MapFile{Data: data}
		return err
	})
	require.NoError(t, err)
	return m
}

// replace changes one text in one file and insists that it is there.
func replace(t testing.TB, m fstest.MapFS, file, old, with string) {
	t.Helper()
	require.Contains(t, m, file)
	text := string(m[file].Data)
	require.Contains(t, text, old, file)
	m[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, with, 1))}
}

// embeddedCatalogue is the catalogue as it is built in.
func embeddedCatalogue(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Load(Embedded())
	require.NoError(t, err)
	return c
}

// verifiedCatalogue is the catalogue in which an editor verified ROM Utrecht Region.
func verifiedCatalogue(t testing.TB, change ...func(fstest.MapFS)) *Catalogue {
	t.Helper()
	m := embeddedMap(t)
	verify(t, m, "rom-utrecht")
	for _, f := range change {
		f(m)
	}
	c, err := Load(m)
	require.NoError(t, err)
	return c
}

func verify(t testing.TB, m fstest.MapFS, id string) {
	t.Helper()
	replace(t, m, "catalogue/"+id+".toml", `verified_on = ""`, "verified_on = \"2026-11-20\"\nverified_by = \"redactie\"")
}
