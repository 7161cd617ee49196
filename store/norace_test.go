//go:build !race

package store

// raceDetector tells that everything is as fast as it is.
const raceDetector = false
