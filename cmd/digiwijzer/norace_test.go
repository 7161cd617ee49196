//go:build !race

package main

// buildFlags build the program like the test: without the race detector.
var buildFlags []string

// atOnce is how many parallel tests run at the same time. They mostly wait for another
// process or for one of its time limits, so many more of them than there are processors.
const atOnce = 16
