// Package audit walks the conversation instead of a person: it plays transcripts,
// checks that every path in every language ends well, and sends a synthetic
// population through. It knows flows, referral and locales, and no channel.
//
// # Every path
//
// There are far more ways through the questions than can be tried one by one, but few
// that anything later can tell apart. The walk goes through the questions in order and
// keeps, instead of paths, states: the points so far on each axis, how many questions
// were asked, measured and not known, and those answers that a later condition, the
// scoring or a rule valueSets at one by one. Paths that lead to equal states are counted,
// exactly, and go on as one. What is looked at is derived from the questions and the
// rules themselves (visible.go).
//
// Questions that no condition connects are walked apart (groups.go), each group to a
// table of its final states; the tables are joined after being reduced to what the
// scoring can tell apart (join.go). Every state remembers one way to reach it, so that
// the real scoring and the real engine have the last word on each outcome.
package audit
