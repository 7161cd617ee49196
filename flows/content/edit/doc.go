// Package edit changes single values, tables and elements of a TOML file and leaves every other byte as it
// was: comments, order, blank lines and quotes. It is independent of the content: whoever loads the
// result decides what an edit means.
//
// A Document is immutable; every edit returns another one, which was parsed again. A Path
// leads to a value by key, and through arrays of tables by the id of the element, so that a
// path stays right when others insert or move elements.
package edit
