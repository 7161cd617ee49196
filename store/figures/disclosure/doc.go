// Package disclosure decides which counts of a closed quarter may be published, so that
// nobody can derive the attributes of a single business from them (statistical disclosure
// control).
//
// A [Cube] holds how often each value, and each pair of values, occurs in a quarter.
// [Line] releases a table of one dimension, [Cross] one of two and [Release] a fixed set.
// Four measures protect a table:
//
//   - threshold: a count above zero is shown from 5 businesses on at level [Internal], from
//     10 on at level [External], and from 10 on for a named partner at any level;
//   - pooling: values below the threshold are combined into one group;
//   - suppression: a small cell is hidden, and other cells with it, until the row and column
//     totals leave at least 4 between the bounds of each hidden cell
//     (complementary suppression; the bounds are computed exactly, as maximal flows);
//   - aggregation: a row or column whose businesses are all in one cell is merged with
//     another (group disclosure), and so is one that suppression cannot protect.
//
// A reader of both levels learns no more than from the internal one: an external table is a
// coarsening of the internal table. Terms and attacker model follow the Handbook on
// Statistical Disclosure Control (https://sdctools.github.io/HandbookSDC/).
//
// The package is pure: the same cube gives the same tables on every machine.
package disclosure
