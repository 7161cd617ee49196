package bot

import "time"

// How long personal data is kept. Each period is promised on the privacy page.
const (
	RunRetention    = 7 * 24 * time.Hour // an unfinished conversation, after its last answer
	ResultRetention = 24 * time.Hour     // a finished conversation, after its last answer
	SendRetention   = 24 * time.Hour     // a message that cannot be delivered is retried for this long
)

// The same in days, where only the day is stored.
const (
	OutcomeRetentionDays = 28 // a frozen outcome waits at most this long for others to be batched with
	// A follow-up is due after FollowUpDays and at most FollowUpSpreadDays-1 more, so that
	// its day does not reveal the day of the conversation.
	FollowUpDays       = 42
	FollowUpSpreadDays = 14
	// Without an answer the question is repeated once, and the follow-up then deleted.
	FollowUpRepeatDays = 14
	FollowUpAnswerDays = 28
)
