package app

import (
	"context"
	"errors"
	"strings"
)

// inspectDatabase refuses a database server with settings that leak or lose data, and logs warnings
// about others.
func (s *Service) inspectDatabase(ctx context.Context) error {
	refused, known, err := s.databaseFindings(ctx)
	if err != nil {
		return s.unreachableDatabase(err)
	}
	for _, line := range known {
		s.log.Warn("database setting", "problem", line)
	}
	return errors.Join(refused...)
}

// databaseFindings returns why the settings of the database server cannot be used, and warnings about
// others; nothing if the data is in a folder. doctor reports both.
func (b Base) databaseFindings(ctx context.Context) (refused []error, known []string, err error) {
	findings, err := b.Settings.Place().Inspect(ctx)
	for _, f := range findings {
		if f.Refuse {
			refused = append(refused, b.BadInput("cli.bad.database_setting", "Setting", f.Setting, "Value", f.Value, "Want", f.Want))
			continue
		}
		known = append(known, f.String())
	}
	return refused, known, err
}

// databaseLines returns lines with where the data is, and what it means that both kinds are in one database.
func (s *Service) databaseLines() (lines []string) {
	place := s.Settings.Place()
	if place.IsFolder() {
		return nil
	}
	lines = append(lines, s.Say("cli.serve.database", "Name", place.String()))
	if place.IsOneDatabase() {
		lines = append(lines, s.Say("cli.serve.one_database"))
	}
	return lines
}

// unreachableDatabase returns an error about the database as one line, without its password.
func (b Base) unreachableDatabase(err error) error {
	return errors.New(b.Say("cli.bad.no_database", "Name", b.Settings.Place().String(), "Error", strings.Join(strings.Fields(err.Error()), " ")))
}
