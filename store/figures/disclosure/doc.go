// Package disclosure decides which counts of closed quarters and years are released, and rounds
// them, so that nobody can derive the attributes of a single business from them (statistical
// disclosure control).
//
// Every count with an attribute is rounded to a multiple of three, up or down at random and
// unbiased. The random choice is not drawn again each time: it is computed from the keys of the
// counted records, so that the same businesses always give the same figure, in every table and
// on every machine (fixed random rounding, as Stats NZ and the Australian Bureau of Statistics
// use it). Rounding alone does not protect: with thousands of overlapping figures it can be
// undone. So only a fixed list is released, [QuarterList] and [YearList], which was tested
// together with the rounding against an attacker who uses every figure of five quarters (see
// attack_test.go). A table is added to the lists only if that test still passes.
//
// [Cube] holds the exact counts, [Exact]. Only [Told] turns them into a [Figure], and neither
// type converts to the other. [OfQuarter], [OfYear] and [OfQuarters] make a [Release].
//
// The package is pure: the same cube gives the same release everywhere.
//
// References: Stats NZ, "2013 Census confidentiality rules and how they are applied"
// (http://archive.stats.govt.nz/Census/2013-census/methodology/confidentiality-how-applied.aspx);
// Thompson, Broadfoot and Elazar, "Methodology for the automatic confidentialisation of
// statistical outputs from remote servers at the Australian Bureau of Statistics" (UNECE,
// 2013).
package disclosure
