package disclosure_test

import (
	"fmt"

	"digiwijzer/store/figures/disclosure"
)

// Two cells are below the threshold; two more are hidden so that the totals do not reveal
// them.
func ExampleCross() {
	counts := map[string]map[string]int{ // businesses by sector and quadrant
		"horeca": {"vulnerable": 14, "leading": 2, "in_order": 9},
		"bouw":   {"vulnerable": 11, "leading": 8, "in_order": 3},
		"retail": {"vulnerable": 6, "leading": 12, "in_order": 7},
	}
	cube := disclosure.NewCube()
	for sector, row := range counts {
		for quadrant, n := range row {
			cube.Add(disclosure.BySector, sector, "", "", n)
			cube.Add(disclosure.ByQuadrant, quadrant, "", "", n)
			cube.Add(disclosure.BySector, sector, disclosure.ByQuadrant, quadrant, n)
		}
	}
	table := disclosure.Cross(cube, disclosure.BySector, disclosure.ByQuadrant, disclosure.Internal)
	fmt.Printf("%-10s", "sector")
	for _, group := range table.ColumnGroups {
		fmt.Printf("%12s", group[0])
	}
	fmt.Println("       total")
	for i, group := range table.RowGroups {
		fmt.Printf("%-10s", group[0])
		for _, cell := range table.Cells[i] {
			if cell.Hidden {
				fmt.Printf("%12s", "·")
			} else {
				fmt.Printf("%12d", cell.N)
			}
		}
		fmt.Printf("%12d\n", table.RowTotals[i])
	}
	// Output:
	// sector      vulnerable     leading    in_order       total
	// retail               6          12           7          25
	// horeca              14           ·           ·          25
	// bouw                11           ·           ·          22
}

// Values below the threshold are pooled until the pool is large enough.
func ExampleLine() {
	cube := disclosure.NewCube()
	for sector, n := range map[string]int{"horeca": 40, "bouw": 23, "zorg": 6, "agri": 2, "media": 1} {
		cube.Add(disclosure.BySector, sector, "", "", n)
	}
	for _, level := range []disclosure.Level{disclosure.Internal, disclosure.External} {
		table := disclosure.Line(cube, disclosure.BySector, level)
		for i, group := range table.RowGroups {
			fmt.Println(level, group, table.Cells[i][0].N)
		}
	}
	// Output:
	// intern [horeca] 40
	// intern [bouw] 23
	// intern [agri media zorg] 9
	// extern [horeca] 40
	// extern [agri bouw media zorg] 32
}
