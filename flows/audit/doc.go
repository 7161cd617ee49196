// Package audit is the content gate: it checks loaded content before publication. It
// explores every path through the questions, advises every outcome, renders every message
// in every language, and looks ahead for days on which an advice becomes empty. It also
// compares two contents, and plays and records transcripts. It imports flows, referral and
// locales, and no channel.
//
// # Every path
//
// There are about 5·10¹⁶ ways to answer the questions, but few that anything later
// distinguishes. The exploration goes through the questions in order and keeps states
// instead of paths: the points so far on each axis, the number of questions asked,
// measured and not known, and the class of every answer that a later condition, the
// scoring or a rule compares by value. Paths to equal states are counted, exactly, and
// continued as one (states.go). The classes are derived from the questions and the rules
// themselves (classes.go).
//
// Questions that no condition and no score connects are explored in separate groups
// (groups.go). The final states of each group are reduced to what the scoring
// distinguishes, and the tables of all groups are joined (tables.go). Every state keeps one path
// to it as a witness, so that the real scoring and the real engine judge each outcome; a
// difference with the exploration is a fault.
package audit
