// Package fault describes a fault in a content file, independently of the language in which an editor
// reads it. It has no dependencies, so that every package that loads content can use it.
package fault

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Fault is one fault of a content file.
type Fault struct {
	File   string // as the loader names it: in its own folder
	Line   int    // from 1; 0: not known
	ID     string // the question, initiative, rule or text; may be empty
	Other  string // another file with the same name or id, which may be the one to change; may be empty
	Format string // in English, for logs; Kind is derived from it
	Args   []any  // of Format; an Unknown also has what is allowed
	IsKey  bool   // the first argument is a key
	Table  string // the table of the key
}

// New returns a fault.
func New(file, id, format string, args ...any) *Fault {
	return &Fault{File: file, ID: id, Format: format, Args: args}
}

// Error returns file, line, id and what is wrong, in English.
func (f *Fault) Error() string {
	place := f.File
	if f.Line > 0 {
		place += ":" + strconv.Itoa(f.Line)
	}
	if f.ID != "" {
		place += ": " + f.ID
	}
	return place + ": " + fmt.Errorf(f.Format, f.Args...).Error()
}

// Unwrap returns the error among the arguments, if there is one.
func (f *Fault) Unwrap() error {
	for _, arg := range f.Args {
		if err, ok := arg.(error); ok {
			return err
		}
	}
	return nil
}

var (
	verbs  = regexp.MustCompile(`%[0-9]*[a-z]`)
	others = regexp.MustCompile(`[^a-z0-9]+`)
)

// Kind returns the kind of the fault, such as "unknown_sector" for "unknown sector %q".
func (f *Fault) Kind() string { return KindOf(f.Format) }

// KindOf returns the kind of faults with a format.
func KindOf(format string) string {
	return strings.Trim(others.ReplaceAllString(strings.ToLower(verbs.ReplaceAllString(format, " ")), "_"), "_")
}

// Unknown is a value that is not among the known ones. It is formatted as its value.
type Unknown struct {
	Value string
	Known []string
}

// NewUnknown returns a value that is not among the known ones.
func NewUnknown[V, K ~string](value V, known []K) Unknown {
	u := Unknown{Value: string(value)}
	for _, k := range known {
		if k != "" {
			u.Known = append(u.Known, string(k))
		}
	}
	return u
}

// Format implements fmt.Formatter.
func (u Unknown) Format(s fmt.State, verb rune) { fmt.Fprintf(s, fmt.FormatString(s, verb), u.Value) }

// Near returns the known value that is most similar to a value; empty if none is.
func (u Unknown) Near() string {
	best, nearest := "", 1+len([]rune(u.Value))/3
	value := strings.ToLower(u.Value)
	for _, known := range u.Known {
		if d := distance(value, strings.ToLower(known)); d <= nearest && (best == "" || d < nearest) {
			best, nearest = known, d
		}
	}
	if best != "" {
		return best
	}
	for _, known := range u.Known { // such as prioriteit for priority, which share a beginning
		const same = 5
		k := strings.ToLower(known)
		if len(k) >= same && len(value) >= same && k[:same] == value[:same] {
			return known
		}
	}
	return ""
}

// distance returns the number of letters to insert, remove, replace or swap with the next one to turn a
// into b (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now := make([]int, len(y)+1)
		now[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last = last, now
	}
	return last[len(y)]
}

// As returns the fault in an error, if it is one.
func As(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}
