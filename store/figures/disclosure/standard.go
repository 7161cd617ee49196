package disclosure

// Crossing identifies a table by its dimensions; B is empty in a table of one dimension.
type Crossing struct{ A, B Dimension }

// Standard returns the fixed set of tables of a quarterly report, the same every quarter.
func Standard() []Crossing {
	return []Crossing{
		{ByQuadrant, ""}, {BySector, ByQuadrant}, {ByRegion, ByQuadrant}, {BySize, ByQuadrant},
		{ByReadiness, ""}, {ByImpact, ""}, {ByRegion, ByReadiness}, {ByDII, ""}, {BySelfImage, ByReadiness},
		{ByCyber, ""}, {ByPhase, ""},
		{ByObstacle, ""}, {ByObstacle, ByQuadrant}, {ByHelp, ""}, {ByInitiative, ByHelp},
		{ByInitiative, ""}, {ByInitiative, ByVerdict}, {ByVerdict, ""},
		{BySector, ""}, {ByRegion, ""}, {BySize, ""}, {ByPartner, ""}, {ByChannel, ""}, {ByChannel, ByVerdict}, {ByLang, ""},
		{ByTaken, ""}, {ByHelped, ""}, {ByHindrance, ""}, {ByTaken, ByHelped},
	}
}

// Release returns the tables of a closed quarter as they may be shown at a level.
func Release(c *Cube, l Level, crossings []Crossing) []Table {
	tables := make([]Table, len(crossings))
	for i, x := range crossings {
		if x.B == "" {
			tables[i] = Line(c, x.A, l)
		} else {
			tables[i] = Cross(c, x.A, x.B, l)
		}
	}
	return tables
}
