package bot

import (
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/flows"
)

// Update is one input as decoded by a channel. Key identifies it when it is delivered
// again ("telegram:123"); an empty Key is never deduplicated.
type Update struct {
	Chat   Chat
	Key    string
	Input  flows.Input
	Origin Origin
	Gone   bool // the person blocked the bot or left: session, outbox and follow-up go
	// Staff, if set, is done instead of a turn of the conversation.
	Staff *StaffAction
	// Counted: the channel has evidence that this person was counted in this half-year
	// under another chat, such as a browser whose conversation was erased or has expired.
	Counted bool
	// Visit is the origin of the update, for a channel without accounts: Options.Admission then
	// decides whether the conversation that it begins counts. Nil: it does.
	Visit *admission.Visit
	// Beginning, if set, is how the conversation began, for a chat without a stored one: it is
	// carried out before Input, in the same transaction, and once.
	Beginning *Beginning
	// Idle is how long the conversation is kept without an update, on a device that other people
	// use next; 0: as long as any other.
	Idle time.Duration
}

// Beginning is the first input of a conversation that its channel keeps in the browser, and
// not in the store, until the next input.
type Beginning struct {
	Key   string // as that of an update; must not be empty
	Input flows.Input
	At    time.Time // of the input
}

// keys returns the update keys that the turn of an update marks.
func (u Update) keys() []string {
	if u.Beginning == nil {
		return []string{u.Key}
	}
	return []string{u.Key, u.Beginning.Key}
}

// Origin is where in a chat an update came from; zero where that does not apply.
type Origin struct {
	Slot    flows.Slot // of the message whose button was pressed
	Message MessageRef // that message
	Tap     bool
}

// StaffAction is what a coordinator's command leads to.
type StaffAction struct {
	Messages []Message // to send
	// Subscribed replaces Messages if the chat is subscribed to the Monday figures; nil: Messages.
	Subscribed []Message
	// Digest subscribes the chat to the Monday figures in the language of the input, or
	// unsubscribes it.
	Digest flows.Choice
}

// shared reports whether the action reads or writes the subscriptions.
func (a *StaffAction) shared() bool {
	return a != nil && (a.Digest != flows.Unsaid || a.Subscribed != nil)
}
