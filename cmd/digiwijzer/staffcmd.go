package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/signin"
	"digiwijzer/referral"
	"digiwijzer/store/staffdb"
)

type staffCmd struct {
	Invite staffInviteCmd `cmd:"" help:"cli.help.staff_invite"`
	List   staffListCmd   `cmd:"" help:"cli.help.staff_list"`
	Revoke staffRevokeCmd `cmd:"" help:"cli.help.staff_revoke"`
	Audit  staffAuditCmd  `cmd:"" help:"cli.help.staff_audit"`
}

// withPeople runs do with the people of the data folder, also while serve is running.
func (p *program) withPeople(ctx context.Context, do func(*people.Service) error) error {
	db, err := p.OpenStaff(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.staffError(do(people.New(db, p.Clock))), db.Close())
}

// noStaff reports whether there is no staff data yet; reading must not create it.
func (p *program) noStaff() bool {
	return p.Settings.Database.Empty() && !staffdb.Exist(p.Settings.Data)
}

// staffError returns in the language of the terminal what is wrong with a name or a role.
func (p *program) staffError(err error) error {
	for known, id := range map[error]string{people.ErrNameless: "nameless", people.ErrTaken: "taken", people.ErrNoPerson: "nobody"} {
		if errors.Is(err, known) {
			return p.BadInput("cli.staff." + id)
		}
	}
	return err
}

type staffInviteCmd struct {
	Role []string `required:"" help:"cli.help.staff_role" placeholder:"ROLE"`
	Name string   `arg:"" help:"cli.help.staff_name"`
}

// Run makes a one-time link, and prints it once.
func (cmd *staffInviteCmd) Run(ctx context.Context, p *program) error {
	site, ok := p.Settings.SignInSite()
	if !ok {
		return p.BadInput("cli.staff.no_https", "Address", strconv.Quote(site))
	}
	var roles []staff.Role
	for _, role := range cmd.Role {
		if !staff.Role(role).Valid() {
			return p.BadInput("cli.staff.role", "Role", strconv.Quote(role), "Roles", people.RoleNames(staff.Roles()))
		}
		roles = append(roles, staff.Role(role))
	}
	return p.withPeople(ctx, func(s *people.Service) error {
		i, err := s.Invite(ctx, staffdb.CommandLine, cmd.Name, roles)
		if err != nil {
			return err
		}
		return p.print(p.Say("cli.staff.invited", "Name", i.Person.Name, "Roles", people.RoleNames(i.Person.Roles),
			"Until", i.Expires.In(referral.Netherlands).Format("2006-01-02 15:04")) + "\n" + signin.InviteLink(site, i.Token))
	})
}

type staffListCmd struct{}

// Run lists everybody with roles and when they signed in.
func (cmd *staffListCmd) Run(ctx context.Context, p *program) error {
	if p.noStaff() {
		return p.printNobody()
	}
	return p.withPeople(ctx, func(s *people.Service) error {
		all, err := s.List(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return p.printNobody()
		}
		return people.WriteList(p.stdout, all, p.Say)
	})
}

func (p *program) printNobody() error {
	return p.print(p.Say("cli.staff.none"))
}

type staffRevokeCmd struct {
	Name string `arg:"" help:"cli.help.staff_name"`
}

// Run removes somebody, who is signed out immediately.
func (cmd *staffRevokeCmd) Run(ctx context.Context, p *program) error {
	if p.noStaff() {
		return p.BadInput("cli.staff.nobody")
	}
	return p.withPeople(ctx, func(s *people.Service) error {
		who, err := s.Find(ctx, cmd.Name)
		if err != nil {
			return err
		}
		if err := s.Remove(ctx, staffdb.CommandLine, who.ID); err != nil {
			return err
		}
		return p.print(p.Say("cli.staff.revoked", "Name", who.Name))
	})
}

type staffAuditCmd struct {
	Format string `default:"csv" enum:"csv,json" help:"cli.help.staff_audit_format" placeholder:"csv"`
	Output string `short:"o" help:"cli.help.output" placeholder:"FILE"`
}

// Run writes the audit trail, the oldest entry first, and checks its chain. The result is on standard error,
// so that standard output is the trail only.
func (cmd *staffAuditCmd) Run(ctx context.Context, p *program) error {
	if p.noStaff() {
		return p.printNobody()
	}
	return p.withPeople(ctx, func(s *people.Service) error {
		entries, _, err := s.Audit(ctx, staffdb.Filter{})
		if err != nil {
			return err
		}
		chain, broken := s.Verify(ctx)
		if broken != nil && !errors.Is(broken, staffdb.ErrBroken) {
			return broken
		}
		slices.Reverse(entries)
		if err := p.WriteConfidential(cmd.Output, p.stdout, func(w io.Writer) error { return people.WriteAudit(w, cmd.Format, entries) }); err != nil {
			return err
		}
		if broken != nil {
			return errors.New(p.Say("cli.staff.broken", "Entry", strconv.FormatInt(chain.Entries+1, 10)))
		}
		_, err = fmt.Fprintln(p.stderr, p.Say("cli.staff.whole", "N", strconv.FormatInt(chain.Entries, 10), "Hash", hex.EncodeToString(chain.Head)))
		return err
	})
}
