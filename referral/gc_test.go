package referral

import "runtime/debug"

// The tests make much garbage and keep little of it: collecting it less often takes less processor time.
func init() { debug.SetGCPercent(400) }
