package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// inspectDatabase refuses a database server whose settings leak or lose what they must not,
// and logs what an operator should know of it.
func (s *service) inspectDatabase(ctx context.Context) error {
	refused, known, err := s.databaseFindings(ctx)
	if err != nil {
		return s.unreachableDatabase(err)
	}
	for _, line := range known {
		s.log.Warn("database setting", "problem", line)
	}
	return errors.Join(refused...)
}

// databaseFindings returns why the settings of the database server do not do, and what else
// an operator should know of them; nothing where the data is in a folder. doctor tells both.
func (p *program) databaseFindings(ctx context.Context) (refused []error, known []string, err error) {
	findings, err := p.config.place().Inspect(ctx)
	for _, f := range findings {
		if f.Refuse {
			refused = append(refused, p.badInput("cli.bad.database_setting", "Setting", f.Setting, "Value", f.Value, "Want", f.Want))
			continue
		}
		known = append(known, f.String())
	}
	return refused, known, err
}

// announceDatabase says where the data is, and what one database for both kinds of it means.
func (s *service) announceDatabase() {
	place := s.config.place()
	if place.IsFolder() {
		return
	}
	fmt.Fprintln(s.stdout, s.say("cli.serve.database", "Name", place.String()))
	if place.IsOneDatabase() {
		fmt.Fprintln(s.stdout, s.say("cli.serve.one_database"))
	}
}

// unreachableDatabase returns an error about the database as one line, without its password.
func (p *program) unreachableDatabase(err error) error {
	return errors.New(p.say("cli.bad.no_database", "Name", p.config.place().String(), "Error", strings.Join(strings.Fields(err.Error()), " ")))
}
