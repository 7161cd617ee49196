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

// Told is what was found, in words. Its JSON form is part of the command line.
type Told struct {
	OK       bool          `json:"ok"`
	Findings []ToldFinding `json:"findings"`
	Host     []string      `json:"host,omitempty"` // what the host of a site must do
}

// ToldFinding is one finding in words.
type ToldFinding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
}

// Told returns the findings in words; host is the name of the site, empty where none was looked
// at.
func (f Findings) Told(host string, say Say) Told {
	told := Told{OK: !f.Faulty()}
	for _, one := range f {
		told.Findings = append(told.Findings, ToldFinding{one.Check, one.Verdict, say(one.ID(), one.Pairs...)})
	}
	if host != "" {
		for _, duty := range duties {
			told.Host = append(told.Host, say("doctor.host."+duty, "Host", host))
		}
	}
	return told
}

// Write writes a table, and how many findings there are of each verdict.
func (t Told) Write(to io.Writer, say Say) error {
	counts := map[Verdict]int{}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range t.Findings {
		counts[f.Verdict]++
		fmt.Fprintf(w, "%s\t%s\n", say("doctor.verdict."+string(f.Verdict)), f.Text)
	}
	for _, duty := range t.Host {
		fmt.Fprintf(w, "%s\t%s\n", say("doctor.verdict.host"), duty)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(to, say("doctor.sum", "Faults", strconv.Itoa(counts[Fault]), "Notices", strconv.Itoa(counts[Notice]), "OK", strconv.Itoa(counts[OK])))
	return err
}
