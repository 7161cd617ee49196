//go:build !race

package main

// buildFlags build the program like the test: without the race detector.
var buildFlags []string
