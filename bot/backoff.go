package bot

import "time"

// Backoff is an exponential back-off: First after the first failure, doubling up to
// Longest.
type Backoff struct{ First, Longest time.Duration }

// Delay returns the pause after so many failures in a row, at least one.
func (b Backoff) Delay(failures int) time.Duration {
	delay := b.First
	for range failures - 1 {
		if delay >= b.Longest {
			break
		}
		delay *= 2
	}
	return min(delay, b.Longest)
}
