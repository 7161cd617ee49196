// Package disclosure decides which counts of closed quarters and years are told, and tells
// them rounded, so that nobody can derive the attributes of a single business from them
// (statistical disclosure control).
//
// Every count that carries an attribute is rounded to a multiple of three, up or down at
// random and right on average. What decides is not drawn anew each time: it follows from
// the keys of the counted records, so that the same businesses always give the same figure,
// in every table, on every machine (fixed random rounding, as Stats NZ and the Australian
// Bureau of Statistics use it). Rounding alone does not protect: whoever is told thousands
// of overlapping figures undoes it. Hence a fixed list of what is told, [QuarterList] and
// [YearList], which was measured together with the rounding against an attacker who uses
// every figure of five quarters (see attack_test.go). A table is added to the lists only
// when that test still passes with it.
//
// [Cube] holds the exact counts, [Exact]. They become a [Figure] only through [Told], and
// neither type converts to the other. [OfQuarter], [OfYear] and [OfQuarters] make a [Release].
//
// The package is pure: the same cube gives the same release everywhere.
//
// References: Stats NZ, "2013 Census confidentiality rules and how they are applied"
// (http://archive.stats.govt.nz/Census/2013-census/methodology/confidentiality-how-applied.aspx);
// Thompson, Broadfoot and Elazar, "Methodology for the automatic confidentialisation of
// statistical outputs from remote servers at the Australian Bureau of Statistics" (UNECE,
// 2013).
package disclosure
