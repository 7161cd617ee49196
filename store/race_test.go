//go:build race

package store

// raceDetector tells that everything is ten times slower.
const raceDetector = true
