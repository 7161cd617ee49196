//go:build !race

package main

// withRaceDetector: this test binary, and so the program, has the race detector.
const withRaceDetector = false

// atOnce is how many parallel tests run at the same time. They mostly wait for another
// process or for one of its time limits, so many more of them than there are processors.
const atOnce = 16
