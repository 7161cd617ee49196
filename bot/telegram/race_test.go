//go:build race

package telegram

func init() { raceDetector = true }
