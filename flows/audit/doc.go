// Package audit walks the conversation instead of a person: it plays transcripts,
// checks that every path in every language ends well, and sends a synthetic
// population through. It knows flows, referral and locales, and no channel.
package audit
