//go:build race

package main

// withRaceDetector: this test binary, and so the program, has the race detector.
const withRaceDetector = true

// atOnce is half of what it is without the race detector, which takes several times the memory.
const atOnce = 8
