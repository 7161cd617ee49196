package disclosure_test

import (
	"fmt"

	"digiwijzer/store/figures/disclosure"
)

// Of a quarter with 53 businesses each figure per obstacle is rounded to a multiple of three;
// the total is exact. The public sees no figure below twelve.
func Example() {
	cube := disclosure.NewCube()
	for _, o := range []struct {
		obstacle string
		n        int
		keys     int64 // the sum of the random keys of the n records
	}{
		{"time", 28, 61_230_118_007},
		{"money", 16, 33_871_440_251},
		{"knowledge", 5, 9_920_337_125},
		{"staff", 4, 7_001_268_934},
	} {
		cube.Add(disclosure.ByObstacle, o.obstacle, "", "", o.n, o.keys)
		cube.Add(disclosure.ByQuadrant, "vulnerable", "", "", o.n, o.keys) // counts the businesses
	}
	release := disclosure.OfQuarter("2026Q4", cube)
	fmt.Println(release.Outcomes, "businesses")
	for _, level := range []disclosure.Level{disclosure.Internal, disclosure.External} {
		obstacles := release.At(level).Table(disclosure.ByObstacle, "")
		for _, obstacle := range []string{"time", "money", "knowledge", "staff"} {
			figure := obstacles.Figure(obstacle)
			if n, told := figure.N(); told {
				fmt.Println(level, obstacle, n)
			} else if n, known := figure.Below(); known {
				fmt.Println(level, obstacle, "fewer than", n)
			}
		}
	}
	// Output:
	// 53 businesses
	// intern time 30
	// intern money 15
	// intern knowledge 3
	// intern staff 3
	// extern time 30
	// extern money 15
	// extern knowledge fewer than 12
	// extern staff fewer than 12
}
