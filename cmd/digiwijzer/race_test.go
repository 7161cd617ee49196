//go:build race

package main

// buildFlags build the program like the test: with the race detector.
var buildFlags = []string{"-race"}

// atOnce is half of what it is without the race detector, which takes several times the memory.
const atOnce = 8
