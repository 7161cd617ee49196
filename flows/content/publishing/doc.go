// Package publishing lets editors change content in drafts and publish it as editions: the
// one service behind the pages of the editor's desk and the command line.
//
// An editor has one draft, which is saved at every change. It is a set of changed files on top of the edition
// that was published last, the head. Each file keeps its version in the head at the first change, so that
// what others publish meanwhile is merged value by value; if two changed the same value, the editor
// chooses.
//
// A draft is published as a whole, as a new edition, after the content gate passed it. An edition is never
// changed or deleted: undoing publishes an earlier one again.
package publishing
