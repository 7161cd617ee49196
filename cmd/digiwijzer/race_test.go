//go:build race

package main

// buildFlags build the program like the test: with the race detector.
var buildFlags = []string{"-race"}
