// Package publishing lets editors change content in drafts and publish it as editions: the
// one service behind the pages of the editor's desk and the command line.
//
// An editor has one draft, which is saved at every change. It is a set of changed files on
// top of the edition that was published last, the head. Each file remembers how it was in the
// head when it was first changed, so that what others publish meanwhile is merged value by
// value; where two changed the same value, the editor chooses.
//
// A draft is published as a whole, as another edition, after the content gate passed it. An
// edition never changes and never goes: undoing publishes an earlier one again.
package publishing
