// Package doctor checks a site as a visitor reaches it, and the machine it runs on, and reports what is OK, what to look
// at and what is wrong. It changes nothing, except that it tries to write a file.
package doctor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Verdict is the outcome of one check.
type Verdict string

// The verdicts, from good to bad.
const (
	OK     Verdict = "ok"
	Notice Verdict = "notice" // works, but needs attention
	Fault  Verdict = "fault"
)

// Finding is the outcome of one check. Its text is "doctor." + Check + "." + Text with the pairs of names and values.
type Finding struct {
	Check   string // such as "site.hsts"
	Text    string // such as "short"
	Verdict Verdict
	Pairs   []any
}

// ID returns the id of the text of a finding.
func (f Finding) ID() string { return "doctor." + f.Check + "." + f.Text }

// Findings are what several checks found, in order.
type Findings []Finding

// Add adds the outcome of a check.
func (f *Findings) Add(v Verdict, check, text string, pairs ...any) {
	*f = append(*f, Finding{Check: check, Text: text, Verdict: v, Pairs: pairs})
}

// OK adds a check that passed.
func (f *Findings) OK(check string, pairs ...any) { f.Add(OK, check, "ok", pairs...) }

// Notice adds a check that needs attention.
func (f *Findings) Notice(check, text string, pairs ...any) { f.Add(Notice, check, text, pairs...) }

// Fault adds a check that failed.
func (f *Findings) Fault(check, text string, pairs ...any) { f.Add(Fault, check, text, pairs...) }

// Faulty reports whether any check failed.
func (f Findings) Faulty() bool {
	return slices.ContainsFunc(f, func(one Finding) bool { return one.Verdict == Fault })
}

// maxSkew is how far a clock may be from that of a server: its Date header has whole seconds, and
// the request takes some time too.
const maxSkew = 30 * time.Second

// Clock compares the time of this machine with that of a server, and the two clocks of the machine with each other: they
// advance equally unless the clock was set since began.
func Clock(f *Findings, began time.Time, server time.Time, name string) {
	now := time.Now()
	if step := now.Round(0).Sub(began.Round(0)) - now.Sub(began); step.Abs() > time.Second {
		f.Notice("clock", "stepped", "By", step.Round(time.Second).String())
		return
	}
	switch skew := now.Sub(server).Round(time.Second); {
	case server.IsZero():
		f.Notice("clock", "unknown", "Now", now.Format(time.DateTime))
	case skew.Abs() > maxSkew:
		f.Fault("clock", "skew", "By", skew.Abs().String(), "Server", name)
	default:
		f.OK("clock", "Server", name)
	}
}

// Probe queries a running program at an address such as http://127.0.0.1:8080/livez; nil: it is healthy.
func Probe(ctx context.Context, address string) error {
	response, err := get(ctx, probeClient, address)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return nil
}

// ServerTime returns the time of a server; zero: unknown.
func ServerTime(ctx context.Context, address string) time.Time {
	response, err := get(ctx, probeClient, address)
	if err != nil {
		return time.Time{}
	}
	now, _ := http.ParseTime(response.Header.Get("Date"))
	return now
}
