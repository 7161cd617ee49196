package content

import (
	"cmp"
	"digiwijzer/referral"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteCatalogue writes entries as a table with the texts "cli.catalogue.…"; stale is whether they
// are those of DueEntries.
func WriteCatalogue(to io.Writer, entries []CatalogueEntry, stale bool, say func(id string, pairs ...any) string) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row := func(due string, cells ...string) {
		if stale {
			cells = append([]string{due}, cells...)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row(say("cli.catalogue.due"), "id", say("cli.catalogue.name"), say("cli.catalogue.status"),
		say("cli.catalogue.verified_on"), say("cli.catalogue.needs_check"), "url")
	for _, e := range entries {
		row(string(e.Due), e.ID, e.Name, say("cli.status."+string(e.Status)),
			cmp.Or(string(e.VerifiedOn), "–"), cmp.Or(inWords(e.NeedsCheck, say), "–"), cmp.Or(e.URL, "–"))
	}
	return w.Flush()
}

func inWords(checks []referral.Check, say func(string, ...any) string) string {
	var words []string
	for _, check := range checks {
		words = append(words, say("cli.needs."+string(check)))
	}
	return strings.Join(words, ", ")
}
