package people

import (
	"digiwijzer/bot/staff"
	"digiwijzer/referral"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteList writes people as a table with the texts "cli.staff.…".
func WriteList(to io.Writer, all []Listed, say func(id string, pairs ...any) string) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{say("cli.staff.head.name"), say("cli.staff.head.roles"), say("cli.staff.head.seen"), say("cli.staff.head.keys")}, "\t"))
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Name, RoleNames(l.Roles), l.seen(say), l.wayIn(say))
	}
	return w.Flush()
}

// seen describes when somebody last signed in, or until when the invitation works.
func (l Listed) seen(say func(string, ...any) string) string {
	switch {
	case !l.Seen.IsZero():
		return l.Seen.In(referral.Netherlands).Format("2006-01-02 15:04")
	case !l.Invited.IsZero():
		return say("cli.staff.invited_until", "Day", l.Invited.In(referral.Netherlands).Format(time.DateOnly))
	}
	return "-"
}

func (l Listed) wayIn(say func(string, ...any) string) string {
	if l.ByGroup {
		return say("cli.staff.by_group")
	}
	return strconv.Itoa(l.Passkeys)
}

// RoleNames returns roles as they are typed.
func RoleNames(roles []staff.Role) string {
	var all []string
	for _, role := range roles {
		all = append(all, string(role))
	}
	return strings.Join(all, ", ")
}
