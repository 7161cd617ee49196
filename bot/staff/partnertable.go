package staff

import (
	"cmp"
	"digiwijzer/store/figures"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WritePartners writes partners as a table with the texts "cli.partner.…".
func WritePartners(to io.Writer, list []ListedPartner, say func(id string, pairs ...any) string) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	var heads []string
	for _, id := range []string{"code", "name", "kind", "quarter", "trend", "last", "remark"} {
		heads = append(heads, say("cli.partner.head."+id))
	}
	fmt.Fprintln(w, strings.Join(heads, "\t"))
	for _, l := range list {
		fmt.Fprintln(w, strings.Join([]string{l.Code, cmp.Or(l.Name, "–"), cmp.Or(string(l.Kind), "–"), strconv.Itoa(l.Quarter),
			l.Trend(), cmp.Or(l.Last, "–"), cmp.Or(l.remark(say), "–")}, "\t"))
	}
	return w.Flush()
}

// remark returns what is noteworthy about the partner in words.
func (p ListedPartner) remark(say func(string, ...any) string) string {
	if remark := p.Remark(); remark != NoRemark {
		return say("cli.partner.is_"+string(remark), "N", figures.QuietWeeks)
	}
	return ""
}
