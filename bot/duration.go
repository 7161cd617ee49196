package bot

import (
	"cmp"
	"time"

	"digiwijzer/flows"
)

// hastySeconds is the duration of a run below which its questions cannot have been read: there are
// some twenty, and reading one and tapping takes at least a second.
const hastySeconds = 20

// skewSeconds is how much the clocks of machines that handle one run may differ.
const skewSeconds = 2

// began returns when the run began, in seconds since 1970: at its first answer, or at its start until
// there is one; 0 if the duration cannot be measured: the run has its result, an earlier version started it, or the clock was set
// back since.
func (v *visit) began() int64 {
	now, last := v.now.Unix(), v.before.Until.Add(-cmp.Or(v.update.Idle, RunRetention)).Unix()
	switch {
	case v.turn.Facts.Started || given(v.before.Session) == 0 && given(v.turn.Session) > 0:
		return now
	case now+skewSeconds < max(v.before.Began, last): // last: the answer before
		return 0
	}
	return v.before.Began
}

// given returns how many answers a person gave; the link may have filled in a place.
func given(s flows.Session) int {
	if s.Place {
		return len(s.Answers) - 1
	}
	return len(s.Answers)
}

// hasty reports whether the result was reached faster than anyone can read.
func (v *visit) hasty() bool {
	began := v.began()
	return began != 0 && v.now.Unix()-began < hastySeconds
}

// duration returns how long the run took until now, pauses included; empty: unknown.
func (v *visit) duration() string {
	began := v.began()
	if began == 0 {
		return ""
	}
	return durationClass(time.Duration(v.now.Unix()-began) * time.Second)
}

// durationClass returns the class of a duration, in whole minutes; "day" is a day or more. The
// site promises four minutes. Finer classes could identify a person.
func durationClass(d time.Duration) string {
	switch {
	case d < 4*time.Minute:
		return "0-3min"
	case d < 8*time.Minute:
		return "4-7min"
	case d < 15*time.Minute:
		return "8-14min"
	case d < 24*time.Hour:
		return "15+min"
	}
	return "day"
}
