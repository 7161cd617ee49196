package doctor

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// duties are what internet.nl looks at and the program cannot do: its host must.
var duties = []string{"dnssec", "nameservers", "rpki", "caa", "dane", "ciphers", "mail"}

// Say renders a text with pairs of names and values.
type Say func(id string, pairs ...any) string

// Report is what was found, in words. Its JSON form is part of the command line.
type Report struct {
	OK       bool              `json:"ok"`
	Findings []ReportedFinding `json:"findings"`
	Host     []string          `json:"host,omitempty"` // what the host of a site must do
}

// ReportedFinding is one finding in words.
type ReportedFinding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
}

// Report returns the findings in words; host is the name of the site, empty where none was looked
// at.
func (f Findings) Report(host string, say Say) Report {
	report := Report{OK: !f.Faulty()}
	for _, one := range f {
		report.Findings = append(report.Findings, ReportedFinding{one.Check, one.Verdict, say(one.ID(), one.Pairs...)})
	}
	if host != "" {
		for _, duty := range duties {
			report.Host = append(report.Host, say("doctor.host."+duty, "Host", host))
		}
	}
	return report
}

// Write writes a table, and how many findings there are of each verdict.
func (r Report) Write(to io.Writer, say Say) error {
	counts := map[Verdict]int{}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range r.Findings {
		counts[f.Verdict]++
		fmt.Fprintf(w, "%s\t%s\n", say("doctor.verdict."+string(f.Verdict)), f.Text)
	}
	for _, duty := range r.Host {
		fmt.Fprintf(w, "%s\t%s\n", say("doctor.verdict.host"), duty)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(to, say("doctor.sum", "Faults", strconv.Itoa(counts[Fault]), "Notices", strconv.Itoa(counts[Notice]), "OK", strconv.Itoa(counts[OK])))
	return err
}
