// Package flows is one conversation, from the first question to the advice. Step
// takes a session and what a person did, and returns the new session, what to say
// and what to count. It is pure and total: no clock, network, storage or words, and
// every input, valid or not, leads to a reply and never to an error.
//
// A session holds the answers by question and a phase. Which question is asked now
// follows from the answers by walking the questions (questions.toml) over them, skip
// rules included; going back, changing one answer, new content and resuming after a
// restart are therefore the same thing. The phases are one table (machine.go).
package flows
